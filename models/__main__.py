"""``python -m models FILE…``: read files without any server."""

import argparse
import logging
import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TextIO

import orjson
from rich.console import Console
from rich.rule import Rule

from models.crew import Crew, CrewError
from models.designations.register import RegisterError
from models.encoder import WeightsError
from models.intake import ArticleReader, IntakeError, Item, read_date, read_file, read_in_batches
from models.lines import Lines, answer_lines, check_same_input, find_end
from models.loading import Own
from models.source_bias.outlets import OutletRegisterError
from models.terminal import render, visible
from models.types import Article, Rules
from models.wire import report_to_dict

PROFILES = ("research", "permissive")
_MOST_WORKERS = 256
_CODES = re.compile(r"[A-Z]{2}(?:,[A-Z]{2})*")


class ReaderLoader(Protocol):
    """``models.loading.load_reader``, or a small one in tests."""

    def __call__(self, *, rules: Rules, profile: str, own: Own) -> ArticleReader: ...


@dataclass(frozen=True, slots=True)
class Streams:
    """Where input comes from and answers go."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO


def main(argv: Sequence[str], streams: Streams, *, load: ReaderLoader, may_start_others: bool = False) -> int:
    """Exit status: 0 all was read, 1 something was not (each said in one line), 2 the command was wrong.

    *may_start_others*: with ``--jsonl`` other processes may read beside this one.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has said what was wrong
        return int(stop.code or 0)
    files = [*options.files, *options.jurisdiction.files]
    if not files:
        return _refuse(streams, "name a file, or - for standard input", status=2)
    try:
        published_at = read_date(options.published_at) if options.published_at else datetime.now(UTC).date()
        reader = load(
            rules=_rules(options.jurisdiction.codes, options.organisations),
            profile=options.weights,
            own=Own(options.organisations, options.violence_model, options.violence_labels),
        )
    except (IntakeError, _UsageError) as error:
        return _refuse(streams, str(error), status=2)
    except (WeightsError, RegisterError, OutletRegisterError) as error:
        return _refuse(streams, str(error), status=1)
    if options.jsonl:
        crew = Crew(options.workers, _shared_arguments(options)) if may_start_others and options.workers > 1 else None
        lines = Lines(files, streams.stdin, streams.stderr, published_at, reader, crew, options.line_buffered)
        return _answer_lines(lines, streams, options.resume)
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
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="OUT",
        help="with --jsonl: answer into the file OUT, after the answers that an earlier run left there",
    )
    parser.add_argument(
        "--workers",
        type=_count,
        default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        metavar="N",
        help="with --jsonl: processes that read (default: one a core)",
    )
    parser.add_argument(
        "--line-buffered",
        action="store_true",
        help="with --jsonl: answer each line at once, for a program that waits for it; one process",
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
    for option, what in (
        ("model", "a checkpoint in the place of the violence heads"),
        ("labels", "its file of labels"),
    ):
        variable = f"OBELUS_VIOLENCE_{option.upper()}"
        parser.add_argument(
            f"--violence-{option}",
            type=_path,
            metavar="PATH",
            default=os.environ.get(variable, ""),
            help=f"{what} (default: {variable}); an empty PATH is none",
        )
    parser.add_argument(
        "--organisations",
        type=Path,
        metavar="FILE",
        # As the service reads: who keeps organisations of their own wants them found here too.
        default=os.environ.get("OBELUS_ORGANISATIONS_FILE") or None,
        help="your own organisations, one JSON object a line (default: OBELUS_ORGANISATIONS_FILE)",
    )
    return parser


def _count(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {_MOST_WORKERS}")
    return int(written)


def _shared_arguments(options: argparse.Namespace) -> list[str]:
    """How another process is told to read just as this one."""
    codes = options.jurisdiction.codes
    return [
        *(["--jurisdiction", ",".join(codes)] if codes else []),
        f"--weights={options.weights}",
        f"--violence-model={options.violence_model or ''}",
        f"--violence-labels={options.violence_labels or ''}",
        *([f"--organisations={options.organisations}"] if options.organisations else []),
    ]


def _path(name: str) -> Path | None:
    return Path(name) if name else None


def _profile(name: str) -> str:
    if name not in PROFILES:
        raise argparse.ArgumentTypeError(f"the weights (OBELUS_WEIGHTS) are {' or '.join(PROFILES)}")
    return name


def _rules(codes: tuple[str, ...], organisations: Path | None) -> Rules:
    """The duty to label stays where it is by default, within the jurisdictions asked for."""
    if not codes:
        return Rules()
    chosen = tuple(dict.fromkeys(codes))
    rules = Rules(jurisdictions=chosen, label_duty=tuple(code for code in Rules().label_duty if code in chosen))
    known = known_jurisdictions(rules, organisations)
    for code in chosen:
        if code not in known:
            raise _UsageError(f"unknown jurisdiction {code[:40]!a}: the register has {', '.join(known)}")
    return rules


def known_jurisdictions(rules: Rules, organisations: Path | None) -> tuple[str, ...]:
    """Whose lists the register holds, and the file of one's own, read twice only where jurisdictions are asked for."""
    from models.designations.register import read_register
    from models.loading import add_own

    register = read_register()
    return (add_own(register, organisations, rules) if organisations else register).jurisdictions


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


def _answer_lines(lines: Lines, streams: Streams, resume: Path | None) -> int:
    try:
        if resume is None:
            is_whole, reason = answer_lines(lines, lambda line: _write(streams, line, lines))
        else:
            is_whole, reason = _go_on(lines, resume)
    except CrewError as error:
        return _refuse(streams, str(error), status=1)
    except IntakeError as error:
        return _refuse(streams, f"{resume}: {error}", status=2)
    if reason is not None:
        return _refuse(streams, reason, status=1)
    return int(not is_whole)


def _go_on(lines: Lines, path: Path) -> tuple[bool, str | None]:
    """Answer into *path* what it has no answer to yet."""
    path.touch()
    with path.open("r+b") as out:
        done, end, last = find_end(out)
        check_same_input(lines, done, last)
        out.seek(end)
        out.truncate()
        return answer_lines(lines, out.write, done=done)


def _write(streams: Streams, line: bytes, lines: Lines) -> None:
    streams.stdout.write(line.decode())
    if lines.is_line_buffered:
        streams.stdout.flush()


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
        status = main(sys.argv[1:], streams, load=load_reader, may_start_others=True)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(_run())
