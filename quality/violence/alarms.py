"""False alarms: how often harmless sentences are flagged, above all those that a careless reader would flag."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quality.figures import Vector, mean
from quality.violence.baselines import Baseline
from quality.violence.ground import LANGUAGES, OWN, OwnSentence
from training.datasets import Example

_NEWS = ("clean_news_en", "clean_news_ru")
_AXES = ("describes", "inciting")
_CLOSERS = "\"'»”’)"
_HALF = 0.5


def is_question(text: str) -> bool:
    return text.rstrip().rstrip(_CLOSERS).endswith("?")


def measure_alarms(
    dev: Sequence[Example], scores: Mapping[str, Vector], own: Sequence[OwnSentence], baselines: Mapping[str, Baseline]
) -> dict[str, dict[str, Any]]:
    """By language: our own held-out sentences that neither describe nor incite, by theme; those that ask; ordinary news
    (sentences that hold none of our triggers, by the way they were chosen)."""
    themes = {(one.sentence.language, one.sentence.text): one.sentence.theme for one in own}
    found: dict[str, dict[str, Any]] = {}
    for language in LANGUAGES:
        rows = [row for row, e in enumerate(dev) if e.row.language == language and _is_harmless(e)]
        ours = [row for row in rows if dev[row].dataset == OWN]
        theme_of = {row: themes[language, dev[row].row.text] for row in ours}
        slices: dict[str, list[int]] = {
            "own": ours,
            **{
                f"own, {name}": [row for row in ours if theme_of[row] == name]
                for name in sorted(set(theme_of.values()))
            },
            "own, questions": [row for row in ours if is_question(dev[row].row.text)],
            "ordinary news": [row for row in rows if dev[row].dataset in _NEWS],
        }
        for name, chosen in slices.items():
            if chosen:
                found[f"{language}: {name}"] = _shares([dev[row] for row in chosen], chosen, scores, baselines)
    return found


def _is_harmless(example: Example) -> bool:
    return all(example.row.labels.get(f"violence.{axis}", 1.0) < _HALF for axis in _AXES)


def _shares(
    examples: Sequence[Example], rows: Sequence[int], scores: Mapping[str, Vector], baselines: Mapping[str, Baseline]
) -> dict[str, Any]:
    groups = [e.row.group for e in examples]
    texts, language = [e.row.text for e in examples], examples[0].row.language
    figures: dict[str, Any] = {"sentences": len(examples)}
    for axis in _AXES:
        values = scores[axis][list(rows)]
        if not np.isnan(values).any():
            figures[axis] = mean(values >= _HALF, groups=groups).rounded()
        said = {
            name: baselines[name](f"violence.{axis}", texts, language) for name in ("words", "triggers", "bag of words")
        }
        figures[f"{axis}, baselines"] = {
            name: round(float((answers >= _HALF).mean()), 3) for name, answers in said.items() if answers is not None
        }
    return figures
