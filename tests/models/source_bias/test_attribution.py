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

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("attributions.yaml").read_text("utf-8"))


def read(text: str, language: str) -> tuple[Attribution, ...]:
    return find_attributions(text, split_sentences(text), read_words(text), find_quotations(text), language)


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_attribution(case: dict[str, Any]) -> None:
    """Kind, source, cue and content are the words the table says, and each is a span of the text."""
    found = read(case["text"], case["language"])

    if "kind" not in case:
        assert found == ()
        return
    (attribution,) = found
    parts = {"source": attribution.source, "cue": attribution.cue, "content": attribution.content}
    assert attribution.kind == case["kind"]
    assert {name: span.text if span else None for name, span in parts.items()} == {
        name: case.get(name) for name in parts
    }
    assert all(case["text"][span.start : span.end] == span.text for span in parts.values() if span)


def test_each_sentence_is_read_for_itself() -> None:
    text = "The mayor said that the road is open. Rain fell. According to the guide, nobody came."

    assert [(a.source.text if a.source else None) for a in read(text, "en")] == ["The mayor", "the guide"]
