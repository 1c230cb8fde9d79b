"""Direct speech: stretches in quotes long enough to be what somebody said, not a name or a title."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING, _CLOSING = "«“„", "»”"
_MARK = re.compile('[«»“”„"\n]')
_WORD = re.compile(r"\w+")
_WORDS = 4  # fewer words in quotes are a name, a title or a scare quote
_LONGEST = 2_000  # code points: a quote mark that nobody closed quotes nothing


@dataclass(frozen=True, slots=True)
class Quotations:
    """Spans of direct speech, in order, none inside another."""

    spans: Sequence[tuple[int, int]] = ()

    def hold(self, start: int, end: int) -> bool:
        at = bisect_right(self.spans, (start, end)) - 1
        return at >= 0 and self.spans[at][0] < start and end <= self.spans[at][1]


NO_QUOTATIONS = Quotations()


def find_quotations(text: str) -> Quotations:
    """Quoted stretches of four words or more. A line break ends one; quotes within quotes belong to the outer."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for match in _MARK.finditer(text):
        mark, at = match.group(), match.start()
        if mark == "\n":
            opened = []
        elif mark in _OPENING or (mark == '"' and _opens(text, at)):
            if len(opened) < 8:
                opened.append(at)
        elif opened:
            start = opened.pop()
            if not opened and at - start <= _LONGEST and len(_WORD.findall(text, start, at)) >= _WORDS:
                found.append((start, at))
    return Quotations(found)


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before.isspace() or before in "([-—–«“„") and bool(after) and not after.isspace()
