"""Measures of spans: partial overlap of merged spans (SemEval-2020 task 11, SI; Da San Martino et al. 2020)."""

from collections.abc import Iterable, Sequence

import numpy as np

from quality.figures import Figure, intervals

Span = tuple[int, int]


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order, with those that touch or overlap as one."""
    found: list[list[int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [(start, end) for start, end in found]


def overlaps(marked: Sequence[Span], said: Sequence[Span]) -> tuple[float, float, int, int]:
    """Of one text: shares of the said spans that are marked, and of the marked that are said, summed; and how many
    there are of each."""
    gold, found = merged(marked), merged(said)
    right = hit = 0.0
    for start, end in found:
        for left, right_end in gold:
            common = max(0, min(end, right_end) - max(start, left))
            right += common / (end - start)
            hit += common / (right_end - left)
    return right, hit, len(found), len(gold)


def span_f1(marked: Sequence[Sequence[Span]], said: Sequence[Sequence[Span]]) -> dict[str, Figure]:
    """Precision, recall and F1 over all texts, a text a group."""
    counts = np.array([overlaps(m, s) for m, s in zip(marked, said, strict=True)], dtype=np.float64)

    def measure(rows: np.ndarray, what: str) -> float:
        right, hit, found, gold = counts[rows].sum(axis=0)
        precision, recall = right / found if found else 0.0, hit / gold if gold else 0.0
        if what == "f1":
            return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0
        return float(precision if what == "precision" else recall)

    return intervals(
        {what: lambda rows, what=what: measure(rows, what) for what in ("precision", "recall", "f1")}, len(counts)
    )
