"""Clauses that label: what a state or body says or does about a group, in the words of English and Russian news.

"X, which Washington considers a terrorist organization"; "X, a gang born in prison, was added to the State
Department's list of foreign terrorist organizations"; "Canada added X to its list"; «X, которую США считают
террористической». A clause must name a status or a list with an authority, or a ban with a place; it is joined to
the one name that it speaks of. Its wording: clause_patterns.py.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.designations import clause_patterns as patterns
from models.designations.footnotes import Cover, Note, make_note
from models.designations.plurals import are_in_row
from models.designations.wording import PLACE, STATUS, may_label

_NEXT = 260  # code points from a name to what the next sentence says of it
_REACH = 200  # and in its own sentence
_DENIAL = 50  # code points before a clause in which a word denies it
_LONGEST_ROW = 8  # names that one clause speaks of
_NEAREST = 6  # names before a clause that are looked at
# Clauses after their name, with what may stand between the two.
_FOLLOWING = (
    (patterns.RELATIVE, patterns.GAP),
    (patterns.PASSIVE, patterns.GAP),
    (patterns.RU_RELATIVE, patterns.RU_GAP),
    (patterns.RU_PASSIVE, patterns.RU_GAP),
)
# Clauses around their name: the verb before it, all that stands before it, and what stands after it.
_SURROUNDING = (
    (patterns.ACTED, patterns.ACTOR, patterns.DONE),
    (patterns.RU_ACTED, patterns.RU_ACTOR, patterns.RU_DONE),
)
_RUSSIAN = (patterns.RU_RELATIVE, patterns.RU_PASSIVE, patterns.RU_NAMING)
_CYRILLIC = "\u0400"
_LEAD, _TAIL = 140, 240  # code points of a clause before and after the word that claims
_AHEAD = 160  # and from that word to a name that follows
_VERB = 80  # code points before a name in which its verb stands


@dataclass(frozen=True, slots=True)
class Labelled:
    """A clause and the name it labels, by the name's start and end."""

    note: Note
    name: tuple[int, int]


def find_clauses(flat: str, names: Sequence[tuple[int, int]], notes: Sequence[Note]) -> list[Labelled]:
    """Clauses that label one of *names* (spans, in order) and lie in none of *notes*, in order of place."""
    if not names or not may_label(flat):
        return []
    reading = _Reading(flat, names, Cover(notes))
    found = [*reading.around(), *reading.after(), *reading.modifiers(), *reading.of_it()]
    taken: list[Labelled] = []
    for one in sorted(found, key=lambda one: (one.note.start, -one.note.end)):
        if not taken or one.note.start >= taken[-1].note.end or one.note == taken[-1].note:
            taken.append(one)
    return taken


class _Reading:
    """One text: its names by start and by end, its sentences and its notes."""

    def __init__(self, flat: str, names: Sequence[tuple[int, int]], cover: Cover) -> None:
        self.flat, self.names, self.cover = flat, names, cover
        self.starts = [start for start, _ in names]
        self.by_end = sorted(names, key=lambda name: name[1])
        self.ends = [end for _, end in self.by_end]
        claims = patterns.CLAIM.starts(flat)
        self.windows = list(self._near_names([claim for claim in claims if flat[claim] < _CYRILLIC]))
        self.ru_windows = list(self._near_names([claim for claim in claims if flat[claim] >= _CYRILLIC]))
        self.stops = [match.start() for match in patterns.SENTENCE_END.finditer(flat)]

    def _near_names(self, claims: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Where a clause may stand: around a word that claims something, not far from a name."""
        begun = ended = -1
        for claim in claims:
            after = bisect_left(self.starts, claim)
            follows = after < len(self.starts) and self.starts[after] - claim < _AHEAD
            before = bisect_right(self.ends, claim) - 1
            if not follows and (before < 0 or claim - self.ends[before] > _NEXT + _LEAD):
                continue
            if ended < claim - _LEAD:
                if ended >= 0:
                    yield begun, ended
                begun = max(0, claim - _LEAD)
            ended = min(len(self.flat), claim + _TAIL)
        if ended >= 0:
            yield begun, ended

    def all(self, pattern: re.Pattern[str], sign: re.Pattern[str] | None = None) -> Iterator[re.Match[str]]:
        """What *pattern* finds in the windows; *sign* is quick to look for and in all of it."""
        for start, end in self.ru_windows if pattern in _RUSSIAN else self.windows:
            if sign and not sign.search(self.flat, start, end):
                continue
            yield from pattern.finditer(self.flat, start, end)

    def is_one_sentence(self, start: int, end: int) -> bool:
        return bisect_left(self.stops, start) == bisect_left(self.stops, end)

    def after(self) -> Iterator[Labelled]:
        """Clauses that follow their name, or stand before it at the beginning of a sentence."""
        for pattern, gap in _FOLLOWING:
            for match in self.all(pattern):
                start, end = match.span()
                if gap is patterns.RU_GAP and not patterns.RU_WHO.search(match["who"] or match.group()):
                    continue
                if self.is_refused(start, end) or patterns.A_PERSON.search(self.flat, start, end):
                    continue
                name = self.before(start, gap) or self.fronting(start, end) or self.spoken_of(start)
                if name and not self.is_of_another(name, start, end):
                    noun = patterns.NOUN_BEFORE.search(self.flat, max(name[1], start - 60), start)
                    yield self.label(noun.start() if noun else start, end, name)

    def is_of_another(self, name: tuple[int, int], start: int, end: int) -> bool:
        """ "Rallies for X were banned in Paris"; "a history of X, banned in Lebanon"."""
        lead = max(0, name[0] - _DENIAL)
        if patterns.WORK_OF.search(self.flat, lead, name[1]) and not STATUS.search(self.flat, start, end):
            return True
        if not patterns.IS_DONE.match(self.flat[name[1] : name[1] + 1] + self.flat[start : start + 12]):
            return False
        return patterns.OF_ANOTHER.search(self.flat, lead, name[0]) is not None

    def row(self, index: int) -> list[tuple[int, int]]:
        """The name at *index* and those joined to it: "X, Y and the Z"."""
        row = [self.names[index]]
        for name in self.names[index + 1 : index + _LONGEST_ROW]:
            if not are_in_row(self.flat, row[-1][1], name[0]):
                break
            row.append(name)
        return row

    def before(self, at: int, gap: re.Pattern[str]) -> tuple[int, int] | None:
        """The last name before *at* in its sentence with nothing but such a gap between."""
        index = bisect_right(self.ends, at) - 1
        for place in range(index, max(-1, index - _NEAREST), -1):
            name = self.by_end[place]
            if at - name[1] > _REACH or not self.is_one_sentence(name[1], at):
                return None
            if gap.fullmatch(self.flat, name[1], at):
                return self.owner(place) if patterns.AND.match(self.flat, name[1]) else name
        return None

    def owner(self, place: int) -> tuple[int, int]:
        """ "the Quds Force, which is part of the Guards and was designated …" speaks of the force."""
        last = self.by_end[place]
        for other in self.by_end[max(0, place - _NEAREST) : place]:
            if patterns.SUBCLAUSE.fullmatch(self.flat, other[1], last[1]):
                return other
        return last

    def fronting(self, start: int, end: int) -> tuple[int, int] | None:
        """ "Added to the list in 2019, the IRGC has …"."""
        lead = self.flat[max(0, start - 3) : start]
        if lead.strip(' "\n.!?'):
            return None
        at = self.next_after(end, patterns.FRONTED)
        return self.names[at] if at is not None and self.flat.find(",", end, self.starts[at]) >= 0 else None

    def next_after(self, end: int, gap: re.Pattern[str]) -> int | None:
        """The place of the name after *end* with nothing but *gap* between; an article may belong to the name."""
        at = bisect_left(self.starts, end)
        is_next = at < len(self.starts) and gap.fullmatch(self.flat, end, self.starts[at])
        return at if is_next else None

    def spoken_of(self, start: int) -> tuple[int, int] | None:
        """ "… MS-13 leaders. The gang has been listed by the US": the last name before."""
        subject = patterns.OF_IT.search(self.flat, max(0, start - 150), start)
        at = bisect_right(self.ends, subject.start() + 1) - 1 if subject else -1
        if subject is None or at < 0 or start - self.ends[at] > _NEXT:
            return None
        stops = bisect_left(self.stops, subject.start() + 1) - bisect_left(self.stops, self.ends[at])
        return self.by_end[at] if stops <= 1 else None

    def of_it(self) -> Iterator[Labelled]:
        """ "… Hezbollah. The U.S. government labels it a terrorist organization"."""
        for match in self.all(patterns.PRONOUN_OBJECT, patterns.OBJECT_CALLED):
            start, end = match.span()
            at = bisect_right(self.ends, start) - 1
            if at < 0 or start - self.ends[at] > _NEXT or self.is_refused(start, end):
                continue
            if bisect_left(self.stops, start) - bisect_left(self.stops, self.ends[at]) <= 1:
                yield self.label(start, end, self.by_end[at])

    def modifiers(self) -> Iterator[Labelled]:
        """ "the US-designated terrorist group X"; "X, a US-designated terrorist group"."""
        for match in self.all(patterns.MODIFIER, patterns.MODIFIES):
            start, end = match.span()
            if self.is_refused(start, end):
                continue
            at = self.next_after(end, patterns.FOLLOWS)
            if at is not None:
                yield self.label(start, end, self.names[at])
            elif not match["bare"] and (name := self.before(start, patterns.GAP)):
                yield self.label(start, end, name)
        russian = [one for one in self.all(patterns.RU_NAMING) if patterns.RU_WHO.search(one["who"])]
        for match in [*self.all(patterns.NAMING, patterns.NAMED_AS), *russian]:
            gap = patterns.FOLLOWS if match.re is patterns.NAMING else patterns.RU_FOLLOWS
            at = self.next_after(match.end(), gap)
            if at is not None and not self.is_refused(*match.span("claim")):
                yield from (self.label(*match.span("claim"), name) for name in self.row(at))
        for match in self.all(patterns.LISTING, patterns.LISTED):
            at = self.next_after(match.end(), patterns.FOLLOWS)
            if at is not None and not self.is_refused(*match.span()):
                yield from (self.label(*match.span(), name) for name in self.row(at))

    def around(self) -> Iterator[Labelled]:
        """ "Canada added X to its list of terrorist entities"."""
        for number, (start, _) in enumerate(self.names):
            if self.cover.at(start):
                continue
            for acted, actor, done in _SURROUNDING:
                windows = self.ru_windows if actor is patterns.RU_ACTOR else self.windows
                if not windows or not acted.search(self.flat, max(0, start - _VERB), start):
                    continue
                before = actor.search(self.flat, max(0, start - _REACH), start)
                if not before or not self.is_one_sentence(before.start(), start):
                    continue
                if actor is patterns.RU_ACTOR and not patterns.RU_WHO.search(before["start"]):
                    continue
                row = self.row(number)
                after = done.match(self.flat, row[-1][1])
                is_alone = (
                    not before.groupdict().get("others")
                    and actor is patterns.ACTOR
                    and before["verb"] in patterns.ALONE
                    and PLACE.search(before["start"])
                )
                if after is None and (not is_alone or patterns.NOT_ITSELF.match(self.flat, row[-1][1])):
                    continue
                until = after.end() if after else row[-1][1]
                if not self.is_refused(before.start(), until):
                    yield from (self.label(before.start(), until, name) for name in row)
                    break

    def is_refused(self, start: int, end: int) -> bool:
        """A plan, a denial, an old ban, or words of another note."""
        if self.cover.at(start) or self.cover.at(end - 1):
            return True
        sentence = self.stops[at - 1] if (at := bisect_left(self.stops, start)) else 0
        return bool(patterns.DENIED.search(self.flat, max(sentence, start - _DENIAL), start))

    def label(self, start: int, end: int, name: tuple[int, int]) -> Labelled:
        while self.flat[end - 1 : end] in (" ", ","):
            end -= 1
        whole = start
        if relative := patterns.PRONOUN.match(self.flat, start, end):
            start = relative.end()
        note = make_note(self.flat, start, end, marker=None, form="phrase")
        if note.jurisdiction is None and patterns.IT.match(self.flat, whole):
            note = replace(note, jurisdiction=self.state_before(whole))
        if note.jurisdiction is None and patterns.WHERE.search(self.flat, max(0, name[0] - _DENIAL), name[0]):
            note = replace(note, jurisdiction=self.state_before(name[0]))
        return Labelled(note, name)

    def state_before(self, at: int) -> str | None:
        """ "Egypt has cracked down on X, which it has branded …": the state named first in the sentence, if any."""
        begin = self.stops[stop - 1] if (stop := bisect_left(self.stops, at)) else 0
        for place in PLACE.finditer(self.flat, max(begin, at - _REACH), at):
            if self.flat[place.end() : place.end() + 1] != "'":  # "Iran's Guards, which it has designated"
                return place.lastgroup
        return None
