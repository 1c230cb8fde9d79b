"""Quotations: pairs of quotation marks on one line, in the styles of both languages."""

import re
from dataclasses import dataclass

_CLOSING = {"“": "”", "«": "»", "„": "“", '"': '"'}  # „…“ is German and Russian handwriting style
_MARK = re.compile(r"[“”„«»\"\n\r]")
_LONGEST = 3_000  # code points


@dataclass(frozen=True, slots=True)
class Quotation:
    """``[start, end)`` with the marks, ``[inner_start, inner_end)`` without."""

    start: int
    end: int
    inner_start: int
    inner_end: int


def find_quotations(text: str) -> tuple[Quotation, ...]:
    """Outermost quotations in order. A mark that is not closed on its line opens nothing."""
    found: list[Quotation] = []
    opened: int | None = None
    depth = 0
    for mark in _MARK.finditer(text):
        character, position = mark[0], mark.start()
        if character in "\n\r" or (opened is not None and position - opened > _LONGEST):
            opened, depth = None, 0
        if opened is None:
            if character in _CLOSING:
                opened, depth = position, 1
        elif character == _closing(text[opened]):
            depth -= 1
            if depth == 0:
                found.append(Quotation(opened, position + 1, opened + 1, position))
                opened = None
        elif character == text[opened]:
            depth += 1
    return tuple(found)


def _closing(opening: str) -> str:
    return _CLOSING[opening]
