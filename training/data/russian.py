"""Russian news about violence: NEREL's hand-marked events, Lenta's crime pages, VIINA's war reports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.text import split_sentences
from training.rows import Part, Row, keep, peaceful_labels, read_jsonl, sentences_of, trigger_types, violent_labels

_MARKED = ("EVENT", "CRIME", "PENALTY")
_MIN_LETTERS = 12
_NEGATIVES = 0.6  # share of the peaceful sentences; there are far more of them


def _dev(row: dict[str, Any]) -> Part | None:
    return "dev" if row.get("split") == "dev" else None


def read_nerel(path: Path) -> Iterator[Row]:
    """EVENT and CRIME spans are marked by hand but not typed: a sentence is violent where one of its spans names
    violence. A sentence without such a span is peaceful, whatever other words it holds."""
    for row in read_jsonl(path):
        spans = [span for span in row["spans"] if span["label"] in _MARKED]
        for sentence in split_sentences(row["text"]):
            if sum(map(str.isalpha, sentence.text)) < _MIN_LETTERS:
                continue
            inside = [span for span in spans if sentence.start <= span["start"] < sentence.end]
            if any(trigger_types(span["text"], "ru") for span in inside):
                yield Row(sentence.text, "ru", row["id"], violent_labels(sentence.text, "ru"), _dev(row))
            elif keep(f"{row['id']}{sentence.start}", _NEGATIVES) and not trigger_types(sentence.text, "ru"):
                yield Row(sentence.text, "ru", row["id"], peaceful_labels(), _dev(row))


def read_lenta_crime(path: Path) -> Iterator[Row]:
    """Crime pages: sentences with a trigger."""
    for row in read_jsonl(path):
        for sentence in sentences_of(row["text"]):
            if trigger_types(sentence, "ru"):
                yield Row(sentence, "ru", row["id"], violent_labels(sentence, "ru"))


def read_viina(path: Path) -> Iterator[Row]:
    """Reports of strikes selected by keyword; Russian sentences with a trigger."""
    for row in read_jsonl(path):
        if row["lang"] != "ru":
            continue
        for sentence in sentences_of(row["text"])[:8]:
            if trigger_types(sentence, "ru"):
                yield Row(sentence, "ru", sentence[:60], violent_labels(sentence, "ru"))
