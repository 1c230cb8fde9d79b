"""Reading a text without moving it: sentences and language, always in offsets of the text as sent."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from models.types import Article, Language, Span

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SUPPORTED_LANGUAGES = ("en", "ru")

# A cyrillic or latin text may be in a neighbour language we do not read; langid chooses among these.
_CANDIDATE_LANGUAGES = (
    "en", "ru", "ar", "be", "bg", "cs", "de", "el", "es", "fa", "fi", "fr", "he", "hi", "hu", "id", "it", "ja",
    "ka", "kk", "ko", "ky", "mk", "mn", "nl", "no", "pl", "pt", "ro", "sr", "sv", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
_LANGUAGE_SAMPLE = 2_000  # code points; more text does not change the answer
_CLEARLY = 3.0  # times likelier than the script's supported language
_LIKELY = 0.5  # below this no language stands out
_MAX_SENTENCE = 1_000  # code points: a "sentence" without a full stop is cut at a space, never dropped

# Closing quotes, brackets and markers belong to the sentence they close: `state.”*` is one end.
_CLOSERS = "\"'”’»“)]}*✱†‡¹²³⁰⁴⁵⁶⁷⁸⁹"
# One try for a whole run of stops, and nothing given back: 200,000 dots must not cost 200,000 tries.
_END = re.compile(rf"(?<![.!?…。])[.!?…。]++[{re.escape(_CLOSERS)}]*+(?=\s|$)")
_WORD_START = re.compile(r"\S")
_LETTER = re.compile(r"[^\W\d_]")
_LINE = re.compile(r"[^\r\n\u2028\u2029]+")
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof gen col lt sgt capt rep sen gov st jr sr vs etc inc ltd corp co no vol fig p pp jan feb mar apr
    jun jul aug sep sept oct nov dec u.s u.k u.n e.g i.e a.m p.m d.c
    г гг в вв им ул д кв стр обл руб коп млн млрд тыс т т.е т.к т.д т.п др см ст п пп проф акад ген полк янв февр
    апр июн июл авг сент окт нояб дек р ред прим
    """.split()  # noqa: SIM905  # 96 words read better as prose
)


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article with what all classifiers need read once: its language and its sentences."""

    article: Article
    language: Language
    sentences: tuple[Span, ...]

    @property
    def text(self) -> str:
        return self.article.text


def prepare(article: Article) -> PreparedArticle:
    """Detect the language (unless it was given) and split the text into sentences."""
    language = (
        Language(code=article.language, score=1.0, supported=article.language in SUPPORTED_LANGUAGES)
        if article.language
        else detect_language(article.text)
    )
    return PreparedArticle(article=article, language=language, sentences=split_sentences(article.text))


def split_sentences(text: str) -> tuple[Span, ...]:
    """Non-empty sentences in order. A line break always ends one, so a headline never joins its dateline."""
    sentences: list[Span] = []
    for line in _LINE.finditer(text):
        start = line.start()
        for end in _ends(text, line.start(), line.end()):
            sentences.extend(_pieces(text, start, end))
            start = end
    return tuple(sentences)


def _ends(text: str, start: int, end: int) -> list[int]:
    ends = [m.end() for m in _END.finditer(text, start, end) if not _continues(text, m.start(), m.end(), end)]
    return [*ends, end] if not ends or ends[-1] != end else ends


def _continues(text: str, stop: int, after: int, line_end: int) -> bool:
    """A full stop does not end a sentence after an abbreviation or initial, or before a lower-case word."""
    found = _WORD_START.search(text, after, line_end)
    following = found.group() if found else ""
    if following.islower():
        return True
    if text[stop:after] != ".":
        return False
    words = text[max(0, stop - 12) : stop].split()
    word = words[-1].lstrip("(«“\"'—–-") if words else ""
    is_initial = len(word) == 1 and word.isupper() and bool(following)
    return is_initial or word.lower() in _ABBREVIATIONS


def _pieces(text: str, start: int, end: int) -> list[Span]:
    pieces = []
    while start < end:
        cut = end
        if end - start > _MAX_SENTENCE:
            space = text.rfind(" ", start + _MAX_SENTENCE // 2, start + _MAX_SENTENCE)
            cut = space if space > 0 else start + _MAX_SENTENCE
        piece = text[start:cut]
        left = start + len(piece) - len(piece.lstrip())
        right = cut - (len(piece) - len(piece.rstrip()))
        if left < right:
            pieces.append(Span(left, right, text[left:right]))
        start = cut
    return pieces


def detect_language(text: str) -> Language:
    """The most likely language of *text*; ``und`` (ISO 639-2 "undetermined") where it has no letters."""
    first = _LETTER.search(text)
    if not first:
        return Language(code="und", score=0.0, supported=False)
    sample = text[first.start() : first.start() + _LANGUAGE_SAMPLE]
    likelihood = {str(code): float(score) for code, score in _identifier().rank(unicodedata.normalize("NFC", sample))}
    best = max(likelihood, key=lambda code: likelihood[code])
    expected = _expected_language(sample)
    # In a headline of five words all neighbours look alike: another language must be clearly likelier.
    if expected and likelihood[best] < max(_LIKELY, _CLEARLY * likelihood[expected]):
        best = expected
    return Language(code=best, score=likelihood[best], supported=best in SUPPORTED_LANGUAGES)


def _expected_language(sample: str) -> str | None:
    """The supported language of the script that most letters are in; None for other scripts."""
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in sample)
    latin = sum(character.isalpha() and character < "\u0250" for character in sample)
    other = sum(character.isalpha() for character in sample) - cyrillic - latin
    if other > max(cyrillic, latin):
        return None
    return "ru" if cyrillic > latin else "en"


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # 0.6 s to load: only where a text is read

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(list(_CANDIDATE_LANGUAGES))
    # Another one of what is left, or the table of all its languages stays: 28 MB.
    return LanguageIdentifier(
        whole.nb_ptc,
        whole.nb_pc,
        whole.nb_classes,
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
