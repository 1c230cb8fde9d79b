"""Typing errors undone for the network's eyes: what it learned of *killed* it then also knows of *kiled*, *kil-led*,
*waskilled* and *k1llled*.

A word that stands in a list of the language's words (``words/``, the commonest first) is never touched. Another one
becomes the likeliest of: itself with its inner signs left out, doubled letters made single, figures read as letters;
a word one letter away (Damerau 1964, candidates as in Norvig's "How to write a spelling corrector"); several words
run together (Viterbi over the list). Where none is likely, it stays: names are unknown words too.
"""

import lzma
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from models.disguise import GONE, unmask

WORDS_FOLDER = Path(__file__).parent / "words"
_ALPHABETS = {False: "abcdefghijklmnopqrstuvwxyz", True: "абвгдежзийклмнопрстуфхцчшщъыьэюя"}
FILES = {False: "en.txt.xz", True: "ru.txt.xz"}
_LONE = frozenset("aiвиксоуяа")  # words of one letter
_FIGURES = {
    False: {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"},
    True: {"0": "о", "1": "и", "3": "зе", "4": "ач", "6": "б", "@": "а"},
}
_MOST_READINGS = 256  # of the figures of one word
_COMMON = (0, 0, 120, 1_500)  # by letters: ranks of short words that may stand in a run of words
_SPREAD = 1_000  # rank of a word of three letters that is read where they stand apart: t h e, but not a b c
_LONG = 6  # letters of a form that is known from the dictionary alone
_SHORTEST = 4  # letters of a word that is worth a guess
_SHORTEST_WITH_NAME = 8  # letters of a name and what it was run together with
_SHORTEST_BESIDE_NAME = 3  # Gazanear, but not Kiry at
_LONGEST_EDITED = 20
_LONGEST_PART = 20
_LONGEST_RUN = 300  # letters that are taken apart; more is no text
_EDIT = math.log(2e-3)  # how likely a word is mistyped in one given way
_JOIN = math.log(3e-3)  # that a space is missing
_JOIN_AGAIN = math.log(3e-2)  # and another one near it
_NEW = math.log(1e-5)  # that a word is one which no list has, a letter of it so much less
_NEW_LETTER = math.log(0.1)

# Letters and figures, with signs that a disguise may put between them.
_TOKEN = re.compile(
    r"(?P<spread>(?<!\w)(?<!\w )[^\W\d_] [^\W\d_] [^\W\d_](?! ?\w\b)(?!\w))"  # t h e
    r"|[^\W_](?:[\0.\-_*]{0,3}[^\W_]|[@$!](?=[^\W_]))*"
)
_PART = re.compile(r"[^.\-_*]+")
_SIGNS = re.compile(r"[.\-_*]+")
_NUMBERED = re.compile(r"[^\W\d_]{1,5}[0-9]{1,4}s?|[0-9]+[^\W\d_]{1,3}|[^\W\d_]+!")  # f16s, 10pm, wow!
_REPEATED = re.compile(r"(.)\1+")
_CYRILLIC = re.compile(r"[а-я]")


@dataclass(frozen=True, slots=True)
class Legible:
    """A sentence as the network reads it; ``places[i]`` is where its character i stands in the sentence as sent."""

    text: str
    places: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the sentence as sent that became ``text[start:end]`` (not empty)."""
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words of a language, by rank, and what an unknown one may have been."""

    ranks: dict[str, int]
    is_russian: bool
    forms: Callable[[str], bool] = lambda _: False  # known besides: forms of words that are too rare to be guessed

    def knows(self, word: str) -> bool:
        return word in self.ranks or self.forms(word)

    def likelihood(self, word: str) -> float:
        """Zipf's law: the logarithm of a known word's share of all words."""
        return -math.log((self.ranks.get(word, len(self.ranks)) + 10) * 12.0)

    def guess(self, word: str, *, is_name: bool = False) -> tuple[str, ...]:
        """The words that *word*, which is unknown, was most likely meant to be; itself where nothing is likely. A name
        is in no list: it can only have been run together with what stands beside it."""
        best = _NEW + _NEW_LETTER * len(word)
        chosen: tuple[str, ...] = (word,)
        for likelihood, words in [self._taken_apart(word)] if is_name else self._guesses(word):
            if likelihood > best:
                best, chosen = likelihood, words
        return chosen

    def _guesses(self, word: str) -> Iterator[tuple[float, tuple[str, ...]]]:
        if not word.isalpha():
            yield from ((self.likelihood(read), (read,)) for read in self._as_letters(word) if self.knows(read))
            return
        for single in _with_single_letters(word):
            if self.knows(single):
                yield self.likelihood(single) + _EDIT, (single,)
        if len(word) <= _LONGEST_EDITED:
            edited = _edits(word, _ALPHABETS[self.is_russian])
            known = edited & self.ranks.keys()
            if not known and len(word) >= _LONG:
                known = set(filter(self.forms, edited))
            yield from ((self.likelihood(one) + _EDIT, (one,)) for one in known)
        yield self._taken_apart(word)

    def _as_letters(self, word: str) -> Iterator[str]:
        figures = _FIGURES[self.is_russian]
        options = [figures.get(letter, letter) for letter in word]
        if math.prod(map(len, options)) <= _MOST_READINGS:
            yield from map("".join, product(*options))

    def _taken_apart(self, word: str) -> tuple[float, tuple[str, ...]]:
        """The likeliest row of words that gives *word* without spaces; a part may be an unknown word."""
        best: list[tuple[float, int]] = [(0.0, 0)]  # by end: likelihood, start of the last word
        for end in range(1, len(word) + 1):
            options = []
            for start in range(max(0, end - _LONGEST_PART), end):
                before, began = best[start]
                join = 0.0 if start == 0 else _JOIN_AGAIN if began else _JOIN
                options.append((before + join + self._as_part(word[start:end]), start))
            best.append(max(options))
        likelihood, parts, end = best[-1][0], [], len(word)
        while end:
            start = best[end][1]
            parts.append(word[start:end])
            end = start
        return likelihood, tuple(reversed(parts))

    def _as_part(self, part: str) -> float:
        """Short letter groups stand in the list by chance: only the commonest are taken for words here."""
        rank = self.ranks.get(part)
        if rank is not None and (len(part) > 3 or (part in _LONE if len(part) == 1 else rank < _COMMON[len(part)])):
            return self.likelihood(part)
        if len(part) >= _LONG and self.forms(part):
            return self.likelihood(part)
        return _NEW + _NEW_LETTER * len(part) if len(part) >= _SHORTEST else -math.inf


def _with_single_letters(word: str) -> Iterator[str]:
    """*word* with runs of one letter shortened to one or to two."""
    yield _REPEATED.sub(r"\1", word)
    yield _REPEATED.sub(r"\1\1", word)
    for run in _REPEATED.finditer(word):
        for letters in (run[1], run[1] * 2):
            yield word[: run.start()] + letters + word[run.end() :]


def _edits(word: str, alphabet: str) -> set[str]:
    """All that is one dropped, added, wrong or swapped letter away."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
    return found | {left + letter + right for left, right in cuts for letter in alphabet}


@cache
def load_spelling(*, is_russian: bool) -> Spelling:
    words = lzma.decompress((WORDS_FOLDER / FILES[is_russian]).read_bytes()).decode("utf-8").split()
    ranks = {word: rank for rank, word in enumerate(words)}
    return Spelling(ranks, is_russian, _russian_forms() if is_russian else lambda _: False)


def _russian_forms() -> Callable[[str], bool]:
    from pymorphy3 import MorphAnalyzer  # 0.2 s to load, needed only where a Russian word is in no list

    is_known: Callable[[str], bool] = MorphAnalyzer().word_is_known
    return is_known


@lru_cache(maxsize=20_000)
def _meant(token: str, *, is_russian: bool, is_name: bool) -> tuple[str, ...] | None:
    """What *token*, small letters without signs, is read as; None where it stays as it is."""
    letters = token.replace(GONE, "")
    spelling = load_spelling(is_russian=is_russian)
    if letters.isdecimal() or spelling.knows(letters):
        return (letters,) if letters != token else None
    if len(letters) < (_SHORTEST if letters.isalpha() else 3) or len(letters) > _LONGEST_RUN:
        return None
    if _NUMBERED.fullmatch(letters) or (is_name and len(letters) < _SHORTEST_WITH_NAME):
        return None
    meant = spelling.guess(letters, is_name=is_name)
    if is_name and min(map(len, meant)) < _SHORTEST_BESIDE_NAME:
        return None
    return meant if meant != (letters,) else None


@lru_cache(maxsize=20_000)
def _is_one_word(token: str, *, is_russian: bool) -> bool:
    """Whether the signs in *token* are a disguise: without them it is a word, and commoner than one of its parts."""
    spelling = load_spelling(is_russian=is_russian)
    joined = _SIGNS.sub("", token)
    rank = spelling.ranks.get(joined, len(spelling.ranks))
    if 2 * len(joined) == len(token) + 1:
        return False  # an acronym: U.S.
    return spelling.knows(joined) and any(
        not spelling.knows(part) or len(part) == 1 or spelling.ranks.get(part, rank) > rank
        for part in _SIGNS.split(token)
    )


def read_through(sentence: str) -> Legible:
    """*sentence* in small letters with its disguises (`models.disguise`) and typing errors undone."""
    flat = unmask(sentence)
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for start, end, words in _changes(sentence, flat):
        parts.append(flat[done:start])
        places += range(done, start)
        for number, word in enumerate(words):
            text = f" {word}" if number else word
            first = start + sum(map(len, words[:number]))
            parts.append(text)
            places += (min(first + at, end - 1) for at in range(len(text)))
        done = end
    parts.append(flat[done:])
    places += range(done, len(flat))
    return Legible("".join(parts), places)


def _changes(sentence: str, flat: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Ranges of *flat* that are read as other words."""
    is_shouted = sentence.isupper()
    for match in _TOKEN.finditer(flat):
        token = match.group()
        is_russian = _CYRILLIC.search(token) is not None
        if match["spread"]:
            joined = token.replace(" ", "")
            if load_spelling(is_russian=is_russian).ranks.get(joined, _SPREAD) < _SPREAD:
                yield *match.span(), (joined,)
            continue
        if _SIGNS.search(token) and _is_one_word(token.replace(GONE, ""), is_russian=is_russian):
            yield *match.span(), (_SIGNS.sub("", token.replace(GONE, "")),)
            continue
        for part in _PART.finditer(token):
            start, end = match.start() + part.start(), match.start() + part.end()
            if flat.startswith("'", end):  # isn't
                continue
            is_name = start > 0 and sentence[start].isupper() and part.group().isalpha() and not is_shouted
            words = _meant(part.group(), is_russian=is_russian, is_name=is_name)
            if words:
                yield start, end, words
