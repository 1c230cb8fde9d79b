"""Sentences and language, from the tables beside this file, and for any text at all."""

from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text import detect_language, prepare, split_sentences
from models.types import Article

HERE = Path(__file__).parent
SENTENCES: list[dict[str, Any]] = yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8"))
LANGUAGES: list[dict[str, Any]] = yaml.safe_load((HERE / "languages.yaml").read_text("utf-8"))

PIECES = st.sampled_from(
    [
        "😀",
        "👩‍👩‍👧",
        "e\u0301",
        "\u202eשלום\u202c",
        "مرحبا",
        "\r\n",
        "\n",
        "\u2028",
        ". ",
        ".”* ",
        "! ",
        "A",
        "г. ",
        "\u200b",
        "\t",
        " ",
        "7",
    ]
)
ANY_TEXT = st.one_of(st.text(), st.lists(PIECES).map("".join))


@pytest.mark.parametrize("case", SENTENCES, ids=[ascii(case["text"][:30]) for case in SENTENCES])
def test_sentences(case: dict[str, Any]) -> None:
    assert [sentence.text for sentence in split_sentences(case["text"])] == case["sentences"]


@given(ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_sentences_are_spans_of_the_text_as_sent(text: str) -> None:
    """text[start:end] is the sentence, sentences are in order and apart, and nothing but space lies between."""
    sentences = split_sentences(text)
    edges = [0, *(edge for s in sentences for edge in (s.start, s.end)), len(text)]

    assert all(text[s.start : s.end] == s.text and s.text.strip() == s.text != "" for s in sentences)
    assert edges == sorted(edges)
    assert all(not text[edges[i] : edges[i + 1]].strip() for i in range(0, len(edges), 2))


def test_a_text_without_stops_is_cut_and_kept() -> None:
    """Words without end are cut at spaces; no code point but space is lost."""
    text = "word " * 3_000
    sentences = split_sentences(text)

    assert max(len(s.text) for s in sentences) <= 1_000
    assert " ".join(s.text for s in sentences).split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "." * 200_000 + "a",
        "?!" * 100_000 + "a",
        "." + '"' * 199_999 + "a",
        ". " * 100_000,
        "\n" * 200_000,
        "г. " * 66_000,
    ],
    ids=["dots", "marks", "quotes", "stops", "lines", "abbreviations"],
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    """200,000 code points of any kind are split in seconds at most (without care: half an hour)."""
    start = perf_counter()
    split_sentences(text)

    assert perf_counter() - start < 10


@pytest.mark.parametrize("case", LANGUAGES, ids=[f"{case['code']}-{case['text'][:12]}" for case in LANGUAGES])
def test_language(case: dict[str, Any]) -> None:
    """Ukrainian is not read as Russian, nor German as English; short texts fall to the script's language."""
    found = detect_language(case["text"])

    assert (found.code, found.supported) == (case["code"], case["supported"])
    assert 0 <= found.score <= 1


def test_blank_lines_before_the_text_do_not_hide_its_language() -> None:
    assert detect_language("\n 1\t" * 2_000 + "The council said that the bridge is closed.").code == "en"


@pytest.mark.parametrize(("given_code", "supported"), [("ru", True), ("en", True), ("uk", False), ("xx", False)])
def test_a_given_language_is_believed(given_code: str, supported: bool) -> None:
    language = prepare(Article("The council said so.", language=given_code)).language

    assert (language.code, language.score, language.supported) == (given_code, 1.0, supported)
