"""Persuasion techniques as the report names them: words and labels on PTC's articles, labels on Russian paragraphs."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models import text as reading
from models.encoder import Encoder
from models.source_bias.classifier import THRESHOLD, classify
from models.source_bias.labels import TECHNIQUES
from models.source_bias.outlets import OutletRegister, load_outlets
from models.source_bias.thresholds import at_thresholds
from models.types import Article, Finding
from quality.figures import f1_of_counts, intervals
from quality.source_bias.spans import span_f1
from training.data.techniques import NAMES
from training.datasets import Example, datasets_of
from training.rows import part_of, read_jsonl

PREFIX = "bias.technique."
Read = Callable[[str], tuple[Finding, ...]]


def measure_techniques(encoder: Encoder, data: Path) -> dict[str, Any]:
    outlets = load_outlets()
    return _ptc(data, lambda text: _findings(encoder, outlets, text, "en")) | {
        "ru: semeval paragraphs, labels": _paragraphs(
            list(_held_out(data, "semeval23_t3_ru_paragraphs.jsonl", "semeval2023_ru", "article")), encoder, outlets
        ),
        "ru: slavicnlp paragraphs, labels": _paragraphs(
            list(_held_out(data, "slavicnlp2025_ru.jsonl", "slavicnlp2025", "file")), encoder, outlets
        ),
    }


def measure_plain(encoder: Encoder, dev: Sequence[Example]) -> dict[str, dict[str, float]]:
    """The share of held-out agency sentences that are said to hold a technique, by language."""
    names = {d.name for d in datasets_of("research") if d.is_ordinary}
    shares = {}
    for language in ("en", "ru"):
        texts = [e.row.text for e in dev if e.dataset in names and e.row.language == language]
        scores = at_thresholds(encoder.score(texts).speaking(language), language)
        columns = [column for column, head in enumerate(scores.heads) if head in TECHNIQUES]
        holds = (scores.values[:, columns] >= THRESHOLD).any(axis=1)
        shares[language] = {"sentences": float(len(texts)), "any technique": round(float(holds.mean()), 3)}
    return shares


def _findings(encoder: Encoder, outlets: OutletRegister, text: str, language: str) -> tuple[Finding, ...]:
    """The technique findings of the report of *text*."""
    page = reading.prepare(Article(text, language=language))
    scores = encoder.score([sentence.text for sentence in page.sentences]).speaking(language)
    return tuple(f for f in classify(page, scores, outlets).findings if f.label.startswith(PREFIX))


def _ptc(data: Path, read: Read) -> dict[str, Any]:
    """Task SI: where is any technique? All spans of a text together. And which techniques has each sentence?"""
    marked, said = [], []
    due: list[set[str]] = []
    found: list[set[str]] = []
    for row in read_jsonl(data / "bias/ptc_v2.jsonl"):
        if row["split"] == "dev":
            starts = [sentence.start for sentence in reading.split_sentences(row["text"])]
            spans = [(span["start"], span["end"], span["label"]) for span in row["spans"]]
            evidence = [(e.start, e.end, finding.label) for finding in read(row["text"]) for e in finding.evidence]
            marked.append([(start, end) for start, end, _ in spans])
            said.append([(start, end) for start, end, _ in evidence])
            named = ((start, end, PREFIX + NAMES[label]) for start, end, label in spans if label in NAMES)
            due.append(_by_sentence(starts, named))
            found.append(_by_sentence(starts, evidence))
    figures = {name: figure.rounded() for name, figure in span_f1(marked, said).items()}
    return {
        "en: ptc dev, words of any technique": {"texts": len(marked), "spans": sum(map(len, marked))} | figures,
        "en: ptc dev, labels of sentences": {"labels": sum(map(len, due))} | _micro(found, due),
    }


def _by_sentence(starts: Sequence[int], places: Iterable[tuple[int, int, str]]) -> set[str]:
    """``number:label`` of each sentence (they begin at *starts*) that a place touches."""
    return {
        f"{number}:{label}"
        for start, end, label in places
        for number in range(max(bisect_right(starts, start) - 1, 0), bisect_right(starts, end - 1))
    }


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
    return {
        "paragraphs": len(rows),
        "labels": sum(map(len, gold)),
        **_micro(said, gold, groups),
        "always the commonest": _micro([{commonest}] * len(rows), gold, groups)["f1"],
    }


def _micro(found: Sequence[set[str]], due: Sequence[set[str]], groups: Sequence[str] | None = None) -> dict[str, Any]:
    counts = np.array([[len(f & g), len(f), len(g)] for f, g in zip(found, due, strict=True)], dtype=np.float64)
    hits, finds, there = counts.sum(axis=0).tolist()
    measures = {"f1": lambda chosen: f1_of_counts(*counts[chosen].sum(axis=0).tolist())}
    figure = intervals(measures, len(counts), groups=groups)["f1"].rounded()
    return {"f1": figure, "precision": round(hits / max(finds, 1), 3), "recall": round(hits / max(there, 1), 3)}
