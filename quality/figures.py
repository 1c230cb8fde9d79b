"""Precision, recall, F1, AUC, AUPRC and calibration error, with bootstrap intervals, in numpy alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
Measure = Callable[[Rows], float]
RESAMPLES = 500
MIN_GROUPS = 5
_SEED = 20260911


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % bootstrap interval (Efron 1979, percentile)."""

    value: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        return [round(self.value, 3), round(self.low, 3), round(self.high, 3)]


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores of one tenth of the scale: their mean, the share of positives among them, and how many there are."""

    score: float
    positive: float
    count: int


def precision(flagged: Flags, positive: Flags) -> float:
    return float((flagged & positive).sum() / flagged.sum()) if flagged.any() else 0.0


def recall(flagged: Flags, positive: Flags) -> float:
    return float((flagged & positive).sum() / positive.sum()) if positive.any() else 0.0


def f1(flagged: Flags, positive: Flags) -> float:
    return f1_of_counts(float((flagged & positive).sum()), float(flagged.sum()), float(positive.sum()))


def f1_of_counts(hits: float, flagged: float, positive: float) -> float:
    return 2 * hits / (flagged + positive) if flagged + positive else 0.0


def auc(scores: Vector, positive: Flags) -> float:
    """The chance that a positive stands above a negative; ties count half (Mann-Whitney U)."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ups, downs = int(positive.sum()), int((~positive).sum())
    if not ups or not downs:
        return float("nan")
    return float((ranks[positive].sum() - ups * (ups + 1) / 2) / (ups * downs))


def average_precision(scores: Vector, positive: Flags) -> float:
    """The area under the precision-recall curve as a sum of steps; rows with the same score are one step."""
    total = int(positive.sum())
    if not total:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], np.cumsum(positive[order])
    last = np.append(ordered[1:] != ordered[:-1], True)  # the last row of each step
    found = hits[last]
    flagged = np.flatnonzero(last) + 1
    return float((np.diff(found, prepend=0) * found / flagged).sum() / total)


def reliability(scores: Vector, positive: Flags, *, bins: int = 10) -> list[Bin]:
    """The bins of equal width that hold any score, from low to high."""
    places = np.minimum((scores * bins).astype(np.int64), bins - 1)
    found = []
    for place in range(bins):
        rows = places == place
        if rows.any():
            found.append(Bin(float(scores[rows].mean()), float(positive[rows].mean()), int(rows.sum())))
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far score and share of positives are apart, by the weight of the bin."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.score - one.positive) for one in bins) / total if total else 0.0


def intervals(measures: Mapping[str, Measure], count: int, *, groups: Sequence[str] | None = None) -> dict[str, Figure]:
    """Each measure of all *count* rows, with its interval. Rows of one group (sentences made after one idea, in both
    languages) are drawn together, so that near copies do not pass for evidence; not where there are too few groups."""
    random = np.random.default_rng(_SEED)
    members = _members(groups or ())
    draws: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(RESAMPLES):
        if len(members) < MIN_GROUPS:
            rows = random.integers(0, count, count)
        else:
            rows = np.concatenate([members[at] for at in random.integers(0, len(members), len(members))])
        for name, measure in measures.items():
            draws[name].append(measure(rows))
    everything = np.arange(count)
    return {name: _figure(measure(everything), draws[name]) for name, measure in measures.items()}


def bootstrap(
    scores: Vector, positive: Flags, *, threshold: float = 0.5, groups: Sequence[str] | None = None
) -> dict[str, Figure]:
    """``precision``, ``recall`` and ``f1`` at the threshold, ``auc`` and ``auprc``. A draw without a positive says
    nothing of any of them and is left out."""
    flagged = scores >= threshold

    def known(measure: Callable[[Flags, Flags], float]) -> Measure:
        return lambda rows: measure(flagged[rows], positive[rows]) if positive[rows].any() else float("nan")

    measures: dict[str, Measure] = {
        "precision": known(precision),
        "recall": known(recall),
        "f1": known(f1),
        "auc": lambda rows: auc(scores[rows], positive[rows]),
        "auprc": lambda rows: average_precision(scores[rows], positive[rows]),
    }
    return intervals(measures, len(scores), groups=groups)


def mean(values: Vector | Flags, *, groups: Sequence[str] | None = None) -> Figure:
    """The mean (of flags: the share) with its interval."""
    numbers = values.astype(np.float64)
    return intervals({"mean": lambda rows: float(numbers[rows].mean())}, len(numbers), groups=groups)["mean"]


def _members(groups: Sequence[str]) -> list[Rows]:
    places: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        places.setdefault(group, []).append(row)
    return [np.array(rows, dtype=np.int64) for rows in places.values()]


def _figure(value: float, draws: Sequence[float]) -> Figure:
    known = np.array([draw for draw in draws if not math.isnan(draw)])  # a draw without positives has no AUC
    if not known.size:
        return Figure(value, value, value)
    return Figure(value, float(np.percentile(known, 2.5)), float(np.percentile(known, 97.5)))
