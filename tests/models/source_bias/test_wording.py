"""Hedges, unnamed sources and scare quotes, from the table beside this file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.phrases import phrase_list, read_words
from models.source_bias.quotes import find_quotations
from models.source_bias.wording import find_anonymous_sources, find_hedges, find_scare_quotes
from models.text import split_sentences
from models.types import Evidence

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("wording.yaml").read_text("utf-8"))

RULES: Mapping[str, Callable[[str, str], Sequence[Evidence]]] = {
    "hedges": lambda text, language: find_hedges(text, read_words(text), language),
    "anonymous": lambda text, language: find_anonymous_sources(text, read_words(text), language),
    "scare": lambda text, language: find_scare_quotes(text, find_quotations(text), split_sentences(text), language),
}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['find']}: {case['text'][:30]}" for case in CASES])
def test_wording(case: dict[str, Any]) -> None:
    """Exactly the words of the table are found, each with its span and a reason in words."""
    found = RULES[case["find"]](case["text"], case["language"])

    assert [evidence.text for evidence in found] == case["found"]
    assert all(case["text"][e.start : e.end] == e.text for e in found)
    assert all(e.reason and "{" not in e.reason for e in found)


def test_phrases_hold_over_letters_that_change_length_in_lower_case() -> None:
    """Words are folded one by one, so İ (two code points in lower case) moves no span."""
    text = "İİİ İstanbul allegedly slept"

    (found,) = find_hedges(text, read_words(text), "en")

    assert text[found.start : found.end] == "allegedly"


def test_a_stem_too_short_to_look_up_is_refused() -> None:
    with pytest.raises(ValueError, match="3 letters"):
        phrase_list({"": "ab*"})


def test_the_longest_phrase_wins() -> None:
    text = "It will be by far the best"
    phrases = phrase_list({"short": "by", "long": "by far the"})

    (found,) = phrases.find(text, read_words(text))

    assert (found.phrase, found.group) == ("by far the", "long")


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ('“a” «b» "c" „d“', ["a", "b", "c", "d"]),
        ("«outer «inner» outer»", ["outer «inner» outer"]),
        ("“not closed\n“closed”", ["closed"]),
        ('"one\ntwo"', []),
        ("”»", []),
        ("", []),
    ],
)
def test_quotations(text: str, inner: list[str]) -> None:
    """Pairs of marks on one line; what is not closed opens nothing."""
    assert [text[q.inner_start : q.inner_end] for q in find_quotations(text)] == inner
