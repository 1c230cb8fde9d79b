"""The sentences with which classifiers say why, in the reader's language. The catalogue is ``reason_messages.py``.

What a field holds may be words of the article, written by somebody who means harm. So nothing is tried twice: a field
that may hold anything ends at the last place where what follows it in the sentence stands (an atomic group), and the
time grows with the text only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from flask import g

from service.review.highlight import Family
from service.review.reason_messages import RULES, SERIES

_SHAPES = {
    "jurisdiction": "[A-Z]{2}",
    "date": r"\d{4}(?:-\d\d){0,2}",
    "typology": r"\w+",
    **dict.fromkeys(("number", "more", "whole", "hundredths"), r"\d+"),
}
_KEPT = 2_000  # sentences of which the Russian is remembered: most are said of many mentions


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the language it is in."""

    text: str
    language: str


def say(family: Family, reason: str) -> tuple[Said, ...]:
    """*reason* of one of *family*'s findings, in the reader's language; in English what we have no Russian for."""
    if g.language != "ru":
        return (Said(reason, "en"),)
    return in_russian(family, reason)


def in_russian(family: Family, reason: str) -> tuple[Said, ...]:
    """Sentence by sentence. A reason that is part of a sentence, as those of mentions are, is made a whole one."""
    for whole in (reason, f"{reason[:1].upper()}{reason[1:]}."):
        first, *others = _following(family).split(whole) if RULES[f"{family}_after"] else [whole]
        rules = ((family, first), *((f"{family}_after", sentence) for sentence in others))
        said = [(sentence, _sentence(rule, sentence)) for rule, sentence in rules]
        if any(russian is not None for _, russian in said):
            return tuple(Said(english, "en") if russian is None else Said(russian, "ru") for english, russian in said)
    return (Said(reason, "en"),)


@cache
def _following(family: Family) -> re.Pattern[str]:
    """The space before a sentence that may follow another."""
    openings = (english.partition("{")[0] for english in RULES[f"{family}_after"])
    return re.compile(rf"(?<=\.) (?={'|'.join(map(re.escape, openings))})")


@lru_cache(_KEPT)
def _sentence(rule: str, english: str) -> str | None:
    return _render(rule, english)


def _render(rule: str, english: str) -> str | None:
    """The Russian that *rule* has for *english*, or None."""
    for pattern, russian in _patterns(rule):
        if match := pattern.fullmatch(english):
            values = {field: _value(field, value) for field, value in match.groupdict().items()}
            if None not in values.values():
                return russian.format(**values)
    return None


def _value(field: str, english: str) -> str | None:
    if field in SERIES:
        separator, rule = SERIES[field]
        pieces = [_render(rule, piece) for piece in english.split(separator)]
        return None if None in pieces else separator.join(filter(None, pieces))
    return _render(field, english) if field in RULES else english


@cache
def _patterns(rule: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(english), re.DOTALL), russian) for english, russian in RULES[rule].items())


def _pattern(english: str) -> str:
    written, seen = "", set[str]()
    for before, field, after in _parts(english):
        written += before
        if field in seen:
            written += f"(?P={field}){after}"
        elif shape := _shape(field):
            written += f"(?P<{field}>{shape}){after}"
        else:
            written += f"(?>(?P<{field}>.*){after})"
        seen.add(field)
    return written or re.escape(english)


def _parts(english: str) -> Iterator[tuple[str, str, str]]:
    """Each field with what stands after it; the first also with what stands before."""
    parts = list(Formatter().parse(english))
    texts = [re.escape(text) for text, *_ in parts]
    fields = [field for _, field, *_ in parts if field is not None]
    texts += [""] * (len(fields) + 1 - len(texts))
    for number, field in enumerate(fields):
        yield texts[0] if number == 0 else "", field, texts[number + 1]


def _shape(field: str) -> str | None:
    """What a field may hold, where that is known: dates, codes, or the phrases of a rule without fields."""
    if field in _SHAPES:
        return _SHAPES[field]
    phrases = RULES.get(field, {})
    if not phrases or any("{" in phrase for phrase in phrases):
        return None
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
