"""Reads through the disguises of a word, so that the network sees the word itself.

The result has one character for each code point sent, so offsets stay what they are; a character that belongs to no
word becomes ``\\0``, which the tokenizers drop. Letters of another alphabet inside a word, zero-width characters,
accents, fullwidth forms, figures for letters (k1lled), signs inside a word (ki*lled)
and letters set apart (k i l l e d, k.i.l.l.e.d) are undone.
"""

import re

from models.folding import fold, one_alphabet

GONE = "\0"
_WORD = re.compile(r"[^\W_]+")
_MIXED = re.compile(r"[a-z]\0*[а-яѐ-џѕіј]|[а-яѐ-џѕіј]\0*[a-z]")
_FOREIGN = re.compile(r"[ѕіјԁ]")
_SPREAD = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .*_-])[^\W\d_])(?:\1[^\W\d_]){2,}(?![^\W_])")
_INSIDE = re.compile(r"(?<=[^\W\d_])[*_~|·•^](?=[^\W\d_])")  # no word has these inside: ki*lled
# A figure or sign between letters, or between a letter and the end of a word that has two letters more.
_LEET_WORD = re.compile(r"(?<![\w@$])(?=[a-z0-9@$!]*[a-z])(?=[a-z0-9@$!]*[0-9@$!])[a-z0-9@$!]{4,20}(?![\w@$])")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_LEET_AT_WORK = re.compile(r"[a-z][0134579@$!]{1,2}[a-z]")
_NUMBERED = re.compile(r"[a-z]{1,5}[0-9]{1,4}s?|[0-9]+[a-z]{1,3}|[a-z]+!")


def unmask(text: str) -> str:
    """*text* in small letters with its words undisguised; ``len(unmask(text)) == len(text)``."""
    flat = fold(text).flat
    if _MIXED.search(flat) or _FOREIGN.search(flat):
        flat = _WORD_WITH_GAPS.sub(_in_one_alphabet, flat)
    if _INSIDE.search(text):
        letters = list(flat)
        for sign in _INSIDE.finditer(text):
            letters[sign.start()] = GONE
        flat = "".join(letters)
    if _SPREAD.search(flat):
        flat = _SPREAD.sub(_together, flat)
    if _LEET_AT_WORK.search(flat):
        flat = _LEET_WORD.sub(_letters, flat)
    return flat


_WORD_WITH_GAPS = re.compile(r"[^\W_](?:\0*[^\W_])*")


def _in_one_alphabet(match: re.Match[str]) -> str:
    return one_alphabet(match.group())


def _together(match: re.Match[str]) -> str:
    """Set-apart letters closed up; a lone word of one letter on either side is rare enough to be lost."""
    return re.sub(r"[ .*_-]", GONE, match.group())


def _letters(match: re.Match[str]) -> str:
    word = match.group()
    return word if _NUMBERED.fullmatch(word) else word.translate(_LEET)
