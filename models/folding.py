"""One spelling for many: a text folded for dictionary search, with the way back to the text as sent.

Two views of a text are made. ``flat`` has exactly one character for each code point sent (lower case, ё as е, one
kind of quote, dash and space), so offsets are the same. ``folded`` is what names are looked up in: words joined by
single spaces, without quotes, hyphens, accents, apostrophes, markup and invisible characters; ``Folding.original``
brings a range of it back to the text as sent. Both are made in time linear in the text.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

_GONE = "\0"  # a code point that is in the text as sent and in no word: zero-width, soft hyphen, apostrophe, accent
_QUOTES = '"«»„“”‟‹›″〝〞＂'
_APOSTROPHES = "'’‘ʼʻ`´′ʹ＇‛"
_DASHES = "-‐‑‒–—―−﹘﹣－_"
_ENTITY = re.compile(r"&(?:nbsp|quot|laquo|raquo|ldquo|rdquo|bdquo|mdash|ndash|#160|#32|#34|#171|#187);")
_INVISIBLE_ENTITY = re.compile(r"&(?:shy|zwnj|zwj|lrm|rlm|apos|rsquo|lsquo|#39|#173|#8203);")
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|td|tr|h[1-6])\b[^<>]{0,200}>")
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>")
_POSSESSIVE = re.compile(r"'(?=s(?!\w))")
_TOKEN = re.compile(r"[^ \n]+|\n[ \n]*\n")
_SAME = {
    **dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys("\n\u2028\u2029\x0b\x0c\x85", "\n"), **dict.fromkeys("йЙ", "й"),
    "\u0306": "\u0306",  # the breve of a й sent as two code points: decided with the letter before it
}  # fmt: skip
_PIECE = re.compile(f"[^{_GONE}]+")
_PARAGRAPH = "\n"

# Letters that look alike: used only inside a word that mixes the two alphabets.
_LATIN_TO_CYRILLIC = str.maketrans("abcehikmnoptuxy", "авсенікмпортиху")
_CYRILLIC_TO_LATIN = str.maketrans("авсенікмортхуіјѕԁ", "abcehikmoptxyijsd")
_IS_LATIN = re.compile(r"[a-z]")
_IS_CYRILLIC = re.compile(r"[а-яѐ-џ]")


@dataclass(frozen=True, slots=True)
class Folding:
    """A text in its two views. Piece by piece, ``starts`` are offsets in ``folded``, ``sources`` as sent."""

    flat: str
    folded: str
    starts: list[int]
    sources: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the text as sent that became ``folded[start:end]`` (not empty)."""
        return self._source(start), self._source(end - 1) + 1

    def _source(self, position: int) -> int:
        piece = bisect_right(self.starts, position) - 1
        return self.sources[piece] + position - self.starts[piece]


class _Table(dict[int, str]):
    """``str.translate`` table that works a character out when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < 20_000:  # a text of every code point must not fill the memory
            self[code] = folded
        return folded


def fold(text: str) -> Folding:
    """Both views of *text*; ``len(flat) == len(text)``."""
    flat = text.translate(_TABLE)
    if "и\u0306" in flat:  # й sent as two code points: the letter stays й, its accent is dropped
        flat = flat.replace("и\u0306", "й" + _GONE)
    flat = flat.replace("\u0306", _GONE)
    if "&" in flat:
        flat = _ENTITY.sub(_blank, flat)
        flat = _INVISIBLE_ENTITY.sub(_remove, flat)
    if "<" in flat:
        flat = _BLOCK_TAG.sub(_blank, flat)
        flat = _TAG.sub(_remove, flat)
    return _fold_words(flat)


def fold_name(name: str) -> str:
    """A name as it stands in ``Folding.folded``."""
    return fold(name).folded.replace(" \n ", " ").strip()


def _fold_words(flat: str) -> Folding:
    spaced = _POSSESSIVE.sub(" ", flat).translate(_SEPARATORS)
    is_mixed = _IS_LATIN.search(flat) is not None and _IS_CYRILLIC.search(flat) is not None
    words: list[str] = []
    starts: list[int] = []
    sources: list[int] = []
    at = 0
    for token in _TOKEN.finditer(spaced):
        word = token.group()
        if _GONE in word:
            offset, pieces = at, list(_PIECE.finditer(word))
            for piece in pieces:
                starts.append(offset)
                sources.append(token.start() + piece.start())
                offset += len(piece.group())
            word = "".join(piece.group() for piece in pieces)
            if not word:
                continue
        else:
            starts.append(at)
            sources.append(token.start())
            if word[0] == _PARAGRAPH:
                word = _PARAGRAPH
        words.append(_one_alphabet(word) if is_mixed else word)
        at += len(word) + 1
    return Folding(flat, " ".join(words), starts, sources)


def _one_alphabet(word: str) -> str:
    """A word of Latin and Cyrillic letters in one of them, where every letter has its double."""
    if not (_IS_LATIN.search(word) and _IS_CYRILLIC.search(word)):
        return word
    latin, cyrillic = len(_IS_LATIN.findall(word)), len(_IS_CYRILLIC.findall(word))
    as_cyrillic, as_latin = word.translate(_LATIN_TO_CYRILLIC), word.translate(_CYRILLIC_TO_LATIN)
    candidates = [as_cyrillic, as_latin] if cyrillic >= latin else [as_latin, as_cyrillic]
    for candidate in candidates:
        if not (_IS_LATIN.search(candidate) and _IS_CYRILLIC.search(candidate)):
            return candidate
    return word


def _fold_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc", "Cs"):
        return _GONE
    if not character.isalpha():
        return character
    plain = unicodedata.normalize("NFKD", character)[0]
    return plain.lower()[0]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _remove(match: re.Match[str]) -> str:
    return _GONE * len(match.group())


_TABLE = _Table()
_SEPARATORS = str.maketrans(dict.fromkeys('"-*✱†‡⁰¹²³⁴⁵⁶⁷⁸⁹', " ") | {"'": _GONE})
