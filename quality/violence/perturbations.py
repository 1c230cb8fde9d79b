"""Twelve ways to disguise or mistype a text that a reader still reads. Seeded: the same text always comes out alike.

Words that matter are always touched, of the others three in ten; capitals and flipped case touch all.
"""

import re
from collections.abc import Callable, Collection, Sequence

import numpy as np

Span = tuple[int, int]
Random = np.random.Generator
_SEED = 20261124
_OTHER_WORDS = 0.3
_WORD = re.compile(r"[^\W\d_]{3,}")
_LOOKALIKES = {
    **dict(zip("aceopxyiksABCEHKMOPTX", "асеорхуікѕАВСЕНКМОРТХ", strict=True)),
    **dict(zip("асеорхукАВЕКМНОРСТХ", "aceopxykABEKMHOPCTX", strict=True)),
}
_LEET = {
    **dict(zip("aeiostAEIOST", "431057431057", strict=True)),
    **dict(zip("аеоизбАЕОЗБ", "43013643036", strict=True)),
}
_ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\u00ad")
_ACCENTS = ("\u0301", "\u0300", "\u0302", "\u0323")
_STOPS = (".", "-", "*", "_")


def perturb(kind: str, texts: Sequence[str], spans: Sequence[Collection[Span]] | None = None) -> list[str]:
    """Each text disturbed in this one way. *spans* are the places that matter in each text."""
    change = PERTURBATIONS[kind]
    number = list(PERTURBATIONS).index(kind)
    return [
        change(text, tuple(spans[row]) if spans is not None else (), np.random.default_rng([_SEED, number, row]))
        for row, text in enumerate(texts)
    ]


def _words(change: Callable[[str, Random], str]) -> Callable[[str, Collection[Span], Random], str]:
    """*change* done to the chosen words of a text."""

    def disturb(text: str, spans: Collection[Span], random: Random) -> str:
        chosen = _choose(text, spans, random)
        return _WORD.sub(lambda word: change(word.group(), random) if word.start() in chosen else word.group(), text)

    return disturb


def _choose(text: str, spans: Collection[Span], random: Random) -> set[int]:
    """Starts of the words to be touched, one at least."""
    words = list(_WORD.finditer(text))
    chosen = {
        word.start()
        for word in words
        if any(start < word.end() and word.start() < end for start, end in spans) or random.random() < _OTHER_WORDS
    }
    if not chosen and words:
        chosen = {words[int(random.integers(len(words)))].start()}
    return chosen


def _look_alike(word: str, _: Random) -> str:
    """Every other letter that has a twin in the other alphabet, so that the word mixes both."""
    result, turn = [], True
    for letter in word:
        swapped = letter in _LOOKALIKES and turn
        result.append(_LOOKALIKES[letter] if swapped else letter)
        turn = not turn if letter in _LOOKALIKES else turn
    return "".join(result)


def _between(signs: Sequence[str]) -> Callable[[str, Random], str]:
    """One sign between any two letters, the same all through the word."""
    return lambda word, random: signs[int(random.integers(len(signs)))].join(word)


def _punctuate(word: str, random: Random) -> str:
    at = int(random.integers(1, len(word)))
    return word[:at] + _STOPS[int(random.integers(len(_STOPS)))] + word[at:]


def _mistype(word: str, random: Random) -> str:
    """Two inner letters swapped, or one dropped; the first and the last stay, as readers need them."""
    if len(word) < 4:
        return word
    at = int(random.integers(1, len(word) - 2))
    if random.random() < 0.5:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :]


def _double(word: str, random: Random) -> str:
    at = int(random.integers(len(word)))
    return word[:at] + word[at] * int(random.integers(2, 4)) + word[at + 1 :]


def _leet(word: str, _: Random) -> str:
    return "".join(_LEET.get(letter, letter) for letter in word)


def _accent(word: str, random: Random) -> str:
    return "".join(letter + _ACCENTS[int(random.integers(len(_ACCENTS)))] for letter in word)


def _widen(word: str, _: Random) -> str:
    """Latin letters have a full width; a Cyrillic word stays as it is."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)


def _capitals(text: str, _spans: Collection[Span], _random: Random) -> str:
    return text.upper()


def _flip_case(text: str, _spans: Collection[Span], random: Random) -> str:
    return "".join(letter.swapcase() if random.random() < 0.5 else letter for letter in text)


def _run_together(text: str, spans: Collection[Span], random: Random) -> str:
    """No space before the chosen words."""
    chosen = _choose(text, spans, random)
    return "".join(letter for at, letter in enumerate(text) if not (letter == " " and at + 1 in chosen))


PERTURBATIONS: dict[str, Callable[[str, Collection[Span], Random], str]] = {
    "homoglyphs": _words(_look_alike),
    "zero-width": _words(_between(_ZERO_WIDTH)),
    "spaced letters": _words(_between((" ",))),
    "flipped case": _flip_case,
    "capitals": _capitals,
    "typos": _words(_mistype),
    "leet": _words(_leet),
    "doubled letters": _words(_double),
    "missing spaces": _run_together,
    "diacritics": _words(_accent),
    "punctuation in words": _words(_punctuate),
    "fullwidth": _words(_widen),
}
