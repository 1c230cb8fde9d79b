"""Direct speech is told from names in quotes, and every finding says where its words stand."""

from datetime import date

import pytest

from models.designations.classifier import classify
from models.designations.quotations import find_quotations
from models.designations.register import Register
from models.text import prepare
from models.types import Article, Rules


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("He said: “We will fight on until the end.” Then he left.", ["“We will fight on until the end."]),
        ('He said: "We will fight on until the end." Then he left.', ['"We will fight on until the end.']),
        ("«Мы будем биться до конца», — сказал он.", ["«Мы будем биться до конца"]),
        ('"Бойцы "Сокола" ушли из города", — сказал он.', ['"Бойцы "Сокола" ушли из города']),
        ("«Бойцы «Сокола» ушли из города», — сказал он.", ["«Бойцы «Сокола» ушли из города"]),
        ("The “Northern Star” sailed.", []),
        ("He said: “We will fight\non until the end of it all.”", []),
        ('A 5" pipe and a 6" pipe and a 7" pipe', []),
        ("«" * 50, []),
    ],
)
def test_stretches_of_speech(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in find_quotations(text).spans] == quoted


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("“We will fight ISIS until the end,” he said.", "direct quotation"),
        ("ISIS leaves the town\nThe army followed on Friday.", "headline"),
        ("The army fought “ISIS” in the town.", ""),
    ],
)
def test_the_reason_says_where_an_unmarked_name_stands(text: str, place: str, register: Register) -> None:
    article = Article(text, language="en", published_at=date(2024, 3, 1))
    findings = classify(prepare(article), register, Rules()).findings
    reason = next(f.evidence[0].reason for f in findings if f.label == "designation.unmarked_mention")
    assert ("direct quotation" in reason, "headline" in reason) == (place == "direct quotation", place == "headline")
