"""From a report to what the article's page shows: marks in the text, and entries beside it that explain them."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.designations.register import UNREGISTERED
from service.review.highlight import FAMILIES, Family, Mark, Range, Zones, is_within, join_ranges
from service.review.invisible import spell_out
from service.review.language import name_label, show_score, translate
from service.review.reasons import say_plainly

GRAPHIC = 0.5  # from here on a sentence is veiled until it is asked for
_FAMILY_OF: Mapping[str, Family] = {"violence": "violence", "designation": "designations", "bias": "source_bias"}
_UNLINKED = "designation.mention"  # said of every mention, which has an entry of its own


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """``mark_id`` leads to the place in the text."""

    text: str
    reason: str
    mark_id: str
    start: int


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

    @property
    def mark_ids(self) -> str:
        return " ".join(piece.mark_id for piece in self.evidence)


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
class ShownMissed:
    """A passage that reviewers added."""

    entry: str
    mark_id: str
    family: Family
    label: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All of a report that the page shows."""

    marks: tuple[Mark, ...]
    findings: Mapping[Family, tuple[ShownFinding, ...]]
    mentions: tuple[ShownMention, ...]
    footnotes: tuple[ShownFootnote, ...]
    dateline_mark_id: str | None
    troubles: Mapping[Family, str]  # classifiers whose status is not "ok"
    veiled: tuple[Range, ...]  # graphic passages
    missed: tuple["ShownMissed", ...] = ()

    def is_veiled(self, place: int) -> bool:
        return is_within(place, self.veiled)


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
    findings = {family: tuple(_findings(marks, family, report)) for family in FAMILIES}
    dateline_mark_id = _dateline(marks, report["source_bias"]["source"]["dateline"])
    return Reading(
        marks=tuple(marks.all),
        findings=findings,
        mentions=mentions,
        footnotes=footnotes,
        dateline_mark_id=dateline_mark_id,
        troubles={family: report[family]["status"] for family in FAMILIES if report[family]["status"] != "ok"},
        veiled=tuple(_graphic(report["violence"])),
    )


def add_missed(reading: Reading, missed: Sequence[Mapping[str, Any]], text: str) -> Reading:
    """*reading* with the passages that reviewers found and the classifiers did not: ``{"start", "end", "label"}``."""
    shown = [
        ShownMissed(
            entry=f"missed-{number}",
            mark_id=f"m{len(reading.marks) + number}",
            family=_FAMILY_OF[span["label"].split(".", 1)[0]],
            label=span["label"],
            text=text[span["start"] : span["end"]],
            start=span["start"],
        )
        for number, span in enumerate(missed)
    ]
    marks = tuple(
        Mark(span["start"], span["end"], each.family, each.mark_id, each.entry, _note_of(each))
        for span, each in zip(missed, shown, strict=True)
    )
    return replace(reading, marks=reading.marks + marks, missed=tuple(shown))


def _note_of(missed: ShownMissed) -> str:
    return f"{name_label(missed.label)}\n{translate('missed.by_reviewer')}"


def _graphic(violence: Mapping[str, Any]) -> list[Range]:
    """Sentences in disturbing detail, and the evidence of findings that say so."""
    sentences = [each for each in violence["sentences"] if (each["graphic"] or 0.0) >= GRAPHIC]
    evidence = [
        piece
        for finding in violence["findings"]
        if finding["label"] == "violence.graphic"
        for piece in finding["evidence"]
    ]
    return join_ranges("", ((each["start"], each["end"]) for each in (*sentences, *evidence)))


def zones_of(text: str, report: Mapping[str, Any], reading: Reading, *, is_reduced: bool) -> Zones:
    """What is veiled, and, in a reduced text, the sentences in which nothing is marked."""
    veiled = join_ranges(text, reading.veiled)
    if not is_reduced:
        return Zones(veiled)
    sentences = report["violence"]["sentences"] or report["source_bias"]["sentences"]
    marked = join_ranges("", ((mark.start, mark.end) for mark in reading.marks))
    plain = ((each["start"], each["end"]) for each in sentences if not _touches(each, marked))
    return Zones(veiled, join_ranges(text, plain))


def _touches(sentence: Mapping[str, Any], ranges: list[Range]) -> bool:
    at = bisect_left(ranges, sentence["end"], key=lambda known: known[0]) - 1
    return at >= 0 and ranges[at][1] > sentence["start"]


def _findings(marks: _Marks, family: Family, report: Mapping[str, Any]) -> Iterable[ShownFinding]:
    reader = f"{translate(f'classifier.{family}')} {report['versions'][family]}"
    for index, body in enumerate(report[family]["findings"]):
        entry = f"f-{family}-{index}"
        heading = f"{name_label(body['label'])} · {show_score(body['score'])}"
        evidence = tuple(
            ShownEvidence(
                text=piece["text"],
                reason=piece["reason"],
                start=piece["start"],
                mark_id=_known_mention(marks, family, body["label"], piece)
                or marks.add(family, piece, entry=entry, note=f"{heading}\n{_tell(family, piece)}\n{reader}"),
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


def _tell(family: Family, found: Mapping[str, Any]) -> str:
    return spell_out(say_plainly(family, found["reason"]))


def _known_mention(marks: _Marks, family: Family, label: str, piece: Mapping[str, Any]) -> str | None:
    return marks.find(family, piece) if label == _UNLINKED else None


def _mention(marks: _Marks, index: int, body: Mapping[str, Any], footnotes: tuple[ShownFootnote, ...]) -> ShownMention:
    entry = f"mention-{index}"
    name = body["organisation"]["name"]
    note = f"{spell_out(name)} · {show_score(body['score'])}\n{_tell('designations', body)}"
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
