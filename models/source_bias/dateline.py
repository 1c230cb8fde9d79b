"""Datelines: the line that opens an agency report, ``PLACE, date — Agency``, in English and Russian.

Exact rules, no learning. Every pattern is matched against a window of bounded length, so the work does not grow
with the article. The styles follow the agencies' own habit: ``WASHINGTON (AP) —``, ``LONDON, Jan 5 (Reuters) -``,
``МОСКВА, 5 янв — РИА Новости.``, ``Москва. 5 января. ИНТЕРФАКС -``, ``МОСКВА, 5 января. /ТАСС/.``
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from models.source_bias.agencies import Credit, bracketed, credit_after, has_dash, known_credit
from models.source_bias.dates import DATE, read_date
from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import words
from models.source_bias.places import Place, read_place
from models.types import Dateline

_WINDOW = 200  # code points: the longest dateline seen in 280 had 47
_SEARCHED = 4_000  # code points from the start of the article
_LINES = 12
_PLAIN_LINES = 6  # a place and a dash alone count only this near the top
_INLINE = 600  # code points in which a dateline may follow a headline on the same line
_SHORTEST_LEAD = 40  # code points that follow an agency's name on its line where nothing else tells a dateline

_DATE = re.compile(rf"([.,]?\s{{1,2}}|,|\s?,\s|\s?[—–―-]{{1,2}}\s|\s\()({DATE})", re.I)
_FIRST_DATE = re.compile(DATE, re.I)
_DASH = re.compile(r"\)?\.?\s{0,2}[—–―-]{1,3}(?=\s|[A-ZÀ-ÞА-ЯЁ“\"«])")
_PLAIN_DASH = re.compile(r"(?:\s{1,2}[—–―-]{1,2}|--|[—―])\s{0,3}(?=[\"“‘'«]{0,2}[A-ZÀ-Þ0-9])")
_TIME = re.compile(r"\s\(\d{1,2}:\d\d(?:\s?[AaPp]\.?[Mm]\.?)?\)")
_STOP = re.compile(r"\)?\s{0,2}[.—–:-]|\s{0,2}\n")
_AGENCY_STOP = re.compile(r"(?:\s(?:[—–―-]{1,2})(\s)|\.\s)")
_LEAD = re.compile(r"\s?[\"“‘'«]{0,2}[A-ZÀ-ÞА-ЯЁ0-9]")
_SENTENCE_START = re.compile(r"(?<=[.!?…»”\"])\s{1,3}(?=[^\W\d_])")
_CAPITALS_START = re.compile(r"(?<=[a-zа-яё0-9] )(?=[A-ZА-ЯЁ]{3})")
_LINE_START = re.compile(r"^[^\S\n]{0,8}[\"“«]{0,2}(?=\S)", re.M)

_PREPOSITIONS = words("в во на из к с со по от до у in on at by from since after until before the a an of and but")
_NO_PLACE = words(
    "EXCLUSIVE BREAKING UPDATE UPDATED WATCH VIDEO VIDEOS PHOTO PHOTOS LIVE OPINION ANALYSIS REVIEW FACTBOX TIMELINE "
    "EXPLAINER CORRECTED CORRECTION NOTE WARNING REPORT POLL QUIZ SPOILER ADVERTISEMENT NEWS TOP FIRST EDITORIAL "
    "COMMENT INTERVIEW PODCAST READ MORE RELATED FAQ NATO FBI CIA UN EU UK US USA GOP PART CHAPTER DAY STEP FACT "
    "CLAIM UNDATED COVID ISIS ISIL FILE ВИДЕО ФОТО СРОЧНО МОЛНИЯ ОБНОВЛЕНО СПРАВКА ВНИМАНИЕ РЕКЛАМА АНАЛИЗ МНЕНИЕ"
)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one window of text was read as; offsets count from the window's start."""

    end: int
    place: str | None = None
    date: str | None = None
    agency: str | None = None
    start: int = 0


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a dateline may begin: ``first`` line of text, a line near the ``top``, any ``line``, a ``sentence``, or
    ``capitals`` that follow a headline on the same line. The further down, the more must be written."""

    position: int
    kind: str

    @property
    def is_top(self) -> bool:
        return self.kind in ("first", "top")


@dataclass(frozen=True, slots=True)
class _Date:
    """A date of the window; ``is_set_off`` by a comma, a stop, a dash or a bracket."""

    end: int
    read: str
    is_set_off: bool
    is_dashed: bool


def find_dateline(text: str, outlets: OutletRegister) -> Dateline | None:
    """The first dateline of *text*; its span runs from the place (or date, or agency) to the last part given."""
    for start in _starts(text[:_SEARCHED]):
        window = text[start.position : start.position + _WINDOW]
        if reading := _read(window, outlets, start):
            return Dateline(
                start.position + reading.start,
                start.position + reading.end,
                place=reading.place,
                date=reading.date,
                agency=reading.agency,
            )
    return None


def _starts(head: str) -> Iterator[_Start]:
    for number, line in enumerate(islice(_LINE_START.finditer(head), _LINES)):
        yield _Start(line.end(), "first" if not number else "top" if number < _PLAIN_LINES else "line")
    for sentence in _SENTENCE_START.finditer(head, 0, _INLINE):
        yield _Start(sentence.end(), "sentence")
    for capitals in _CAPITALS_START.finditer(head, 0, _INLINE):
        yield _Start(capitals.start(), "capitals")


def _read(window: str, outlets: OutletRegister, start: _Start) -> _Reading | None:
    if start.kind == "capitals":
        return _place_first(window, outlets, start)
    return _agency_first(window, outlets, start) or _date_first(window, outlets) or _place_first(window, outlets, start)


def _agency_first(window: str, outlets: OutletRegister, start: _Start) -> _Reading | None:
    """``ТАСС, 5 января.``, ``(Reuters) -``, ``/ТАСС/.``, ``(CNN) Text``, ``INTERFAX.RU - Text``"""
    if window[:1] in "(/":
        credit = bracketed(window, 0, outlets, has_date=False)
        if credit is None or not credit.is_known:
            return None
        if credit.form == "slash" or _DASH.match(window, credit.end):
            return _Reading(credit.end, agency=credit.agency, start=credit.start)
        return _credited_lead(window, credit, outlets) if start.is_top else None
    named = known_credit(window, 0, outlets)
    if not named:
        return None
    end, agency = named
    if (date := _date_after(window, end)) and _is_stopped(window, date.end):
        return _Reading(_without_stop(window, date.end), date=date.read, agency=agency)
    stop = _AGENCY_STOP.match(window, end) if start.kind == "first" else None
    is_stopped = stop and (stop[1] or window[:end].isupper())
    return _Reading(end, agency=agency) if stop and is_stopped and _is_lead(window, stop.end()) else None


def _credited_lead(window: str, credit: Credit, outlets: OutletRegister) -> _Reading | None:
    """``(CNN) Text``, ``(AP) MOSCOW – Text``"""
    start = credit.end + 2
    if (place := read_place(window, start, outlets)) and place.case == "upper" and _is_plain_place(window, place):
        return _Reading(place.end, place.name, agency=credit.agency, start=credit.start)
    is_lead = _is_lead(window, credit.end + 1)
    return _Reading(credit.end, agency=credit.agency, start=credit.start) if is_lead else None


def _date_first(window: str, outlets: OutletRegister) -> _Reading | None:
    """``5 янв - РИА Новости.``, ``Jan 5 (Reuters) -``, ``5 января, Минск /Корр. БЕЛТА/``: nothing but a known agency
    makes a date a dateline."""
    date = _FIRST_DATE.match(window)
    read = read_date(date[0]) if date else None
    if date is None or read is None:
        return None
    credit = credit_after(window, date.end(), outlets, has_date=True)
    if credit and credit.is_known:
        return _Reading(credit.end, date=read, agency=credit.agency)
    place = read_place(window, date.end() + 2, outlets) if window[date.end() : date.end() + 2] in (", ", ". ") else None
    credit = credit_after(window, place.end, outlets, has_date=True) if place and place.case != "lower" else None
    return _Reading(credit.end, place.name, read, credit.agency) if place and credit and credit.is_known else None


def _place_first(window: str, outlets: OutletRegister, start: _Start) -> _Reading | None:
    place = read_place(window, 0, outlets)
    if not place or place.words[0].lower() in _PREPOSITIONS:
        return None
    date = _date_after(window, place.end)
    end, read = (date.end, date.read) if date else (place.end, None)
    credit = credit_after(window, end, outlets, has_date=date is not None and place.case != "lower")
    if credit and _is_credited(window, place, date, credit):
        is_sure = start.kind != "capitals" or (
            place.case == "upper" and credit.is_known and credit.form in ("bracket", "slash")
        )
        return _Reading(credit.end, place.name, read, credit.agency) if is_sure else None
    if place.words[0] in _NO_PLACE or start.kind == "capitals":
        return None
    if date:
        return _Reading(_without_stop(window, end), place.name, read) if _is_dated(window, place, date, start) else None
    is_plain = _is_plain_place(window, place) and (
        start.is_top if place.case == "upper" else start.kind == "first" and place.case == "title" and place.is_known
    )
    return _Reading(place.end, place.name) if is_plain else None


def _is_credited(window: str, place: Place, date: _Date | None, credit: Credit) -> bool:
    """How place and date must be written for a credit to make a dateline of them. All-lower-case copies of Russian
    agency texts exist: there a date and a known agency are both asked for."""
    if place.case == "lower":
        return date is not None and credit.is_known and window.islower()
    if not credit.is_known and place.words[0] in _NO_PLACE:
        return False
    if date:
        return credit.is_known or date.is_set_off
    if credit.form == "bracket" or (credit.form == "slash" and window[credit.end] == "/"):
        return _is_bracketed(window, place, credit)
    return _is_named(window, place, credit)


def _is_bracketed(window: str, place: Place, credit: Credit) -> bool:
    """``RIVERTON (AP) —``, ``Riverton (CNN) Text``; not ``Awami National Party (ANP)``."""
    if place.initials == credit.agency:
        return False
    if not credit.is_known and (place.case != "upper" or window[credit.end :].isupper()):
        return False
    return credit.form == "slash" or has_dash(window, credit.end) or _is_lead(window, credit.end + 1, shortest=0)


def _is_named(window: str, place: Place, credit: Credit) -> bool:
    """``МОСКВА, РИА Новости.``, ``Damascus, SANA-``, ``Баку. Trend:``; not "Jane Doe, Associated Press" alone on
    a line nor "Jane Doe / AFP": who wrote or photographed it."""
    after = window[credit.end : credit.end + 1]
    if credit.form == "slash" or after in ("\n", ""):
        return False
    if place.case == "upper":
        return after not in ",:"
    if credit.form == "stop" and after == ":":
        return True
    return credit.form in ("comma", "stop") and (after == "-" or has_dash(window, credit.end))


def _is_dated(window: str, place: Place, date: _Date, start: _Start) -> bool:
    """Whether place and date without an agency are closed as a dateline is: ``LAHORE, Jan 5:``."""
    if not date.is_set_off:
        return False
    if date.is_dashed or place.case == "title":
        return place.case != "lower" and start.kind != "sentence" and has_dash(window, date.end)
    return place.case == "upper" and _is_stopped(window, date.end)


def _is_plain_place(window: str, place: Place) -> bool:
    """``WASHINGTON —``, ``KABUL:`` with nothing else. Russian agencies always give more, and a Russian dash is also a
    verb."""
    time = _TIME.match(window, place.end)
    end = time.end() if time else place.end
    if place.case == "upper" and place.is_known and window[end : end + 1] == ":" and _is_lead(window, end + 1):
        return True
    return (
        not re.search("[а-яёА-ЯЁ]", place.written)
        and len(place.words) <= (4 if place.has_region or place.words[0] == "ABOARD" else 3)
        and len(place.written) >= 3
        and _PLAIN_DASH.match(window, end) is not None
        and any(character.islower() for character in window[end : end + 40])
    )


def _date_after(window: str, start: int) -> _Date | None:
    date = _DATE.match(window, start)
    read = read_date(date[2]) if date else None
    if date is None or read is None:
        return None
    set_off = date[1].strip()
    return _Date(date.end(), read, is_set_off=bool(set_off), is_dashed=set_off[:1] in ("—", "–", "―", "-"))


def _is_lead(window: str, start: int, *, shortest: int = _SHORTEST_LEAD) -> bool:
    """Whether the report begins on the same line at *start*."""
    return _LEAD.match(window, start) is not None and len(window[start:].partition("\n")[0]) >= shortest


def _is_stopped(window: str, end: int) -> bool:
    return window[end - 1] == "." or _STOP.match(window, end) is not None


def _without_stop(window: str, end: int) -> int:
    """Where a date closes the dateline, its full stop is the sentence's."""
    return end - 1 if window[end - 1] == "." else end
