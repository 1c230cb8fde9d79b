"""Forms of Russian verbs and the cases of words, by pymorphy3; loaded when the first Russian text is read."""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from models.source_bias.speech_ru import REFLEXIVE, SHORT_FORMS, VERBS

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

_KINDS = ("VERB", "GRND", "INFN")


@cache
def verb_forms() -> dict[str, tuple[str, str]]:
    """``{form: (lemma, kind)}``, kind being ``plural``, ``singular``, ``gerund`` or ``infinitive``; е for ё."""
    forms: dict[str, tuple[str, str]] = {}
    for lemma in VERBS:
        infinitive = next(parse for parse in _analyser().parse(lemma) if parse.tag.POS == "INFN")
        for parse in infinitive.lexeme:
            if parse.tag.POS in _KINDS and parse.tag.mood != "impr":
                forms.setdefault(_fold(parse.word), (lemma, _kind(parse.tag)))
    forms |= {form: ("уверен", "plural" if form.endswith("ы") else "singular") for form in SHORT_FORMS}
    return forms | {form: (form, "reflexive") for form in REFLEXIVE}


def _kind(tag: object) -> str:
    part = str(getattr(tag, "POS", ""))
    if part == "VERB":
        return "plural" if getattr(tag, "number", None) == "plur" else "singular"
    return {"GRND": "gerund", "INFN": "infinitive"}[part]


@lru_cache(maxsize=20_000)
def may_be_subject(word: str) -> bool:
    """Whether *word* has a nominative reading as a noun, adjective, number or pronoun."""
    return any(
        parse.tag.POS in ("NOUN", "ADJF", "NPRO", "PRTF", "NUMR") and "nomn" in parse.tag
        for parse in _analyser().parse(word)
    ) or not any("\u0400" <= letter <= "\u04ff" for letter in word)


@lru_cache(maxsize=20_000)
def is_finite(word: str) -> bool:
    """Whether the likeliest reading of *word* is a finite verb."""
    return str(_analyser().parse(word)[0].tag.POS) == "VERB"


@lru_cache(maxsize=20_000)
def is_unknown(word: str) -> bool:
    return not _analyser().word_is_known(word)


@lru_cache(maxsize=20_000)
def is_plural_only(word: str) -> bool:
    """Whether the nominative readings of *word* are all plural."""
    numbers = {parse.tag.number for parse in _analyser().parse(word) if "nomn" in parse.tag}
    return numbers == {"plur"}


def _fold(word: str) -> str:
    return word.replace("ё", "е")


@cache
def _analyser() -> "MorphAnalyzer":
    from pymorphy3 import MorphAnalyzer  # 0.2 s to load

    return MorphAnalyzer(lang="ru")
