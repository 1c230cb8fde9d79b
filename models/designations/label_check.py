"""A text as the reader of markers sees it: whether what labelling puts in would be found again."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from models.designations.footnotes import Note, find_notes
from models.designations.markers import MarkFinder, make_finder
from models.designations.wording import PLACE
from models.folding import fold
from models.text import split_sentences

_ANSWERING = ("terrorist", "extremist", "banned")  # kinds of note that say what a duty to label asks for
_COURTS = re.compile(r"\b(?:верховн|суд|минюст|министерств|росфинмониторинг|supreme|court|federal|security)\w*")
_NAMING = re.compile(r"[«»\"“”„]|(?<!^)\b[A-ZА-ЯЁ][\w-]+")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The notes of a text, and the finder of the marks beside names."""

    notes: Sequence[Note]
    finder: MarkFinder

    def mark_after(self, end: int) -> str | None:
        """The mark of a name that ends at *end*."""
        mark = self.finder.beside(end)
        return mark.text if mark else None

    def signs_saying(self, jurisdiction: str) -> set[str | None]:
        """The marks whose footnote says that something is listed in *jurisdiction*."""
        return {mark for note in self.notes if says(note.jurisdiction, note.kind, jurisdiction) for mark in note.marks}


class Shift:
    """Where positions of a text stand after insertions ``(at, length)``, given in order."""

    def __init__(self, insertions: Sequence[tuple[int, int]]) -> None:
        self._places = [at for at, _ in insertions]
        self._lengths = [0, *accumulate(length for _, length in insertions)]

    def end(self, position: int) -> int:
        """The end of something, what is put in there comes behind it."""
        return position + self._lengths[bisect_left(self._places, position)]

    def start(self, position: int) -> int:
        """The start of something, what is put in there comes before it."""
        return position + self._lengths[bisect_right(self._places, position)]


def look(text: str) -> Sheet:
    flat = fold(text).flat
    notes = find_notes(text, flat, split_sentences(text))
    return Sheet(notes, make_finder(text, flat, notes))


def says(jurisdiction: str | None, kind: str, asked: str) -> bool:
    """Whether a note of that kind and jurisdiction is a label in *asked*; one that names no place is."""
    return jurisdiction in (None, asked) and kind in _ANSWERING


def names_somebody(note: str, marker: str | None) -> bool:
    """Whether a footnote speaks of one organisation by name, and so cannot stand for another."""
    said = note.removeprefix(marker or "").strip(" .-_")
    flat = fold(said).flat
    kept = list(said)
    for pattern in (PLACE, _COURTS):
        for match in pattern.finditer(flat):
            kept[match.start() : match.end()] = " " * len(match.group())
    return bool(_NAMING.search("".join(kept)))
