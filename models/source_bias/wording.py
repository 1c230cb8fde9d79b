"""Wording cues found by lists and rules: hedges, unnamed sources, scare quotes."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from models.source_bias.phrases import Word, words
from models.source_bias.quotes import Quotation
from models.source_bias.wordlists import (
    ANONYMOUS_SOURCES,
    HEDGE_REASONS,
    HEDGES,
    LIKENESS,
    NO_SPEAKERS,
    PARENTHETICAL,
    SAYING,
    UNNAMED,
)
from models.types import Evidence, Span

_MOST_WORDS = 3
_FEWEST_LETTERS = 3  # fewer are keys, letters and the n of rock 'n' roll
_APART = 8  # words from the unnamed ones to their verb
_OPENING = ("“", "«", '"')
_SO_CALLED = re.compile(r"\bт\.\s?н\.", re.I)
_SCARE_REASON = "“{words}” stands in quotation marks without a speaker: the text keeps its distance from the wording."
_NAMING = words(
    "called named titled entitled dubbed nicknamed term word phrase slogan headline book film song album novel "
    "operation under codenamed magazine newspaper channel company party group movement project programme program quote "
    "термин слово слова фраза фразу лозунг девиз название названием под газета газете журнал канал компания компании "
    "партия партии группа группы движение движения проект проекта программа программы операция фильм фильма книга "
    "роман песня клуб клуба клубу команда команды завод фирма ооо ао зао оао пао ип фонд фонда форум статья статье "
    "press click key button tab menu option award prize model brand clause chapter section level mode "
    "рубрика рубрике категория категории номинация номинации категорию номинацию сайт приложение приложения"
)
# Kinds of things that have names, in every case.
_NAMED_THING = re.compile(
    r"(?:кнопк|клавиш|вкладк|раздел|пункт|систем|ракет|самолет|самолёт|вертолет|корабл|катер|танк|вин|сыр|"
    r"сорт|марк|модел|премии|премия|премию|конкурс|фестивал|акци|режим|тариф|статус|звани|уровн|ресторан|"
    r"кафе|магазин|отел|гостиниц|мультфильм|сериал|спектакл|пьес|повест|рассказ|песн|альбом|стадион|арен|"
    r"парк|музе|театр|школ|лицей|детск|станци|завод|шахт|самокат|приложени|плагин|функци|шаблон|опци|"
    r"чекбокс)"
)
# Verbs that hand a word to somebody: what stands in quotation marks near them is that person's wording.
_CITING = re.compile(
    r"\b(?:call(?:s|ed|ing)?|accus\w{1,4}|describ\w{1,4}|criticiz\w{1,4}|criticis\w{1,4}|brand(?:s|ed|ing)|slamm\w{1,3}|"
    r"refer(?:s|red|ring)|label(?:s|ed|led|ling)|asked|asks|agreed|urged|urg(?:es|ing)|wants?|wanted|"
    r"назв\w{1,6}|назыв\w{1,6}|обвин\w{1,6}|призва\w{1,4}|призыв\w{1,5}|охарактеризова\w{1,4}|счита\w{1,5}|окрести\w{1,3})\b",
    re.I,
)
_ONLY_WORDS = re.compile(r"[^\W\d_]+(?:[ \xa0'’-][^\W\d_]+){0,5}[,.]?")
_SPEECH_BEFORE = re.compile(r"[:,—–-]\s{0,2}$")
_SPEECH_AFTER = re.compile(r"\s{0,2}[,.]?\s{0,2}[—–-]\s")


def find_hedges(text: str, tokens: Sequence[Word], language: str) -> tuple[Evidence, ...]:
    """Words that keep the writer's distance from a claim; empty for a language without a list."""
    if language not in HEDGES:
        return ()
    found = [
        _evidence(text, match.start, match.end, HEDGE_REASONS[match.group])
        for match in HEDGES[language].find(text, tokens)
        if (match.phrase not in PARENTHETICAL or _stands_apart(text, match.start, match.end))
        and not (match.phrase == "будто" and match.first and tokens[match.first - 1].folded in LIKENESS)
    ]
    if language == "ru":  # an abbreviation with stops is no phrase of words
        found += [
            _evidence(text, short.start(), short.end(), HEDGE_REASONS["distance"])
            for short in _SO_CALLED.finditer(text)
        ]
    return tuple(sorted(found, key=lambda hedge: hedge.start))


def _stands_apart(text: str, start: int, end: int) -> bool:
    """``Возможно, …`` and ``…, возможно, …`` hedge; ``станет возможно`` says that something can be done."""
    if text[start:end].lower() == "говорят":  # "Говорят, …" at the beginning alone
        return text[start].isupper() and text[end : end + 1] == ","
    before = text[max(0, start - 2) : start].rstrip()
    return text[start].isupper() or before[-1:] in (",", "(", "—", "–") or text[end : end + 1] in (",", ")")


def find_anonymous_sources(text: str, tokens: Sequence[Word], language: str) -> tuple[Evidence, ...]:
    """Claims whose source is given no name; empty for a language without a list. A phrase that opens a quotation is
    spoken of, not used."""
    if language not in ANONYMOUS_SOURCES:
        return ()
    places = {
        match.start: match.end
        for match in ANONYMOUS_SOURCES[language].find(text, tokens)
        if text[max(0, match.start - 1) : match.start] not in _OPENING
        and not _is_spring(tokens, match.last + 1, language)
    }
    ends = sorted(places.items())
    for start, end in _apart_from_verb(text, tokens, language):
        if not any(a < end and start < b for a, b in ends[max(0, bisect_left(ends, (start, 0)) - 1) :][:3]):
            places[start] = end
    return tuple(
        _evidence(text, start, end, "“{words}”: what is said here has a source, but no named one.")
        for start, end in sorted(places.items())
    )


def _apart_from_verb(text: str, tokens: Sequence[Word], language: str) -> Iterator[tuple[int, int]]:
    """``officials in the region said``: up to six words and no mark between the unnamed ones and their verb."""
    unnamed, saying = UNNAMED[language], SAYING[language]
    for first, word in enumerate(tokens):
        if word.folded not in unnamed or _is_spring(tokens, first + 1, language):
            continue
        for last in range(first + 1, min(len(tokens), first + _APART)):
            if (
                not text[tokens[last - 1].end : tokens[last].start].isspace()
                or tokens[last].folded in NO_SPEAKERS[language]
            ):
                break
            if tokens[last].folded in saying and (language == "ru" or last > first + 1):
                yield word.start, tokens[last].end
                break


def _is_spring(tokens: Sequence[Word], number: int, language: str) -> bool:
    """«Источник в горах»: a spring; also where a name follows the unnamed ones."""
    return number < len(tokens) and tokens[number].folded in NO_SPEAKERS[language] - {"of", "who", "that", "which"}


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
    current, spoken = 0, -1  # the sentence at hand, and the last one in which a verb of saying was seen
    checked = -1
    for quotation in quotations:
        while current < len(sentences) - 1 and sentences[current].end <= quotation.start:
            current += 1
        if not _looks_distanced(text, quotation):
            continue
        if current != checked:  # once a sentence, however many quotations it has
            checked = current
            spoken = current if _has_saying(sentences[current].text if sentences else "", saying) else spoken
        if spoken != current:
            found.append(_evidence(text, quotation.inner_start, quotation.inner_end, _SCARE_REASON, trimmed=",. "))
    return tuple(found)


def _looks_distanced(text: str, quotation: Quotation) -> bool:
    inner = text[quotation.inner_start : quotation.inner_end]
    if not _FEWEST_LETTERS <= len(inner) <= 60 or inner != inner.lower() or not _ONLY_WORDS.fullmatch(inner):
        return False
    if not 1 <= len(inner.split()) <= _MOST_WORDS:
        return False
    before, after = text[max(0, quotation.start - 40) : quotation.start], text[quotation.end : quotation.end + 10]
    if _SPEECH_BEFORE.search(before) or (inner[-1] in ",." and _SPEECH_AFTER.match(after)) or "\n" in before[-2:]:
        return False
    last_word = before.split()[-1].strip("(,.:;").lower() if before.split() else ""
    following = after.split()[0].strip(".,").lower() if after.split() else ""
    return last_word not in _NAMING and not _NAMED_THING.match(last_word) and following not in ("key", "button", "tab")


def _has_saying(sentence: str, saying: frozenset[str]) -> bool:
    if _CITING.search(sentence):
        return True
    return any(word.strip(".,:;!?—–()").lower() in saying for word in sentence.split())


def _evidence(text: str, start: int, end: int, reason: str, *, trimmed: str = "") -> Evidence:
    end = start + len(text[start:end].rstrip(trimmed)) if trimmed else end
    return Evidence(start, end, text[start:end], reason=reason.format(words=text[start:end]))
