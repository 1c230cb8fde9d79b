"""The promise every report keeps: a span is the words of the text as it was sent."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Article, Evidence, Rules, Span
from tests.fakes import FakeScorer
from tests.models.readers import HEADS, make_reader

SNIPPETS = st.sampled_from(
    [
        "MOSCOW, 11 Dec — RIA Novosti. ", "“Islamic State”* ", "ИГИЛ* ", "ISIS ", "IG ", "killed dozens of people. ",
        "убиты шесть человек. ", "allegedly ", "якобы ", "* A terrorist organisation banned in Russia.\n",
        "*Запрещена в России.\n", "😀", "e\u0301", "\u202eabc\u202c", "\u200b", "\r\n", "\n\n",
        "“We saw it all there,” said X. ",
        "<script>", "Read also: more\n", "İ", "ß", "ﬁ", "\u0000", "\ufeff", "«Талибан» ", ". ",
    ]
)  # fmt: skip


def spans(value: Any) -> Iterator[Span]:
    """All spans with words anywhere in a report."""
    if isinstance(value, Span):
        yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from spans(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from spans(item)


@given(st.lists(SNIPPETS, max_size=20).map("".join))
@settings(max_examples=60, deadline=None)
def test_every_span_is_the_text_it_points_at(text: str) -> None:
    """Through all three classifiers, with emoji, combining marks, right-to-left marks, CRLF and markup."""
    reader = make_reader(FakeScorer(HEADS, lambda _head, sentence: len(sentence) % 7 / 6))
    (report,) = reader.read([Article(text)])
    parts = (report.violence, report.designations, report.source_bias)

    assert [part.status for part in parts if part.status == "failed"] == []
    assert all(text[span.start : span.end] == span.text for span in spans(report))


def test_no_evidence_without_a_reason(root: Path) -> None:
    """No reason, no score: each piece of evidence says why, in a sentence."""
    text = (root / "models" / "samples" / "islamic_state_retreat.txt").read_text("utf-8")
    (report,) = make_reader(FakeScorer(HEADS, lambda _head, _sentence: 0.9)).read([Article(text)])
    evidence = [span for span in spans(report) if isinstance(span, Evidence)]

    assert len(evidence) > 20
    assert all(piece.reason.endswith((".", "”")) and piece.text for piece in evidence)


@pytest.mark.parametrize("value", [Article("a"), Rules(), Span(0, 1, "a")])
def test_values_cannot_be_changed(value: Any) -> None:
    name = dataclasses.fields(value)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
