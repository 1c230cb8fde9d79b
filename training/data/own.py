"""Our own sentences, written and labelled for this project and shipped with it (``violence/``, ``own_*.jsonl``)."""

import re
from collections.abc import Iterator
from pathlib import Path

from models.violence.labels import TYPES
from training.annotations import read_own_set
from training.data.techniques import ALL_TECHNIQUES, ANY, TECHNIQUE
from training.rows import LEARNED_TYPES, Part, Row, read_jsonl

OWN_FILE = Path(__file__).with_name("own_sentences.jsonl")
OWN_PERSUASION_FOLDER = Path(__file__).with_name("persuasion")
OWN_BIAS_FILE = Path(__file__).with_name("own_bias_sentences.jsonl")
_MARK = re.compile(r"\[(?P<name>[a-z_]+):(?P<words>[^\[\]]+)\]")
_WEIGHT = 3.0  # few, but the only rows that tell reporting from calling in the same register
# Its articles tell again what its single sentences tell: a group of their own would leak into the held-out part.
_TRAINED_ONLY = ("alike:article",)


def read_own_violence(_: Path) -> Iterator[Row]:
    """Every axis, type, severity and the words, by hand; sentences made after one idea share a group."""
    for sentence in read_own_set():
        labels = {f"violence.{axis}": float(axis in sentence.axes) for axis in ("describes", "graphic", "inciting")}
        labels["violence.severity"] = sentence.severity / 7
        labels |= {f"violence.type.{name}": float(name in sentence.types) for name in TYPES}
        spans = tuple((span.start, span.end, span.label) for span in sentence.spans)
        part: Part | None = "train" if sentence.group.startswith(_TRAINED_ONLY) else None
        yield Row(sentence.text, sentence.language, sentence.group, labels, part, weight=_WEIGHT, spans=spans)


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
        yield Row(row["text"], row["language"], str(row["group"]), labels, weight=_WEIGHT)


def read_own_persuasion(_: Path) -> Iterator[Row]:
    """Sentences written for a technique, its words marked, and the same told plainly: one idea, one group. A line is
    register, idea, text with ``[technique:words]``."""
    for language in ("en", "ru"):
        for line in (OWN_PERSUASION_FOLDER / f"{language}.tsv").read_text("utf-8").splitlines():
            _, idea, marked = line.split("\t")
            text, spans = _read_marks(marked)
            found = {name for _, _, name in spans}
            labels = {f"{TECHNIQUE}.{name}": float(name in found) for name in ALL_TECHNIQUES}
            labels |= {"bias.biased": float(bool(found)), "bias.subjective": float(bool(found))}
            words = {(start, end, f"{TECHNIQUE}.{name}") for start, end, name in spans if name in ALL_TECHNIQUES}
            yield Row(
                text, language, idea.split("-")[0], labels,
                spans=tuple(sorted(words | {(start, end, ANY) for start, end, _ in spans})),
                span_labels=(ANY, *(f"{TECHNIQUE}.{name}" for name in ALL_TECHNIQUES)),
            )  # fmt: skip


def _read_marks(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without its marks, and the marked places."""
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    done = at = 0
    for mark in _MARK.finditer(marked):
        parts += [marked[done : mark.start()], mark["words"]]
        at += mark.start() - done
        spans.append((at, at + len(mark["words"]), mark["name"]))
        at += len(mark["words"])
        done = mark.end()
    return "".join([*parts, marked[done:]]), spans
