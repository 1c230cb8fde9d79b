"""Quotations: pairs of quotation marks on one line, in the styles of both languages."""

import re
from dataclasses import dataclass

_CLOSING = {"“": "”", "«": "»", "„": "“", '"': '"', "''": "''", "``": "''", "‘": "’", "'": "'"}
# „…“ is German and Russian handwriting style, ``…'' that of typewriters and news wires.
_SINGLE = ("‘", "'")  # the closing mark is an apostrophe as well
_MARK = re.compile(
    r"''|``|«?\"+»?|[“”„«»\n\r]"  # «"…", and ""…"": marks doubled by software
    r"|(?<![^\W_])['‘](?=[^\W_])(?!\d\ds)|(?<=[^\s'‘])['’](?![^\W_])"
)
_LONGEST = 3_000  # code points
_LONGEST_SINGLE = 600  # an apostrophe that opens nothing must not run on


@dataclass(frozen=True, slots=True)
class Quotation:
    """``[start, end)`` with the marks, ``[inner_start, inner_end)`` without."""

    start: int
    end: int
    inner_start: int
    inner_end: int


@dataclass(slots=True)
class _Open:
    """A mark that waits for its closing one: where it stands, how wide it is, how deep the marks within it are."""

    mark: str
    start: int
    inner_start: int
    depth: int = 1
    first_close: tuple[int, int] | None = None


def find_quotations(text: str) -> tuple[Quotation, ...]:
    """Outermost quotations in order. A mark that is not closed on its line opens nothing, but for a paragraph that
    ends within a quotation which the next one takes up: its end counts as closed there (``“…`` and ``“…”``).

    Single marks open where no letter stands before them and close where none stands after; inside other quotations
    they are left alone. A straight mark before a letter, where one is open already, opens a name within it.
    """
    found: list[Quotation] = []
    opened: _Open | None = None
    for match in _MARK.finditer(text):
        position, end = match.span()
        mark = '"' if '"' in match[0] else match[0]
        is_break = mark in "\n\r"
        if opened is not None and (is_break or position - opened.start > _longest(opened.mark)):
            found += _given_up(text, opened, position, end if is_break else None)
            opened = None
        if opened is None:
            if mark in _CLOSING and (mark not in _SINGLE or text[end : end + 1].isalnum()):
                opened = _Open(mark, position, end)
        elif mark == '"' == opened.mark and _opens(text, position, end):
            opened.depth += 1
        elif mark == _CLOSING[opened.mark]:
            opened.depth -= 1
            opened.first_close = opened.first_close or (position, end)
            if opened.depth == 0:
                found.append(Quotation(opened.start, end, opened.inner_start, position))
                opened = None
        elif mark == opened.mark and mark not in _SINGLE:
            opened.depth += 1
    if opened is not None:
        found += _given_up(text, opened, len(text), None)
    return tuple(found)


def _opens(text: str, position: int, end: int) -> bool:
    return text[end : end + 1].isalnum() and text[position - 1] in " \t\xa0(«-—–"


def _given_up(text: str, opened: _Open, position: int, after_break: int | None) -> list[Quotation]:
    """What a mark left open is taken for: a paragraph of a longer quotation, what closes first, or nothing."""
    if after_break is not None and opened.mark not in _SINGLE:
        following = text[after_break : after_break + 8].lstrip()
        is_sentence = text[opened.start : position].rstrip()[-1:] in (".", "!", "?", "…")
        if is_sentence and following.startswith(opened.mark) and opened.first_close is None:
            return [Quotation(opened.start, position, opened.inner_start, position)]
    if opened.first_close is not None:
        return [Quotation(opened.start, opened.first_close[1], opened.inner_start, opened.first_close[0])]
    return []


def _longest(mark: str) -> int:
    return _LONGEST_SINGLE if mark in _SINGLE else _LONGEST
