"""What a lawyer must see: missing, orphaned, unused and untrue labels, by the article's date."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from models.designations.footnotes import Note
from models.designations.linking import Graph, Link
from models.designations.quotations import NO_QUOTATIONS, Quotations
from models.designations.register import UNREGISTERED, Listing, Organisation, Register
from models.types import Designation, Duty, Evidence, Finding, Rules

# When the duty to label names of a list became law (docs/register.md, "Duty to label").
LAW_SINCE = {("RU", "terrorist"): date(2021, 6, 28), ("RU", "extremist"): date(2015, 2, 13)}
_LAW_LISTS = ("Единый федеральный список", "Перечень организаций, признанных экстремистскими")


@dataclass(frozen=True, slots=True)
class Case:
    """One article's graph with everything needed to judge it."""

    text: str
    graph: Graph
    register: Register
    rules: Rules
    on: date
    quotations: Quotations = NO_QUOTATIONS
    _shown: dict[str, tuple[Designation, ...]] = field(default_factory=dict, repr=False)
    _due: dict[tuple[str, str], Listing | None] = field(default_factory=dict, repr=False)

    def designations_of(self, organisation: Organisation) -> tuple[Designation, ...]:
        """Who lists the organisation as of the article's date, in the order of ``rules.jurisdictions``."""
        if organisation.id not in self._shown:
            self._shown[organisation.id] = _designations(organisation, self.rules, self.on)
        return self._shown[organisation.id]

    def is_quoted(self, start: int, end: int) -> bool:
        """Whether the words stand in direct speech, not merely in quotes of their own."""
        return self.quotations.hold(start, end)

    def listing_due(self, organisation: Organisation, jurisdiction: str) -> Listing | None:
        """The listing in force for which a label is due there, the one with the duty in law first."""
        key = (organisation.id, jurisdiction)
        if key not in self._due:
            self._due[key] = _listing_in_force(organisation, jurisdiction, self)
        return self._due[key]


def _designations(organisation: Organisation, rules: Rules, on: date) -> tuple[Designation, ...]:
    return tuple(
        Designation(
            jurisdiction=listing.jurisdiction,
            list=listing.list,
            kind=listing.kind,
            since=listing.designated_on,
            until=listing.until,
            status=listing.status_on(on),
        )
        for jurisdiction in rules.jurisdictions
        for listing in organisation.listings
        if listing.jurisdiction == jurisdiction and listing.has_begun(on)
    )


def find(case: Case) -> tuple[Finding, ...]:
    """All findings: one ``mention`` an organisation, one ``unmarked_mention`` a mention, then what is wrong."""
    findings = [*_mentions(case), *_unmarked(case), *_orphans(case), *_unused(case), *_untrue(case)]
    return tuple(findings)


def _mentions(case: Case) -> list[Finding]:
    by_organisation: dict[str, list[Link]] = {}
    for item in case.graph.links:
        if item.candidate.organisation_id != UNREGISTERED:
            by_organisation.setdefault(item.candidate.organisation_id, []).append(item)
    findings = []
    for links in by_organisation.values():
        organisation = links[0].candidate.hit.entry.organisation
        listed = _who_lists(organisation, case)
        # Who lists it is said once, with the first mention.
        first, *others = links
        evidence = (
            _evidence(case, first, f"{_sentence(first)} {listed}"),
            *(_evidence(case, item, _sentence(item)) for item in others),
        )
        findings.append(Finding("designation.mention", max(item.candidate.score for item in links), evidence))
    return findings


def _unmarked(case: Case) -> list[Finding]:
    findings = []
    seen: set[str] = set()
    for item in case.graph.links:
        organisation = item.candidate.hit.entry.organisation
        is_first = organisation.id not in seen
        seen.add(organisation.id)
        if item.is_marked or (case.rules.marking == "first" and not is_first):
            continue
        for jurisdiction in case.rules.label_duty:
            listing = case.listing_due(organisation, jurisdiction)
            if listing is None:
                continue
            duty = _duty(listing, organisation, case.on)
            reason = (
                f"{_sentence(item)} No label stands with it; {_describe(listing)}. {_duty_sentence(duty, item, case)}"
            )
            findings.append(
                Finding(
                    "designation.unmarked_mention",
                    item.candidate.score,
                    (_evidence(case, item, reason),),
                    jurisdiction=jurisdiction,
                    duty=duty,
                )
            )
    return findings


def _orphans(case: Case) -> list[Finding]:
    findings = []
    seen: set[int] = set()
    for item in case.graph.links:
        mark = item.mark
        if mark is None or item.note is not None or mark.start in seen:
            continue
        seen.add(mark.start)
        name = item.candidate.hit.entry.organisation.name
        reason = f'The mark "{mark.text}" stands with a name of {name}, and no footnote in the text explains it.'
        evidence = Evidence(mark.start, mark.end, case.text[mark.start : mark.end], reason)
        findings.append(Finding("designation.orphan_marker", min(0.95, item.candidate.score), (evidence,)))
    return findings


def _unused(case: Case) -> list[Finding]:
    findings = []
    naming = {item.note for item in case.graph.links}
    for number in case.graph.unused:
        note = case.graph.notes[number]
        if note.marker:
            reason = f'This footnote explains the mark "{note.marker}", which stands nowhere else in the text.'
        elif number in naming:
            reason = "This footnote has no mark, and the text speaks nowhere else of the organisation that it names."
        else:
            reason = "This footnote has no mark, and names no organisation that the register knows."
        evidence = Evidence(note.start, note.end, case.text[note.start : note.end], reason)
        score = 0.9 if note.marker else 0.7
        findings.append(Finding("designation.unused_footnote", score, (evidence,), jurisdiction=note.jurisdiction))
    return findings


def _untrue(case: Case) -> list[Finding]:
    findings = []
    seen: set[tuple[str, str, str]] = set()
    claims = [(item, case.graph.notes[item.note]) for item in case.graph.links if item.note is not None]
    for item, note in claims:
        organisation = item.candidate.hit.entry.organisation
        if organisation.id == UNREGISTERED:
            continue
        if note.jurisdiction is None or (key := ("wrong", organisation.id, note.jurisdiction)) in seen:
            continue
        label, reason = _judge(organisation, note, case)
        if label:
            seen.add(key)
            findings.append(
                Finding(label, 0.9, (_evidence(case, item, reason), _note_evidence(case, note, reason)),
                        jurisdiction=note.jurisdiction)
            )  # fmt: skip
    judged = {(organisation, jurisdiction) for _, organisation, jurisdiction in seen}
    for item in case.graph.links:
        organisation = item.candidate.hit.entry.organisation
        for jurisdiction in case.rules.label_duty:
            if (organisation.id, jurisdiction) in judged:
                continue
            judged.add((organisation.id, jurisdiction))
            lapsed = _lapsed(organisation, jurisdiction, case.on)
            if lapsed:
                reason = f"{organisation.name} was not listed on {case.on.isoformat()}: {_describe(lapsed)}."
                findings.append(
                    Finding("designation.not_listed_at_date", 0.9, (_evidence(case, item, reason),),
                            jurisdiction=jurisdiction)
                )  # fmt: skip
    return findings


def _judge(organisation: Organisation, note: Note, case: Case) -> tuple[str, str]:
    """The finding a label deserves, or an empty label where it is true or cannot be checked."""
    if note.kind not in ("terrorist", "extremist", "banned") or note.jurisdiction is None:
        return "", ""
    rows = _rows(organisation, note.jurisdiction, case.register)
    if not rows:
        if not _can_check(note, case.register, case.on):
            return "", ""
        said = f'The label says "{note.kind}" for {note.jurisdiction}'
        known = (
            f"the register (as of {case.register.version}) knows no {note.jurisdiction} listing of {organisation.name}"
        )
        return "designation.wrong_footnote", f"{said}; {known}."
    if not any(row.is_in_force(case.on) for row in rows):
        row = rows[0]
        return (
            "designation.not_listed_at_date",
            f"The label claims a listing that was not in force on {case.on.isoformat()}: {_describe(row)}.",
        )
    kinds = {row.kind for row in rows if row.is_in_force(case.on)}
    if note.kind == "banned" or note.kind in kinds or "sanctions" in kinds:
        return "", ""
    row = next(row for row in rows if row.is_in_force(case.on))
    return (
        "designation.wrong_footnote",
        f'The label says "{note.kind}"; on {case.on.isoformat()} {_describe(row)}, as {row.kind}.',
    )


def _can_check(note: Note, register: Register, on: date) -> bool:
    """Whether "not found" means "not listed": the lists in question are complete here and fresh enough."""
    lists = [source for source in register.lists if source.jurisdiction == note.jurisdiction and source.is_fresh(on)]
    if note.jurisdiction == "RU":
        # The rows left out of the extremist list are local groups and private persons, not organisations of this
        # register; so the federal list of terrorist organisations decides for "banned" as well.
        return note.kind != "extremist" and any(source.is_complete for source in lists)
    known = [source for source in register.lists if source.jurisdiction == note.jurisdiction]
    if note.kind == "terrorist":  # sanctions for other things make nobody a terrorist
        lists, known = ([one for one in some if one.list in register.of_terrorists] for some in (lists, known))
    return bool(known) and lists == known and all(source.is_complete for source in known)


def _rows(organisation: Organisation, jurisdiction: str, register: Register) -> list[Listing]:
    rows = [listing for listing in organisation.listings if listing.jurisdiction == jurisdiction]
    if not rows and organisation.covered_by:
        rows = [row for row in register.by_id[organisation.covered_by].listings if row.jurisdiction == jurisdiction]
    return rows


def _listing_in_force(organisation: Organisation, jurisdiction: str, case: Case) -> Listing | None:
    rows = [row for row in _rows(organisation, jurisdiction, case.register) if row.is_in_force(case.on)]
    by_law = [row for row in rows if _duty(row, organisation, case.on) == "law"]
    return next(iter([*by_law, *rows]), None)


def _lapsed(organisation: Organisation, jurisdiction: str, on: date) -> Listing | None:
    rows = [listing for listing in organisation.listings if listing.jurisdiction == jurisdiction]
    return rows[0] if rows and not any(row.is_in_force(on) for row in rows) else None


def _duty(listing: Listing, organisation: Organisation, on: date) -> Duty:
    since = LAW_SINCE.get((listing.jurisdiction, listing.kind))
    is_law_list = listing.list.startswith(_LAW_LISTS) and any(row is listing for row in organisation.listings)
    return "law" if since is not None and is_law_list and on >= since else "practice"


def _who_lists(organisation: Organisation, case: Case) -> str:
    rows = case.designations_of(organisation)
    if not rows:
        return f"None of {', '.join(case.rules.jurisdictions)} listed it on {case.on.isoformat()}."
    parts = [
        f"{row.jurisdiction} ({row.list}, {'since ' + row.since if row.since else 'date not seen'}"
        f"{', ' + row.status if row.status != 'listed' else ''})"
        for row in rows
    ]
    return f"Listed by {'; '.join(parts)}."


def _describe(listing: Listing) -> str:
    parts = [f"{listing.jurisdiction} list: {listing.list}"]
    if listing.designated_on:
        parts.append(f"since {listing.designated_on}")
    if listing.effective_on:
        parts.append(f"in force {listing.effective_on}")
    if listing.suspended_on:
        parts.append(f"suspended {listing.suspended_on}")
    if listing.delisted_on:
        parts.append(f"removed {listing.delisted_on}")
    return ", ".join(parts)


def _duty_sentence(duty: Duty, item: Link, case: Case) -> str:
    if duty == "law":
        sentence = "A label was required by law on this date."
    else:
        sentence = "A label was the practice on this date, not a duty in law."
    place = _place(item, case)
    return f"{sentence} {place}" if place else sentence


def _place(item: Link, case: Case) -> str:
    """A headline and words in quotes are told apart: house styles differ there."""
    text = case.text
    start = item.candidate.hit.start
    first_line = len(text) if (end := text.find("\n")) < 0 else end
    if start < first_line <= 200 and not text[:first_line].rstrip().endswith((".", "!", "…")):
        return "It stands in the headline."
    if case.is_quoted(start, item.candidate.hit.end):
        return "It stands in a direct quotation."
    return ""


def _sentence(item: Link) -> str:
    reason = item.candidate.reason
    return f"{reason[0].upper()}{reason[1:]}."


def _evidence(case: Case, item: Link, reason: str) -> Evidence:
    hit = item.candidate.hit
    return Evidence(hit.start, hit.end, case.text[hit.start : hit.end], reason)


def _note_evidence(case: Case, note: Note, reason: str) -> Evidence:
    return Evidence(note.start, note.end, case.text[note.start : note.end], reason)


def listed_somewhere(organisation: Organisation, jurisdictions: Sequence[str], register: Register) -> bool:
    """Whether the organisation is listed, at any date, in one of *jurisdictions*."""
    return any(_rows(organisation, jurisdiction, register) for jurisdiction in jurisdictions)
