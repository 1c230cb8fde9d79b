"""The report as JSON, and its spans in UTF-16 code units."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.types import (
    DesignationsReport,
    Evidence,
    Finding,
    Language,
    Report,
    SourceBiasReport,
    ViolenceReport,
)
from models.wire import report_to_dict, with_utf16_offsets


def make_report(*findings: Finding) -> Report:
    return Report(
        language=Language("en", 0.99, supported=True),
        text_sha256="00",
        versions={"violence": "1"},
        violence=ViolenceReport("ok", 0.123456, 0.0, 0.0, 3, {"killing": 0.98765}, (), findings),
        designations=DesignationsReport("ok"),
        source_bias=SourceBiasReport("failed"),
    )


def test_the_report_has_the_shape_of_the_contract() -> None:
    """Plain JSON types, four digits, null where there is no value, and optional keys left out."""
    body = report_to_dict(make_report(Finding("violence.killing", 0.5, (Evidence(0, 3, "one", reason="Why."),))))

    assert body["violence"]["score"] == 0.1235
    assert body["violence"]["types"] == {"killing": 0.9877}
    assert body["violence"]["findings"] == [
        {
            "label": "violence.killing",
            "score": 0.5,
            "evidence": [{"start": 0, "end": 3, "text": "one", "reason": "Why."}],
        }
    ]
    assert body["source_bias"]["score"] is None
    assert body["source_bias"]["source"] == {"dateline": None, "outlet": None}


def test_optional_keys_appear_where_they_have_a_value() -> None:
    finding = Finding("designation.unmarked_mention", 0.9, (), severity=2, jurisdiction="RU", duty="law")
    body = report_to_dict(make_report(finding))["violence"]["findings"][0]

    assert (body["severity"], body["jurisdiction"], body["duty"]) == (2, "RU", "law")


@given(st.text(), st.data())
def test_utf16_spans_cut_the_same_words(text: str, data: Any) -> None:
    """Whatever the text, the span in UTF-16 code units holds the words that the code points held."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    body = {"findings": [{"start": start, "end": end}], "footnote": 0, "date": "2017"}
    moved = with_utf16_offsets(body, text)
    span = moved["findings"][0]

    assert text.encode("utf-16-le")[2 * span["start"] : 2 * span["end"]].decode("utf-16-le") == text[start:end]
    assert (moved["footnote"], moved["date"]) == (0, "2017")


def test_utf16_leaves_the_first_body_as_it_was() -> None:
    body = {"start": 1, "end": 2}

    assert with_utf16_offsets(body, "😀a") == {"start": 2, "end": 3}
    assert body == {"start": 1, "end": 2}
