"""The graph: which mention is labelled by which mark and which note; which notes nothing points to."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.designations.footnotes import Note
from models.designations.markers import Mark
from models.designations.mentions import Candidate
from models.designations.page import OF_IT, Page, is_one_sentence
from models.designations.plurals import spread_counted, spread_plurals
from models.designations.register import UNREGISTERED

# "Islamic State (IS)*", "ISIL or Daesh, banned in Russia": one label for two names of one organisation.
_JOINT = re.compile(
    r"[\"'),]{0,3} (?:better |also |formerly |widely )?known (?:as|by) (?:the |its )?(?:\w+ )?"
    r"(?:acronyms? |name |initials )?[\"(]?"
    r"|(?: [\w-]{3,14}){0,2} \(|[\"',()/ *✱-]{0,4}(?:or|or the|aka|also|formerly|или|также|ранее|он же"
    r"|бывш\w{1,4})?[\"',()/ *✱-]{0,4}"
)

_OTHER_NAME = re.compile(
    r",? (?:under (?:the|its) (?:names?|alias(?:es)?|acronym) (?:of )?|(?:formerly|also|better|then) known as |as )"
    r"(?:the )?\"?"
)
# A note that speaks of every organisation in the article.
_NAMED_HERE = r"(?:упомянут|упоминаем|указан|названн|перечислен)\w{1,4}"
_IN_HERE = (
    r"(?:в|во) (?:(?:этом|данном|настоящем|этой|данной) )?(?:текст|стать|материал|публикаци|новост|заметк)\w{1,3}"
)
_OF_ALL = re.compile(
    rf"(?:организаци|группировк|движени|объединени|структур)\w{{1,3}},? {_NAMED_HERE} (?:{_IN_HERE}|выше)"
    rf"|{_NAMED_HERE} (?:{_IN_HERE}|выше) (?:[а-я]{{4,18}} )?(?:организаци|группировк|движени|объединени|структур)"
    r"|(?:organi[sz]ations|groups|movements),? (?:(?:that|which) are )?(?:mentioned|named|listed|referred to)"
    r" (?:above|(?:in|by) (?:this|the) (?:text|article|story|report|piece|material|publication))"
    r"|(?:above-?mentioned|above-?named|mentioned|aforementioned) (?:organi[sz]ations|groups|movements)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """A mention with its label: ``mark`` and the index of its ``note`` in the list of notes, either may be absent."""

    candidate: Candidate
    mark: Mark | None = None
    note: int | None = None
    is_in_note: bool = False

    @property
    def is_marked(self) -> bool:
        return self.mark is not None or self.note is not None


@dataclass(frozen=True, slots=True)
class Graph:
    """Mentions with their labels, all notes in order, and the indexes of the end notes that nothing points to."""

    links: tuple[Link, ...]
    notes: tuple[Note, ...]
    unused: tuple[int, ...]


def link(candidates: Sequence[Candidate], page: Page) -> Graph:
    """Join mentions, marks and notes of one text."""
    notes = sorted([*page.notes, *page.phrases.notes], key=lambda note: (note.start, -note.end))
    index = {(note.start, note.end): number for number, note in enumerate(notes)}
    by_mark = _notes_by_mark(notes)
    links = [_first_link(candidate, page, index) for candidate in candidates]
    links = _drop_late_marks(links)
    links = _join_neighbours(links, notes, page.flat)
    links = _spread(links, notes, page.flat)  # before a mark takes the place of the words that speak of several
    links = [_find_note(item, by_mark, notes) for item in links]
    links = _spread(_label_before(links, notes, page.flat), notes, page.flat)
    links = _label_all(_label_named(links, notes), notes, page.flat)
    return Graph(tuple(links), tuple(notes), tuple(_unused(links, notes, page)))


def _spread(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """Labels in the plural, to the names that they also speak of and to the other names of the same organisations."""
    return _join_neighbours(spread_counted(spread_plurals(links, notes, flat), notes, flat), notes, flat)


def _first_link(candidate: Candidate, page: Page, index: dict[tuple[int, int], int]) -> Link:
    hit = candidate.hit
    mark = page.finder.of(hit.start, hit.end)
    around = page.note_around(hit.start)
    beside = (
        around or page.bracket_after(mark.end if mark and mark.start >= hit.end else hit.end) or page.phrase_beside(hit)
    )
    number = index[(beside.start, beside.end)] if beside else None
    return Link(candidate, mark, number, is_in_note=around is not None and around.form == "end_note")


def _notes_by_mark(notes: Sequence[Note]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, note in enumerate(notes):
        if note.form == "end_note":
            for mark in note.marks or ("",):
                found.setdefault(mark, []).append(number)
    return found


def _drop_late_marks(links: list[Link]) -> list[Link]:
    """A mark one word late is another mention's if that one stands nearer."""
    near = {item.mark.start for item in links if item.mark and not item.mark.is_late}
    return [
        replace(item, mark=None) if item.mark and item.mark.is_late and item.mark.start in near else item
        for item in links
    ]


def _join_neighbours(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """Two names of one organisation side by side share the label of either."""
    joined = list(links)
    order = [*range(len(joined) - 1, 0, -1), *range(1, len(joined))]
    for number in order:
        left, right = joined[number - 1], joined[number]
        same = left.candidate.organisation_id == right.candidate.organisation_id != UNREGISTERED
        if not same or left.is_marked == right.is_marked:
            continue
        between = flat[left.candidate.hit.end : right.candidate.hit.start]
        after = notes[left.note].end if left.note is not None else 0
        is_renamed = left.candidate.hit.end < after and _OTHER_NAME.fullmatch(flat, after, right.candidate.hit.start)
        if not is_renamed and (len(between) > 60 or not _JOINT.fullmatch(between)):
            continue
        if right.is_marked:
            joined[number - 1] = replace(right, candidate=left.candidate)
        else:
            joined[number] = replace(left, candidate=right.candidate)
    return joined


def _label_before(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """ "Бойцы «Азова» сдались. Организация запрещена в РФ.": a note of a sentence labels the name just before it."""
    labelled = list(links)
    starts = [item.candidate.hit.start for item in labelled]
    for number, note in enumerate(notes):
        if note.form != "end_note" or note.marker or not OF_IT.match(flat, note.start, note.end):
            continue
        at = bisect_left(starts, note.start) - 1
        is_named_inside = at + 1 < len(starts) and starts[at + 1] < note.end
        if at < 0 or is_named_inside or labelled[at].is_marked:
            continue
        if is_one_sentence(flat, labelled[at].candidate.hit.end, note.start):
            labelled[at] = replace(labelled[at], note=number)
    return labelled


def _label_named(links: list[Link], notes: Sequence[Note]) -> list[Link]:
    """A note without a mark that names an organisation labels its first mention, if that has no label of its own."""
    named: dict[str, int] = {}
    for item in links:
        if item.is_in_note and item.note is not None and not notes[item.note].marker and not item.mark:
            named.setdefault(item.candidate.organisation_id, item.note)
    labelled = list(links)
    for number, item in enumerate(links):
        note = None if item.is_in_note else named.pop(item.candidate.organisation_id, None)
        if note is not None and not item.is_marked:
            labelled[number] = replace(item, note=note)
    return labelled


def _label_all(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """«Организации, упомянутые в тексте, запрещены в РФ»: a note without a mark that says it speaks of all of them."""
    whole = [
        number
        for number, note in enumerate(notes)
        if note.form == "end_note" and not note.marker and _OF_ALL.search(flat, note.start, note.end)
    ]
    if not whole:
        return links
    return [
        replace(item, note=whole[0]) if not item.is_marked and item.candidate.organisation_id != UNREGISTERED else item
        for item in links
    ]


def _find_note(item: Link, by_mark: dict[str, list[int]], notes: Sequence[Note]) -> Link:
    """The note a mark points to: the next end note with the same mark, else the last one, else one without a mark."""
    if item.mark is None or item.is_in_note:
        return item
    numbers = by_mark.get(item.mark.text) or ([] if item.note is not None else by_mark.get(""))
    if not numbers:
        return item
    following = bisect_right(numbers, item.mark.start, key=lambda number: notes[number].start)
    number = numbers[min(following, len(numbers) - 1)]
    # Where a bracket or phrase beside the name says the same, the graph follows the mark.
    if item.note is not None and notes[item.note].jurisdiction not in (None, notes[number].jurisdiction):
        return item
    return replace(item, note=number)


def _begins_with_mark(notes: Sequence[Note], number: int | None, flat: str) -> bool:
    marker = notes[number].marker if number is not None else None
    return number is not None and marker is not None and flat.startswith(marker, notes[number].start)


def _is_line(notes: Sequence[Note], number: int | None, flat: str) -> bool:
    """Whether a note without a mark is a paragraph of its own, under another one."""
    if number is None or notes[number].marks:
        return False
    start, end = notes[number].start, notes[number].end
    return flat[max(0, start - 2) : start] == "\n\n" and flat[end : end + 1] in ("", "\n")


def _unused(links: Sequence[Link], notes: Sequence[Note], page: Page) -> list[int]:
    # A name in the note itself does not use a mark that the note begins with, nor a last line about nobody else.
    named = {item.candidate.organisation_id for item in links if not item.is_in_note}
    used = {
        item.note
        for item in links
        if not item.is_in_note
        or not (
            _begins_with_mark(notes, item.note, page.flat)
            or (item.candidate.organisation_id not in named and _is_line(notes, item.note, page.flat))
        )
    }
    found = []
    uses: dict[str, bool] = {}
    for number, note in enumerate(notes):
        if number in used or note.form != "end_note":
            continue
        if not note.marker and note.kind in ("foreign_agent", "undesirable"):
            continue  # it names its person or outlet itself, which no register of ours knows
        # A star on a person or on an organisation that is not in the register uses the note as well.
        for mark in note.marks:
            if mark not in uses:
                uses[mark] = bool(page.finder.places(mark))
        if any(uses[mark] for mark in note.marks):
            continue
        found.append(number)
    return found
