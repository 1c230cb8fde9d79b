"""Sentences that the other rooms write in English, in the reader's language; ``reason_messages.py`` has them.

What a field holds may be words of the article, written by somebody who means harm. So nothing is tried twice: a field
that may hold anything ends at the last place where what follows it in the sentence stands (an atomic group), and the
time grows with the text only.
"""

import re
from dataclasses import dataclass
from functools import cache
from string import Formatter

from flask import g

from service.review.reason_messages import RULES, SERIES

_SHAPES = {
    "jurisdiction": "[A-Z]{2}",
    "date": r"\d{4}(?:-\d\d){0,2}",
    "typology": r"\w+",
    **dict.fromkeys(("number", "more", "whole", "hundredths"), r"\d+"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and the language it is in."""

    text: str
    language: str


def say(rule: str, english: str) -> tuple[Said, ...]:
    """*english* in the reader's language, sentence by sentence; in English what *rule* has no Russian for."""
    return in_russian(rule, english) if g.language == "ru" else (Said(english, "en"),)


def say_plainly(rule: str, english: str) -> str:
    """`say`, for places where no language can be marked: tooltips, and parts of another sentence."""
    return " ".join(sentence.text for sentence in say(rule, english))


def in_russian(rule: str, english: str) -> tuple[Said, ...]:
    """A reason that is part of a sentence, as those of mentions are, is made a whole one."""
    for whole in (english, f"{english[:1].upper()}{english[1:]}."):
        first, *others = _following(rule).split(whole) if f"{rule}_after" in RULES else [whole]
        rules = ((rule, first), *((f"{rule}_after", sentence) for sentence in others))
        said = [(sentence, _render(its_rule, sentence)) for its_rule, sentence in rules]
        if any(russian is not None for _, russian in said):
            return tuple(Said(before, "en") if russian is None else Said(russian, "ru") for before, russian in said)
    return (Said(english, "en"),)


@cache
def _following(rule: str) -> re.Pattern[str]:
    """The space before a sentence that may follow another."""
    openings = (english.partition("{")[0] for english in RULES[f"{rule}_after"])
    return re.compile(rf"(?<=\.) (?={'|'.join(map(re.escape, openings))})")


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
        known = [piece for piece in pieces if piece is not None]
        return separator.join(known) if len(known) == len(pieces) else None
    return _render(field, english) if field in RULES else english


@cache
def _patterns(rule: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(english), re.DOTALL), russian) for english, russian in RULES[rule].items())


def _pattern(english: str) -> str:
    parts = list(Formatter().parse(english))
    texts = [*(re.escape(text) for text, *_ in parts), ""]
    written, seen = texts[0], set[str]()
    for (_, field, *_), after in zip(parts, texts[1:], strict=True):
        if field is None:
            continue
        if field in seen:
            written += f"(?P={field}){after}"
        elif shape := _shape(field):
            written += f"(?P<{field}>{shape}){after}"
        else:
            written += f"(?>(?P<{field}>.*){after})"
        seen.add(field)
    return written


def _shape(field: str) -> str | None:
    """What a field may hold, where that is known: dates, codes, or the phrases of a rule without fields."""
    if field in _SHAPES:
        return _SHAPES[field]
    phrases = RULES.get(field, {})
    if not phrases or any("{" in phrase for phrase in phrases):
        return None
    return "|".join(re.escape(phrase) for phrase in sorted(phrases, key=len, reverse=True))
