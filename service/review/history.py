"""What happened to an article: decisions with the passages they judged, and appeals, the latest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.review.findings import Reading, ShownEvidence, ShownFinding
from store.review_tables import AppealRow
from store.tables import DecisionRow

_QUOTED = 100  # code points of a passage


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing that a decision says: ``verdict`` of FINDING_DECISIONS, ``relabelled`` or ``missed``.

    ``mark_id`` leads to the passage; it and ``words`` are None where there is no text to lead to.
    """

    verdict: str
    label: str
    words: str | None = None
    mark_id: str | None = None
    is_veiled: bool = False
    new_label: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A decision with what it says, or an appeal."""

    decision: DecisionRow | None
    judged: tuple[Judged, ...]
    appeal: AppealRow | None


def tell(
    decisions: Sequence[DecisionRow], appeals: Sequence[AppealRow], reading: Reading | None, text: str
) -> list[Event]:
    """Oldest first: an appeal stands before the decision that was made at the same moment."""
    known = {one.key: one for family in reading.findings.values() for one in family} if reading else {}
    told = [(row.created_at, 0, Event(None, (), row)) for row in appeals]
    told += [(row.created_at, 1, Event(row, tuple(_judged(row, known, reading, text)), None)) for row in decisions]
    return [event for _, _, event in sorted(told, key=lambda one: one[:2])]


def _judged(row: DecisionRow, known: Mapping[str, ShownFinding], reading: Reading | None, text: str) -> list[Judged]:
    said = [_of_finding(key, verdict, known, reading) for key, verdict in row.findings.items()]
    for key, verdict in (row.evidence or {}).items():
        finding, _, place = key.rpartition("/")
        said.append(_of_finding(finding, verdict, known, reading, place=int(place)))
    for key, label in (row.labels or {}).items():
        old = _of_finding(key, "relabelled", known, reading)
        said.append(Judged("relabelled", old.label, old.words, old.mark_id, old.is_veiled, new_label=label))
    for span in row.missed or ():
        start = span["start"]
        words = text[start : span["end"]][:_QUOTED] or None
        said.append(Judged("missed", span["label"], words, is_veiled=reading is not None and reading.is_veiled(start)))
    return said


def _of_finding(
    key: str, verdict: str, known: Mapping[str, ShownFinding], reading: Reading | None, *, place: int = 0
) -> Judged:
    """A finding whose report is gone is named by its key."""
    finding = known.get(key)
    if finding is None or reading is None:
        return Judged(verdict, key)
    evidence: ShownEvidence | None = finding.evidence[place] if place < len(finding.evidence) else None
    if evidence is None:
        return Judged(verdict, finding.label)
    return Judged(verdict, finding.label, evidence.text, evidence.mark_id, reading.is_veiled(evidence.start))
