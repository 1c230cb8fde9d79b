"""Our own list of words that name violence, by type, in English and Russian: it points at the evidence.

A trigger alone decides nothing: ``classifier.py`` believes it only inside a sentence that the learned scores call
violent. The list (``triggers.tsv``) is written for this project. Its small language: ``stem*`` is a stem with any
ending, ``a|b`` either word, ``~`` up to four words in between. Rows of type ``none`` are phrases that only look
violent ("heart attack"); a trigger that overlaps one is dropped.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRIGGERS_FILE = Path(__file__).with_name("triggers.tsv")
_NONE = "none"
_SPACE = r"[\s\u00a0]+"
_GAP = r"(?:[\s\u00a0]+[^\s\u00a0]{1,24}){0,4}?" + _SPACE
_ENDING = r"\w{0,14}"
_MANY = (
    r"(?:dozens?|scores|hundreds?|thousands?|\d{2,}|"
    r"десятк\w{0,3}|сот(?:ни|ен|нями|нях)|тысяч\w{0,3})"
)
_APPROXIMATELY = r"(?:at least|more than|over|about|some|if not|or even|не менее|более|около|если не)"
_HOW_MANY = rf"(?:,?{_SPACE}{_APPROXIMATELY})?{_SPACE}{_MANY}"
# "killed hundreds, if not thousands": the number belongs to the evidence and raises the severity.
_TAIL = re.compile(rf"{_HOW_MANY}(?:{_HOW_MANY})?", re.IGNORECASE)
_MANY_NEAR = re.compile(rf"\b{_MANY}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A phrase in a sentence: offsets within it, the type it names, and how grave (0..7)."""

    start: int
    end: int
    type: str
    severity: int


@dataclass(frozen=True, slots=True)
class _Family:
    pattern: re.Pattern[str]
    severity: int


def find_triggers(sentence: str, language: str) -> tuple[Trigger, ...]:
    """The longest phrase of every type at each place, in order. Empty for a language without a list."""
    families = _families(language)
    if not families:
        return ()
    harmless = _harmless(sentence, families)
    found = [
        _trigger(sentence, match, name, family.severity)
        for name, family in families.items()
        if name != _NONE
        for match in family.pattern.finditer(sentence)
        if not any(start < match.end() and match.start() < end for start, end in harmless)
    ]
    return tuple(sorted(found, key=lambda trigger: (trigger.start, -trigger.end, trigger.type)))


def is_figurative(sentence: str, language: str) -> bool:
    """Whether all the violent words of a sentence stand in phrases that only look violent."""
    return bool(_harmless(sentence, _families(language))) and not find_triggers(sentence, language)


def find_harmless(sentence: str, language: str) -> list[tuple[int, int]]:
    """Spans of phrases that only look violent."""
    return _harmless(sentence, _families(language))


def _harmless(sentence: str, families: Mapping[str, "_Family"]) -> list[tuple[int, int]]:
    family = families.get(_NONE)
    return [match.span() for match in family.pattern.finditer(sentence)] if family else []


def _trigger(sentence: str, match: re.Match[str], name: str, severity: int) -> Trigger:
    end = match.end()
    if name in ("killing", "casualties") and (tail := _TAIL.match(sentence, end)):
        end = tail.end()
    many = _MANY_NEAR.search(sentence, max(0, match.start() - 40), min(len(sentence), end + 20))
    return Trigger(match.start(), end, name, min(7, severity + (1 if many and severity >= 4 else 0)))


@cache
def _families(language: str) -> Mapping[str, _Family]:
    phrases: dict[str, list[str]] = {}
    severities: dict[str, int] = {}
    for line in TRIGGERS_FILE.read_text("utf-8").splitlines()[1:]:
        name, severity, code, phrase = line.split("\t")
        if code == language:
            phrases.setdefault(name, []).append(_phrase_pattern(phrase))
            severities[name] = int(severity)
    return {
        # The longest phrase first, so that "used people as human shields" wins over "human shields".
        name: _Family(
            re.compile(rf"(?<!\w)(?=\w)(?:{'|'.join(sorted(patterns, key=len, reverse=True))})(?!\w)", re.IGNORECASE),
            severities[name],
        )
        for name, patterns in phrases.items()
    }


def _phrase_pattern(phrase: str) -> str:
    pattern = ""
    joint = ""
    for word in phrase.split():
        if word == "~":
            joint = _GAP
            continue
        choices = "|".join(re.escape(choice).replace(r"\*", _ENDING).replace("е", "[её]") for choice in word.split("|"))
        pattern += f"{joint}(?:{choices})"
        joint = _SPACE
    return pattern
