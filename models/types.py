"""The words every room shares: what goes into a reading and what comes out of it.

All spans are half-open ``[start, end)`` ranges of Unicode code points of the text as it was sent, so
``article.text[span.start:span.end] == span.text`` always holds (``tests/models/test_types.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Status = Literal["ok", "failed", "unsupported_language"]
Marking = Literal["every", "first"]
Ownership = Literal["state", "state_funded", "public_service", "private", "unknown"]
Duty = Literal["law", "practice"]


@dataclass(frozen=True, slots=True)
class Article:
    """One text sent to us. ``published_at`` decides which designations were in force."""

    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    language: str | None = None
    published_at: date | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Whose lists are shown, whose must be labelled, and at which mentions."""

    jurisdictions: tuple[str, ...] = ("RU", "UN", "US", "EU", "GB")
    label_duty: tuple[str, ...] = ("RU",)
    marking: Marking = "every"


@dataclass(frozen=True, slots=True)
class Span:
    """``[start, end)`` in code points, with the words themselves."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence(Span):
    """The exact words that caused a finding, and one plain sentence why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A label from a fixed list, how sure we are (0..1), and the words that caused it."""

    label: str
    score: float
    evidence: tuple[Evidence, ...]
    severity: int | None = field(default=None, metadata={"optional": True})
    jurisdiction: str | None = field(default=None, metadata={"optional": True})
    duty: Duty | None = field(default=None, metadata={"optional": True})


@dataclass(frozen=True, slots=True)
class Language:
    """The language read or given: ISO 639-1 code, how sure (0..1), whether we read it."""

    code: str
    score: float
    supported: bool


# --- violence -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViolenceSentence:
    """``graphic`` and ``inciting`` are None where the weights have no such head."""

    start: int
    end: int
    score: float
    graphic: float | None
    inciting: float | None


@dataclass(frozen=True, slots=True)
class ViolenceReport:
    """``score``: describes violence; ``graphic`` and ``inciting`` are independent of it. ``severity`` 0..7."""

    status: Status
    score: float | None = None
    graphic: float | None = None
    inciting: float | None = None
    severity: int | None = None
    types: Mapping[str, float] = field(default_factory=dict)
    sentences: tuple[ViolenceSentence, ...] = ()
    findings: tuple[Finding, ...] = ()


# --- designations ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Designation:
    """One authority's listing of an organisation, as of the article's date."""

    jurisdiction: str
    list: str
    kind: str
    since: str | None
    until: str | None
    status: str


@dataclass(frozen=True, slots=True)
class OrganisationName:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Mention(Span):
    """A name of an organisation in the text; ``footnote`` is an index into ``DesignationsReport.footnotes``."""

    organisation: OrganisationName
    score: float
    marked: bool
    marker: Span | None
    footnote: int | None
    designated_by: tuple[Designation, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Footnote(Span):
    """A notice such as "banned in Russia": end note, inline bracket or bare attributive phrase."""

    kind: str
    jurisdiction: str | None
    marker: str | None


@dataclass(frozen=True, slots=True)
class DesignationsReport:
    status: Status
    mentions: tuple[Mention, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    findings: tuple[Finding, ...] = ()
    # Present only where a text names more than a report can show: so many mentions were found beyond those listed.
    omitted_mentions: int | None = field(default=None, metadata={"optional": True})


# --- source bias ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dateline:
    """``MOSCOW, 11 Dec — RIA Novosti``: ``date`` is ``MM-DD``, or ``YYYY-MM-DD`` where the year is written."""

    start: int
    end: int
    place: str | None
    date: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class Byline:
    """Who is said to have written the text; the span runs from the first name to the last."""

    start: int
    end: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlet:
    name: str
    ownership: Ownership
    country: str | None


@dataclass(frozen=True, slots=True)
class Source:
    dateline: Dateline | None = None
    outlet: Outlet | None = None
    byline: Byline | None = field(default=None, metadata={"optional": True})


@dataclass(frozen=True, slots=True)
class BiasSentence:
    """A score is None where the weights have no such head in the article's language."""

    start: int
    end: int
    score: float | None
    subjective: float | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is quoted or cited; each part is a span of the text, or None where the text has none."""

    kind: Literal["direct", "indirect", "mixed", "none"]
    source: Span | None
    cue: Span | None
    content: Span | None


@dataclass(frozen=True, slots=True)
class SourceBiasReport:
    """``score`` is a stated function of countable cues (CARD.md), not a verdict on the source."""

    status: Status
    score: float | None = None
    source: Source = field(default_factory=Source)
    sentences: tuple[BiasSentence, ...] = ()
    attributions: tuple[Attribution, ...] = ()
    findings: tuple[Finding, ...] = ()


# --- the whole ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found in one article."""

    language: Language
    text_sha256: str
    versions: Mapping[str, str]
    violence: ViolenceReport
    designations: DesignationsReport
    source_bias: SourceBiasReport
