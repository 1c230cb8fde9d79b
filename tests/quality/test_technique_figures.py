"""How techniques are held against annotated ones."""

import json
from pathlib import Path

from models.types import Evidence, Finding
from quality.source_bias import techniques

TEXT = "Only clowns would vote so. Rain fell on the hills. A vile swamp lies there."
NAMING, LOADED = "bias.technique.name_calling", "bias.technique.loaded_language"


def span(words: str, label: str) -> dict[str, object]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "label": label}


def finding(label: str, *words: str) -> Finding:
    places = (TEXT.index(one) for one in words)
    return Finding(
        label, 0.9, tuple(Evidence(at, at + len(one), one, "") for at, one in zip(places, words, strict=True))
    )


def test_a_find_counts_once_a_sentence_and_label_and_words_by_their_overlap(tmp_path: Path) -> None:
    """Other splits are left out. Of two due labels one is found, and one find is wrong."""
    spans = [span("clowns", "Name_Calling,Labeling"), span("vile swamp", "Loaded_Language")]
    rows = [{"text": TEXT, "split": split, "spans": spans} for split in ("dev", "train")]
    (tmp_path / "bias").mkdir()
    (tmp_path / "bias/ptc_v2.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = (finding(NAMING, "Only", "clowns"), finding(LOADED, "Rain"))

    figures = techniques._ptc(tmp_path, lambda _: found)
    words, labels = figures["en: ptc dev, words of any technique"], figures["en: ptc dev, labels of sentences"]

    assert (words["texts"], words["spans"]) == (1, 2)
    assert (words["precision"][0], words["recall"][0]) == (0.333, 0.5)
    assert (labels["labels"], labels["precision"], labels["recall"], labels["f1"][0]) == (2, 0.5, 0.5, 0.5)


def test_a_span_over_two_sentences_is_due_in_both() -> None:
    assert techniques._by_sentence([0, 27, 51], [(20, 30, LOADED)]) == {f"0:{LOADED}", f"1:{LOADED}"}
