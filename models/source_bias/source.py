"""Where an article comes from: its dateline, its outlet, and how we know."""

import re
from dataclasses import dataclass, replace

from models.source_bias.byline import find_byline
from models.source_bias.dateline import find_dateline
from models.source_bias.outlets import OutletRecord, OutletRegister
from models.types import Article, Dateline, Evidence, Finding, Source, Span

_SEARCHED = 600  # code points at either end in which an outlet credits itself
_CREDIT = re.compile(
    r"(?:©|\(c\)|\b(?:source|copyright|источник)[^\S\n]?:)[^\S\n]{0,2}(?:(?:19|20)\d\d,?[^\S\n])?", re.I
)
_SLASHED = re.compile(r"/([^/\n]{2,40})/")
_BY_OUTLET = re.compile(r"^[^\S\n]{0,8}(?:by|from|via)[^\S\n](?:the[^\S\n])?", re.I | re.M)
_CLOSING = re.compile(r"(?:[(\[]|[—–-][^\S\n]?)([^()\[\]\n—–]{2,40})[)\]]?\s*\Z")  # "… the minister said. (AFP)"
_PHOTO_BEFORE = re.compile(r"(?:photo|image|picture|фото|снимок|иллюстрация)[^\n]{0,60}\Z", re.I)
_PHOTO_AFTER = re.compile(r"[^\S\n]?(?:(?:file[^\S\n])?(?:photo|pool|images?)\b|/)", re.I)
_CREDIT_WORD = re.compile(r"[^\s,;:|/—–]+")
_MOST_CREDIT_WORDS = 4
_AGENCY_SCORE = 0.98
_CREDIT_SCORE = 0.8


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of the report, and the register's record behind it with the words and way it was found by."""

    source: Source
    record: OutletRecord | None = None
    found_in: Span | None = None  # words of the text, None where only the request named the outlet
    found_by: str = ""
    score: float = 0.0


def find_origin(article: Article, outlets: OutletRegister) -> Origin:
    """The outlet is taken from the URL, else from ``source``, else from the dateline, else from a credit."""
    text = article.text
    dateline = find_dateline(text, outlets)
    signed = Source(dateline=dateline, byline=find_byline(text, dateline, outlets))
    credited = outlets.agency(dateline.agency) if dateline and dateline.agency else None
    words = Span(dateline.start, dateline.end, text[dateline.start : dateline.end]) if dateline else None
    if record := outlets.by_url(article.url):
        same = words if credited and credited[0] == record else None
        return _origin(signed, record, same, "by the address the text was published at", 1.0)
    if record := outlets.by_source(article.source):
        same = words if credited and credited[0] == record else None
        return _origin(signed, record, same, "as the source the request names", 1.0)
    if credited:
        return _origin(signed, credited[0], words, "by the agency in the dateline", _AGENCY_SCORE)
    if credit := _find_credit(text, outlets):
        return _origin(signed, credit[0], credit[1], "by a credit in the text", _CREDIT_SCORE)
    return Origin(signed)


def source_findings(origin: Origin, opening: Span | None, text: str) -> tuple[Finding, ...]:
    """``bias.dateline`` and ``bias.state_media``. Where only the request names the outlet, no word of the text is to
    be shown: the evidence is then the opening sentence, and the reason says so."""
    found: list[Finding] = []
    if line := origin.source.dateline:
        evidence = Evidence(line.start, line.end, text[line.start : line.end], reason=_dateline_reason(line))
        found.append(Finding("bias.dateline", 1.0, (evidence,)))
    record, shown = origin.record, origin.found_in or opening
    if record and shown and record.ownership == "state":
        listed = f" State Media Matrix class: {record.typology}." if record.typology else ""
        unchecked = " (by general knowledge, not checked against a source)" if record.basis == "general" else ""
        aside = "" if origin.found_in else " No word of the text says so; its opening is shown."
        reason = (
            f"{record.name} ({record.country or 'country unknown'}) is recognised {origin.found_by}. "
            f"Owner in the outlet register: {record.owner}{unchecked}.{listed}{aside} A cue about the source, "
            "not about the content."
        )
        found.append(
            Finding("bias.state_media", origin.score, (Evidence(shown.start, shown.end, shown.text, reason=reason),))
        )
    return tuple(found)


def _origin(signed: Source, record: OutletRecord, words: Span | None, found_by: str, score: float) -> Origin:
    return Origin(replace(signed, outlet=record.outlet), record, words, found_by, score)


def _dateline_reason(line: Dateline) -> str:
    parts = (("filed from", line.place), ("dated (month-day)", line.date), ("credited to", line.agency))
    return "The text opens with a dateline: " + ", ".join(f"{what} {value}" for what, value in parts if value) + "."


def _find_credit(text: str, outlets: OutletRegister) -> tuple[OutletRecord, Span] | None:
    """``© Outlet``, ``Source: Outlet``, ``By Reuters``, ``/TASS/`` near either end, ``(AFP)`` at the very end. "Outlet
    reports …" is a citation and "AP contributed to this report" a help, no credits; nor is the credit of a picture."""
    tail = max(_SEARCHED, len(text) - _SEARCHED)
    for start, end in ((0, min(len(text), _SEARCHED)), (tail, len(text))):
        for slashed in _SLASHED.finditer(text, start, end):
            known = outlets.agency(slashed[1])
            if known and not _PHOTO_BEFORE.search(text, max(0, slashed.start() - 80), slashed.start()):
                return known[0], Span(slashed.start(1), slashed.end(1), slashed[1])
        for credit in _CREDIT.finditer(text, start, end):
            if (found := _credited_name(text, credit.end(), outlets)) and not _PHOTO_AFTER.match(text, found[1].end):
                return found
    for line in _BY_OUTLET.finditer(text, 0, min(len(text), _SEARCHED)):
        found = _credited_name(text, line.end(), outlets)
        if found and text[found[1].end : found[1].end + 1] in ("\n", "\r", ""):
            return found
    closing = _CLOSING.search(text, max(0, len(text) - 60))
    known = outlets.agency(closing[1].strip()) if closing else None
    return (known[0], Span(closing.start(1), closing.end(1), closing[1])) if closing and known else None


def _credited_name(text: str, start: int, outlets: OutletRegister) -> tuple[OutletRecord, Span] | None:
    ends: list[int] = []
    position = start
    while len(ends) < _MOST_CREDIT_WORDS and (word := _CREDIT_WORD.match(text, position)):
        ends.append(word.end())
        position = word.end() + 1
    for end in reversed(ends):
        name = text[start:end].rstrip(".")
        if record := outlets.by_source(name):
            return record, Span(start, start + len(name), name)
    return None
