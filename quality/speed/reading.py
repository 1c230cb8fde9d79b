"""``python -m quality.speed.reading``: what it costs to read an article, stage by stage, against what the network's
arithmetic alone must cost; alone, in batches and read again; the memory and the start of a classify worker.

Processor milliseconds of one core, the least of several runs, so that other work on the machine harms little; wall
milliseconds beside them are medians. Prints one table; ``--json`` for figures.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from models import text
from models.designations import classifier as designations
from models.encoder import Encoder, Readable
from models.loading import load_reader
from models.memory import Memory
from models.reader import Reader
from models.source_bias import classifier as source_bias
from models.text import prepare
from models.types import Article, Rules
from models.violence import classifier as violence
from models.wire import report_to_dict
from quality.speed.product import measure_rate

SEED = Path(__file__).parents[2] / "models" / "samples" / "islamic_state_retreat.txt"
_WIDTH, _INNER, _LAYERS = 384, 1536, 6  # of the English network
BATCHES = (1, 8, 32)
_ARTICLES = 32
_REST = "rest"
_AFTER = ("report",)  # written when the article has been read

Figures = dict[str, Any]


def measure(rounds: int) -> Figures:
    reader, encoder = load_forgetful(threads=1)
    article = Article(text=SEED.read_text("utf-8"))
    reader.read([article])  # what is loaded on first use
    figures: Figures = {"stages": _stages(reader, article, rounds)}
    figures["article"] = {"threads_1": timed(lambda: reader.read([article]), rounds)}
    both, _ = load_forgetful(threads=2)
    both.read([article])
    figures["article"]["threads_2"] = timed(lambda: both.read([article]), rounds)
    figures["batches"] = _batches(reader, max(1, rounds // 5))
    figures["again"] = _again(encoder, reader, article, rounds)
    figures["floor"] = _floor(encoder, article)
    encoder_ms = figures["stages"]["network"]["cpu_ms"]
    figures["floor"]["times_the_floor"] = round(encoder_ms / figures["floor"]["floor_ms"], 2)
    figures["worker"] = _worker()
    return figures


def load_forgetful(threads: int) -> tuple[Reader, Encoder]:
    """A reader that remembers no sentence, so that the same article may be read again and again, and its encoder."""
    reader = load_reader(rules=Rules(), threads=threads)
    if not isinstance(reader.encoder, Encoder):
        raise TypeError("the shipped weights are meant to be measured")
    encoder = replace(reader.encoder, memory=Memory(size=0))
    return replace(reader, encoder=encoder), encoder


def timed(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Milliseconds: least of the processor's, median of the clock's."""
    cpu, wall = [], []
    for _ in range(rounds):
        began, from_cpu = time.perf_counter(), time.process_time()
        work()
        cpu.append(time.process_time() - from_cpu)
        wall.append(time.perf_counter() - began)
    return {"cpu_ms": round(min(cpu) * 1000, 2), "wall_ms": round(statistics.median(wall) * 1000, 2)}


@dataclass(slots=True)
class _Watch:
    """Seconds of each stage within one reading: of the processor and of the clock, without those of stages inside it.
    It wraps the very functions that a reading calls, so that the stages and the rest add up to the whole."""

    spent: dict[str, tuple[float, float]] = field(default_factory=dict)
    _inner: list[tuple[float, float]] = field(default_factory=list)  # of the stages we are in, the innermost last

    def timing(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed_work(*given: Any) -> Any:
            self._inner.append((0.0, 0.0))
            from_clock, from_cpu = time.perf_counter(), time.process_time()
            try:
                return work(*given)
            finally:
                cpu, clock = time.process_time() - from_cpu, time.perf_counter() - from_clock
                inner_cpu, inner_clock = self._inner.pop()
                before = self.spent.get(name, (0.0, 0.0))
                self.spent[name] = before[0] + cpu - inner_cpu, before[1] + clock - inner_clock
                if self._inner:
                    outer = self._inner[-1]
                    self._inner[-1] = outer[0] + cpu, outer[1] + clock

        return timed_work


# What a reading calls, in its order: (stage, whose, name).
_CALLS: tuple[tuple[str, Any, str], ...] = (
    ("language", text, "detect_language"),
    ("split", text, "split_sentences"),
    ("tokens", Encoder, "make_readable"),
    ("network", Encoder, "run"),
    ("words", Encoder, "interpret"),
    ("order and memory", Encoder, "score"),  # who is read when, and what is known already
    ("violence", violence, "classify"),
    ("designations", designations, "classify"),
    ("source_bias", source_bias, "classify"),
)


def _stages(reader: Reader, article: Article, rounds: int) -> Figures:
    """Of the reading that cost the least; ``rest`` is what of it no stage names."""
    watches = [_watched(reader, article) for _ in range(rounds)]
    least = min(watches, key=lambda watch: sum(cpu for cpu, _ in watch.spent.values()))
    stages: Figures = {
        name: {"cpu_ms": round(cpu * 1000, 2), "wall_ms": round(clock * 1000, 2)}
        for name, (cpu, clock) in least.spent.items()
    }
    rest = stages.pop(_REST)
    (report,) = reader.read([article])
    return {**stages, _REST: rest, "report": timed(lambda: report_to_dict(report), rounds)}


def _watched(reader: Reader, article: Article) -> _Watch:
    watch = _Watch()
    with ExitStack() as patches:
        for stage, owner, name in _CALLS:
            patches.enter_context(patch.object(owner, name, watch.timing(stage, getattr(owner, name))))
        watch.timing(_REST, reader.read)([article])
    return watch


def explained(figures: Figures) -> float:
    """The named stages' share of the processor time of the reading in which they were timed."""
    cpu = {name: taken["cpu_ms"] for name, taken in figures["stages"].items() if name not in _AFTER}
    return round(1 - cpu[_REST] / sum(cpu.values()), 3)


def _batches(reader: Reader, rounds: int) -> Figures:
    """An article's share of a batch; no two articles have a sentence in common."""
    articles = [Article(text=varied(number)) for number in range(_ARTICLES)]
    found = {}
    for size in BATCHES:
        batches = [articles[first : first + size] for first in range(0, _ARTICLES, size)]
        taken = timed(lambda batches=batches: [reader.read(batch) for batch in batches], rounds)  # type: ignore[misc]
        found[str(size)] = {name: round(value / _ARTICLES, 2) for name, value in taken.items()}
    return found


def varied(number: int) -> str:
    """The sample article with *number* in each sentence, so that it shares hardly one with another."""
    return re.sub(r"(?<=\w)(?=[.!?”]*\s*\n|[.!?]\s)", f" {number}", SEED.read_text("utf-8"))


def _again(encoder: Encoder, reader: Reader, article: Article, rounds: int) -> Figures:
    """The same article once more: every sentence is still known."""
    memory: Memory[Any] = Memory()
    knowing = replace(reader, encoder=replace(encoder, memory=memory))
    knowing.read([article])
    taken = timed(lambda: knowing.read([article]), rounds)
    return {**taken, "remembered": memory.hits, "read": memory.misses}


def _floor(encoder: Encoder, article: Article) -> Figures:
    """What the products of the tokens cost at the best rate of int8 products on one core of this machine."""
    readable: Sequence[Readable] = [encoder.make_readable(s.text) for s in prepare(article).sentences]
    lengths = np.array([window.shape[1] for one in readable for window in one.windows])
    linear = 2 * _LAYERS * (4 * _WIDTH**2 + 2 * _WIDTH * _INNER) * int(lengths.sum())
    attention = 4 * _LAYERS * _WIDTH * int((lengths**2).sum())
    rate = measure_rate(int(lengths.sum()), width=_WIDTH, inner_width=_INNER, layers=_LAYERS)
    return {
        "tokens": int(lengths.sum()),
        "gflop": round((linear + attention) / 1e9, 2),
        "int8_gop_per_second": round(rate / 1e9),
        "floor_ms": round((linear + attention) / rate * 1000, 2),
    }


_WORKER = """
import time
began = time.perf_counter()
import store.database, store.interactive, store.logs, store.queues
import workers.classify, workers.interactive, workers.process
from workers.organisations import ReaderKeeper
from models.loading import load_reader
from models.types import Article, Rules
imported = time.perf_counter()
reader = load_reader(rules=Rules(), threads=2)
loaded = time.perf_counter()
reader.read([Article(text="This loads what is loaded on first use."), Article(text="Это загружает остальное.")])
ready = time.perf_counter()
from pathlib import Path
reader.read([Article(text=Path("models/samples/islamic_state_retreat.txt").read_text("utf-8"))])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
import json, sys
print(json.dumps({
    "import_s": round(imported - began, 2), "load_s": round(loaded - imported, 2), "first_s": round(ready - loaded, 2),
    "rss_mb": int(status["VmRSS"].split()[0]) // 1024, "peak_mb": int(status["VmHWM"].split()[0]) // 1024,
}))
"""


def _worker() -> Figures:
    """A process that imports, loads and first reads what a classify worker does, without database and Redis."""
    began = time.perf_counter()
    command = [sys.executable, "-c", _WORKER]
    done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    return {**json.loads(done.stdout), "whole_s": round(time.perf_counter() - began, 2)}


def to_table(figures: Figures) -> str:
    rows = [("stage", "processor ms", "wall ms")]
    timed = {
        **figures["stages"],
        "an article, 1 thread": figures["article"]["threads_1"],
        "an article, 2 threads": figures["article"]["threads_2"],
        **{f"an article of {size} in a batch": taken for size, taken in figures["batches"].items()},
        "the same again": figures["again"],
    }
    rows += [(name, f"{taken['cpu_ms']:.2f}", f"{taken['wall_ms']:.2f}") for name, taken in timed.items()]
    floor, worker = figures["floor"], figures["worker"]
    floor_name = f"floor: {floor['tokens']} tokens, {floor['gflop']} GFLOP at {floor['int8_gop_per_second']} GOP/s"
    parts = f"import {worker['import_s']}, load {worker['load_s']}, first reading {worker['first_s']}"
    start_name = f"worker: start {worker['whole_s']} s ({parts})"
    rows += [
        (floor_name, f"{floor['floor_ms']:.2f}", ""),
        ("network / floor", f"{floor['times_the_floor']:.2f} x", ""),
        (f"worker: memory {worker['rss_mb']} MB (peak {worker['peak_mb']})", "", ""),
        (start_name, "", ""),
    ]
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{name:<{width}}  {cpu:>12}  {wall:>8}".rstrip() for name, cpu, wall in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(given.rounds)
    print(json.dumps(figures, indent=1) if given.json else to_table(figures))


if __name__ == "__main__":
    main()
