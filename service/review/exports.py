"""Tables as files: CSV that no spreadsheet takes for formulas, and JSON Lines."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def make_safe(value: object) -> object:
    """Words that a spreadsheet would compute begin with an apostrophe; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def write_csv(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> Iterator[bytes]:
    """RFC 4180, in UTF-8 with its mark, by which spreadsheets know it."""
    names = list(columns)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    for cells in _cells(rows, names):
        writer.writerow(cells)
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def _cells(rows: Iterable[Mapping[str, Any]], names: list[str]) -> Iterator[list[object]]:
    yield list(names)
    for row in rows:
        yield [make_safe(row[name]) for name in names]


def write_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """JSON Lines (jsonlines.org)."""
    for row in rows:
        yield orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE)
