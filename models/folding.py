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
_ENTITY = re.compile(
    r"&(?:nbsp|quot|laquo|raquo|ldquo|rdquo|bdquo|mdash|ndash|ensp|emsp|thinsp|#160|#32|#34|#171|#187"
    r"|#820[89]|#821[0-3]|#xa0|#x201[0-5]|#x22|#xab|#xbb);"
)
_INVISIBLE_ENTITY = re.compile(r"&(?:shy|zwnj|zwj|lrm|rlm|apos|rsquo|lsquo|#39|#173|#8203);")
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|li|ul|ol|td|tr|h[1-6])\b[^<>]{0,200}>")
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>")
_POSSESSIVE = re.compile(r"'(?=s(?!\w))")
_ODD = re.compile(r"[^a-zа-ик-я0-9 .,()!?;:й]+")  # what lower-casing alone may not have folded
# What is not one space between two words. It begins with a plain set of characters, so it is quick to look for.
_GAP = re.compile("[ \n\0](?:(?<= )[ \n\0]+|(?<! )[ \n\0]*|(?<=^ ))")
_SAME = {
    **dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys("\n\u2028\u2029\x0b\x0c\x85", "\n"), **dict.fromkeys("йЙ", "й"),
    "ς": "σ",  # as lower-casing writes a Σ at the end of a word
    "\u0306": "\u0306",  # the breve of a й sent as two code points: decided with the letter before it
}  # fmt: skip

# Letters that look alike: used only inside a word that mixes the two alphabets.
_LATIN_TO_CYRILLIC = str.maketrans("abcehikmnoptuxy", "авсенікмпортиху")
_CYRILLIC_TO_LATIN = str.maketrans("авсенікмортхуіјѕԁ", "abcehikmoptxyijsd")
_NOT_RUSSIAN = re.compile(r"[іјѕԁ]")  # Cyrillic letters of other languages that look Latin
_IS_LATIN = re.compile(r"[a-z]")
_IS_CYRILLIC = re.compile(r"[а-яѐ-џ]")
_LATIN_RUN, _CYRILLIC_RUN = re.compile(r"[a-z]+"), re.compile(r"[а-яѐ-џ]+")


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
    flat = _fold_characters(text)
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


def _fold_characters(text: str) -> str:
    """`_TABLE` applied to *text*. Most characters need only be put in lower case, which is much faster."""
    lower = text.lower()
    if len(lower) != len(text):  # İ has two small letters for it
        return text.translate(_TABLE)
    return _ODD.sub(_fold_odd, lower)


def _fold_odd(match: re.Match[str]) -> str:
    return match.group().translate(_TABLE)


def fold_name(name: str) -> str:
    """A name as it stands in ``Folding.folded``."""
    return fold(name).folded.replace(" \n ", " ").strip()


def _fold_words(flat: str) -> Folding:
    """Words joined by single spaces: only where something is left out or put together does a new piece begin."""
    spaced = _POSSESSIVE.sub(" ", flat) if "'" in flat else flat
    for separator in _SEPARATORS:  # many times faster than `translate` outside ASCII
        if separator in spaced:
            spaced = spaced.replace(separator, " ")
    spaced = spaced.replace("'", _GONE)
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
    if _NOT_RUSSIAN.search(folded):  # "ІЅІЅ", all of it in Cyrillic
        folded = " ".join(_if_all_latin(word) if _NOT_RUSSIAN.search(word) else word for word in folded.split(" "))
    if not (_IS_LATIN.search(folded) and _IS_CYRILLIC.search(folded)):
        return folded
    parts: list[str] = []
    done = 0
    # The alphabet that the text has less of is looked through for where a word goes over into the other one.
    is_russian = folded.count("о") > folded.count("e")
    runs, other = (_LATIN_RUN, _IS_CYRILLIC) if is_russian else (_CYRILLIC_RUN, _IS_LATIN)
    for run in runs.finditer(folded):
        begun, ended = run.span()
        if begun < done or not (other.match(folded, begun - 1, begun) or other.match(folded, ended)):
            continue
        start = max(folded.rfind(" ", done, begun) + 1, done)
        end = folded.find(" ", ended)
        end = len(folded) if end < 0 else end
        parts += [folded[done:start], one_alphabet(folded[start:end])]
        done = end
    return "".join([*parts, folded[done:]])


def _if_all_latin(word: str) -> str:
    """The word in Latin letters where each of its letters has a Latin double, else as it is."""
    latin = word.translate(_CYRILLIC_TO_LATIN)
    return word if _IS_CYRILLIC.search(latin) else latin


def looks(word: str) -> str | None:
    """A Russian word as it looks in Latin letters (ХАМАС: xamac); None where a letter has no double."""
    latin = word.translate(_CYRILLIC_TO_LATIN)
    return None if _IS_CYRILLIC.search(latin) or _NOT_RUSSIAN.search(word) else latin


def one_alphabet(word: str) -> str:
    """A word of Latin and Cyrillic letters in one of them, where every letter has its double."""
    if _NOT_RUSSIAN.search(word):
        word = _if_all_latin(word)
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
_SEPARATORS = '"-*✱†‡⁰¹²³⁴⁵⁶⁷⁸⁹'
