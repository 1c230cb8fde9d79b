"""Every case of cases.yaml: mentions with their labels, footnotes and findings, at the exact offsets."""

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.designations.classifier import classify
from models.designations.register import Register
from models.text import prepare
from models.types import Article, DesignationsReport, Rules

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
MARKUP = re.compile(r"\[\[(?P<id>[a-z0-9-]+?)(?P<label>[+-]?):|\]\]|\{\{(?P<kind>\w+) (?P<where>\S\S):|\}\}")


def read_markup(marked: str) -> tuple[str, list[tuple[int, int, str, str]], list[tuple[int, int, str, str | None]]]:
    """The plain text, the mentions and the footnotes that a case's markup asks for."""
    parts: list[str] = []
    opened: list[tuple[int, re.Match[str]]] = []
    mentions: list[tuple[int, int, str, str]] = []
    notes: list[tuple[int, int, str, str | None]] = []
    at = length = 0
    for match in MARKUP.finditer(marked):
        parts.append(marked[at : match.start()])
        length += match.start() - at
        at = match.end()
        if match.group() not in ("]]", "}}"):
            opened.append((length, match))
            continue
        start, opening = opened.pop()
        if match.group() == "]]":
            mentions.append((start, length, opening["id"], opening["label"]))
        else:
            notes.append((start, length, opening["kind"], None if opening["where"] == "??" else opening["where"]))
    return "".join([*parts, marked[at:]]), sorted(mentions), sorted(notes)


def read(text: str, register: Register, on: date, **rules: Any) -> DesignationsReport:
    return classify(prepare(Article(text=text, published_at=on)), register, Rules(**rules))


def test_there_are_enough_cases_and_half_of_them_are_hard_negatives() -> None:
    negatives = [case for case in CASES if "[[" not in case["text"] or "-:" in case["text"]]
    assert len(CASES) >= 120
    assert len([case for case in CASES if "[[" not in case["text"]]) >= 60
    assert len(negatives) >= len(CASES) / 2
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any], register: Register) -> None:
    """Mentions, labels, footnotes and findings are exactly those the case marks."""
    text, mentions, notes = read_markup(case["text"])
    report = read(text, register, case.get("date", date(2024, 3, 1)))
    found = {(m.start, m.end, m.organisation.id): m.marked for m in report.mentions}
    if case.get("expect_more"):
        assert {mention[:3] for mention in mentions} <= set(found)
    else:
        assert sorted(found) == [mention[:3] for mention in mentions]
    for start, end, organisation, label in mentions:
        if label:
            assert found[start, end, organisation] is (label == "+"), text[start:end]
    if not case.get("notes_any"):
        got = sorted((f.start, f.end, f.kind, f.jurisdiction) for f in report.footnotes)
        if case.get("kind_any"):
            got, notes = [g[:2] for g in got], [n[:2] for n in notes]  # type: ignore[misc]
        assert got == notes
    expected = Counter(f"designation.{label}" for label in case.get("findings", []))
    assert Counter(f.label for f in report.findings if f.label != "designation.mention") == expected
