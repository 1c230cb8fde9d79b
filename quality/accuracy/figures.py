"""F1 and AUC with bootstrap intervals, in numpy alone."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_RESAMPLES = 500
_SEED = 20260911


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % bootstrap interval (Efron 1979, percentile)."""

    value: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        return [round(self.value, 3), round(self.low, 3), round(self.high, 3)]


def f1(flagged: Flags, positive: Flags) -> float:
    hits = float((flagged & positive).sum())
    total = float(flagged.sum() + positive.sum())
    return 2 * hits / total if total else 0.0


def auc(scores: Vector, positive: Flags) -> float:
    """The chance that a positive stands above a negative; ties count half (Mann-Whitney U)."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ups, downs = int(positive.sum()), int((~positive).sum())
    if not ups or not downs:
        return float("nan")
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def bootstrap(scores: Vector, positive: Flags, *, threshold: float = 0.5) -> dict[str, Figure]:
    """``f1`` at the threshold and ``auc``."""
    random = np.random.default_rng(_SEED)
    draws: dict[str, list[float]] = {"f1": [], "auc": []}
    for _ in range(_RESAMPLES):
        rows = random.integers(0, len(scores), len(scores))
        draws["f1"].append(f1(scores[rows] >= threshold, positive[rows]))
        draws["auc"].append(auc(scores[rows], positive[rows]))
    values = {"f1": f1(scores >= threshold, positive), "auc": auc(scores, positive)}
    return {
        name: Figure(value, float(np.nanpercentile(draws[name], 2.5)), float(np.nanpercentile(draws[name], 97.5)))
        for name, value in values.items()
    }
