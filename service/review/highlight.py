"""Cutting a text into pieces by its highlights: a pure function of code points, no markup in sight.

Joined together, the pieces are the text again, for any marks (``tests/service/review/test_highlight.py``).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

Range = tuple[int, int]
Family = Literal["violence", "designations", "source_bias"]
FAMILIES: tuple[Family, ...] = ("violence", "designations", "source_bias")
# More highlights on the same words than this cannot be told apart by eye; the rest is counted, so that marks
# nested a thousand deep still take linear time and space.
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """One highlight ``[start, end)``: its own id on the page, the entry that explains it, the words of its tooltip."""

    start: int
    end: int
    family: Family
    id: str
    entry: str
    note: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive code points under the same highlights, the longest first.

    ``starting`` are the marks that begin here, ``more`` counts marks beyond DEEPEST. ``is_veiled``: shown when asked
    for; ``is_folded``: left out of a reduced text.
    """

    text: str
    marks: tuple[Mark, ...] = ()
    starting: tuple[Mark, ...] = ()
    more: int = 0
    is_veiled: bool = False
    is_folded: bool = False

    @property
    def families(self) -> tuple[Family, ...]:
        present = {mark.family for mark in self.marks}
        return tuple(family for family in FAMILIES if family in present)

    @property
    def depth(self) -> int:
        return len(self.marks) + self.more

    @property
    def note(self) -> str:
        return "\n\n".join(mark.note for mark in self.marks)


@dataclass(frozen=True, slots=True)
class Zones:
    """Passages that are shown in another way: ``[start, end)`` each, in order, none overlapping another."""

    veiled: Sequence[Range] = ()
    folded: Sequence[Range] = ()


def cut(text: str, marks: Iterable[Mark], zones: Zones | None = None) -> list[Segment]:
    """Cut *text* at every edge of a mark or zone. Marks are clipped to the text; what is left empty is not shown."""
    length = len(text)
    zones = zones or Zones()
    inside = [m for m in marks if max(m.start, 0) < min(m.end, length)]
    starting = _grouped(sorted(inside, key=lambda m: (max(m.start, 0), -m.end)))
    ending: dict[int, list[Mark]] = {}
    for mark in inside:
        ending.setdefault(min(mark.end, length), []).append(mark)
    of_zones = (min(max(edge, 0), length) for zone in (*zones.veiled, *zones.folded) for edge in zone)
    edges = sorted({0, length, *starting, *ending, *of_zones})
    return list(_segments(text, edges, (starting, ending), zones))


def _grouped(marks: Sequence[Mark]) -> dict[int, list[Mark]]:
    groups: dict[int, list[Mark]] = {}
    for mark in marks:
        groups.setdefault(max(mark.start, 0), []).append(mark)
    return groups


def _segments(
    text: str, edges: Sequence[int], at: tuple[dict[int, list[Mark]], dict[int, list[Mark]]], zones: Zones
) -> Iterator[Segment]:
    starting, ending = at
    open_marks: dict[int, Mark] = {}  # by identity, in order of opening: equal marks stay two
    for start, end in pairwise(edges):
        for mark in ending.get(start, ()):
            open_marks.pop(id(mark), None)
        begun = starting.get(start, [])
        open_marks.update((id(mark), mark) for mark in begun)
        shown = tuple(islice(open_marks.values(), DEEPEST))
        yield Segment(
            text[start:end],
            shown,
            tuple(begun),
            len(open_marks) - len(shown),
            is_within(start, zones.veiled),
            is_within(start, zones.folded),
        )


def is_within(place: int, ranges: Sequence[Range]) -> bool:
    at = bisect_right(ranges, place, key=lambda known: known[0]) - 1
    return at >= 0 and place < ranges[at][1]


def join_ranges(text: str, ranges: Iterable[Range]) -> list[Range]:
    """In order, and one where only white space, or nothing, stands between two."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
