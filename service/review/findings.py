"""From a report to what the article's page shows: marks in the text, and entries beside it that explain them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models.designations.register import UNREGISTERED
from service.review.highlight import FAMILIES, Family, Mark
from service.review.invisible import spell_out
from service.review.language import name_label, show_score, translate

_UNLINKED = "designation.mention"  # said of every mention, which has an entry of its own


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """``mark_id`` leads to the place in the text."""

    text: str
    reason: str
    mark_id: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """``key`` is what a decision names, ``entry`` the id on the page."""

    key: str
    entry: str
    family: Family
    label: str
    score: float
    severity: int | None
    jurisdiction: str | None
    duty: str | None
    evidence: tuple[ShownEvidence, ...]


@dataclass(frozen=True, slots=True)
class ShownMention:
    """A named organisation with its place, marker, footnote (number and place) and designations."""

    entry: str
    mark_id: str
    text: str
    organisation: str
    organisation_id: str
    is_registered: bool  # False: a name that only the text labels, with no page of its own
    is_marked: bool
    marker: str | None
    marker_mark_id: str | None
    footnote_number: int | None
    footnote_mark_id: str | None
    designated_by: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ShownFootnote:
    entry: str
    mark_id: str
    number: int
    text: str
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """All of a report that the page shows."""

    marks: tuple[Mark, ...]
    findings: Mapping[Family, tuple[ShownFinding, ...]]
    mentions: tuple[ShownMention, ...]
    footnotes: tuple[ShownFootnote, ...]
    dateline_mark_id: str | None
    troubles: Mapping[Family, str]  # classifiers whose status is not "ok"


class _Marks:
    """Gathers marks, and gives each an id of the page."""

    def __init__(self) -> None:
        self.all: list[Mark] = []
        self._ids: dict[tuple[Family, int, int], str] = {}

    def add(self, family: Family, span: Mapping[str, Any], *, entry: str, note: str) -> str:
        mark_id = f"m{len(self.all)}"
        self.all.append(Mark(span["start"], span["end"], family, mark_id, entry, note))
        self._ids.setdefault((family, span["start"], span["end"]), mark_id)
        return mark_id

    def find(self, family: Family, span: Mapping[str, Any]) -> str | None:
        return self._ids.get((family, span["start"], span["end"]))


def read_report(report: Mapping[str, Any]) -> Reading:
    """*report* in the shape of the API, spans in code points."""
    marks = _Marks()
    designations = report["designations"]
    footnotes = tuple(_footnote(marks, number, body) for number, body in enumerate(designations["footnotes"], start=1))
    mentions = tuple(_mention(marks, index, body, footnotes) for index, body in enumerate(designations["mentions"]))
    findings = {family: tuple(_findings(marks, family, report[family]["findings"])) for family in FAMILIES}
    dateline_mark_id = _dateline(marks, report["source_bias"]["source"]["dateline"])
    return Reading(
        marks=tuple(marks.all),
        findings=findings,
        mentions=mentions,
        footnotes=footnotes,
        dateline_mark_id=dateline_mark_id,
        troubles={family: report[family]["status"] for family in FAMILIES if report[family]["status"] != "ok"},
    )


def _findings(marks: _Marks, family: Family, bodies: Iterable[Mapping[str, Any]]) -> Iterable[ShownFinding]:
    for index, body in enumerate(bodies):
        entry = f"f-{family}-{index}"
        heading = f"{name_label(body['label'])} · {show_score(body['score'])}"
        evidence = tuple(
            ShownEvidence(
                text=piece["text"],
                reason=piece["reason"],
                mark_id=_known_mention(marks, family, body["label"], piece)
                or marks.add(family, piece, entry=entry, note=f"{heading}\n{spell_out(piece['reason'])}"),
            )
            for piece in body["evidence"]
        )
        yield ShownFinding(
            key=f"{family}/{index}",
            entry=entry,
            family=family,
            label=body["label"],
            score=body["score"],
            severity=body.get("severity"),
            jurisdiction=body.get("jurisdiction"),
            duty=body.get("duty"),
            evidence=evidence,
        )


def _known_mention(marks: _Marks, family: Family, label: str, piece: Mapping[str, Any]) -> str | None:
    return marks.find(family, piece) if label == _UNLINKED else None


def _mention(marks: _Marks, index: int, body: Mapping[str, Any], footnotes: tuple[ShownFootnote, ...]) -> ShownMention:
    entry = f"mention-{index}"
    name = body["organisation"]["name"]
    note = f"{spell_out(name)} · {show_score(body['score'])}\n{spell_out(body['reason'])}"
    mark_id = marks.add("designations", body, entry=entry, note=note)
    marker = body["marker"]
    footnote = footnotes[body["footnote"]] if body["footnote"] is not None else None
    marker_note = (
        f"{translate('mention.marker')} → {translate('mention.footnote', number=footnote.number)}"
        if footnote
        else translate("mention.marker")
    )
    return ShownMention(
        entry=entry,
        mark_id=mark_id,
        text=body["text"],
        organisation=name,
        organisation_id=body["organisation"]["id"],
        is_registered=body["organisation"]["id"] != UNREGISTERED,
        is_marked=body["marked"],
        marker=marker["text"] if marker else None,
        marker_mark_id=marks.add("designations", marker, entry=entry, note=marker_note) if marker else None,
        footnote_number=footnote.number if footnote else None,
        footnote_mark_id=footnote.mark_id if footnote else None,
        designated_by=tuple(body["designated_by"]),
    )


def _footnote(marks: _Marks, number: int, body: Mapping[str, Any]) -> ShownFootnote:
    entry = f"footnote-{number}"
    mark_id = marks.add("designations", body, entry=entry, note=translate("mention.footnote", number=number))
    return ShownFootnote(entry, mark_id, number, body["text"], body["jurisdiction"])


def _dateline(marks: _Marks, body: Mapping[str, Any] | None) -> str | None:
    """The mark of the finding about it, or one of its own that leads to the source card."""
    if body is None:
        return None
    found = marks.find("source_bias", body)
    return found or marks.add("source_bias", body, entry="source-card", note=translate("source.dateline"))
