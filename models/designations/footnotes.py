"""Notices that label an organisation: end notes and inline brackets (bare phrases: phrases.py).

Where a note starts and ends follows one convention: an end note with its stars and its full stop, an inline bracket
with its brackets.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.designations.closing import INSIDE, is_closing, is_last_line
from models.designations.wording import (
    BAN,
    FOREIGN_AGENT,
    PLACE,
    STATUS,
    is_label,
    jurisdiction_of,
    kind_of,
    may_label,
)
from models.types import Span

Form = Literal["end_note", "bracket", "phrase"]
_BRACKET = re.compile(r"\([^()]{3,260}\)|\[[^\[\]]{8,260}\]")
_SHORT_BRACKET = re.compile(
    r"^[(\[][\s*\"]*(?:организаци\w{1,3},? |движени\w,? |группировк\w,? )?"
    r"(?:(?:также|тоже|аналогично|also|likewise),? )?(?:запрещен\w{0,4}|banned|outlawed|иноагент\w{0,3})"
    r"(?: (?:since|с) \d{4}(?: года)?)?[\s\"*]*[)\]]$"
)
_UNDESIRABLE = re.compile(
    r"^[(\[](?:an? )?[\"']?(?:undesirable[\"']? organi[sz]ation|нежелательн\w{2} организаци\w)[\"']?[^()]{0,30}[)\]]$"
)
# "(a terrorist entity in Canada)", '(also "undesirable" in Russia)', '("extremist", according to a Moscow court)'.
_STATUS_SOMEWHERE = re.compile(
    r"^[(\[](?:(?:also|likewise|both|all|too|itself),? )?(?:an? |the )?[\"']?"
    r"(?:(?:foreign|international|proscribed) ){0,2}"
    r"[\"']?(?:terrorist|extremist|undesirable)s?[\"']?"
    r"(?: (?:organi[sz]ation|group|entity|entitie|movement|network|outfit|gang|cartel|association|communit(?:y|ie))s?)?"
    r"[\"']?,? (?:in|for|by|under|per|according to|as per|on the list of) [^()]{2,60}[)\]]$"
)
# A status and nothing else: a label only right behind a name of the register.
_BARE_STATUS = re.compile(
    r"^[(\[](?:(?:террористическ|экстремистск)\w{2}|terrorist|extremist"
    r"|(?:(?:the|its|whose) )?activit(?:y|ies)(?: of (?:which|the (?:organi[sz]ation|group|movement)))?"
    r" (?:is|are|was|were) (?:banned|forbidden|prohibited)(?: (?:by|in) (?:the |a )?[a-z ]{3,40})?)[)\]]$"
)
# «(в санкционном списке ООН как террористическая)», «(террористическая организация по решению ООН)»
_RU_STATUS_SOMEWHERE = re.compile(
    r"^[(\[](?:(?:в|на) [^()]{3,50} как (?:террористическ|экстремистск)\w{2}(?: (?:организаци|группировк|движени)\w)?"
    r"|(?:террористическ|экстремистск)\w{2} (?:организаци|группировк|движени|сообществ|структур)\w"
    r" (?:по|в|согласно|для) [^()]{2,60})[)\]]$"
)
_OF_A_GROUP = re.compile(
    STATUS.pattern + r"|организаци|движени|группировк|соцсет|деятельност|компани|organi[sz]ation|group|movement"
)
_NOTE_MARK = re.compile(
    r"[(\[]\*{1,3}[)\]]|\(\d{1,2}\)|\*{1,6}|(?:\\\*){1,6}|✱{1,3}|[¹²³⁴⁵⁶⁷⁸⁹†‡]{1,2}|\[\d{1,2}\]"
    r"|(?<![\w.,])\d{1,2}(?=[.)]? ?(?:- ?)?[\w\"])"
    r"|(?<=[^\d\s][.!?\"])\d(?= ?[^\W\d])"
)
_NOTE_MARK_FIRST = re.compile(r"[(*\\✱¹²³⁴⁵⁶⁷⁸⁹†‡\[0-9]")
# "*, ** — организации, запрещённые в РФ": one note for several marks.
_MORE_MARKS = re.compile(
    r"(?:(?:,|/|;| и| and)? ?(?:\*{1,6}|(?:\\\*){1,6}|✱{1,3}|[¹²³⁴⁵⁶⁷⁸⁹†‡]{1,2}|\[\d{1,2}\])){1,5}(?=[ -]{0,3}[^\W\d])"
)
_RUNS = [re.compile(rf"(?<!\*)\*{{{length}}}(?!\*)") for length in range(7)]  # of exactly so many stars
_ONE_MARK = re.compile(r"\*{1,6}|✱{1,3}|[¹²³⁴⁵⁶⁷⁸⁹†‡]{1,2}|\[\d{1,2}\]")
_GLUED_FIGURE = re.compile(r"(?<=[^\W\d_])[\"')]{0,2}(\d{1,2})(?=[\s.,;:!?)\"]|$)")
_MARK_ENDS = tuple("*✱]¹²³⁴⁵⁶⁷⁸⁹†‡")
_NOTE_LEAD = " _-•\t>🛑❗⚠️\ufe0f"
_SENTENCE_END = re.compile(r"[.!?…](?=[\s*_]|$)")
_SHORT_NOTE = re.compile(
    r"^(?:международн\w{2,3} )?(?:террористическ|экстремистск)\w{2,3} (?:организаци|группировк|движени|сообществ)"
    r"|^(?:an? )?(?:international )?(?:terrorist|extremist|foreign terrorist) (?:organi[sz]ation|group|movement)"
    r"|^внесен|^(?:an? )?undesirable organi[sz]ation|^нежелательн\w{2} организаци"
    r"|^(?:according to|under|by) (?:the )?[\w.' ]{2,40}?(?:laws?|list|court"
    r"|legislation),? (?:an? )?(?:terrorist|extremist)"
    r" (?:organi[sz]ation|group|movement)"
    r"|^по (?:решению|закон|верси)\w{0,3} [^,.;]{2,60},? (?:террористическ|экстремистск)\w{2,3} (?:организаци"
    r"|группировк|движени)"
)
# The notice that Russian law prescribes to outlets and persons on the register of foreign agents, word for word.
_NOTICE = re.compile(
    r"(?:данн|настоящ)(?:ое|ый|ий|ее) (?:сообщение|материал|публикация) (?:\([\w ]{3,30}\) ){0,2}"
    r"(?:создан|произведен|подготовлен|распространен)[оы]?(?: и| либо| или|,)?(?: \(или\))?"
    r"(?: (?:создан|распространен)[оы]?)? [^.\n]{0,400}?иностранн\w{2,3} агент\w{0,3}[^.\n]{0,160}\.?"
)
_STATUS_ALONE = re.compile(
    r"[(\[ ,](?:международн\w{2} |foreign |international )?[\"']?"
    r"(?:террористическ|экстремистск|terrorist|extremist)\w{0,2}[\"']? "
    r"(?:организаци|группировк|движени|сообществ|organi[sz]ation|group)\w{0,3}[)\]]$"
)
_CLAIM_START = re.compile(
    r"[\s\"-]{0,4}(?:the |an? |both |all |обе |оба |все )?(?:запрещен|признан|деятельност|организаци|террористическ"
    r"|экстремистск|международн\w{2,3} террор|внесен|включен|объявлен|ликвидирован|компани|соцсет|движени|группировк"
    r"|сообществ|объединени|формировани|находится под санкци|решением|(?:в|на территории) росси"
    r"|terror|extremis|banned|outlawed|prohibited|forbidden|designated|recogni[sz]ed|listed|included|declared"
    r"|international terror|organi[sz]ation|groups?\b|movement|association|network|part of|branch of)"
)
_SAYS_AT_ONCE = re.compile(rf"{_CLAIM_START.pattern}|[\s-]{{0,3}}(?:{FOREIGN_AGENT.pattern})")
_LINK = re.compile(r"\]\(\S{1,300}\)[ \xa0]?$")
_LONGEST_LINK = 310
_SHORTEST_NOTE = 10  # code points of a note before another on its line
_CLOSE_BY = 3  # code points between a name and a bracket that stands right behind it
_BOLD = 4  # asterisks of an opening and a closing bold
_CLOSING = 260  # code points: how far from the end a sentence without a star still counts as a closing note


@dataclass(frozen=True, slots=True)
class Note:
    """A notice found. ``marker`` is the mark it begins with; ``form`` how it stands in the text."""

    start: int
    end: int
    kind: str
    jurisdiction: str | None
    marker: str | None
    form: Form
    also: tuple[str, ...] = ()  # further marks that the same note explains

    @property
    def marks(self) -> tuple[str, ...]:
        """All marks that it explains; none where it has none of its own."""
        return (self.marker, *self.also) if self.marker else self.also


class Cover:
    """Which offsets lie in a note; notes do not overlap."""

    def __init__(self, notes: Sequence[Note]) -> None:
        self._notes = sorted(notes, key=lambda note: note.start)
        self._starts = [note.start for note in self._notes]

    def at(self, offset: int) -> Note | None:
        """The note that holds *offset*."""
        index = bisect_right(self._starts, offset) - 1
        return self._notes[index] if index >= 0 and offset < self._notes[index].end else None


def find_notes(text: str, flat: str, sentences: Sequence[Span], *, names: Sequence[tuple[int, int]] = ()) -> list[Note]:
    """End notes and inline brackets, in order, none inside another. *flat* is `Folding.flat` of *text*.

    A bracket that holds one of *names* (spans, in order) needs no other sign that it speaks of an organisation.
    """
    if not may_label(flat):
        return []
    notices = [
        make_note(flat, *found.span(), marker=None, form="end_note")
        for found in _NOTICE.finditer(flat)
        if flat[max(0, found.start() - 4) : found.start()].rstrip(" ")[-1:] not in _MARK_ENDS
    ]
    ends = [*notices, *_end_notes(flat, notices)]
    found = [*ends, *_brackets(text, flat, ends, names)]
    found += _closing_sentences(flat, sentences, found)
    return sorted(found, key=lambda note: (note.start, -note.end))


def _brackets(text: str, flat: str, notes: Sequence[Note], names: Sequence[tuple[int, int]]) -> list[Note]:
    found = []
    starts = [start for start, _ in names]
    cover = Cover(notes)
    for match in _BRACKET.finditer(flat):
        inside = match.group()
        if _BARE_STATUS.match(inside):
            before = bisect_left(starts, match.start()) - 1
            if before < 0 or match.start() - names[before][1] > _CLOSE_BY:
                continue
        elif not (_says_label(inside) or _SHORT_BRACKET.match(inside)):
            continue
        at = bisect_left(starts, match.start())
        is_about_name = (at < len(starts) and starts[at] < match.end()) or _stands_by_name(text, match.start())
        if not _OF_A_GROUP.search(inside) and not is_about_name:
            continue  # "smoking (banned in Russia since 2014)"
        if cover.at(match.start()) is None:
            found.append(make_note(flat, match.start(), match.end(), marker=None, form="bracket"))
    return found


def _stands_by_name(text: str, start: int) -> bool:
    """Whether the word before a bracket has a capital, or is in quotes."""
    start = skip_link(text, start)
    before = text[max(0, start - 40) : start].replace("-", " ").split()
    return bool(before) and (any(c.isupper() for c in before[-1]) or before[-1][-1] in "\"»”“’'*✱")


def skip_link(text: str, at: int) -> int:
    """Where the words end that a Markdown link before *at* stands behind: ``[Name](https://…) (banned …)``."""
    link = _LINK.search(text, max(0, at - _LONGEST_LINK), at)
    return link.start() if link else at


def _says_label(inside: str) -> bool:
    if is_label(inside):
        return True
    if (_STATUS_SOMEWHERE.match(inside) or _RU_STATUS_SOMEWHERE.match(inside)) and PLACE.search(inside):
        return True
    if len(inside) < 80 and _STATUS_ALONE.search(inside):  # "(принадлежит Meta, экстремистская организация)"
        return True
    if len(inside) < 60 and _UNDESIRABLE.match(inside):
        return True
    # "(иноагент)", "(в реестре «иноагентов»)", "(также в реестре «иностранных агентов»)"
    return bool(FOREIGN_AGENT.search(inside)) and len(inside) < 60


def _end_notes(flat: str, notices: Sequence[Note]) -> list[Note]:
    found: list[Note] = []
    cover = Cover(notices)
    marks = _marks_of_notes(flat)
    glued = frozenset(_GLUED_FIGURE.findall(flat)) if any(mark.group().isdigit() for mark in marks) else frozenset()
    for index, mark in enumerate(marks):
        if (found and mark.start() < found[-1].end) or cover.at(mark.start()):
            continue
        limit = min(_line_end(flat, mark.end()), mark.end() + 420)
        if index + 1 < len(marks):
            limit = min(limit, marks[index + 1].start())
        if mark.group() == "**" and "**" in flat[mark.end() : limit] and not _CLAIM_START.match(flat, mark.end()):
            continue  # a line that begins in bold
        more = _MORE_MARKS.match(flat, mark.end(), limit)
        begins_early = not mark.group().isdecimal() or mark.group() in glued
        end = _note_end(flat, more.end() if more else mark.end(), limit, is_mark=begins_early)
        if end:
            start, marker = mark.start(), mark.group().replace("\\", "")
            if len(marker) > _BOLD and marker[0] == "*" and not _stands_again(flat, marker, start):
                marker = marker[_BOLD:]  # Telegram's bold around a note's own star: "*****Banned"
            elif marker == "***" and not _stands_again(flat, marker, start) and _has_bold(flat, found):
                start, marker = start + 2, "*"  # and "***Banned"
            note = make_note(flat, start, end, marker=marker, form="end_note")
            found.append(replace(note, also=tuple(_ONE_MARK.findall(more.group().replace("\\", "")))) if more else note)
    return found


def _has_bold(flat: str, notes: Sequence[Note]) -> bool:
    """Whether two stars are Telegram's bold, and no mark of their own."""
    return flat.count("**") > 2 and all(note.marker != "**" for note in notes)


def _marks_of_notes(flat: str) -> list[re.Match[str]]:
    marks: list[re.Match[str]] = []
    line_end = -1  # of the line in which a note has begun
    for mark in _note_marks(flat):
        is_later = mark.end() < line_end and mark.start() - marks[-1].end() > _SHORTEST_NOTE
        if _begins_note(flat, mark) or (is_later and _follows_note(flat, mark, line_end)):
            marks.append(mark)
            if mark.end() > line_end:
                line_end = _line_end(flat, mark.end())
    return marks


def _follows_note(flat: str, mark: re.Match[str], line_end: int) -> bool:
    """ "*Banned in Russia **Foreign agent": a note on the line of another, with no full stop between."""
    before, sign = flat[mark.start() - 1], mark.group()
    is_apart = before == " " and sign[0] in _MARK_ENDS
    is_glued = before.isalnum() and sign[0] == "*" and len(sign) > 1  # "in Russia**Foreign agent"
    if not (is_apart or is_glued) or not _SAYS_AT_ONCE.match(flat, mark.end()):
        return False
    if sign[0] != "*":
        return sign not in flat[mark.end() : line_end]
    return _RUNS[len(sign)].search(flat, mark.end(), line_end) is None


def _stands_again(flat: str, marker: str, start: int) -> bool:
    """Whether *marker* stands elsewhere. Not `str.count`: with a note a line that would read the text once a line."""
    return flat.find(marker, start + len(marker)) >= 0 or flat.find(marker, 0, start) >= 0


def _note_marks(flat: str) -> Iterator[re.Match[str]]:
    done = 0
    for first in _NOTE_MARK_FIRST.finditer(flat):  # a plain set of characters is searched for many times faster
        if first.start() >= done and (mark := _NOTE_MARK.match(flat, first.start())):
            done = mark.end()
            yield mark


def _begins_note(flat: str, mark: re.Match[str]) -> bool:
    """At the beginning of a line, or after a finished sentence; and something is written after it."""
    before = mark.start()
    while before > 0 and flat[before - 1] in _NOTE_LEAD and mark.start() - before < 8:
        before -= 1
    after = flat[mark.end() : mark.end() + 4].lstrip(" _-.)")
    if not after or after[0] == "\n":
        return False
    at_line_start = before == 0 or flat[before - 1] == "\n"
    if at_line_start:
        return True
    if flat[before - 1] not in '.!?…;"»)]' or mark.group()[0] == "[":
        return False
    # In the middle of a line: "… the city. *Banned in Russia", or the mark glued to the full stop of a scraped text.
    is_glued = flat[mark.end()].isalpha() or mark.group().isdigit()
    return before < mark.start() or (flat[before - 1] in ".!?" and is_glued)


def _note_end(flat: str, start: int, limit: int, *, is_mark: bool) -> int:
    """The end of the last sentence of the note that still says so, or 0 where nothing does.

    *is_mark*: it begins with a star or the like, or with a figure that also stands behind a word; other figures begin
    too many other things.
    """
    segment = flat[start:limit].lstrip(" _-.)")
    offset = limit - start - len(segment)
    if not is_mark and not _CLAIM_START.match(segment):
        return 0
    end = 0
    at = 0
    while at < len(segment) and (end or at < 300):
        stop = _SENTENCE_END.search(segment, at)
        until = stop.end() if stop else len(segment)
        sentence = segment[at:until]
        said = INSIDE.sub("", sentence)  # what a bracket says in a sentence of news labels only what stands before it
        says = is_label(said) or (is_mark and not end and _is_short_note(sentence))
        if says:
            end = until
        elif end or (stop and until > 60):
            break
        at = until
    if not end:
        return 0
    kept = segment[:end].rstrip(" -\n*")
    return start + offset + len(kept)


def _is_short_note(sentence: str) -> bool:
    short = sentence.strip(' _"-.')
    if len(short) > 160:
        return False
    return bool(
        _SHORT_NOTE.match(short)
        or FOREIGN_AGENT.search(short[:90])
        or (BAN.search(short) and len(short) < 40 and _CLAIM_START.match(short))
    )


def _closing_sentences(flat: str, sentences: Sequence[Span], notes: Sequence[Note]) -> list[Note]:
    """A note without a mark: a sentence of its own at the end of the text that does nothing but label."""
    found: list[Note] = []
    for sentence in reversed(sentences):
        if (found[-1].start if found else len(flat) - _CLOSING) - sentence.end > _CLOSING:
            break
        text = flat[sentence.start : sentence.end]
        if len(text) > 240 or any(n.start < sentence.end and sentence.start < n.end for n in notes):
            continue
        is_lone = sentence.start == 0 or flat[sentence.start - 1] == "\n"
        closes = (is_closing(text) and (is_lone or len(text) < 200)) or (is_lone and is_last_line(flat, sentence))
        if closes and sentence.start > 0:
            kept = text.rstrip(" -")
            lead = len(text) - len(text.lstrip(" -"))
            own = _OWN_MARK.match(text)  # "Meta* is …": the mark stands in the note itself
            marker = own.group("mark") if own else None
            found.append(
                make_note(flat, sentence.start + lead, sentence.start + len(kept), marker=marker, form="end_note")
            )
    return found


_OWN_MARK = re.compile(r"^[^.!?*✱]{2,60}(?P<mark>\*{1,6}|✱)")


def make_note(flat: str, start: int, end: int, *, marker: str | None, form: Form) -> Note:
    text = flat[start:end]
    return Note(start, end, kind_of(text), jurisdiction_of(text), marker, form)


def _line_end(flat: str, at: int) -> int:
    end = flat.find("\n", at)
    return len(flat) if end < 0 else end
