"""Who is quoted or cited, from the table beside this file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.attribution import find_attributions
from models.source_bias.phrases import read_words
from models.source_bias.quotes import find_quotations
from models.text import split_sentences
from models.types import Attribution
from tests.timing import cpu_seconds

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("attributions.yaml").read_text("utf-8"))
_MOST_SECONDS = 0.009  # three milliseconds on an idle core, and room for a busy machine
SAYINGS = {
    "en": "The mayor said that the bridge is old, adding that Anna Bell, head of the council, denied the report. ",
    "ru": "Мэр заявил, что мост закрыт, и добавил, что, по словам Анны Белл, его починят, сообщает ТАСС. ",
}


def read(text: str, language: str) -> tuple[Attribution, ...]:
    return find_attributions(text, split_sentences(text), read_words(text), find_quotations(text), language)


def parts(attribution: Attribution) -> dict[str, str]:
    spans = {"source": attribution.source, "cue": attribution.cue, "content": attribution.content}
    return {"kind": attribution.kind} | {name: span.text for name, span in spans.items() if span}


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_attribution(case: dict[str, Any]) -> None:
    """Kind, source, cue and content are the words the table says, and each is a span of the text."""
    found = read(case["text"], case["language"])

    assert [parts(one) for one in found] == case["found"]
    spans = [span for one in found for span in (one.source, one.cue, one.content) if span]
    assert all(case["text"][span.start : span.end] == span.text for span in spans)


def test_each_sentence_is_read_for_itself() -> None:
    text = "The mayor said that the road is open. Rain fell. According to the guide, nobody came."

    assert [(a.source.text if a.source else None) for a in read(text, "en")] == ["The mayor", "the guide"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_article_is_read_in_milliseconds(language: str) -> None:
    """Of about 430 words, most of them attributions; the best of many, so that a neighbour's load does not count."""
    text = SAYINGS[language] * 25
    given = text, split_sentences(text), read_words(text), find_quotations(text), language
    find_attributions(*given)
    assert len(find_attributions(*given)) >= 50

    assert min(cpu_seconds(lambda: find_attributions(*given)) for _ in range(20)) < _MOST_SECONDS


@pytest.mark.parametrize(
    "piece",
    [
        "said ", "said, ", "he said “yes, he said, ", "A, B, ", "'a ", "''", '"a "b ', "according to ", "по словам ",
        "«", "сказал, что ", "— сказал ", "and ", "X, who ", "(a ", "об этом сообщил: ",
    ],
)  # fmt: skip
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """Four times the text takes about four times as long, whatever it is made of."""

    def seconds(count: int, language: str) -> float:
        text = piece * (count // len(piece))
        given = text, split_sentences(text), read_words(text), find_quotations(text), language
        return cpu_seconds(lambda: find_attributions(*given))

    for language in ("en", "ru"):
        short = min(seconds(10_000, language) for _ in range(3))
        assert min(seconds(40_000, language) for _ in range(3)) < max(short * 10, 0.05)
