"""Datelines: the line that opens an agency report, ``PLACE, date — Agency``, in English and Russian.

Exact rules, no learning. Every pattern is matched against a window of bounded length, so the work does not grow
with the article. The styles follow the agencies' own habit: ``WASHINGTON (AP) —``, ``LONDON, Jan 5 (Reuters) -``,
``МОСКВА, 5 янв — РИА Новости.``, ``Москва. 5 января. ИНТЕРФАКС -``, ``МОСКВА, 5 января. /ТАСС/.``
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from models.source_bias.dates import DATE, read_date
from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import words
from models.types import Dateline

_WINDOW = 200  # code points: the longest dateline seen in 280 had 47
_SEARCHED = 4_000  # code points from the start of the article
_LINES = 12
_PLAIN_LINES = 6  # a place and a dash alone count only this near the top, empty lines counted
_INLINE = 600  # code points in which a dateline may follow a headline on the same line

_WORD = r"(?:(?:ST|FT|MT|St|Ft|Mt|г|пос)\.|D\.C\.|(?:[СS]\.-)?[^\W\d_](?:[^\W\d_]|['’.‑-](?=[^\W\d_]))*)"
_NAME = rf"{_WORD}(?:[ \xa0](?!{DATE}){_WORD}){{0,4}}"
_PLACE = re.compile(rf"(?!{DATE}){_NAME}(?:/{_NAME}){{0,2}}")
_REGION = re.compile(
    rf",[ \xa0](?!{DATE})((?:[A-Z]\.){{2,3}}|{_WORD}(?:[ \xa0]{_WORD}){{0,2}}\.?)(?=\s*(?:[,.(/—–-]|$))"
    r"|[ \xa0]\(([^\W\d_][^()\n]{1,40})\)(?=\s?,)"
)
_DATE = re.compile(rf"(?:[.,]?\s{{1,2}}|,)({DATE})", re.I)
_FIRST_DATE = re.compile(DATE, re.I)
_BRACKET = re.compile(r"[.,]?\s{0,2}(?:[—–-]{1,2}\s{0,2})?(?:\(([^()\n]{2,40})\)|/([^/\n]{2,40})/)")
_BEFORE_AGENCY = re.compile(r"[.,]?\s{0,2}(?:(?:[—–-]{1,3}|/)\s{0,2}|(?<=[.,]\s))")
_CREDIT_WORD = re.compile(r"[^\s.,:;()/—–]+(?:\.(?:ru|com|ua)\b)?", re.I)
_AFTER_AGENCY = re.compile(r"\s{0,2}(?:[.,:;/(—–-]|$)", re.M)
_NEW_SENTENCE = re.compile(r"\s{1,2}(?=[A-ZА-ЯЁ])")
_DASH = re.compile(r"\.?\s{0,2}(?:[—–-]{1,3}|:)(?=\s)")
_PLAIN_DASH = re.compile(r"(?:\s{1,2}[—–-]{1,2}|--)\s{1,3}(?=[\"“‘'«]{0,2}[A-ZÀ-Þ0-9])")
_STOP = re.compile(r"\s{0,2}[.—–:-]|\s{0,2}\n")
_UNKNOWN_CREDIT = re.compile(r"[^\W\d_]{3,}(?: [^\W\d_]+){0,3}")
_SENTENCE_START = re.compile(r"(?<=[.!?…»”\"])\s{1,3}(?=[^\W\d_])")
_LINE_START = re.compile(r"^[^\S\n]{0,8}(?=\S)", re.M)

_SMALL_WORDS = words("and de del di da do du la le of on upon the и на")
_PREPOSITIONS = words("в во на из к с со по от до у in on at by from since after until before the a an")
_NO_PLACE = words(
    "EXCLUSIVE BREAKING UPDATE UPDATED WATCH VIDEO VIDEOS PHOTO PHOTOS LIVE OPINION ANALYSIS REVIEW FACTBOX TIMELINE "
    "EXPLAINER CORRECTED CORRECTION NOTE WARNING REPORT POLL QUIZ SPOILER ADVERTISEMENT NEWS TOP FIRST EDITORIAL "
    "COMMENT INTERVIEW PODCAST READ MORE RELATED FAQ NATO FBI CIA UN EU UK US USA GOP PART CHAPTER DAY STEP FACT "
    "CLAIM UNDATED COVID ISIS ISIL FILE"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one window of text was read as; offsets count from the window's start."""

    end: int
    place: str | None = None
    date: str | None = None
    agency: str | None = None
    start: int = 0


def find_dateline(text: str, outlets: OutletRegister) -> Dateline | None:
    """The first dateline of *text*; its span runs from the place (or date, or agency) to the last part given."""
    for start, is_plain_allowed in _starts(text[:_SEARCHED]):
        reading = _read(text[start : start + _WINDOW], outlets, is_plain_allowed=is_plain_allowed)
        if reading:
            return Dateline(
                start + reading.start,
                start + reading.end,
                place=reading.place,
                date=reading.date,
                agency=reading.agency,
            )
    return None


def _starts(head: str) -> Iterator[tuple[int, bool]]:
    for line in islice(_LINE_START.finditer(head), _LINES):
        yield line.end(), head.count("\n", 0, line.end()) < _PLAIN_LINES
    for sentence in _SENTENCE_START.finditer(head, 0, _INLINE):
        yield sentence.end(), False


def _read(window: str, outlets: OutletRegister, *, is_plain_allowed: bool) -> _Reading | None:
    return (
        _agency_first(window, outlets)
        or _date_first(window, outlets)
        or (_place_first(window, outlets, is_plain_allowed=is_plain_allowed))
    )


def _agency_first(window: str, outlets: OutletRegister) -> _Reading | None:
    """``ТАСС, 5 января.``, ``(Reuters) -``, ``/ТАСС/.``"""
    if bracket := _BRACKET.match(window):
        known = outlets.agency(bracket[1] or bracket[2])
        if known and (_DASH.match(window, bracket.end()) or bracket[2]):
            group = 1 if bracket[1] else 2
            return _Reading(bracket.end(group), agency=known[1], start=bracket.start(group))
        return None
    credit = _known_credit(window, 0, outlets)
    date = _DATE.match(window, credit[0]) if credit else None
    if credit is None or date is None or not _is_stopped(window, date.end()):
        return None
    read = read_date(date[1])
    return _Reading(_without_stop(window, date.end()), date=read, agency=credit[1]) if read else None


def _date_first(window: str, outlets: OutletRegister) -> _Reading | None:
    """``5 янв - РИА Новости.``, ``Jan 5 (Reuters) -``: nothing but a known agency makes a date a dateline."""
    date = _FIRST_DATE.match(window)
    read = read_date(date[0]) if date else None
    if date is None or read is None:
        return None
    credit = _credit_after(window, date.end(), outlets)
    return _Reading(credit[0], date=read, agency=credit[1]) if credit and credit[2] else None


def _place_first(window: str, outlets: OutletRegister, *, is_plain_allowed: bool) -> _Reading | None:
    matched = _PLACE.match(window)
    if not matched or matched[0].split()[0].lower() in _PREPOSITIONS:
        return None
    place, end = matched[0], matched.end()
    case, place = _case(place), _title_case(place)
    for _ in range(2):  # "СУДАК (Крым)", "DES MOINES, Iowa", "Bay, Town (Region)"
        region = _REGION.match(window, end)
        if not region or outlets.agency(region[2] or ""):
            break
        end = region.end()
        place += f", {_region(region[1])}" if region[1] else f" ({region[2]})"
    date, read = _DATE.match(window, end), None
    if date and (read := read_date(date[1])):
        end = date.end()
    credit = _credit_after(window, end, outlets, is_full=bool(read) and case == "upper")
    if credit and _is_dateline(case, has_date=bool(read), is_known=credit[2]):
        return _Reading(credit[0], place, read, credit[1])
    if read and ((case == "upper" and _is_stopped(window, end)) or (case == "title" and _DASH.match(window, end))):
        return _Reading(_without_stop(window, end), place, read)
    is_plain = is_plain_allowed and case == "upper" and not read and _is_plain_place(window, matched[0], end)
    return _Reading(end, place) if is_plain else None


def _is_dateline(case: str, *, has_date: bool, is_known: bool) -> bool:
    """How a place must be written for what follows it to make a dateline. All-lower-case copies of Russian
    agency texts exist: there a date and a known agency are both asked for."""
    if case == "lower":
        return has_date and is_known
    return is_known or case == "upper"


def _is_stopped(window: str, end: int) -> bool:
    return window[end - 1] == "." or _STOP.match(window, end) is not None


def _without_stop(window: str, end: int) -> int:
    """Where a date closes the dateline, its full stop is the sentence's."""
    return end - 1 if window[end - 1] == "." else end


def _is_plain_place(window: str, place: str, end: int) -> bool:
    """``WASHINGTON —`` with nothing else. Russian agencies always give more, and a Russian dash is also a verb."""
    parts = place.split()
    return (
        place.isascii()
        and 1 <= len(parts) <= 3
        and parts[0] not in _NO_PLACE
        and len(place) >= 3
        and _PLAIN_DASH.match(window, end) is not None
        and any(character.islower() for character in window[end : end + 40])
    )


def _credit_after(
    window: str, start: int, outlets: OutletRegister, *, is_full: bool = False
) -> tuple[int, str, bool] | None:
    """The agency credited at *start*: where its name ends, its usual spelling, whether the register knows it.
    After place and date in full a stop lost in copying is forgiven."""
    if bracket := _BRACKET.match(window, start):
        group = 1 if bracket[1] else 2
        credit = bracket[group].strip()
        if known := outlets.agency(credit):
            return bracket.end(group), known[1], True
        is_credit = credit[:1].isupper() and _UNKNOWN_CREDIT.fullmatch(credit) and _DASH.match(window, bracket.end())
        return (bracket.end(group), credit, False) if is_credit else None
    if before := _BEFORE_AGENCY.match(window, start):
        found = _known_credit(window, before.end(), outlets, is_stop_needed=not is_full)
        return (*found, True) if found else None
    return None


def _known_credit(
    window: str, start: int, outlets: OutletRegister, *, is_stop_needed: bool = True
) -> tuple[int, str] | None:
    """A name of the register that begins at *start*, the longest of up to four words, closed by punctuation."""
    ends: list[int] = []
    position = start
    while len(ends) < 4 and (word := _CREDIT_WORD.match(window, position)):
        ends.append(word.end())
        if window[word.end() : word.end() + 1] not in (" ", "\xa0"):
            break
        position = word.end() + 1
    for end in reversed(ends):
        for stripped in (end, start + len(window[start:end].rstrip(" \xa0.-"))):
            known = outlets.agency(window[start:stripped])
            is_closed = _AFTER_AGENCY.match(window, stripped)
            if known and (is_closed or (not is_stop_needed and _NEW_SENTENCE.match(window, stripped))):
                return stripped, known[1]
    return None


def _case(place: str) -> str:
    parts = [part for part in re.split(r"[ \xa0/]", place) if part not in _SMALL_WORDS]
    if parts and all(part.isupper() or part in ("St.", "Ft.", "Mt.", "г.", "пос.") for part in parts):
        return "upper"
    return "title" if parts and all(part[0].isupper() for part in parts) else "lower"


def _title_case(place: str) -> str:
    """``RIO DE JANEIRO`` → ``Rio de Janeiro``, ``РОСТОВ-НА-ДОНУ`` → ``Ростов-на-Дону``; mixed case stays."""
    if not (place.isupper() or place.islower()):
        return place.replace("\xa0", " ")
    pieces = re.split(r"([ \xa0/‑'’-])", place)
    titled = [
        piece.lower() if position and piece.lower() in _SMALL_WORDS else piece[:1].upper() + piece[1:].lower()
        for position, piece in enumerate(pieces)
    ]
    return "".join(titled).replace("D.c.", "D.C.").replace("\xa0", " ")


def _region(region: str) -> str:
    """A state or country after the place; ``N.H.`` and ``AZ`` are written in capitals anyway."""
    is_initials = "." in region[:-1] or len(region.rstrip(".")) <= 2
    return region if is_initials or not region.isupper() else _title_case(region)
