"""Claims without a source and one-sided sourcing on the invented paragraphs of ``cues.yaml``.

Claims are counted by sentence: a found one is right where it stands in a sentence that is annotated. Sourcing is
counted by paragraph. ``before`` was looked at while the rules were written, ``held_back`` only counted. The baseline of
claims takes every sentence without a word of saying, that of sourcing every paragraph with three attributions.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.encoder import SentenceScores
from models.source_bias.classifier import classify
from models.source_bias.outlets import OutletRegister, load_outlets
from models.source_bias.wordlists import SAYING
from models.text import prepare
from models.types import Article, SourceBiasReport
from quality.figures import Measure, f1_of_counts, intervals

ANNOTATIONS = Path(__file__).with_name("cues.yaml")
PARTS = ("before", "held_back")
_CLAIM, _SIDED = "bias.unattributed_claim", "bias.one_sided_sourcing"
_FEWEST = 3


def measure(path: Path = ANNOTATIONS) -> dict[str, Any]:
    """``{part: {language: {paragraphs, claims, one_sided}}}``, each with precision, recall and F1 and its baseline."""
    outlets = load_outlets()
    rows = yaml.safe_load(path.read_text("utf-8"))
    report: dict[str, Any] = {}
    for part in PARTS:
        for language in ("en", "ru"):
            chosen = [row for row in rows if (row["part"], row["language"]) == (part, language)]
            if chosen:
                report.setdefault(part, {})[language] = _figures(chosen, outlets)
    return report


def _figures(rows: Sequence[dict[str, Any]], outlets: OutletRegister) -> dict[str, Any]:
    counts: dict[str, list[tuple[int, int, int]]] = {"claims": [], "any": [], "one_sided": [], "three": []}
    for row in rows:
        text, language = row["text"], row["language"]
        read = _read(text, language, outlets)
        page = prepare(Article(text, language=language))
        found = [e.start for f in read.findings if f.label == _CLAIM for e in f.evidence]
        gold = {at for at, s in enumerate(page.sentences) if s.text.startswith(tuple(row["claims"]) or ("\n",))}
        told = {at for at, s in enumerate(page.sentences) if any(s.start <= start < s.end for start in found)}
        plain = {at for at, s in enumerate(page.sentences) if not SAYING[language] & set(s.text.lower().split())}
        counts["claims"].append((len(told & gold), len(told), len(gold)))
        counts["any"].append((len(plain & gold), len(plain), len(gold)))
        is_sided = any(f.label == _SIDED for f in read.findings)
        has_three = sum(one.source is not None for one in read.attributions) >= _FEWEST
        counts["one_sided"].append((is_sided and row["sided"], is_sided, row["sided"]))
        counts["three"].append((has_three and row["sided"], has_three, row["sided"]))
    figures = {name: _counted(np.array(of, dtype=np.float64)) for name, of in counts.items()}
    return {
        "paragraphs": len(rows),
        "claims": figures["claims"] | {"every sentence without a verb of saying": figures["any"]["f1"]},
        "one_sided": figures["one_sided"] | {"every paragraph with three attributions": figures["three"]["f1"]},
    }


def _read(text: str, language: str, outlets: OutletRegister) -> SourceBiasReport:
    """By rules alone: neither cue asks the network for more than its attributions."""
    page = prepare(Article(text, language=language))
    return classify(page, SentenceScores((), np.zeros((len(page.sentences), 0), dtype=np.float32)), outlets)


def _counted(counts: Any) -> dict[str, Any]:
    def share(at: int) -> Measure:
        return lambda rows: float(counts[rows, 0].sum() / max(counts[rows, at].sum(), 1))

    measures: dict[str, Measure] = {
        "precision": share(1),
        "recall": share(2),
        "f1": lambda rows: f1_of_counts(*counts[rows].sum(axis=0).tolist()),
    }
    figures = intervals(measures, len(counts))
    return {"found": int(counts[:, 1].sum()), "annotated": int(counts[:, 2].sum())} | {
        name: figure.rounded() for name, figure in figures.items()
    }
