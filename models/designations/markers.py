"""Asterisks and other marks beside a name, and the marks that are something else.

A star is a marker only next to a name of the register: after it, after the quote, bracket or stop that closes it, or
one lower-case word late ("is militants*"). Markdown emphasis, bullets, sums and censored words are not markers.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from models.designations.footnotes import Note
from models.designations.wording import FOREIGN_AGENT, GROUP_NOUN

_MARK = r"(?P<mark>(?:\\\*){1,6}|\*{1,8}|✱{1,3}|[¹²³⁴⁵⁶⁷⁸⁹†‡]{1,2}|\[\d{1,2}\]|\(\d{1,2}\)|[(\[]\*{1,3}[)\]])"
_CLOSE = r"[\"')\],.!?]{0,4}"
_TAGS = "\0{0,40}"  # what is left of markup: "<b>ISIS</b>*"
_AFTER = re.compile(rf"(?:'s)?{_TAGS}{_CLOSE}{_TAGS}{_MARK}(?![\d*])")
_LATE = re.compile(rf"(?:'s)?{_CLOSE} (?P<word>[a-zа-я][\w-]{{0,24}}){_CLOSE}{_MARK}(?![\d*])")
OF_A_GROUP = (
    r"(?:groups?|groupings?|organi[sz]ations?|movements?|regiments?|battalions?|brigades?|units?|network|party|militias?"
    r"|fighters|militants|terrorists|members?|supporters|followers|adherents|activists|sect|cult|formations?|cell|gang"
    r"|legion|corps|detachment|structures?|associations?|community|outfit|jihadists|gunmen|insurgents|caliphate|loyalists|sympathi[sz]ers)"
)
_ADJECTIVES = r"(?: (?!and\b|or\b|with\b|of\b|in\b|by\b|to\b|the\b)[a-z][a-z-]{1,20}){0,2}"
# "the Azov nationalist battalion": the noun and what describes it.
TAIL = rf"{_ADJECTIVES} {OF_A_GROUP}"
_NOUN = re.compile(rf"(?:'s)?{_CLOSE}(?P<words>{TAIL}){_CLOSE}{_MARK}(?![\d*])")
# "*«Azov»": some put the mark before the name.
_AHEAD = re.compile(r"(?<![\w*✱\\])(?P<mark>(?:\\\*){1,4}|\*{1,4}|✱{1,3}|[¹²³⁴⁵⁶⁷⁸⁹†‡]{1,2}|\[\d{1,2}\])[\"'(]{0,2}$")
_JOINED = re.compile(rf"-(?P<word>[a-zа-я][a-zа-я-]{{0,24}}){_CLOSE}{_MARK}(?![\d*])")
_HEAD_NOUN = (
    r"(?: (?:group|movement|organi[sz]ation|regiment|battalion|brigade|network|party|militia|front|cult)"
    r"| \([^()\n]{2,12}\))?"
)
_SPACED = re.compile(rf"{_CLOSE}{_HEAD_NOUN}{_CLOSE} {_MARK}(?=[\s.,;:!?)\]]|$)")
_LINK_TAIL = re.compile(r"\]\(\S{1,300}?\)")
_DIGIT = re.compile(r"[\"')]?(?P<mark>\d{1,2})(?=[\s.,;:!?)\"]|$)")
_STARS = re.compile(r"\*\*{0,7}|\\\*(?:\\\*){0,7}|\n[ \t]*\n")  # each begins with its literal: quick to look for
_LINE_REACH = 80  # code points: a single-star emphasis is a word or a phrase, not a paragraph
_STAR_CHARACTERS = "*✱"
_FIGURES, _RAISED = "0123456789", "¹²³⁴⁵⁶⁷⁸⁹"
_ENDS_AHEAD = frozenset("\"'(*✱¹²³⁴⁵⁶⁷⁸⁹†‡]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark beside a name; ``is_late`` where a word stands between."""

    start: int
    end: int
    text: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class MarkFinder:
    """Looks for the mark of a name. ``stars`` gives, for each run of asterisks, the part that is not Markdown."""

    text: str
    flat: str
    stars: dict[int, tuple[int, int]]
    known: frozenset[str]
    own: frozenset[int]
    of_groups: frozenset[str] = frozenset()  # marks whose note says that it speaks of an organisation

    def of(self, start: int, end: int) -> Mark | None:
        """The mark of the name in *start*..*end*, behind it or before it."""
        return self.beside(end) or self.ahead(start)

    def beside(self, end: int) -> Mark | None:
        """The mark that belongs to a name ending at *end*; None where there is none."""
        end = self._past_emphasis(end)
        return (
            self._take(_AFTER, end)
            or self._take(_JOINED, end)
            or self._spaced(end)
            or self._noun(end)
            or self._late(end)
            or self._digit(end)
            or self._past_link(end)
        )

    def _past_link(self, end: int) -> Mark | None:
        """The mark behind a Markdown link: ``[ISIS](https://…) *``."""
        if self.flat[end : end + 2] != "](":
            return None
        link = _LINK_TAIL.match(self.flat, end)
        return (self._take(_AFTER, link.end()) or self._spaced(link.end())) if link else None

    def _past_emphasis(self, end: int) -> int:
        """Where the stars end that close the bold of a name: "**ISIS**¹"."""
        at = end
        while at - end < 3 and self.flat[at : at + 1] in ('"', ")", "."):
            at += 1
        left = self.stars.get(at)
        if left is None or left[1] > left[0]:
            return end
        while self.flat[at : at + 1] == "*":
            at += 1
        return at

    def _take(self, pattern: re.Pattern[str], end: int, *, is_late: bool = False) -> Mark | None:
        match = pattern.match(self.flat, end)
        if not match or match.start("mark") in self.own:
            return None
        start, stop = match.span("mark")
        if self.flat[start] == "*":
            start, stop = self.stars.get(start, (start, start))
        text = self.text[start:stop].replace("\\", "")  # stars that Markdown is told not to read: "ISIS\*"
        # Figures and daggers are common in other uses: they need a note that begins with the same mark.
        if not text or (text[0] not in _STAR_CHARACTERS and not self._is_known(text)):
            return None
        return Mark(start, stop, text, is_late)

    def _is_known(self, mark: str) -> bool:
        """Whether a note begins with it; where figures have notes, a figure without one is a mark all the same."""
        figures = next((some for some in (_FIGURES, _RAISED, "[") if mark[0] in some), "")
        return mark in self.known or any(known[0] in figures for known in self.known)

    def _late(self, end: int) -> Mark | None:
        match = _LATE.match(self.flat, end)
        if not match:
            return None
        # A surname between them has the mark itself, unless its note is no note about a person («"Азова" Билецкого*»).
        is_free = self.text[match.start("word")].islower() or match["mark"] in self.of_groups
        if not is_free:
            return None
        return self._take(_LATE, end, is_late=True)

    def ahead(self, start: int) -> Mark | None:
        """The mark before a name that starts at *start*, where a note of the text begins with the same."""
        if self.flat[start - 1 : start] not in _ENDS_AHEAD:
            return None
        match = _AHEAD.search(self.flat, max(0, start - 10), start)
        if not match or match.start("mark") in self.own:
            return None
        begin, stop = match.span("mark")
        if self.flat[begin] == "*":
            begin, stop = self.stars.get(begin, (begin, begin))
        text = self.text[begin:stop].replace("\\", "")
        return Mark(begin, stop, text) if text in self.known else None

    def _noun(self, end: int) -> Mark | None:
        match = _NOUN.match(self.flat, end)
        if not match or not self.text[slice(*match.span("words"))].islower() or match["mark"] not in self.known:
            return None
        return self._take(_NOUN, end)

    def _spaced(self, end: int) -> Mark | None:
        mark = self._take(_SPACED, end)
        return mark if mark and mark.text in self.known else None

    def _digit(self, end: int) -> Mark | None:
        match = _DIGIT.match(self.flat, end)
        if not match or not self._is_known(match["mark"]) or match.start("mark") in self.own:
            return None
        return Mark(match.start("mark"), match.end("mark"), match.group("mark"))

    def places(self, mark: str) -> list[int]:
        """Where *mark* stands behind a word, not counting Markdown and the beginnings of notes."""
        return list(_mark_places(self.flat, mark, self.stars, self.own))


def make_finder(text: str, flat: str, notes: Collection[Note]) -> MarkFinder:
    """The finder for one text; *notes* are its end notes and brackets."""
    own = frozenset(note.start for note in notes if note.marker)
    known = frozenset(mark for note in notes for mark in note.marks)
    of_groups = frozenset(mark for note in notes if _is_of_group(flat[note.start : note.end]) for mark in note.marks)
    return MarkFinder(text, flat, read_stars(flat, own), known, own, of_groups)


def _is_of_group(words: str) -> bool:
    return bool(GROUP_NOUN.search(words)) and not FOREIGN_AGENT.search(words)


def read_stars(flat: str, own: Collection[int]) -> dict[int, tuple[int, int]]:
    """For each run of asterisks by its start: the range of it that Markdown emphasis leaves over (may be empty).

    *own* are the starts of stars that begin a note: they open no emphasis.
    """
    left: dict[int, tuple[int, int]] = {}
    opener: tuple[int, int] | None = None  # start and length of the run that may open an emphasis
    for match in _STARS.finditer(flat):
        start, end = match.span()
        if match.group()[0] == "\n":
            opener = None
            continue
        left[start] = (start, end)
        if start in own or flat[start] == "\\":
            continue
        before = flat[start - 1] if start else " "
        after = flat[end] if end < len(flat) else " "
        length = end - start
        if opener and not before.isspace() and length >= opener[1] and _reaches(flat, opener, start):
            left[opener[0]] = (opener[0], opener[0])
            left[start] = (start, end - opener[1])
            opener = None
        elif not after.isspace() and not before.isalnum() and before not in "\"')]*.,!?":
            opener = (start, length)
    return left


def _reaches(flat: str, opener: tuple[int, int], start: int) -> bool:
    inside_start = opener[0] + opener[1]
    if opener[1] > 1:
        return True
    return start - inside_start <= _LINE_REACH and "\n" not in flat[inside_start:start]


def _mark_places(flat: str, mark: str, stars: dict[int, tuple[int, int]], own: Collection[int]) -> Iterator[int]:
    if mark and mark[0] == "*":
        for run, (start, end) in stars.items():
            length = flat.count("*", start, end)
            if run not in own and length == len(mark) and start and not flat[start - 1].isspace():
                yield start
        return
    for match in re.finditer(rf"(?<!\d){re.escape(mark)}(?!\d)", flat):
        is_ahead = (
            flat[match.start() - 1 : match.start()].isspace() and not flat[match.end() : match.end() + 1].isspace()
        )
        if match.start() not in own and match.start() > 0 and not is_ahead:
            yield match.start()
