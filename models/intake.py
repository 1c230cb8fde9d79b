"""What ``python -m models`` takes in: text files and JSON lines, checked and read in bounded memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Protocol

import orjson

from models.types import Article, Report

LONGEST_TEXT = 200_000  # code points
_LONGEST_FILE = LONGEST_TEXT * 4 + 3  # bytes: four a code point, and a byte order mark
LONGEST_LINE = 4_000_000  # bytes: 200,000 emoji written as twelve-byte JSON escapes, and the other fields
_BATCH_ARTICLES = 16
_BATCH_CODE_POINTS = 400_000  # what is held in memory at a time, whatever the length of the input
_FIELDS = {"id", "text", "title", "url", "source", "language", "published_at"}


class IntakeError(Exception):
    """Why an input cannot be read, in one line that never holds the input's text."""


@dataclass(frozen=True, slots=True)
class Item:
    """One input: its name (a file's name or a line's id) and the article, or why there is none."""

    name: str | int | None
    article: Article | None = None
    error: str | None = None
    bytes_read: int = 0


class ArticleReader(Protocol):
    """What reads the articles; ``models.reader.Reader`` is one."""

    def read(self, articles: Sequence[Article]) -> list[Report]: ...


def read_in_batches(items: Iterable[Item], reader: ArticleReader) -> Iterator[tuple[Item, Report | None]]:
    """Items in order, each with its report, or None where it has no article."""
    batch: list[Item] = []
    held = 0
    for item in items:
        batch.append(item)
        held += len(item.article.text) if item.article else 0
        if len(batch) >= _BATCH_ARTICLES or held >= _BATCH_CODE_POINTS:
            yield from _read_batch(batch, reader)
            batch, held = [], 0
    yield from _read_batch(batch, reader)


def _read_batch(batch: Sequence[Item], reader: ArticleReader) -> Iterator[tuple[Item, Report | None]]:
    reports = iter(reader.read([item.article for item in batch if item.article]))
    for item in batch:
        yield item, next(reports) if item.article else None


def read_file(stream: BinaryIO) -> str:
    """The whole text of a UTF-8 stream, line ends untouched; a byte order mark is no part of the text.

    Raises IntakeError.
    """
    raw = stream.read(_LONGEST_FILE + 1)
    if len(raw) > _LONGEST_FILE:
        raise IntakeError(f"longer than {LONGEST_TEXT:,} code points")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntakeError(f"not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}") from None
    check_text(text)
    return text


def check_text(text: str) -> None:
    """Raises IntakeError for what no classifier is asked to read."""
    if not text.strip():
        raise IntakeError("holds no text")
    if len(text) > LONGEST_TEXT:
        raise IntakeError(f"{len(text):,} code points; at most {LONGEST_TEXT:,} are read")
    if "\0" in text:
        raise IntakeError(f"a NUL character at offset {text.index(chr(0))}")
    for offset, character in enumerate(text):
        if "\ud800" <= character <= "\udfff":
            raise IntakeError(f"a lone surrogate at offset {offset}")


def read_date(written: str) -> date:
    """The day of an RFC 3339 date (``2017-12-11``) or time (``2017-12-11T09:30:00Z``). Raises IntakeError."""
    try:
        return date.fromisoformat(written) if len(written) == 10 else datetime.fromisoformat(written).date()
    except ValueError:
        raise IntakeError(f"{written[:40]!a} is no date: write it as 2017-12-11 or 2017-12-11T09:30:00Z") from None


def read_lines(stream: BinaryIO, *, published_at: date) -> Iterator[Item]:
    """One item a line, in order; empty lines are passed over. *published_at* is for lines that give no date."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            size = len(raw)
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LONGEST_LINE)
                size += len(raw)
            yield Item(None, error=f"line {number}: longer than {LONGEST_LINE:,} bytes", bytes_read=size)
        elif raw.strip():
            yield _item(raw, number, published_at)


def _item(raw: bytes, number: int, published_at: date) -> Item:
    name: str | int | None = None
    try:
        fields = _object(raw)
        name = _name(fields)
        return Item(name, _article(fields, published_at), bytes_read=len(raw))
    except IntakeError as error:
        return Item(name, error=f"line {number}: {error}", bytes_read=len(raw))


def _object(raw: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        # The position helps; the parser's own words may repeat the text.
        raise IntakeError(f"not JSON at column {error.colno} (or a lone surrogate, which no text holds)") from None
    if not isinstance(fields, dict):
        raise IntakeError("not a JSON object")
    return fields


def _name(fields: dict[str, Any]) -> str | int:
    name = fields.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise IntakeError("id: a string or a whole number is needed")
    return name


def _article(fields: dict[str, Any], published_at: date) -> Article:
    if unknown := sorted(fields.keys() - _FIELDS):
        raise IntakeError(f"unknown field {unknown[0][:40]!a}")
    if not isinstance(fields.get("text"), str):
        raise IntakeError("text: a string is needed")
    for field in sorted(_FIELDS - {"id", "text"}):
        if not isinstance(fields.get(field), str | None):
            raise IntakeError(f"{field}: a string is needed")
    check_text(fields["text"])
    written = fields.get("published_at")
    return Article(
        text=fields["text"],
        title=fields.get("title"),
        url=fields.get("url"),
        source=fields.get("source"),
        language=fields.get("language"),
        published_at=read_date(written) if written else published_at,
    )
