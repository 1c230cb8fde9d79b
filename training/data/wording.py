"""Biased and subjective sentences: BABE, BASIL, Lim et al. 2020, CheckThat! subjectivity."""

from collections.abc import Iterator
from pathlib import Path

from training.rows import Row, keep, read_jsonl

BIASED_WORD = "bias.word"
_OPINION = {"Expresses writer's opinion": 1.0, "Entirely factual": 0.0}


def read_babe(path: Path) -> Iterator[Row]:
    """SG2 only (SG1 and MBIC repeat its sentences). Grouped by URL: articles straddle the published folds."""
    for row in read_jsonl(path):
        labels = {}
        if row["labels"]["label_bias"] in ("Biased", "Non-biased"):
            labels["bias.biased"] = float(row["labels"]["label_bias"] == "Biased")
        if row["labels"]["label_opinion"] in _OPINION:
            labels["bias.subjective"] = _OPINION[row["labels"]["label_opinion"]]
        words = tuple((span["start"], span["end"], BIASED_WORD) for span in row["spans"])
        if labels:
            yield Row(row["text"], "en", row["url"], labels, spans=words, span_labels=(BIASED_WORD,))


def read_basil(path: Path) -> Iterator[Row]:
    """Lexical bias against sentences with none; informational bias is not in the wording and left out."""
    for row in read_jsonl(path):
        labels = row["labels"]
        if labels["lexical"] or (not labels["informational"] and keep(row["id"], 0.2)):
            yield Row(row["text"], "en", row["triplet"], {"bias.biased": float(bool(labels["lexical"]))})


def read_lim(path: Path) -> Iterator[Row]:
    """Crowd ratings 1..4; the doubtful middle is left out."""
    for row in read_jsonl(path):
        mean = row["labels"]["mean"]
        if mean >= 2.6 or mean <= 1.8:
            yield Row(row["text"], "en", row["article"], {"bias.biased": float(mean >= 2.6)})


def read_checkthat(path: Path) -> Iterator[Row]:
    """SUBJ or OBJ; the set's development test is kept for figures."""
    for row in read_jsonl(path):
        labels = {"bias.subjective": float(row["labels"]["subjectivity"] == "SUBJ")}
        yield Row(row["text"], "en", row["id"], labels, "dev" if row["split"] == "dev_test" else None)
