"""Mentions of designated organisations, their markers and footnotes, and what is missing or untrue among them."""

from dataclasses import replace
from datetime import UTC, date, datetime

from models.designations.abbreviations import find_abbreviations
from models.designations.findings import Case, find, listed_somewhere
from models.designations.footnotes import find_notes
from models.designations.linking import Link, link
from models.designations.markers import make_finder
from models.designations.matcher import Hit
from models.designations.mentions import decide
from models.designations.page import Page
from models.designations.phrases import find_phrases
from models.designations.quotations import NO_QUOTATIONS, find_quotations
from models.designations.register import Register
from models.designations.unregistered import find_unregistered
from models.folding import fold
from models.text import PreparedArticle
from models.types import DesignationsReport, Footnote, Mention, OrganisationName, Rules, Span

VERSION = "1.7.0"
MAX_MENTIONS = 500  # a text of nothing but names would make a report that nobody can store or read


def classify(
    page: PreparedArticle, register: Register, rules: Rules, *, today: date | None = None
) -> DesignationsReport:
    """Read one article. Listings are judged as of ``published_at``, or *today* where the article has no date.

    In a language that is not read, names are still reported, with status ``unsupported_language``.
    """
    on = page.article.published_at or today or datetime.now(UTC).date()
    text = page.text
    case = read_case(page, register, rules, on)
    found = len(case.graph.links)
    case = replace(case, graph=replace(case.graph, links=_shown(case.graph.links)))
    return DesignationsReport(
        status="ok" if page.language.supported else "unsupported_language",
        mentions=tuple(_mention(item, case) for item in case.graph.links),
        footnotes=tuple(
            Footnote(note.start, note.end, text[note.start : note.end], note.kind, note.jurisdiction, note.marker)
            for note in case.graph.notes
        ),
        findings=find(case),
        omitted_mentions=found - len(case.graph.links) or None,
    )


def _shown(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """At most MAX_MENTIONS, in the order of the text: each organisation's first, then those without a label."""
    if len(links) <= MAX_MENTIONS:
        return links
    named: set[str] = set()
    ranked: list[tuple[bool, bool, int]] = []
    for item in links:
        organisation_id = item.candidate.organisation_id
        ranked.append((organisation_id in named, item.is_marked, len(ranked)))
        named.add(organisation_id)
    return tuple(links[number] for number in sorted(number for *_, number in sorted(ranked)[:MAX_MENTIONS]))


def read_case(page: PreparedArticle, register: Register, rules: Rules, on: date) -> Case:
    """The graph of one article, before any finding is made of it."""
    text = page.text
    folding = fold(text)
    hits = _in_scope(register.matcher.find_in(text, folding), register, rules)
    named = _longest({(hit.outer_start, hit.end) for hit in hits if not _is_everyday_word(hit, folding.flat)})
    notes = find_notes(text, folding.flat, page.sentences, names=named)
    phrases = find_phrases(text, folding.flat, named, notes)
    finder = make_finder(text, folding.flat, notes)
    hits = [hit for hit in hits if not hit.is_glued or finder.beside(hit.end)]
    read = Page(text, folding.flat, page.sentences, notes, finder, phrases, named)
    named_in_register = decide(hits, read)
    named_in_register += find_abbreviations(read, named_in_register)
    candidates = sorted(
        [*named_in_register, *find_unregistered(read, named_in_register)], key=lambda found: found.hit.start
    )
    quotations = find_quotations(text) if candidates else NO_QUOTATIONS
    return Case(text, link(candidates, read), register, rules, on, quotations)


def _in_scope(hits: list[Hit], register: Register, rules: Rules) -> list[Hit]:
    jurisdictions = (*rules.jurisdictions, *rules.label_duty)
    known: dict[str, bool] = {}
    for hit in hits:
        organisation = hit.entry.organisation
        if organisation.id not in known:
            known[organisation.id] = listed_somewhere(organisation, jurisdictions, register)
    if not jurisdictions:
        return []
    return [hit if known[hit.entry.organisation.id] else replace(hit, is_elsewhere=True) for hit in hits]


def _longest(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order, without those that lie in another: "DHKP" in "DHKP-C"."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


def _is_everyday_word(hit: Hit, flat: str) -> bool:
    is_in_quotes = flat[hit.start - 1 : hit.start] == '"' == flat[hit.end : hit.end + 1] and " " in hit.entry.name.core
    return hit.capitals == "weak" and hit.entry.name.is_ordinary and not is_in_quotes


def _mention(item: Link, case: Case) -> Mention:
    hit = item.candidate.hit
    organisation = hit.entry.organisation
    marker = Span(item.mark.start, item.mark.end, item.mark.text) if item.mark else None
    return Mention(
        start=hit.start,
        end=hit.end,
        text=case.text[hit.start : hit.end],
        organisation=OrganisationName(organisation.id, organisation.name),
        score=item.candidate.score,
        marked=item.is_marked,
        marker=marker,
        footnote=item.note,
        designated_by=case.designations_of(organisation),
        reason=item.candidate.reason,
    )
