"""What a disguise or a typing error costs: recall of describing and inciting sentences with and without."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.encoder import Encoder
from models.violence.labels import TYPES
from quality.figures import Vector, mean
from quality.violence.ground import LANGUAGES, OwnSentence
from quality.violence.perturbations import PERTURBATIONS, perturb
from quality.violence.shown import axis_scores

AXES = ("describes", "inciting")
_BOTH = "both"
_HALF = 0.5


def measure_robustness(encoder: Encoder, own: Sequence[OwnSentence]) -> dict[str, dict[str, Any]]:
    """By axis and language, for each disturbance: recall with it, and the loss in points beside the same sentences
    undisturbed; and the share of harmless sentences that are flagged with it, for a network that flags whatever looks
    odd would lose nothing."""
    plain = _flags(encoder, own, None)
    disturbed = {kind: _flags(encoder, own, kind) for kind in PERTURBATIONS}
    languages = np.array([one.sentence.language for one in own])
    found: dict[str, dict[str, Any]] = {}
    for axis in AXES:
        for language in (*LANGUAGES, _BOTH):
            belongs = (languages == language) | (language == _BOTH)
            if not np.isnan(plain[axis][belongs]).any():
                found[f"{language}: {axis}"] = _compare(
                    [one for one, is_in in zip(own, belongs, strict=True) if is_in],
                    axis,
                    plain[axis][belongs],
                    {kind: flags[axis][belongs] for kind, flags in disturbed.items()},
                )
    return found


def _compare(own: Sequence[OwnSentence], axis: str, plain: Vector, disturbed: Mapping[str, Vector]) -> dict[str, Any]:
    positive = np.array([axis in one.sentence.axes for one in own])
    harmless = np.array([not one.sentence.axes & set(AXES) for one in own])
    groups = np.array([one.group for one in own])
    figures: dict[str, Any] = {
        "sentences": int(positive.sum()),
        "recall": mean(plain[positive], groups=groups[positive].tolist()).rounded(),
        "flagged harmless": mean(plain[harmless], groups=groups[harmless].tolist()).rounded(),
    }
    every: Vector = np.mean(list(disturbed.values()), axis=0)
    for kind, flags in {**disturbed, "mean of twelve": every}.items():
        lost = mean((plain - flags)[positive], groups=groups[positive].tolist())
        figures[kind] = {
            "recall": round(float(flags[positive].mean()), 3),
            "loss": [round(100 * value, 1) for value in (lost.value, lost.low, lost.high)],
            "flagged harmless": round(float(flags[harmless].mean()), 3),
        }
    return figures


def _flags(encoder: Encoder, own: Sequence[OwnSentence], kind: str | None) -> dict[str, Vector]:
    """By axis, 1 where a sentence is flagged, else 0; nan where the axis is silent in its language."""
    texts = [one.sentence.text for one in own]
    if kind:
        texts = perturb(
            kind, texts, [[(s.start, s.end) for s in one.sentence.spans if s.label in TYPES] for one in own]
        )
    found = {axis: np.full(len(own), np.nan) for axis in AXES}
    for language in LANGUAGES:
        rows = [row for row, one in enumerate(own) if one.sentence.language == language]
        for axis, values in axis_scores(encoder, [texts[row] for row in rows], language).items():
            if axis in AXES:
                found[axis][rows] = values >= _HALF
    return found
