"""Precision, recall and F1 of mentions, markers, notes, links and findings, with bootstrap intervals."""

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from models.designations.classifier import classify
from models.designations.register import Register
from models.text import prepare
from models.types import Article, DesignationsReport, Rules
from quality.designations.cases import Case

PARTS = ("mentions", "markers", "notes", "links", "findings")
_RESAMPLES = 1_000
_SEED = 20261123
_OVERLAP = 0.5  # a note counts as found where it shares this much of both with the one expected


@dataclass(frozen=True, slots=True)
class Count:
    """What one case adds to a figure."""

    right: int = 0
    wrong: int = 0
    missed: int = 0


def judge(case: Case, register: Register) -> dict[str, Count]:
    """One case read by the classifier: counts for each of `PARTS`."""
    rules = Rules(marking=case.marking)
    article = Article(text=case.text, language=case.language, published_at=case.on)
    report = classify(prepare(article), register, rules)
    return {part: _count(*sides) for part, sides in _sides(case, report).items()}


def _sides(case: Case, report: DesignationsReport) -> dict[str, tuple[list[Hashable], list[Hashable]]]:
    """For each part what is expected and what was found, in comparable form."""
    places = {number: _place_of(number, case, report) for number in range(len(report.footnotes))}
    return {
        "mentions": (
            [(m.start, m.end, m.organisation) for m in case.mentions],
            [(m.start, m.end, m.organisation.id) for m in report.mentions],
        ),
        "markers": (
            list(case.markers),
            list({(m.marker.start, m.marker.end) for m in report.mentions if m.marker}),
        ),
        "notes": (list(range(1, len(case.notes) + 1)), list(places.values())),
        "links": (
            [(m.start, int(m.label[1:])) for m in case.mentions if m.label.startswith("+")],
            [(m.start, 0 if m.footnote is None else places[m.footnote]) for m in report.mentions if m.marked],
        ),
        "findings": (
            [("unmarked_mention", m.start) for m in case.mentions if m.label == "-"]
            + [(label, None) for label in case.findings],
            [
                (label, finding.evidence[0].start if label == "unmarked_mention" else None)
                for finding in report.findings
                if (label := finding.label.removeprefix("designation.")) not in {"mention", *case.unjudged}
            ],
        ),
    }


def _place_of(number: int, case: Case, report: DesignationsReport) -> int:
    """The number, from one, of the expected note that a found one is; -1 - number where it is none of them."""
    found = report.footnotes[number]
    for place, note in enumerate(case.notes, start=1):
        shared = min(found.end, note.end) - max(found.start, note.start)
        whole = max(found.end, note.end) - min(found.start, note.start)
        if shared >= _OVERLAP * whole and (found.kind, found.jurisdiction) == (note.kind, note.place):
            return place
    return -1 - number


def _count(expected: list[Hashable], found: list[Hashable]) -> Count:
    wanted, got = Counter(expected), Counter(found)
    right = sum((wanted & got).values())
    return Count(right, len(found) - right, len(expected) - right)


def f1(counts: Sequence[Count]) -> tuple[float, float, float]:
    """Precision, recall and F1 of all counts together; 1 where nothing is expected and nothing found."""
    right, wrong, missed = (sum(getattr(c, name) for c in counts) for name in ("right", "wrong", "missed"))
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return precision, recall, 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def figures(judged: Sequence[dict[str, Count]]) -> dict[str, dict[str, object]]:
    """Each part's figures with the 95 % percentile bootstrap interval of F1 over cases (Efron, 1979)."""
    found: dict[str, dict[str, object]] = {}
    for part in PARTS:
        counts = [case[part] for case in judged]
        draw = random.Random(_SEED)
        resampled = sorted(f1(draw.choices(counts, k=len(counts)))[2] for _ in range(_RESAMPLES))
        precision, recall, value = f1(counts)
        found[part] = {
            "expected": sum(c.right + c.missed for c in counts),
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(value, 3),
            "interval": [round(resampled[int(_RESAMPLES * 0.025)], 3), round(resampled[int(_RESAMPLES * 0.975)], 3)],
        }
    return found
