"""The case table that accuracy is measured on: enough cases, half of them hard negatives, all of them readable."""

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from models.designations.labels import FOOTNOTE_KINDS, LABELS
from models.designations.register import UNREGISTERED, load_register
from quality.designations.cases import read_cases
from quality.designations.figures import Count, f1
from quality.designations.real import ANNOTATIONS, PARTS, read_real

_FIELDS = {"set", "id", "sha256", "language", "on", "part", "mentions", "markers", "notes", "findings"}


def test_enough_cases_in_both_languages_and_half_of_them_hard_negatives() -> None:
    cases = read_cases()
    table = [case for case in cases if case.part != "clauses"]
    negatives = [case for case in table if case.part in ("ordinary", "traps", "later_traps", "families_traps")]
    assert len(table) >= 300
    assert len(negatives) >= len(table) / 2
    assert min(sum(case.language == language for case in cases) for language in ("en", "ru")) >= 150
    assert len({(case.text, case.on, case.marking) for case in cases}) == len(cases)


def test_offsets_of_every_case_lie_in_its_text() -> None:
    for case in read_cases():
        spans = [(m.start, m.end) for m in case.mentions] + [(n.start, n.end) for n in case.notes] + list(case.markers)
        assert all(0 <= start < end <= len(case.text) for start, end in spans), case.source
        assert all(m.label in ("", "-") or int(m.label[1:]) <= len(case.notes) for m in case.mentions), case.source


def test_what_the_passages_about_clauses_do_not_say_is_not_judged() -> None:
    unjudged = {case.part: case.unjudged for case in read_cases()}
    assert unjudged["clauses"] == {"wrong_footnote", "not_listed_at_date", "unused_footnote"}
    assert not any(findings for part, findings in unjudged.items() if part != "clauses")


def test_rows_of_the_real_articles_are_well_formed() -> None:
    """Places in order and apart, labels that point to notes, organisations that the register has; and no text."""
    known = {*load_register().by_id, UNREGISTERED}
    rows = [json.loads(line) for line in ANNOTATIONS.read_text(encoding="utf-8").splitlines()]
    assert len({(row["set"], row["id"]) for row in rows}) == len(rows)
    assert {row["part"] for row in rows} == set(PARTS)
    for row in rows:
        where = f"{row['set']} {row['id']}"
        assert set(row) == _FIELDS, where
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"]), where
        assert row["language"] in ("en", "ru"), where
        assert date.fromisoformat(row["on"]), where
        for spans in (row["mentions"], row["markers"], row["notes"]):
            assert all(0 <= span[0] < span[1] for span in spans), where
            assert all(left[1] <= right[0] for left, right in pairwise(sorted(spans))), where
        for _, _, organisation, label in row["mentions"]:
            assert organisation in known, where
            assert label in ("", "+0") or 1 <= int(label.removeprefix("+")) <= len(row["notes"]), where
        for _, _, kind, place in row["notes"]:
            assert kind in FOOTNOTE_KINDS, where
            assert place is None or re.fullmatch(r"[A-Z]{2}", place), where
        assert {f"designation.{finding}" for finding in row["findings"]} <= set(LABELS), where


def test_annotated_articles_are_refused_when_their_text_is_another(tmp_path: Path) -> None:
    row = json.loads(ANNOTATIONS.read_text(encoding="utf-8").splitlines()[0])
    sets = {r["set"] for r in map(json.loads, ANNOTATIONS.read_text(encoding="utf-8").splitlines())}
    (tmp_path / "news").mkdir()
    for name in sets:
        line = json.dumps({"id": row["id"], "text": "Another text."}) if name == row["set"] else ""
        (tmp_path / "news" / f"{name}.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(ValueError, match="not the text that was annotated"):
        read_real(
            row["part"],
            load_register(),
            data=tmp_path,
        )


def test_without_the_sets_no_article_is_judged(tmp_path: Path) -> None:
    assert read_real("development", load_register(), data=tmp_path / "nowhere") == []


def test_f1_counts_what_is_missed_and_what_is_wrong() -> None:
    assert f1([Count(right=2, wrong=1, missed=1)]) == (2 / 3, 2 / 3, 2 / 3)
    assert f1([Count()]) == (1.0, 1.0, 1.0)
    assert f1([Count(missed=1)])[1:] == (0.0, 0.0)
