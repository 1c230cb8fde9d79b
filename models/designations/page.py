"""One text with all that the evidence for a name is looked for in: its sentences, notes, marks and labels."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.designations.footnotes import Cover, Note
from models.designations.markers import TAIL, MarkFinder
from models.designations.matcher import Hit
from models.designations.phrases import NO_PHRASES, Phrases
from models.designations.plurals import are_in_row, speaks_of_several
from models.designations.register import UNREGISTERED
from models.designations.stems import Stems
from models.types import Span

_SUFFIX = re.compile(
    r"(?:-[a-zа-я]{2,24}| (?:battalion|regiment|brigade|movement|group|organi[sz]ation|militia"
    r"|project|network|party|cent(?:er|re)|foundation|fund|society|association|channel|division|gang|cartel|front"
    r"|corporation|company|platform|app|messenger|case|subculture|branch|wing|affiliate))\b"
)
_TAIL = re.compile(rf"(?:'s)?[\"')]{{0,2}}(?P<words>{TAIL})(?= [(\[])")  # "ISIS militants (banned in Russia)"
_FEW_WORDS = 40  # code points between a name and a bracket that speaks of "the movement"
_ABOUT_A_GROUP = re.compile(
    r"\((?:(?:the |эта |данная |международная |террористическая |экстремистская )*)"
    r"(?:организаци|движени|группировк|объединени|organi[sz]ation|group|movement)"
)
_LONGEST_ROW = 6  # names that share one label
_LINK = re.compile(r"\*{0,3}\]\([^\s()]{1,300}\)")
# A sentence about the organisation just named, without its name.
OF_IT = re.compile(
    r"\W{0,3}(?:(?:в|на территории) (?:россии|рф|российской федерации|стран\w|нашей стране) )?"
    r"(?:(?:эта|данная|ее|его|их|он[аои]?|обе|оба|все три|the|this|it|they|это|both) (?:[а-я]{4,18} )?)?"
    r"(?:международн\w{2} )?(?:террористическ\w{2} |экстремистск\w{2} )?"
    r"(?:организаци|группировк|движени|деятельност|объединени|структур|сообществ|запрещен|признан"
    r"|organi[sz]ation|group|movement|is |are )"
)
_STOP = re.compile(r"[.!?…](?=[\s\"]|$)")
_ONE_SENTENCE = 200  # code points between a name and the sentence that labels it
_FULL_STOP = re.compile(r"[.!?;\n)]")


@dataclass(frozen=True)
class Page:
    """What the evidence is looked for in. ``phrases`` are labels made of bare words beside a name."""

    text: str
    flat: str
    sentences: Sequence[Span]
    notes: Sequence[Note]
    finder: MarkFinder
    phrases: Phrases = NO_PHRASES
    names: Sequence[tuple[int, int]] = ()  # where names of the register stand that are no everyday words, in order
    shouted: dict[int, bool] = field(default_factory=dict, repr=False)  # by the start of the sentence
    _found: dict[Stems, tuple[list[int], list[str]]] = field(default_factory=dict, repr=False)
    _starts: list[int] = field(init=False, repr=False)
    _cover: Cover = field(init=False, repr=False)
    _touching: dict[int, Note] = field(init=False, repr=False)
    _about_it: list[Note] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [sentence.start for sentence in self.sentences])
        object.__setattr__(self, "_cover", Cover(self.notes))
        object.__setattr__(self, "_touching", {note.start: note for note in self.notes if note.form == "bracket"})
        about_it = [
            note
            for note in self.notes
            if note.form == "end_note" and not note.marker and OF_IT.match(self.flat, note.start, note.end)
        ]
        object.__setattr__(self, "_about_it", about_it)

    def sentence_at(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset, offset
        return self.sentences[index].start, self.sentences[index].end

    def between(self, stems: Stems, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Words of *stems* within *start*..*end*. The text is searched once for all, not once a name."""
        if stems not in self._found:
            found = stems.find(self.flat)
            self._found[stems] = ([at for at, _ in found], [word for _, word in found])
        starts, words = self._found[stems]
        for index in range(bisect_left(starts, start), bisect_left(starts, end)):
            yield starts[index], words[index]

    def note_around(self, offset: int) -> Note | None:
        return self._cover.at(offset)

    def bracket_after(self, end: int) -> Note | None:
        """The inline bracket that follows a name ending at *end*, past its quotes and marks."""
        joined = _SUFFIX.match(self.flat, end)  # «ЛГБТ-сообщества (запрещено в РФ)»
        tail = _TAIL.match(self.flat, end)
        if tail and self.text[slice(*tail.span("words"))].islower():
            joined = tail
        at = end = joined.end() if joined else end
        if link := _LINK.match(self.flat, end):  # "[ISIS](https://…) (banned in Russia)"
            at = end = link.end()
        while at < len(self.flat) and at - end < 8 and self.flat[at] in "\"')*✱,. -":
            at += 1
        note = self._touching.get(at)
        if note:
            return note if "\n" not in self.flat[end:at] else None
        return self._bracket_about(end)

    def _bracket_about(self, end: int) -> Note | None:
        """«ЛГБТ-туры по столице (движение запрещено в РФ)»: a few words later, but it says of what it speaks."""
        opening = self.flat.find("(", end, end + _FEW_WORDS)
        note = self._touching.get(opening)
        if note is None or not _ABOUT_A_GROUP.match(self.flat, opening) or _FULL_STOP.search(self.flat, end, opening):
            return None
        later = bisect_left(self.names, (end, 0))
        return note if later == len(self.names) or self.names[later][0] > opening else None

    def note_about_it(self, end: int) -> Note | None:
        """The sentence without a mark that speaks on about the name ending at *end*: «"Башкорт" … Она запрещена …»."""
        after = bisect_left(self._about_it, end, key=lambda note: note.start)
        note = self._about_it[after] if after < len(self._about_it) else None
        if note is None or not is_one_sentence(self.flat, end, note.start):
            return None
        later = bisect_left(self.names, (end, 0))
        return note if later == len(self.names) or self.names[later][0] > note.start else None

    def label_of_row(self, end: int) -> Note | None:
        """The label in the plural of names in a row, of which one ends at *end*: "X, Y and Z (all banned)"."""
        for _ in range(_LONGEST_ROW):
            at = bisect_left(self.names, (end, 0))
            if at == len(self.names) or not are_in_row(self.flat, end, self.names[at][0]):
                return None
            end = max(stop for start, stop in self.names[at : at + 4] if start == self.names[at][0])
            note = self.bracket_after(end) or self.phrases.of(-1, end)
            if note:
                return note if speaks_of_several(note, self.flat) else None
        return None

    def phrase_beside(self, hit: Hit) -> Note | None:
        """The bare phrase that labels this name."""
        if hit.entry.organisation.id == UNREGISTERED:
            return self.phrases.before(hit.start) or self.phrases.after(hit.end, self.flat)
        return self.phrases.of(hit.outer_start, hit.end) or self.phrases.of(hit.start, hit.outer_end)


def is_one_sentence(flat: str, end: int, start: int) -> bool:
    """Whether a name that ends at *end* stands in the sentence before the one at *start*, or in the same."""
    return start - end <= _ONE_SENTENCE and len(_STOP.findall(flat[end:start])) <= 1
