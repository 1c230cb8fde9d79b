"""``python -m quality.speed [--quick] [--only PART …] [--freeze]``: all measurements of speed, one after the other, and
one table of them (``make bench``).

``reading``: an article stage by stage and against the floor of its products. ``rivals``: beside three pipelines of
others. ``growth``: by length. ``accept``: POST to 202. ``whole``: POST to webhook. ``interactive``: callers that wait.
How lists and claims grow with stored articles measures ``python -m quality.review_queue.measure``. With ``--freeze``
they become ``results.json``. Exit status 1: a part failed, or an aim is missed that is not known to be.
"""

import argparse
import importlib.metadata
import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from quality.faults.figures import describe_machine
from quality.speed import growth, interactive, reading, rivals, whole
from quality.speed.aims import AIMS, NOT_YET, is_measured, missed

RESULTS = Path(__file__).with_name("results.json")
COMMAND = "python -m quality.speed --freeze"
Part = Callable[[], dict[str, Any]]


def parts(*, is_quick: bool) -> dict[str, Part]:
    """In the order they run in. The quick ones show that all works; their figures are of few readings."""
    return {
        "reading": lambda: _reading(rounds=5 if is_quick else 30),
        "rivals": lambda: rivals.run(seconds=2 if is_quick else 12),
        "growth": lambda: growth.measure(rounds=1 if is_quick else 3),
        "accept": lambda: _accept(articles=200 if is_quick else 3_000),
        "whole": lambda: whole.measure(articles=20 if is_quick else 150),
        "interactive": lambda: interactive.measure(*(10, 150) if is_quick else (60, 800)),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    chosen = parts(is_quick=options.quick)
    results: dict[str, Any] = {"measured": _measured()}
    has_failed = False
    for name in options.only or chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            results[name] = chosen[name]()
        except Exception:
            traceback.print_exc()
            has_failed = True
            continue
        results["measured"]["seconds"][name] = round(time.monotonic() - began)
    print(json.dumps(results, indent=1, ensure_ascii=False) if options.json else to_table(results))
    if has_failed:
        return 1
    if options.freeze:
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 1 if not options.quick and missed(results) - NOT_YET else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m quality.speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = list(parts(is_quick=True))
    parser.add_argument("--quick", action="store_true", help="few readings: does it all work?")
    parser.add_argument("--only", nargs="+", choices=names, metavar="PART", help=f"of {', '.join(names)}")
    parser.add_argument("--freeze", action="store_true", help="write results.json; of a whole run alone")
    parser.add_argument("--json", action="store_true", help="figures in the place of the table")
    options = parser.parse_args(arguments)
    if options.freeze and (options.quick or options.only):
        parser.error("only a whole run is frozen: leave out --quick and --only")
    return options


def _measured() -> dict[str, Any]:
    names = ("onnxruntime", "numpy", "tokenizers", "sqlalchemy", "rq")
    versions = {name: importlib.metadata.version(name) for name in names}
    torch = rivals.torch_versions() if rivals.TORCH_PYTHON.exists() else {}
    return {**describe_machine(), "versions": versions | torch, "command": COMMAND, "seconds": {}}


def _reading(rounds: int) -> dict[str, Any]:
    figures = reading.measure(rounds)
    return {**figures, "explained": reading.explained(figures)}


def _accept(articles: int) -> dict[str, Any]:
    """By number of clients. The measurement starts processes that are to be those of a main program."""
    command = [sys.executable, "-m", "quality.speed.accept", "--articles", str(articles)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"quality.speed.accept: {done.stderr[-2_000:]}")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {str(one["clients"]): one for one in found if "clients" in one}


def to_table(results: Mapping[str, Any]) -> str:
    """Every figure in a line of its own, by part; then the aims."""
    lines = [
        f"{results['measured']['machine']}, {results['measured']['on']}, load {results['measured']['load_at_start']}"
    ]
    for part, figures in results.items():
        if part == "measured":
            continue
        lines += ["", f"{part} ({results['measured']['seconds'][part]} s)"]
        lines += [f"  {name:<64} {value:>12}" for name, value in _rows(figures)]
    measured = [aim for aim in AIMS if is_measured(aim, results)]
    lines += ["", "aims"] if measured else []
    for aim in measured:
        found = f"{aim.figure(results):g}"
        lines.append(f"  {aim.name:<56} {aim.bound():>7} {found:>12}  {'met' if aim.is_met(results) else 'MISSED'}")
    return "\n".join(lines)


def _rows(figures: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """A row for each set of plain figures would be too wide: one for each figure."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _rows(value, f"{before}{name}: ")
        else:
            yield f"{before}{name}", str(value)


if __name__ == "__main__":
    sys.exit(main())
