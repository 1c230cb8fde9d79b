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
_GAP = re.compile("[ \n\0]{2,}|[\n\0]|^ ")  # what is not one space between two words
_SAME = {
    **dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys("\n\u2028\u2029\x0b\x0c\x85", "\n"), **dict.fromkeys("йЙ", "й"),
    "\u0306": "\u0306",  # the breve of a й sent as two code points: decided with the letter before it
}  # fmt: skip

# Letters that look alike: used only inside a word that mixes the two alphabets.
_LATIN_TO_CYRILLIC = str.maketrans("abcehikmnoptuxy", "авсенікмпортиху")
_CYRILLIC_TO_LATIN = str.maketrans("авсенікмортхуіјѕԁ", "abcehikmoptxyijsd")
_IS_LATIN = re.compile(r"[a-z]")
_IS_CYRILLIC = re.compile(r"[а-яѐ-џ]")
_SEAM = re.compile(r"[a-z](?=[а-яѐ-џ])|[а-яѐ-џ](?=[a-z])")  # where a word goes over into the other alphabet


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
    """Words joined by single spaces: only where something is left out or put together does a new piece begin."""
    spaced = _POSSESSIVE.sub(" ", flat).translate(_SEPARATORS)
    parts: list[str] = []
    starts: list[int] = []
    sources: list[int] = []
    at = done = 0
    for gap in _GAP.finditer(spaced):
        start, end = gap.span()
        if start > done:
            parts.append(spaced[done:start])
            starts.append(at)
            sources.append(done)
            at += start - done
        done = end
        run = gap.group()
        between = "" if not run.strip(_GONE) else " \n " if run.count("\n") > 1 else " "
        if between and at and end < len(spaced):
            parts.append(between)
            starts.append(at)
            sources.append(start)
            at += len(between)
    parts.append(spaced[done:])
    starts.append(at)
    sources.append(done)
    return Folding(flat, _one_alphabet_each("".join(parts)), starts, sources)


def _one_alphabet_each(folded: str) -> str:
    """The text with each word that mixes Latin and Cyrillic letters in one of them."""
    if not (_IS_LATIN.search(folded) and _IS_CYRILLIC.search(folded)):
        return folded
    parts: list[str] = []
    done = 0
    for seam in _SEAM.finditer(folded):
        if seam.start() < done:
            continue
        start = max(folded.rfind(" ", done, seam.start()) + 1, done)
        end = folded.find(" ", seam.end())
        end = len(folded) if end < 0 else end
        parts += [folded[done:start], _one_alphabet(folded[start:end])]
        done = end
    return "".join([*parts, folded[done:]])


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
