"""How attributions are held against annotated ones."""

import json
from pathlib import Path

import pytest

from quality.source_bias import attribution
from quality.source_bias.attribution import Quoted, Text, figures, fits, read_polnear, read_russian

SAID = Text("a", "en", "The mayor said that the bridge is old.", (Quoted([(0, 9)], [(15, 37)]),))


def test_what_is_found_as_annotated_scores_one() -> None:
    report = figures([SAID])

    assert report["overlap"]["f1"][0] == report["strict"]["f1"][0] == 1.0
    assert report["attributions"] == report["found"] == 1
    assert report["source"] == 1.0


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        ((20, 37), {"overlap", "any", "strict"}),
        ((15, 90), {"overlap", "any"}),  # more than thrice as long
        ((33, 55), {"any"}),  # less than half of the shorter one
        ((40, 50), set()),
    ],
)
def test_rules(content: tuple[int, int], rules: set[str]) -> None:
    found = [Quoted([(0, 9)], [content])]

    assert {rule for rule in attribution.RULES if fits(found, SAID.attributions, rule)} == rules


def test_the_source_must_fit_as_well() -> None:
    assert fits([Quoted([(50, 60)], [(15, 37)])], SAID.attributions, "any") == []


def test_an_annotated_attribution_is_met_once_and_by_the_best() -> None:
    found = [Quoted([(0, 9)], [(20, 60)]), Quoted([(0, 9)], [(15, 37)])]

    assert fits(found, SAID.attributions, "overlap") == [(1.0, 1.0)]


def test_parts_of_one_content_are_taken_together() -> None:
    parts = [Quoted([(0, 9)], [(15, 20), (30, 40)])]

    assert fits([Quoted([(0, 9)], [(15, 40)])], parts, "strict")


def test_polnear_keeps_primary_annotations_with_a_source(tmp_path: Path) -> None:
    spans = [
        {"start": 0, "end": 9, "label": "source", "attribution": "E1", "attribution_type": "Attribution"},
        {"start": 15, "end": 37, "label": "content", "attribution": "E1", "attribution_type": "Attribution"},
        {"start": 15, "end": 37, "label": "content", "attribution": "E2", "attribution_type": "Attribution-no-source"},
    ]
    rows = [{"id": str(n), "text": SAID.text, "split": "dev", "primary": n == 0, "spans": spans} for n in (0, 1)]
    (tmp_path / "bias").mkdir()
    (tmp_path / "bias" / "polnear.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")

    assert list(read_polnear(tmp_path, "dev")) == [Text("0", "en", SAID.text, SAID.attributions)]


def test_russian_annotations_name_their_text(tmp_path: Path) -> None:
    """Each place lies in one of two parts; a changed text is refused by name."""
    rows = [json.loads(line) for line in attribution.ANNOTATIONS.read_text("utf-8").splitlines()]
    assert {row["part"] for row in rows} == {"development", "held_out"}
    assert all(a < b and c < d for row in rows for a, b, c, d in row["attributions"])
    (tmp_path / "news").mkdir()
    changed = json.dumps({"id": rows[0]["id"], "text": "another"})
    (tmp_path / "news" / "clean_news_ru.jsonl").write_text(changed, "utf-8")

    with pytest.raises(ValueError, match=rows[0]["id"]):
        list(read_russian(tmp_path, rows[0]["part"]))


def test_sets_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert attribution.measure(tmp_path) == {}
