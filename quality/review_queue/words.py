"""Texts by Zipf's law, half English and half Russian, from a vocabulary that the seed alone decides."""

import random
from itertools import accumulate

_ENGLISH = (
    "government city people army attack council minister police court border water region prisoners hospital school "
    "bridge soldiers president village river statement building company worker journalist street election budget"
)
_RUSSIAN = (
    "город правительство взрыв суд армия министр область вода полиция граница школа больница мост солдаты президент "
    "село река заявление здание компания рабочий журналист улица выборы бюджет совет пленные люди"
)
_SYLLABLES = "ba de ki lo mu na pe ri so tu", "ба де ки ло му на пе ри со ту"
_VOCABULARY = 10_000  # words of each language
_SENTENCES = 8_000
_WORDS = 6  # of a sentence


def make_sentences(chance: random.Random) -> dict[str, list[str]]:
    """By language: drawn once, to be put together anew for each article."""
    return {"en": _sentences(chance, _ENGLISH, _SYLLABLES[0]), "ru": _sentences(chance, _RUSSIAN, _SYLLABLES[1])}


def rare_word(index: int) -> str:
    """A word that two articles share: Russian where *index* is odd."""
    return _invent(10_000_000 + index // 4 * 2 + index % 2, _SYLLABLES[index % 2])


def _invent(number: int, syllables: str) -> str:
    """The word of that number: its decimal digits as syllables."""
    named = syllables.split()
    return "".join(named[int(digit)] for digit in str(number))


def _sentences(chance: random.Random, frequent: str, syllables: str) -> list[str]:
    known = frequent.split()
    words = [*known, *(_invent(100_000 + number, syllables) for number in range(_VOCABULARY - len(known)))]
    weights = list(accumulate(1 / (rank + 1) for rank in range(len(words))))
    return [" ".join(chance.choices(words, cum_weights=weights, k=_WORDS)).capitalize() for _ in range(_SENTENCES)]
