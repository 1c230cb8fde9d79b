"""Typing errors and light disguises, so that a word is known by more than its exact letters.

Most are undone again before the network reads (`models.spelling`); what remains of them is what it must learn to bear.
"""

from collections.abc import Callable

import numpy as np

_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}
_MIN_WORD = 4
_TOUCHED = 0.3  # share of the words
_ONE_KIND = 0.5  # share of the texts whose errors are all of one kind
_RUN_TOGETHER = 0.2  # share of the texts that lack spaces


def disturb(text: str, random: np.random.Generator) -> str:
    """One word of *text* at least, and three in ten, get an error each, all of one kind or of many; now and then words
    stand without a space before them."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= _MIN_WORD]
    always = random.integers(len(_ERRORS)) if random.random() < _ONE_KIND else None
    for place in random.permutation(long)[: max(1, int(_TOUCHED * len(long)))]:
        kind = random.integers(len(_ERRORS)) if always is None else always
        words[place] = _ERRORS[kind](words[place], random)
    if random.random() < _RUN_TOGETHER:
        return "".join(word if random.random() < _TOUCHED else f" {word}" for word in words).strip()
    return " ".join(words)


def _swap(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(0, len(word) - 1))
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _drop(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(0, len(word)))
    return word[:at] + word[at + 1 :]


def _double(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(0, len(word)))
    return word[:at] + word[at] * int(random.integers(2, 4)) + word[at + 1 :]


def _split(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(1, len(word)))
    return f"{word[:at]} {word[at:]}"


def _other(word: str, random: np.random.Generator) -> str:
    at = int(random.integers(0, len(word)))
    letters = "абвгдежзиклмнопрстуфхцчшщыэюя" if "а" <= word[at].lower() <= "я" else "abcdefghijklmnoprstuvwy"
    return word[:at] + letters[int(random.integers(len(letters)))] + word[at + 1 :]


def _leet(word: str, _random: np.random.Generator) -> str:
    return "".join(_LEET.get(letter, letter) for letter in word)


def _spread(word: str, random: np.random.Generator) -> str:
    return " .-*"[int(random.integers(4))].join(word)


_ERRORS: tuple[Callable[[str, np.random.Generator], str], ...] = (_swap, _drop, _double, _split, _other, _leet, _spread)
