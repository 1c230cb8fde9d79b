"""The graph: which mention is labelled by which mark and which note; which notes nothing points to."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from models.designations.footnotes import Note
from models.designations.markers import Mark
from models.designations.mentions import Candidate, Page
from models.designations.register import UNREGISTERED

# "Islamic State (IS)*", "ISIL or Daesh, banned in Russia": one label for two names of one organisation.
_JOINT = re.compile(
    r"(?: [\w-]{3,14}){0,2} \(|[\"',()/ *✱-]{0,4}(?:or|or the|aka|also|formerly|или|также|ранее|он же"
    r"|бывш\w{1,4})?[\"',()/ *✱-]{0,4}"
)

# Names in a row: "X, Y and the Z", «X и группировки Y».
_JOINED = re.compile(r"[\"',)/ *✱-]{0,4}(?:,|and|или|or|и|а также|as well as)(?: [\w-]{1,16}){0,2}[\"',( *✱-]{0,4}")
_AND = re.compile(r" (?:and|и|а также|as well as) ")
_PLURAL = re.compile(r"\b(?:both|all|оба|обе|обеих|обоих|все|признаны|запрещены|объявлены|внесены|включены|are|were)\b")
# A sentence about the organisation just named, without its name.
_OF_IT = re.compile(
    r"\W{0,3}(?:(?:в|на территории) (?:россии|рф|российской федерации|стран\w|нашей стране) )?"
    r"(?:(?:эта|данная|ее|его|их|the|this|it|это) (?:[а-я]{4,18} )?)?(?:международн\w{2} )?(?:террористическ\w{2} "
    r"|экстремистск\w{2} )?"
    r"(?:организаци|группировк|движени|деятельност|объединени|запрещен|признан|organi[sz]ation|group|movement|is )"
)
_STOP = re.compile(r"[.!?…](?=[\s\"]|$)")
_ONE_SENTENCE = 200  # code points between a name and the sentence that labels it


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
    links = _join_neighbours(links, page.flat)
    links = [_find_note(item, by_mark, notes) for item in links]
    links = _spread_plurals(links, notes, page.flat)
    links = _label_before(links, notes, page.flat)
    return Graph(tuple(links), tuple(notes), tuple(_unused(links, notes, page)))


def _first_link(candidate: Candidate, page: Page, index: dict[tuple[int, int], int]) -> Link:
    hit = candidate.hit
    mark = page.finder.beside(hit.end)
    around = page.note_around(hit.start)
    beside = around or page.bracket_after(mark.end if mark else hit.end) or page.phrase_beside(hit)
    number = index[(beside.start, beside.end)] if beside else None
    return Link(candidate, mark, number, is_in_note=around is not None and around.form == "end_note")


def _notes_by_mark(notes: Sequence[Note]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, note in enumerate(notes):
        if note.form == "end_note":
            found.setdefault(note.marker or "", []).append(number)
    return found


def _drop_late_marks(links: list[Link]) -> list[Link]:
    """A mark one word late is another mention's if that one stands nearer."""
    near = {item.mark.start for item in links if item.mark and not item.mark.is_late}
    return [
        Link(item.candidate, None, item.note, item.is_in_note)
        if item.mark and item.mark.is_late and item.mark.start in near
        else item
        for item in links
    ]


def _join_neighbours(links: list[Link], flat: str) -> list[Link]:
    """Two names of one organisation side by side share the label of either."""
    joined = list(links)
    order = [*range(len(joined) - 1, 0, -1), *range(1, len(joined))]
    for number in order:
        left, right = joined[number - 1], joined[number]
        same = left.candidate.organisation_id == right.candidate.organisation_id != UNREGISTERED
        if not same or left.is_marked == right.is_marked:
            continue
        between = flat[left.candidate.hit.end : right.candidate.hit.start]
        if len(between) > 24 or not _JOINT.fullmatch(between):
            continue
        if right.is_marked:
            joined[number - 1] = Link(left.candidate, right.mark, right.note, right.is_in_note)
        else:
            joined[number] = Link(right.candidate, left.mark, left.note, left.is_in_note)
    return joined


def _spread_plurals(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """ "X and Y (both banned in Russia)": the note in the plural labels the names joined to the one it stands by."""
    spread = list(links)
    for number in range(len(spread) - 1, 0, -1):
        left, right = spread[number - 1], spread[number]
        if left.is_marked or right.note is None or notes[right.note].form == "end_note":
            continue
        note = notes[right.note]
        between = flat[left.candidate.hit.end : right.candidate.hit.start]
        is_joined = _JOINED.fullmatch(between) or ("\n" not in between and len(between) < 120 and _AND.search(between))
        words = flat[note.start : note.end + 1] if note.form == "bracket" else flat[max(0, note.start - 20) : note.end]
        if note.start >= right.candidate.hit.end and is_joined and _PLURAL.search(words):
            spread[number - 1] = Link(left.candidate, None, right.note)
    return spread


def _label_before(links: list[Link], notes: Sequence[Note], flat: str) -> list[Link]:
    """ "Бойцы «Азова» сдались. Организация запрещена в РФ.": a note of a sentence labels the name just before it."""
    labelled = list(links)
    starts = [item.candidate.hit.start for item in labelled]
    for number, note in enumerate(notes):
        if note.form != "end_note" or note.marker or not _OF_IT.match(flat, note.start, note.end):
            continue
        at = bisect_left(starts, note.start) - 1
        is_named_inside = at + 1 < len(starts) and starts[at + 1] < note.end
        if at < 0 or is_named_inside or labelled[at].is_marked:
            continue
        between = flat[labelled[at].candidate.hit.end : note.start]
        if len(between) <= _ONE_SENTENCE and len(_STOP.findall(between)) <= 1:
            labelled[at] = Link(labelled[at].candidate, None, number)
    return labelled


def _find_note(item: Link, by_mark: dict[str, list[int]], notes: Sequence[Note]) -> Link:
    """The note a mark points to: the next end note with the same mark, else the last one, else one without a mark."""
    if item.mark is None or item.note is not None:
        return item
    numbers = by_mark.get(item.mark.text) or by_mark.get("")
    if not numbers:
        return item
    following = bisect_right(numbers, item.mark.start, key=lambda number: notes[number].start)
    return Link(item.candidate, item.mark, numbers[min(following, len(numbers) - 1)], item.is_in_note)


def _unused(links: Sequence[Link], notes: Sequence[Note], page: Page) -> list[int]:
    used = {item.note for item in links}
    found = []
    uses: dict[str, bool] = {}
    for number, note in enumerate(notes):
        if number in used or note.form != "end_note":
            continue
        if not note.marker and note.kind in ("foreign_agent", "undesirable"):
            continue  # it names its person or outlet itself, which no register of ours knows
        # A star on a person or on an organisation that is not in the register uses the note as well.
        if note.marker and note.marker not in uses:
            uses[note.marker] = bool(page.finder.places(note.marker))
        if note.marker and uses[note.marker]:
            continue
        found.append(number)
    return found
