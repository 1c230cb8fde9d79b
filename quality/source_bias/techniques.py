"""Persuasion techniques as the report names them: words on PTC's articles, labels on Russian paragraphs."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models import text as reading
from models.encoder import Encoder
from models.source_bias.classifier import classify
from models.source_bias.outlets import OutletRegister, load_outlets
from models.types import Article, Finding
from quality.figures import f1_of_counts, intervals
from quality.source_bias.spans import span_f1
from training.data.techniques import NAMES
from training.rows import part_of, read_jsonl

PREFIX = "bias.technique."
Read = Callable[[str], tuple[Finding, ...]]


def measure_techniques(encoder: Encoder, data: Path) -> dict[str, Any]:
    outlets = load_outlets()
    return {
        "en: ptc dev, words of any technique": _words(data, lambda text: _findings(encoder, outlets, text, "en")),
        "ru: semeval paragraphs, labels": _paragraphs(
            list(_held_out(data, "semeval23_t3_ru_paragraphs.jsonl", "semeval2023_ru", "article")), encoder, outlets
        ),
        "ru: slavicnlp paragraphs, labels": _paragraphs(
            list(_held_out(data, "slavicnlp2025_ru.jsonl", "slavicnlp2025", "file")), encoder, outlets
        ),
    }


def _findings(encoder: Encoder, outlets: OutletRegister, text: str, language: str) -> tuple[Finding, ...]:
    """The technique findings of the report of *text*."""
    page = reading.prepare(Article(text, language=language))
    scores = encoder.score([sentence.text for sentence in page.sentences]).speaking(language)
    return tuple(f for f in classify(page, scores, outlets).findings if f.label.startswith(PREFIX))


def _words(data: Path, read: Read) -> dict[str, Any]:
    """Task SI: where is any technique? All spans of a text together."""
    marked, said = [], []
    for row in read_jsonl(data / "bias/ptc_v2.jsonl"):
        if row["split"] == "dev":
            marked.append([(span["start"], span["end"]) for span in row["spans"]])
            said.append([(e.start, e.end) for finding in read(row["text"]) for e in finding.evidence])
    figures = {name: figure.rounded() for name, figure in span_f1(marked, said).items()}
    return {"texts": len(marked), "spans": sum(map(len, marked))} | figures


def _held_out(data: Path, file: str, name: str, group: str) -> Iterator[tuple[str, set[str], str]]:
    """Text, techniques and group of each paragraph that was not trained on."""
    for row in read_jsonl(data / "bias" / file):
        if part_of(name, str(row[group])) == "dev" and row["text"].strip():
            found = {f"{PREFIX}{NAMES[label]}" for label in row["labels"]["techniques"] if label in NAMES}
            yield row["text"], found, str(row[group])


def _paragraphs(rows: Sequence[tuple[str, set[str], str]], encoder: Encoder, outlets: OutletRegister) -> dict[str, Any]:
    """Micro-F1 over all techniques, and of always naming the commonest."""
    said = [{finding.label for finding in _findings(encoder, outlets, text, "ru")} for text, _, _ in rows]
    gold = [techniques for _, techniques, _ in rows]
    names = sorted({name for techniques in gold for name in techniques})
    commonest = max(names, key=lambda name: sum(name in techniques for techniques in gold))
    groups = [group for _, _, group in rows]

    def micro(found: Sequence[set[str]]) -> list[float]:
        counts = np.array([[len(f & g), len(f), len(g)] for f, g in zip(found, gold, strict=True)], dtype=np.float64)
        measures = {"f1": lambda chosen: f1_of_counts(*counts[chosen].sum(axis=0).tolist())}
        return intervals(measures, len(counts), groups=groups)["f1"].rounded()

    return {
        "paragraphs": len(rows),
        "labels": sum(map(len, gold)),
        "f1": micro(said),
        "always the commonest": micro([{commonest}] * len(rows)),
    }
