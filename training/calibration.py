"""Scale and bias of each head, per language, fitted on the calibration part alone.

The axes of violence and its types become probabilities (Platt 1999): of sentences that score 0.7, about seven in ten
are so, as often as in the calibration rows. Wording heads become scores whose 0.5 is the threshold with the best
F-beta: their labelled rows are far richer in leaning than news is, so a frequency among them would mean nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

Vector = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float32]
MIN_POSITIVES = 12  # with fewer, the training part joins in
MIN_MARKED = 25  # tokens; fewer say nothing of a label
MIN_WORD_F1 = 0.15  # of tokens; a label that finds less is not shown to anybody
MIN_ORDINARY = 100  # with fewer, a share of them says nothing
_SCALES = (0.4, 4.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """score = sigmoid(scale * logit + bias)."""

    scale: float
    bias: float


SILENT = Calibration(0.0, -20.0)  # a head that learned nothing in a language scores 0 there


def calibrate_probability(logits: Vector, targets: Vector, weights: Vector) -> Calibration:
    """Platt's scale: score = the share of positives among (weighted) rows with such a logit."""
    positive = targets >= 0.5
    if positive.all() or not positive.any():
        return Calibration(1.0, 0.0)
    model = LogisticRegression(C=10.0).fit(logits.reshape(-1, 1), positive, sample_weight=weights)
    return Calibration(float(np.clip(model.coef_[0, 0], *_SCALES)), float(model.intercept_[0]))


def calibrate(
    logits: Vector, targets: Vector, *, beta: float = 1.0, ordinary: Vector | None = None, share: float = 1.0
) -> Calibration:
    """Fit on (rows,) logits and 0..1 targets. *beta* below 1 weighs precision over recall.

    Where the labelled rows are far richer in positives than what will be read, their best threshold is too low there:
    at most *share* of the *ordinary* logits, where there are enough of them, may then reach 0.5.
    """
    positive = targets >= 0.5
    if positive.all() or not positive.any():
        return Calibration(1.0, 0.0)
    model = LogisticRegression(C=10.0, class_weight="balanced").fit(logits.reshape(-1, 1), positive)
    scale = float(np.clip(model.coef_[0, 0], *_SCALES))
    threshold = best_threshold(logits, positive, beta=beta)
    if ordinary is not None and len(ordinary) >= MIN_ORDINARY:
        threshold = max(threshold, float(np.quantile(ordinary, 1 - share)))
    return Calibration(scale, -scale * threshold)


def calibrate_words(logits: Matrix, truth: Matrix, weights: Matrix) -> list[Calibration]:
    """For each label of words (columns; rows are tokens): 0.5 becomes the threshold with the best F1 of tokens. A label
    with too few marked tokens, or that does not find them, is silent."""
    found = []
    for label in range(logits.shape[1]):
        known = weights[:, label] > 0
        values, positive = logits[known, label], truth[known, label] >= 0.5
        if positive.sum() < MIN_MARKED:
            found.append(SILENT)
            continue
        threshold = best_threshold(values, positive)
        hits = int((positive & (values >= threshold)).sum())
        f1 = 2 * hits / (int((values >= threshold).sum()) + int(positive.sum()))
        found.append(Calibration(1.0, -threshold) if f1 >= MIN_WORD_F1 else SILENT)
    return found


def calibrate_level(logits: Vector, targets: Vector) -> Calibration:
    """For a head that predicts a level (severity): least squares through the logistic, by a small grid."""
    best = min(
        ((s, b) for s in np.linspace(0.4, 2.0, 17) for b in np.linspace(-1.5, 1.5, 31)),
        key=lambda pair: float(np.square(1 / (1 + np.exp(-(pair[0] * logits + pair[1]))) - targets).sum()),
    )
    return Calibration(float(best[0]), float(best[1]))


def best_threshold(logits: Vector, positive: npt.NDArray[np.bool_], *, beta: float = 1.0) -> float:
    """The midpoint between two neighbouring logits that gives the best F-beta."""
    order = np.argsort(-logits, kind="stable")
    hits = np.cumsum(positive[order])
    flagged = np.arange(1, len(logits) + 1)
    weight = beta * beta
    scores = (1 + weight) * hits / (weight * positive.sum() + flagged)
    at = int(np.argmax(scores))
    ordered = logits[order]
    following = ordered[at + 1] if at + 1 < len(ordered) else ordered[at] - 1.0
    return float((ordered[at] + following) / 2)
