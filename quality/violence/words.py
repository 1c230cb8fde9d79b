"""The words that are marked: letters in common with those marked by hand, on our own held-out sentences."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from models.types import ViolenceReport
from models.violence.labels import INCITING, ROLES, TYPES
from models.violence.triggers import find_triggers
from quality.figures import Figure, f1_of_counts, intervals
from quality.violence.shown import OwnReading, by_language

Marked = tuple[int, int, str]  # start, end, label
ANY = "any"


def letters(spans: Iterable[Marked], labels: Collection[str], *, exact: bool) -> set[tuple[int, str]]:
    """Every place in a span of these labels; with its label where the label must be right too."""
    return {
        (place, label if exact else ANY)
        for start, end, label in spans
        if label in labels
        for place in range(start, end)
    }


def spans_f1(
    found: Sequence[set[tuple[int, str]]], marked: Sequence[set[tuple[int, str]]], groups: Sequence[str]
) -> dict[str, Figure]:
    """Precision, recall and F1 over the letters of all sentences together."""
    counts = np.array([[len(f & m), len(f), len(m)] for f, m in zip(found, marked, strict=True)], dtype=np.float64)
    return intervals(
        {
            "precision": lambda rows: _ratio(counts[rows, 0].sum(), counts[rows, 1].sum()),
            "recall": lambda rows: _ratio(counts[rows, 0].sum(), counts[rows, 2].sum()),
            "f1": lambda rows: f1_of_counts(*counts[rows].sum(axis=0).tolist()),
        },
        len(counts),
        groups=groups,
    )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def measure_words(readings: Sequence[OwnReading]) -> dict[str, dict[str, Any]]:
    """Triggers of any type and of the right type, and roles: as the network marks them, by our list alone, and as the
    report shows both (only in sentences that count)."""
    found: dict[str, dict[str, Any]] = {}
    for language, rows in by_language(readings).items():
        groups = [one.own.group for one in rows]
        for name, labels, exact in (
            ("triggers, any type", TYPES, False),
            ("triggers, right type", TYPES, True),
            ("roles", ROLES, True),
        ):
            marked = [letters(_by_hand(one), labels, exact=exact) for one in rows]
            said: dict[str, Callable[[OwnReading], list[Marked]]] = {"network": _learned}
            if labels is TYPES:
                said |= {"trigger list": _listed, "report": lambda one: shown(one.report)}
            found[f"{language}: {name}"] = {"sentences": len(rows), "letters": sum(map(len, marked))} | {
                key: {
                    figure: value.rounded()
                    for figure, value in spans_f1(
                        [letters(mark(one), labels, exact=exact) for one in rows], marked, groups
                    ).items()
                }
                for key, mark in said.items()
            }
    return found


def _by_hand(one: OwnReading) -> list[Marked]:
    return [(span.start, span.end, span.label) for span in one.own.sentence.spans]


def _learned(one: OwnReading) -> list[Marked]:
    return [(word.start, word.end, word.label) for word in one.scores.words_of(0)]


def _listed(one: OwnReading) -> list[Marked]:
    sentence = one.own.sentence
    return [(found.start, found.end, found.type) for found in find_triggers(sentence.text, sentence.language)]


def shown(report: ViolenceReport) -> list[Marked]:
    """The evidence of all findings of a type; that of ``inciting`` counts as the words of a threat."""
    return [
        (
            evidence.start,
            evidence.end,
            "threat" if finding.label == INCITING else finding.label.removeprefix("violence."),
        )
        for finding in report.findings
        for evidence in finding.evidence
    ]
