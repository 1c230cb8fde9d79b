"""Biased and subjective sentences on the held-out parts of the sets that label them, beside baselines."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.encoder import Encoder
from quality.figures import Flags, Vector, bootstrap, f1, intervals
from quality.violence.baselines import Baseline
from training.datasets import Example, datasets_of

HEADS = ("bias.biased", "bias.subjective")
_HALF = 0.5
_MIN_POSITIVES = 5


def macro_f1(flagged: Flags, positive: Flags) -> float:
    return (f1(flagged, positive) + f1(~flagged, ~positive)) / 2


def measure_wording(
    encoder: Encoder, dev: Sequence[Example], baselines: Mapping[str, Baseline]
) -> dict[str, dict[str, Any]]:
    """Head, then language and set: macro-F1 and AUC of the network, macro-F1 of each baseline."""
    found: dict[str, dict[str, Any]] = {}
    for head in HEADS:
        for dataset, language in sorted({(e.dataset, e.row.language) for e in dev if head in e.row.labels}):
            rows = [e for e in dev if (e.dataset, e.row.language) == (dataset, language) and head in e.row.labels]
            positive = np.array([e.row.labels[head] >= _HALF for e in rows])
            if not _MIN_POSITIVES <= positive.sum() <= len(rows) - _MIN_POSITIVES:
                continue
            texts, groups = [e.row.text for e in rows], [e.row.group for e in rows]
            scores = encoder.score(texts).speaking(language)
            if head not in scores.heads:
                continue
            result = _figures(scores.of(head).astype(np.float64), positive, groups)
            for name, ask in baselines.items():
                said = ask(head, texts, language)
                if said is not None:
                    result[name] = _macro(said, positive, groups)
            majority = np.full(len(rows), positive.mean() >= _HALF)
            found.setdefault(head, {})[f"{language}: {dataset}"] = {
                "rows": len(rows),
                "positive": int(positive.sum()),
                "majority": round(macro_f1(majority, positive), 3),
                **result,
            }
    return found


def _figures(scores: Vector, positive: Flags, groups: Sequence[str]) -> dict[str, Any]:
    ranked = bootstrap(scores, positive, groups=groups)
    return {"network": _macro(scores, positive, groups), "auc": ranked["auc"].rounded(), "f1": ranked["f1"].rounded()}


def _macro(scores: Vector, positive: Flags, groups: Sequence[str]) -> list[float]:
    flagged = scores >= _HALF
    measures = {"macro": lambda rows: macro_f1(flagged[rows], positive[rows])}
    return intervals(measures, len(scores), groups=groups)["macro"].rounded()


def measure_ordinary(encoder: Encoder, dev: Sequence[Example]) -> dict[str, dict[str, float]]:
    """The share of held-out agency sentences that reach 0.5, by language and wording head that speaks it."""
    names = {d.name for d in datasets_of("research") if d.is_ordinary}
    shares: dict[str, dict[str, float]] = {}
    for language in ("en", "ru"):
        texts = [e.row.text for e in dev if e.dataset in names and e.row.language == language]
        scores = encoder.score(texts).speaking(language)
        heads = [head for head in scores.heads if head.startswith("bias.")]
        shares[language] = {"sentences": float(len(texts))} | {
            head: round(float((scores.of(head) >= _HALF).mean()), 3) for head in heads
        }
    return shares
