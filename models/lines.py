"""``python -m models --jsonl``: each line of the input answered by a line, in order, in bounded memory, resumable."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Protocol, TextIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from models.intake import ArticleReader, IntakeError, Item, read_in_batches, read_lines
from models.types import Report
from models.wire import report_to_dict

_FEW = 16  # lines that one process has read before another would be ready

Answer = tuple[Item, bytes]


class Crew(Protocol):
    """``models.crew.Crew``: processes that read beside this one."""

    def answer(self, items: Iterable[Item], reader: ArticleReader) -> Iterator[Answer]: ...


@dataclass(frozen=True, slots=True)
class Lines:
    """What to read, what reads it, and where its progress is shown (*stderr*, where that is a terminal)."""

    files: Sequence[str]
    stdin: BinaryIO
    stderr: TextIO
    published_at: date
    reader: ArticleReader
    crew: Crew | None = None  # None: this process alone
    is_line_buffered: bool = False


def to_line(item: Item, report: Report | None) -> bytes:
    """The answer to one line: its report, or why there is none."""
    answer = {"report": report_to_dict(report)} if report else {"error": item.error}
    return orjson.dumps({"id": item.name, **answer}) + b"\n"


def answer_lines(lines: Lines, write: Callable[[bytes], object], *, done: int = 0) -> tuple[bool, str | None]:
    """Whether every line was read, and why the reading ended before its time (None: it did not).

    The first *done* lines were answered in an earlier run and are passed over.
    """
    is_whole = True
    with _progress(lines) as advance:
        items = _skip(chain.from_iterable(_read_file(name, lines) for name in lines.files), done, advance)
        try:
            for item, line in _answers(items, lines):
                write(line)
                is_whole = is_whole and item.error is None
                advance(item, 1)
        except OSError as error:
            return False, f"{error.filename or 'the input'}: {error.strerror or 'cannot be read'}"
    return is_whole, None


def _answers(items: Iterator[Item], lines: Lines) -> Iterator[Answer]:
    if lines.is_line_buffered:
        for item in items:
            yield from ((one, to_line(one, report)) for one, report in read_in_batches([item], lines.reader))
        return
    first = list(islice(items, _FEW + 1)) if lines.crew is not None else []
    if lines.crew is not None and len(first) > _FEW:
        yield from lines.crew.answer(chain(first, items), lines.reader)
        return
    for item, report in read_in_batches(chain(first, items), lines.reader):
        yield item, to_line(item, report)


def _read_file(name: str, lines: Lines) -> Iterator[Item]:
    if name == "-":
        yield from read_lines(lines.stdin, published_at=lines.published_at)
        return
    with Path(name).open("rb") as stream:
        yield from read_lines(stream, published_at=lines.published_at)


def _skip(items: Iterator[Item], count: int, advance: Callable[[Item, int], None]) -> Iterator[Item]:
    for item in islice(items, count):
        advance(item, 0)
    yield from items


# --- going on after an end that came too early ------------------------------------------------------


def find_end(out: BinaryIO) -> tuple[int, int, str | int | None]:
    """(lines that *out* holds whole, where they end in bytes, id of the last one); a line that was cut off may follow.

    Raises IntakeError where it holds something else.
    """
    count, end, last = 0, 0, b""
    for line in out:
        if not line.endswith(b"\n"):
            break
        count, end, last = count + 1, end + len(line), line
    return count, end, _id_of(last) if count else None


def _id_of(line: bytes) -> str | int | None:
    try:
        answer = orjson.loads(line)
        name: str | int | None = answer["id"]
        return name
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise IntakeError("its last line is no answer of an earlier run") from None


def check_same_input(lines: Lines, done: int, last: str | int | None) -> None:
    """IntakeError where the line that was answered last does not stand at its place of the input."""
    if not done:
        return
    if "-" in lines.files:
        raise IntakeError("standard input cannot be read a second time: name the file to go on with it")
    items = chain.from_iterable(_read_file(name, lines) for name in lines.files)
    item = next(islice(items, done - 1, None), None)
    if item is None or item.name != last:
        raise IntakeError(f"its {done:,} lines are no answers to this input")


# --- progress ---------------------------------------------------------------------------------------


@contextmanager
def _progress(lines: Lines) -> Iterator[Callable[[Item, int], None]]:
    """A bar on stderr where that is a terminal: articles, articles a second, time left (by bytes, where all inputs
    have a size)."""
    sizes = [Path(name).stat().st_size if Path(name).is_file() else None for name in lines.files]
    total = sum(size for size in sizes if size) if all(size is not None for size in sizes) else None
    columns = (
        BarColumn(),
        TextColumn("{task.fields[articles]:,} articles"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(file=lines.stderr)
    with Progress(*columns, console=console, transient=True, disable=not lines.stderr.isatty()) as bar:
        task = bar.add_task("", total=total, articles=0, rate="")
        shown = bar.tasks[0]

        def advance(item: Item, count: int) -> None:
            articles = shown.fields["articles"] + count
            seconds = shown.elapsed or 0.0
            rate = f"{articles / seconds:.1f} a second" if seconds > 1 else ""
            bar.update(task, advance=item.bytes_read, articles=articles, rate=rate)

        yield advance
