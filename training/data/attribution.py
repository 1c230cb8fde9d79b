"""Who said what, in which words: PolNeAR's sources, cues and contents, by sentences."""

from collections.abc import Iterator
from pathlib import Path

from models.text import split_sentences
from training.rows import Row, keep, read_jsonl

PARTS = ("attribution.source", "attribution.cue", "attribution.content")
_PLAIN = 0.5  # share of the sentences without any; they teach less


def read_polnear(path: Path) -> Iterator[Row]:
    """One annotation of each article. A part that runs over several sentences is cut at their ends."""
    for row in read_jsonl(path):
        if not row["primary"]:
            continue
        spans = [(s["start"], s["end"], f"attribution.{s['label']}") for s in row["spans"]]
        for sentence in split_sentences(row["text"]):
            words = tuple(
                (max(start - sentence.start, 0), min(end, sentence.end) - sentence.start, label)
                for start, end, label in spans
                if start < sentence.end and sentence.start < end
            )
            if words or keep(f"{row['id']}:{sentence.start}", _PLAIN):
                part = "dev" if row["split"] == "dev" else None
                yield Row(sentence.text, "en", row["id"], {}, part, spans=words, span_labels=PARTS)
