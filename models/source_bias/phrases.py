"""Finding phrases of a fixed list in a text, in one pass over its words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:[-‑'’][^\W_]+)*")
_KEY = 3  # letters of a phrase's first word by which it is looked up


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text; ``folded`` is lower case with straight apostrophes, and е for ё."""

    start: int
    end: int
    folded: str


@dataclass(frozen=True, slots=True)
class PhraseMatch:
    """Words ``first``..``last`` (both included) of the text are the listed ``phrase``, which belongs to ``group``."""

    first: int
    last: int
    start: int
    end: int
    phrase: str
    group: str


@dataclass(frozen=True, slots=True)
class PhraseList:
    """Phrases by the beginning of their first word, the longest first. Build it with ``phrase_list``."""

    by_key: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]

    def find(self, text: str, tokens: Sequence[Word]) -> list[PhraseMatch]:
        """Matches in order; they never overlap. Between the words of a match stands nothing but space."""
        found, position = [], 0
        while position < len(tokens):
            match = self.at(text, tokens, position)
            if match:
                found.append(match)
            position = match.last + 1 if match else position + 1
        return found

    def at(self, text: str, tokens: Sequence[Word], position: int) -> PhraseMatch | None:
        """The longest phrase that begins at word *position*."""
        for parts, group in self.by_key.get(tokens[position].folded[:_KEY], ()):
            last = position + len(parts) - 1
            if last < len(tokens) and _is_match(text, tokens, position, parts):
                start, end = tokens[position].start, tokens[last].end
                return PhraseMatch(position, last, start, end, " ".join(parts), group)
        return None


def read_words(text: str) -> list[Word]:
    """The words of *text* in order, hyphenated ones in one piece."""
    return [Word(m.start(), m.end(), _fold(m[0])) for m in _WORD.finditer(text)]


def phrase_list(groups: Mapping[str, str]) -> PhraseList:
    """A list from ``{group: phrases, one a line}``. A word ending in ``*`` stands for all words it begins."""
    by_key: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for group, listing in groups.items():
        for phrase in filter(None, (line.strip() for line in listing.splitlines())):
            parts = tuple(_fold(part) for part in phrase.split())
            key = parts[0].rstrip("*")[:_KEY]
            if parts[0].endswith("*") and len(key) < _KEY:
                raise ValueError(f"{phrase!r}: a stem needs {_KEY} letters")
            by_key.setdefault(key, []).append((parts, group))
    return PhraseList({key: tuple(sorted(phrases, key=_longest_first)) for key, phrases in by_key.items()})


def words(listing: str) -> frozenset[str]:
    """The set of the words written in *listing*."""
    return frozenset(listing.split())


def _longest_first(phrase: tuple[tuple[str, ...], str]) -> tuple[int, tuple[str, ...]]:
    return -len(phrase[0]), phrase[0]


def _is_match(text: str, tokens: Sequence[Word], first: int, parts: tuple[str, ...]) -> bool:
    for offset, part in enumerate(parts):
        folded = tokens[first + offset].folded
        if folded != part and not (part[-1] == "*" and folded.startswith(part[:-1])):
            return False
    return all(text[a.end : b.start].isspace() for a, b in pairwise(tokens[first : first + len(parts)]))


def _fold(word: str) -> str:
    return word.lower().replace("ё", "е").replace("’", "'").replace("‑", "-")
