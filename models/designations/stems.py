"""Beginnings of words, all found in one pass: many times faster than a regular expression of alternatives."""

from collections.abc import Iterable

from ahocorasick_rs import AhoCorasick

_TAIL = 12  # letters of a word kept after its beginning


class Stems:
    """Finds words by their beginnings in `Folding.flat`. A ``$`` ends a whole word; a space is also a hyphen."""

    def __init__(self, stems: Iterable[str]) -> None:
        spellings = {s for stem in stems for s in (stem, stem.replace(" ", "-"))}
        self._is_whole = tuple(stem.endswith("$") for stem in sorted(spellings))
        self._automaton = AhoCorasick([stem.removesuffix("$") for stem in sorted(spellings)])

    def find(self, flat: str) -> list[tuple[int, str]]:
        """Where each word begins, in order, and the word (of several stems that fit, the longest)."""
        found: dict[int, int] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(flat, overlapping=True):
            if start and (flat[start - 1].isalnum() or flat[start - 1] == "_"):
                continue
            if self._is_whole[number] and flat[end : end + 1].isalnum():
                continue
            found[start] = max(end, found.get(start, 0))
        return [(start, flat[start : _word_end(flat, found[start])]) for start in sorted(found)]

    def starts(self, flat: str) -> list[int]:
        """Where each word begins, in order."""
        return [start for start, _ in self.find(flat)]


def _word_end(flat: str, end: int) -> int:
    limit = min(len(flat), end + _TAIL)
    while end < limit and flat[end].isalnum():
        end += 1
    return end
