"""A report as plain JSON types, in the shape of the API contract, in code points or UTF-16 code units."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from models.types import Report

SCORE_DIGITS = 4  # finer digits differ between processors and mean nothing to a reader


def report_to_dict(report: Report) -> dict[str, Any]:
    """The report of the API contract; spans in code points."""
    plain: dict[str, Any] = _plain(report)
    return plain


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or value is None:  # most of what a report holds
        return value
    if kind is float:
        return round(value, SCORE_DIGITS)
    if kind is tuple or kind is list:
        return [_plain(item) for item in value]
    if (names := _fields(kind)) is not None:  # type: ignore[arg-type]  # every class can be hashed
        return {
            name: _plain(item)
            for name, is_optional in names
            if (item := getattr(value, name)) is not None or not is_optional
        }
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


@cache
def _fields(kind: type) -> tuple[tuple[str, bool], ...] | None:
    """(name, whether it is left out where it is None) of a dataclass's fields; None of any other type."""
    if not is_dataclass(kind):
        return None
    return tuple((field.name, bool(field.metadata.get("optional"))) for field in fields(kind))


def with_utf16_offsets(body: Any, text: str) -> Any:
    """A copy of *body* in which every ``start`` and ``end`` counts UTF-16 code units of *text*."""
    if text.isascii() or max(text) <= "\uffff":
        return body
    return _shifted(body, _utf16_positions(text).__getitem__)


def _utf16_positions(text: str) -> list[int]:
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if character > "\uffff" else 1))
    return positions


def _shifted(body: Any, position: Callable[[int], int]) -> Any:
    if isinstance(body, dict):
        return {
            key: position(item) if key in ("start", "end") and isinstance(item, int) else _shifted(item, position)
            for key, item in body.items()
        }
    if isinstance(body, list):
        return [_shifted(item, position) for item in body]
    return body
