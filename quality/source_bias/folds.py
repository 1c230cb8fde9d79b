"""BABE's five published folds (its authors' StratifiedKFold, seed 42), for weights that learned from no row of BABE.

Nothing is trained but the baseline: the weights are asked as they run, fold by fold, and a bag of words that learned
from the other four folds stands beside them. ``grouped`` parts the same rows by the page they are from, for many pages
have sentences in several of the published folds.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import Encoder
from quality.figures import Flags, Vector
from quality.source_bias.wording import macro_f1
from training.rows import read_jsonl

HEAD = "bias.biased"
_FOLDS = 5
_NONE = "No agreement"
_HALF = 0.5


def measure_folds(encoder: Encoder, data: Path, *, learned_from_it: bool) -> dict[str, Any]:
    """Mean and deviation over the folds of macro-F1; empty where the set is not there, the weights learned from it, or
    have no such head in English."""
    path = data / "bias" / "babe_sg2.jsonl"
    if learned_from_it or not path.exists():
        return {}
    rows = [row for row in read_jsonl(path) if row["labels"]["label_bias"] not in (None, _NONE)]
    texts = [row["text"] for row in rows]
    scores = encoder.score(texts).speaking("en")
    if HEAD not in scores.heads:
        return {}
    flagged = scores.of(HEAD) >= _HALF
    positive = np.array([row["labels"]["label_bias"] == "Biased" for row in rows])
    majority = np.full(len(rows), positive.mean() >= _HALF)
    published = np.array([row["fold_babe5"] for row in rows])
    grouped = np.array([_fold_of(row["url"] or row["id"]) for row in rows])
    report: dict[str, Any] = {"rows": len(rows), "biased": int(positive.sum())}
    for name, folds in (("published", published), ("grouped", grouped)):
        report[name] = {
            "majority": _over(folds, lambda test: macro_f1(majority[test], positive[test])),
            "bag of words": _over(folds, lambda test: macro_f1(_bag(texts, positive, test), positive[test])),
            "network": _over(folds, lambda test: macro_f1(flagged[test], positive[test])),
        }
    return report


def _fold_of(url: str) -> int:
    return int(hashlib.sha256(url.encode()).hexdigest(), 16) % _FOLDS


def _over(folds: Any, measure: Callable[[Flags], float]) -> list[float]:
    values: Vector = np.array([measure(folds == fold) for fold in np.unique(folds)])
    return [round(float(values.mean()), 3), round(float(values.std()), 3)]


def _bag(texts: Sequence[str], positive: Flags, test: Flags) -> Flags:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-not-found]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    learned = words.fit_transform([text for text, held in zip(texts, test, strict=True) if not held])
    model = LogisticRegression(C=10.0, max_iter=500, solver="liblinear").fit(learned, positive[~test])
    found: Flags = model.predict(words.transform([text for text, held in zip(texts, test, strict=True) if held]))
    return found
