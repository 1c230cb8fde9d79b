"""Our own sentences (``own_sentences.jsonl``), written and labelled for this project and shipped with it."""

from collections.abc import Iterator
from pathlib import Path

from training.rows import LEARNED_TYPES, Row, read_jsonl

OWN_FILE = Path(__file__).with_name("own_sentences.jsonl")
_WEIGHT = 25.0  # few, but the only rows that tell reporting from calling in the same register


def read_own(_: Path) -> Iterator[Row]:
    """Pairs of an English and a Russian sentence share a group."""
    for row in read_jsonl(OWN_FILE):
        labels = {f"violence.{axis}": float(row[axis]) for axis in ("describes", "graphic", "inciting")}
        labels["violence.severity"] = row["severity"] / 7
        labels |= {f"violence.type.{name}": float(name in row["types"]) for name in LEARNED_TYPES}
        labels |= {"bias.biased": float(row["biased"]), "bias.subjective": float(row["subjective"])}
        yield Row(row["text"], row["language"], str(row["group"]), labels, weight=_WEIGHT)
