"""Our own sentences (``own_*.jsonl``), written and labelled for this project and shipped with it."""

from collections.abc import Iterator
from pathlib import Path

from training.data.techniques import ALL_TECHNIQUES
from training.rows import LEARNED_TYPES, Row, read_jsonl

OWN_FILE = Path(__file__).with_name("own_sentences.jsonl")
OWN_BIAS_FILE = Path(__file__).with_name("own_bias_sentences.jsonl")
_WEIGHT = 25.0  # few, but the only rows that tell reporting from calling in the same register
_BIAS_WEIGHT = 8.0


def read_own(_: Path) -> Iterator[Row]:
    """Pairs of an English and a Russian sentence share a group."""
    for row in read_jsonl(OWN_FILE):
        labels = {f"violence.{axis}": float(row[axis]) for axis in ("describes", "graphic", "inciting")}
        labels["violence.severity"] = row["severity"] / 7
        labels |= {f"violence.type.{name}": float(name in row["types"]) for name in LEARNED_TYPES}
        labels |= {"bias.biased": float(row["biased"]), "bias.subjective": float(row["subjective"])}
        yield Row(row["text"], row["language"], str(row["group"]), labels, weight=_WEIGHT)


def read_own_bias(_: Path) -> Iterator[Row]:
    """The same made-up fact told plainly and with leaning words, in English and Russian: one group.

    A leaning sentence names the techniques it was written for; it may well hold others, so those stay masked.
    """
    for row in read_jsonl(OWN_BIAS_FILE):
        named = row["techniques"] if row["biased"] else ALL_TECHNIQUES
        labels = {f"bias.technique.{name}": float(row["biased"]) for name in named}
        labels |= {"bias.biased": float(row["biased"]), "bias.subjective": float(row["subjective"])}
        yield Row(row["text"], row["language"], str(row["group"]), labels, weight=_BIAS_WEIGHT)
