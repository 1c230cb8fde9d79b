"""The labelled text: what is missing is put in, and no other character is touched.

Worked out of the text and its stored report alone, so it needs neither the register nor its automaton. The wording
of new footnotes is ours; no law that we know of prescribes one (docs/register.md, "Duty to label"). Labelling a
labelled text changes nothing: every marker put in is looked at with the eyes that read markers in the first place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from models.designations.footnotes import Cover, Note
from models.designations.label_check import Sheet, Shift, look, names_somebody, says
from models.designations.label_wording import footnote_wording
from models.designations.register import first_day
from models.types import Marking

Kind = Literal["terrorist", "extremist", "sanctions", "banned"]
_TRIES = 4
_GRAVITY: tuple[Kind, ...] = ("terrorist", "extremist", "sanctions")
_STARS = re.compile(r"\*+|✱+")
_OPENING = "\"'«„“‟‹‘”"
_CLOSED = re.compile(r"[.,!?]?[\"'»”“’›]{1,2}")
_POSSESSIVE = re.compile(r"['’]s\b")
_FAMILIES: Mapping[str, tuple[str, ...]] = {
    "*": tuple("*" * count for count in range(1, 7)),
    "✱": ("✱", "✱✱", "✱✱✱"),
    "[": tuple(f"[{number}]" for number in range(1, 100)),
    "¹": tuple("¹²³⁴⁵⁶⁷⁸⁹"),
    "†": ("†", "‡"),
}


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """For whose lists, as of which day, in which language new footnotes are written, and which mentions are due."""

    jurisdiction: str
    on: date
    language: str = "en"
    marking: Marking = "every"


@dataclass(frozen=True, slots=True)
class Insertion:
    """``text`` goes before the code point ``at`` of the text as sent."""

    at: int
    text: str
    kind: Literal["marker", "bracket", "footnote"]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """The text as sent, and what is put into it, in order."""

    source: str
    insertions: tuple[Insertion, ...] = ()

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.pieces())

    def pieces(self) -> Iterator[tuple[str, Insertion | None]]:
        """The labelled text in pieces: those of the text as sent, and those put in."""
        at = 0
        for insertion in self.insertions:
            yield self.source[at : insertion.at], None
            yield insertion.text, insertion
            at = insertion.at
        yield self.source[at:], None


@dataclass(frozen=True, slots=True)
class _Need:
    """One mention without its label: where it stands, what its footnote must say, whether a mark of its own is left."""

    mention: Mapping[str, Any]
    kind: Kind
    orphan: str | None = None  # a marker that no footnote explains
    is_taken: bool = False  # it carries a marker that says something else

    @property
    def organisation_id(self) -> str:
        return str(self.mention["organisation"]["id"])


class _Footnotes:
    """The footnotes of a report by what is asked of them, so that a text of thousands of labels takes linear time."""

    def __init__(self, report: Mapping[str, Any], request: LabelRequest) -> None:
        self.all: Sequence[Mapping[str, Any]] = report["footnotes"]
        self._cover = Cover([Note(n["start"], n["end"], n["kind"], None, None, "end_note") for n in self.all])
        self._answering: dict[str, bool] = {}
        for note in self.all:
            if note["marker"]:
                known = self._answering.get(note["marker"], False)
                self._answering[note["marker"]] = known or _answers(note, request)
        named: dict[int, set[str]] = {}
        for mention in report["mentions"]:
            if around := self._cover.at(mention["start"]):
                named.setdefault(around.start, set()).add(mention["organisation"]["id"])
        self._known = [
            (note, named.get(note["start"], set()), names_somebody(note["text"], note["marker"]))
            for note in self.all
            if note["marker"] and note["jurisdiction"] == request.jurisdiction
        ]

    def holds(self, mention: Mapping[str, Any]) -> bool:
        return self._cover.at(mention["start"]) is not None

    def answer_of(self, marker: str | None) -> bool | None:
        """Whether a footnote of that marker says what is asked; None where no footnote has it."""
        return self._answering.get(marker) if marker else None

    def sign_for(self, need: _Need) -> str | None:
        """The sign of a footnote that is already there and is true of this organisation too."""
        for note, named, is_of_one in self._known:
            if note["kind"] in (need.kind, "banned") and (named == {need.organisation_id} or not (named or is_of_one)):
                return str(note["marker"])
        return None


def label_text(text: str, report: Mapping[str, Any], request: LabelRequest) -> LabelledText:
    """Put in the missing labels. *report* is the ``designations`` section of the article's report, in code points.

    Mentions of organisations whose listing is not in force on the day get none, nor does a mention that the text
    already labels for this jurisdiction. A mark that the reader of markers would not see (among Markdown, say) is
    written in another sign, and as a last resort as words in brackets.
    """
    needs = _find_needs(report, request)
    if not needs:
        return LabelledText(text)
    before = look(text)
    for family in _families(report):
        plan = _plan(text, report, needs, request, family=family)
        if plan is not None and not _missed(plan, report, before, needs, request):
            return plan
    return _with_words(text, report, needs, request)


def _with_words(text: str, report: Mapping[str, Any], needs: list[_Need], request: LabelRequest) -> LabelledText:
    """Signs where they would be seen, words in brackets elsewhere."""
    before = look(text)
    for family in _families(report):
        asked = needs
        for _ in range(_TRIES):
            plan = _plan(text, report, asked, request, family=family)
            if plan is None:
                break
            missed = _missed(plan, report, before, asked, request)
            if not missed:
                return plan
            asked = [_in_words(need) if index in missed else need for index, need in enumerate(asked)]
    return LabelledText(text, _brackets(text, needs, request))


# --- what is missing ------------------------------------------------------------------------------


def _find_needs(report: Mapping[str, Any], request: LabelRequest) -> list[_Need]:
    """The mentions that lack their label, in order of place."""
    practised = {
        (evidence["start"], evidence["end"])
        for finding in report["findings"]
        if finding["label"] == "designation.unmarked_mention" and finding["jurisdiction"] == request.jurisdiction
        for evidence in finding["evidence"]
    }
    also_due = {m["organisation"]["id"] for m in report["mentions"] if (m["start"], m["end"]) in practised}
    footnotes = _Footnotes(report, request)
    needs: list[_Need] = []
    seen: set[str] = set()
    for mention in sorted(report["mentions"], key=lambda m: m["start"]):
        organisation_id = mention["organisation"]["id"]
        is_first = organisation_id not in seen
        seen.add(organisation_id)
        kind = _kind_due(mention, request) or ("banned" if organisation_id in also_due else None)
        if kind is None:
            continue
        need = _need(mention, kind, footnotes, request)
        if need and (is_first or request.marking == "every" or need.orphan):
            needs.append(need)
    return needs


def _kind_due(mention: Mapping[str, Any], request: LabelRequest) -> Kind | None:
    """The gravest kind under which the organisation is listed there on the day; None where it is not."""
    kinds = {
        row["kind"]
        for row in mention["designated_by"]
        if row["jurisdiction"] == request.jurisdiction
        and row["status"] not in ("delisted", "suspended")
        and not (row["until"] and first_day(row["until"]) <= request.on)
    }
    return next((kind for kind in _GRAVITY if kind in kinds), None)


def _need(mention: Mapping[str, Any], kind: Kind, footnotes: _Footnotes, request: LabelRequest) -> _Need | None:
    marker = mention["marker"]["text"] if mention["marker"] else None
    linked = None if mention["footnote"] is None else _answers(footnotes.all[mention["footnote"]], request)
    answers = (linked, footnotes.answer_of(marker))
    if any(answers) or footnotes.holds(mention):  # the name in a footnote is part of the label
        return None
    if marker is None:
        return _Need(mention, kind)
    is_explained = any(answer is not None for answer in answers)
    return _Need(mention, kind, is_taken=True) if is_explained else _Need(mention, kind, orphan=marker)


def _answers(note: Mapping[str, Any], request: LabelRequest) -> bool:
    """Whether a note already linked says that the organisation is listed here. One that names no place does."""
    return says(note["jurisdiction"], note["kind"], request.jurisdiction)


# --- what is put in -------------------------------------------------------------------------------


def _plan(
    text: str, report: Mapping[str, Any], needs: Sequence[_Need], request: LabelRequest, *, family: str
) -> LabelledText | None:
    """All insertions, with new signs of one family; None where it has too few."""
    fresh = iter(_unused(text, family))
    known = _Footnotes(report, request)
    footnotes = _explained_orphans(text, report, needs)  # what each new one is to say, by sign, in order
    new_signs = {_wording(kind, request): sign for sign, kind in reversed(footnotes.items())}
    chosen: dict[tuple[Kind, str], str] = {}
    placed: list[Insertion] = []
    worded: list[_Need] = []
    for need in needs:
        if need.orphan in footnotes:
            continue
        if need.is_taken or need.orphan:
            worded.append(need)
            continue
        key = (need.kind, need.organisation_id)
        sign = chosen.get(key) or known.sign_for(need) or new_signs.get(_wording(need.kind, request))
        if sign is None:
            sign = next(fresh, None)
            if sign is None:
                return None
            footnotes[sign], new_signs[_wording(need.kind, request)] = need.kind, sign
        chosen[key] = sign
        placed.append(Insertion(_place(text, need.mention), sign, "marker"))
    placed = sorted([*placed, *_brackets(text, worded, request)], key=lambda insertion: insertion.at)
    return LabelledText(text, (*placed, *_footnotes(text, report, footnotes, request)))


def _explained_orphans(text: str, report: Mapping[str, Any], needs: Sequence[_Need]) -> dict[str, Kind]:
    """Marks that stand without a footnote and may get one: those of nobody but organisations that are due."""
    due = {(need.mention["start"], need.mention["end"]) for need in needs if need.orphan}
    found: dict[str, Kind] = {}
    for sign in dict.fromkeys(need.orphan for need in needs if need.orphan):
        carriers = [m for m in report["mentions"] if m["marker"] and m["marker"]["text"] == sign]
        places = {mention["marker"]["start"] for mention in carriers}
        if not all((mention["start"], mention["end"]) in due for mention in carriers):
            continue
        if any(match.group() == sign and match.start() not in places for match in _STARS.finditer(text)):
            continue  # it also stands with something that we do not know: a footnote would accuse that too
        kinds = {need.kind for need in needs if need.orphan == sign}
        found[sign] = kinds.pop() if len(kinds) == 1 else "banned"
    return found


def _families(report: Mapping[str, Any]) -> list[str]:
    """The text's own style first."""
    styles = [note["marker"][0] for note in report["footnotes"] if note["marker"]]
    own = [("¹" if style in _FAMILIES["¹"] else style) for style in styles[-1:]]
    return list(dict.fromkeys([*(style for style in own if style in _FAMILIES), "*", "✱", "†", "["]))


def _unused(text: str, family: str) -> list[str]:
    """Signs of a family that mean nothing in *text* yet, in order; figures go on after the last one used."""
    signs = _FAMILIES[family]
    if family in "*✱":
        runs = {match.group() for match in _STARS.finditer(text)}
        return [sign for sign in signs if sign not in runs]
    used = [index for index, sign in enumerate(signs) if sign in text]
    return list(signs[used[-1] + 1 :] if used else signs)


def _place(text: str, mention: Mapping[str, Any]) -> int:
    """Behind the name, its possessive and the quote that closes it."""
    start, end = mention["start"], mention["end"]
    if possessive := _POSSESSIVE.match(text, end):
        return possessive.end()
    if start and text[start - 1] in _OPENING and (closed := _CLOSED.match(text, end)):
        return closed.end()
    return int(end)


def _brackets(text: str, needs: Sequence[_Need], request: LabelRequest) -> tuple[Insertion, ...]:
    """The label in words, behind the name and whatever mark it carries; once where two names share a mark."""
    kinds = {_end_of_label(text, need): need.kind for need in needs}
    placed = []
    for at, kind in sorted(kinds.items()):
        words = _wording(kind, request).rstrip(".")
        placed.append(Insertion(at, f" ({words[0].lower()}{words[1:]})", "bracket"))
    return tuple(placed)


def _wording(kind: str, request: LabelRequest) -> str:
    return footnote_wording(kind, request.jurisdiction, request.language)


def _in_words(need: _Need) -> _Need:
    return replace(need, orphan=None, is_taken=True)


def _end_of_label(text: str, need: _Need) -> int:
    marker, end = need.mention["marker"], need.mention["end"]
    marked_until = marker["end"] if marker else 0  # before the name where it shares its neighbour's mark
    if marked_until <= end and _POSSESSIVE.match(text, end):
        return int(end)
    at = max(_place(text, need.mention), marked_until)
    while text[at : at + 1] in ("*", "✱"):  # what closes an emphasis stays with its mark
        at += 1
    return at


def _footnotes(
    text: str, report: Mapping[str, Any], footnotes: Mapping[str, Kind], request: LabelRequest
) -> list[Insertion]:
    """New footnotes at the end of the text, under those that are there."""
    end = len(text.rstrip())
    newline = "\r\n" if "\r\n" in text else "\n"
    is_under_notes = any(note["marker"] and note["end"] >= end - 2 for note in report["footnotes"])
    placed: list[Insertion] = []
    for sign, kind in footnotes.items():
        words = _wording(kind, request)
        gap = "" if request.language != "ru" and sign[0] == "*" else " "
        lead = newline if placed or is_under_notes else newline * 2
        placed.append(Insertion(end, f"{lead}{sign}{gap}{words}", "footnote"))
    return placed


# --- the check ------------------------------------------------------------------------------------


def _missed(
    plan: LabelledText, report: Mapping[str, Any], before: Sheet, needs: Sequence[_Need], request: LabelRequest
) -> set[int]:
    """Which of *needs* the reader of markers would still find unlabelled; all of them where an old label got lost."""
    page = look(plan.text)
    shift = Shift([(insertion.at, len(insertion.text)) for insertion in plan.insertions])
    kept = {(note.start, note.marker) for note in page.notes}
    if any((shift.start(note.start), note.marker) not in kept for note in before.notes):
        return set(range(len(needs)))
    placed = {insertion.at for insertion in plan.insertions if insertion.kind == "marker"}
    for mention in report["mentions"]:
        old, new = before.finder.beside(mention["end"]), page.finder.beside(shift.end(mention["end"]))
        is_new = new is not None and not new.is_late and _place(plan.source, mention) not in placed
        if (old and (new is None or new.text != old.text)) or (not old and is_new):
            return set(range(len(needs)))
    said = page.signs_saying(request.jurisdiction)
    in_words = {insertion.at for insertion in plan.insertions if insertion.kind == "bracket"}
    return {
        index
        for index, need in enumerate(needs)
        if not (need.is_taken or _end_of_label(plan.source, need) in in_words)
        and (need.orphan or page.mark_after(shift.end(need.mention["end"]))) not in said
    }
