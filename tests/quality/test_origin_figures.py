"""The figures on datelines and residue: made-up sets are counted as they should be, missing ones are left out."""

import hashlib
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from quality.source_bias import datelines, residue


def test_datelines_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A right one, a wrong date and a false alarm of four openings make half of them exact."""
    gold = {"start": 0, "end": 22, "place": "Oslo", "date": "06-07", "agency": "AFP"}
    rows = {
        "OSLO, 7 June 2020 (AFP) - Fjords froze.": gold | {"date": "2020-06-07"},
        "OSLO, 8 June 2020 (AFP) - Fjords froze.": gold,
        "OSLO (AFP) - Fjords froze.": None,
        "Fjords froze.": None,
    }
    _write(tmp_path / "news" / "clean_news_en.jsonl", [{"id": text, "text": text} for text in rows])
    annotations = tmp_path / "datelines.jsonl"
    _write(annotations, [_annotation(text, dateline) for text, dateline in rows.items()])
    monkeypatch.setattr(datelines, "ANNOTATIONS", annotations)

    (figures,) = datelines.measure(tmp_path).values()

    assert (figures["texts"], figures["exact"][0], figures["date"][0], figures["span"][0]) == (4, 0.5, 0.5, 0.75)
    assert figures["false_alarms"] == 1


def test_lines_that_repeat_are_residue(tmp_path: Path) -> None:
    """Lines of at least four articles and five words count, each once and as often as it stands there."""
    path = tmp_path / "unlabelled" / "en_articles.jsonl.xz"
    path.parent.mkdir()
    kept, missed = "Sign up for our daily newsletter", "The river has two banks"
    texts = [f"{kept}\n{missed}\nOhio", f"{kept}\n{missed}\nOhio", f"{kept}\n{missed}", f"{kept}\n{missed}", kept, kept]
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)

    figures = residue.measure(tmp_path)

    assert (figures["lines"], figures["occurrences"]) == (2, 10)
    assert (figures["recall"][0], figures["recall_of_occurrences"][0]) == (0.5, 0.6)


def test_without_data_there_are_no_figures(tmp_path: Path) -> None:
    assert datelines.measure(tmp_path) == {}
    assert residue.measure(tmp_path) == {}


def test_the_annotation_holds_places_and_no_text() -> None:
    """Every row names its text by set, id and hash; what is spelt out is the dateline's fields alone."""
    rows = [json.loads(line) for line in datelines.ANNOTATIONS.read_text("utf-8").splitlines()]

    assert len(rows) == 350
    assert sum(row["blind"] for row in rows) == 120
    for row in rows:
        assert set(row) == {"set", "id", "sha256", "language", "blind", "dateline"}
        assert row["set"] in datelines.SETS
        assert not row["dateline"] or set(row["dateline"]) == {"start", "end", "place", "date", "agency"}


def _annotation(text: str, dateline: dict[str, Any] | None) -> dict[str, Any]:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    row = {"set": "clean_news_en", "id": text, "sha256": sha256, "language": "en", "blind": True}
    return row | {"dateline": dateline}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
