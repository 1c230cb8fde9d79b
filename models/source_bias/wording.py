"""Wording cues found by lists and rules: hedges, unnamed sources, scare quotes."""

import re
from collections.abc import Sequence

from models.source_bias.phrases import Word, words
from models.source_bias.quotes import Quotation
from models.source_bias.wordlists import ANONYMOUS_SOURCES, HEDGE_REASONS, HEDGES, SAYING
from models.types import Evidence, Span

_MOST_WORDS = 3
_SCARE_REASON = "“{words}” stands in quotation marks without a speaker: the text keeps its distance from the wording."
_NAMING = words(
    "called named titled entitled dubbed nicknamed term word phrase slogan headline book film song album novel "
    "operation under codenamed magazine newspaper channel company party group movement project programme program quote "
    "термин слово слова фраза фразу лозунг девиз название названием под газета газете журнал канал компания компании "
    "партия партии группа группы движение движения проект проекта программа программы операция фильм фильма книга "
    "роман песня клуб клуба клубу команда команды завод фирма ооо ао зао оао пао ип фонд фонда форум статья статье "
    "рубрика рубрике категория категории номинация номинации категорию номинацию сайт приложение приложения"
)
_ONLY_WORDS = re.compile(r"[^\W\d_]+(?:[ \xa0'’-][^\W\d_]+){0,5}[,.]?")
_SPEECH_BEFORE = re.compile(r"[:,—–-]\s{0,2}$")
_SPEECH_AFTER = re.compile(r"\s{0,2}[,.]?\s{0,2}[—–-]\s")


def find_hedges(text: str, tokens: Sequence[Word], language: str) -> tuple[Evidence, ...]:
    """Words that keep the writer's distance from a claim; empty for a language without a list."""
    if language not in HEDGES:
        return ()
    return tuple(
        _evidence(text, match.start, match.end, HEDGE_REASONS[match.group])
        for match in HEDGES[language].find(text, tokens)
    )


def find_anonymous_sources(text: str, tokens: Sequence[Word], language: str) -> tuple[Evidence, ...]:
    """Claims whose source is given no name; empty for a language without a list."""
    if language not in ANONYMOUS_SOURCES:
        return ()
    return tuple(
        _evidence(text, match.start, match.end, "“{words}”: what is said here has a source, but no named one.")
        for match in ANONYMOUS_SOURCES[language].find(text, tokens)
    )


def find_scare_quotes(
    text: str, quotations: Sequence[Quotation], sentences: Sequence[Span], language: str
) -> tuple[Evidence, ...]:
    """One to three lower-case words in quotation marks that are no name, title or speech.

    A quotation in a sentence with a verb of saying is taken for the speaker's own words, and left alone.
    """
    saying = SAYING.get(language)
    if saying is None:
        return ()
    found: list[Evidence] = []
    current = 0
    for quotation in quotations:
        while current < len(sentences) - 1 and sentences[current].end <= quotation.start:
            current += 1
        sentence = sentences[current] if sentences else None
        if sentence and _is_scare_quote(text, quotation, sentence, saying):
            reason = (
                "“{words}” stands in quotation marks without a speaker: the text keeps its distance from the wording."
            )
            found.append(_evidence(text, quotation.inner_start, quotation.inner_end, reason, trimmed=",. "))
    return tuple(found)


def _is_scare_quote(text: str, quotation: Quotation, sentence: Span, saying: frozenset[str]) -> bool:
    inner = text[quotation.inner_start : quotation.inner_end]
    if len(inner) > 60 or inner != inner.lower() or not _ONLY_WORDS.fullmatch(inner):
        return False
    if not 1 <= len(inner.split()) <= _MOST_WORDS:
        return False
    before, after = text[max(0, quotation.start - 40) : quotation.start], text[quotation.end : quotation.end + 10]
    if _SPEECH_BEFORE.search(before) or (inner[-1] in ",." and _SPEECH_AFTER.match(after)) or "\n" in before[-2:]:
        return False
    last_word = before.split()[-1].strip("(,.:;").lower() if before.split() else ""
    if last_word in _NAMING:
        return False
    return not any(word.strip(".,:;!?—–()").lower() in saying for word in sentence.text.split())


def _evidence(text: str, start: int, end: int, reason: str, *, trimmed: str = "") -> Evidence:
    end = start + len(text[start:end].rstrip(trimmed)) if trimmed else end
    return Evidence(start, end, text[start:end], reason=reason.format(words=text[start:end]))
