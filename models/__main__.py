"""``python -m models FILE…``: read files without any server."""

import argparse
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from models.designations.register import RegisterError
from models.encoder import WeightsError
from models.intake import ArticleReader, IntakeError, Item, read_date, read_file, read_in_batches, read_lines
from models.source_bias.outlets import OutletRegisterError
from models.terminal import render, visible
from models.types import Article, Rules
from models.wire import report_to_dict

PROFILES = ("research", "permissive")
_CODES = re.compile(r"[A-Z]{2}(?:,[A-Z]{2})*")


class ReaderLoader(Protocol):
    """``models.loading.load_reader``, or a small one in tests."""

    def __call__(self, *, rules: Rules, profile: str) -> ArticleReader: ...


@dataclass(frozen=True, slots=True)
class Streams:
    """Where input comes from and answers go."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO


def main(argv: Sequence[str], streams: Streams, *, load: ReaderLoader) -> int:
    """Exit status: 0 all was read, 1 something was not (each said in one line), 2 the command was wrong."""
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what was wrong
        return int(stop.code or 0)
    files = [*options.files, *options.jurisdiction.files]
    if not files:
        return _refuse(streams, "name a file, or - for standard input", status=2)
    try:
        published_at = read_date(options.published_at) if options.published_at else datetime.now(UTC).date()
        reader = load(rules=_rules(options.jurisdiction.codes), profile=options.weights)
    except (IntakeError, _UsageError) as error:
        return _refuse(streams, str(error), status=2)
    except (WeightsError, RegisterError, OutletRegisterError) as error:
        return _refuse(streams, str(error), status=1)
    if options.jsonl:
        return _answer_lines(files, reader, streams, published_at)
    return _answer_files(files, reader, streams, published_at)


class _UsageError(Exception):
    """An option's value that cannot be used."""


@dataclass(frozen=True, slots=True)
class _Jurisdictions:
    """Codes of ``--jurisdiction`` and, since it takes several values, the file names that stood after them."""

    codes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class _TakeJurisdictions(argparse.Action):
    def __call__(self, _parser: Any, namespace: Any, values: Any, _option: str | None = None) -> None:
        taken = next((n for n, value in enumerate(values) if n and not _CODES.fullmatch(value)), len(values))
        codes = tuple(code for value in values[:taken] for code in value.split(","))
        before: _Jurisdictions = namespace.jurisdiction
        namespace.jurisdiction = _Jurisdictions(before.codes + codes, before.files + tuple(values[taken:]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models",
        description="Read articles and report violence, designated organisations and cues about the source.",
        epilog="On a terminal the report is shown in colour; otherwise each file gives one line of JSON.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="UTF-8 text; - is standard input")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='each line of FILE is {"id","text"} with title, url, source, language, published_at as wanted',
    )
    parser.add_argument("--published-at", metavar="DATE", help="which day's designations count (default: today)")
    parser.add_argument(
        "--jurisdiction",
        action=_TakeJurisdictions,
        nargs="+",
        default=_Jurisdictions(),
        metavar="CODE",
        help="whose lists count, such as RU US (default: RU UN US EU GB)",
    )
    parser.add_argument(
        "--weights",
        type=_profile,
        metavar="PROFILE",
        # The licence hangs on it, so the variable that decides for the service decides here too.
        default=os.environ.get("OBELUS_WEIGHTS") or PROFILES[0],
        help="research or permissive (default: OBELUS_WEIGHTS, else research)",
    )
    return parser


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise argparse.ArgumentTypeError(f"the weights (OBELUS_WEIGHTS) are {' or '.join(PROFILES)}")
    return name


def _rules(codes: tuple[str, ...]) -> Rules:
    """The duty to label stays where it is by default, within the jurisdictions asked for."""
    if not codes:
        return Rules()
    known = known_jurisdictions()
    for code in codes:
        if code not in known:
            raise _UsageError(f"unknown jurisdiction {code[:40]!a}: the register has {', '.join(sorted(known))}")
    chosen = tuple(dict.fromkeys(codes))
    return Rules(jurisdictions=chosen, label_duty=tuple(code for code in Rules().label_duty if code in chosen))


def known_jurisdictions() -> frozenset[str]:
    """Whose lists the register holds."""
    from models.designations.register import load_register  # read twice only where the option is given

    return frozenset(
        listing.jurisdiction for organisation in load_register().organisations for listing in organisation.listings
    )


def _answer_files(files: Iterable[str], reader: ArticleReader, streams: Streams, published_at: date) -> int:
    failed = False
    is_terminal = streams.stdout.isatty()
    console = Console(file=streams.stdout, highlight=False, soft_wrap=False)
    items = (_open_item(name, streams, published_at) for name in files)
    for item, report in read_in_batches(items, reader):
        if item.article is None or report is None:
            _refuse(streams, f"{item.name}: {item.error}", status=1)
            failed = True
        elif is_terminal:
            console.print(Rule(visible(str(item.name))), render(report_to_dict(report), item.article.text))
        else:
            _write_line(streams, {"file": item.name, **report_to_dict(report)})
    return int(failed)


def _open_item(name: str, streams: Streams, published_at: date) -> Item:
    try:
        if name == "-":
            return Item(name, Article(read_file(streams.stdin), published_at=published_at))
        with Path(name).open("rb") as stream:
            return Item(name, Article(read_file(stream), published_at=published_at))
    except IntakeError as error:
        return Item(name, error=str(error))
    except OSError as error:
        return Item(name, error=error.strerror or "cannot be read")


def _answer_lines(files: Sequence[str], reader: ArticleReader, streams: Streams, published_at: date) -> int:
    failed = False
    with _progress(streams, files) as advance:
        for name in files:
            try:
                for item, report in read_in_batches(_line_items(name, streams, published_at), reader):
                    answer = {"report": report_to_dict(report)} if report else {"error": item.error}
                    _write_line(streams, {"id": item.name, **answer})
                    failed = failed or report is None
                    advance(item)
            except OSError as error:
                _refuse(streams, f"{name}: {error.strerror or 'cannot be read'}", status=1)
                failed = True
    return int(failed)


def _line_items(name: str, streams: Streams, published_at: date) -> Iterator[Item]:
    if name == "-":
        yield from read_lines(streams.stdin, published_at=published_at)
        return
    with Path(name).open("rb") as stream:
        yield from read_lines(stream, published_at=published_at)


@contextmanager
def _progress(streams: Streams, files: Sequence[str]) -> Iterator[Callable[[Item], None]]:
    """A bar on stderr where that is a terminal; it fills with the bytes read where all inputs have a size."""
    sizes = [Path(name).stat().st_size if Path(name).is_file() else None for name in files]
    total = sum(size for size in sizes if size) if all(size is not None for size in sizes) else None
    columns = (BarColumn(), TextColumn("{task.fields[articles]} articles"), TimeElapsedColumn())
    console = Console(file=streams.stderr)
    with Progress(*columns, console=console, transient=True, disable=not streams.stderr.isatty()) as bar:
        task = bar.add_task("", total=total, articles=0)
        counted = count(1)
        yield lambda item: bar.update(task, advance=item.bytes_read, articles=next(counted))


def _write_line(streams: Streams, answer: dict[str, Any]) -> None:
    streams.stdout.write(orjson.dumps(answer).decode() + "\n")


def _refuse(streams: Streams, message: str, *, status: int) -> int:
    streams.stderr.write(f"python -m models: {visible(message)}\n")
    return status


def _run() -> int:
    from models.loading import load_reader

    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    streams = Streams(sys.stdin.buffer, sys.stdout, sys.stderr)
    try:
        status = main(sys.argv[1:], streams, load=load_reader)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(_run())
