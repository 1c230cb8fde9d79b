"""Agency credits as datelines write them: ``(Reuters)``, ``/ТАСС/``, ``— РИА Новости``, ``. ИНТЕРФАКС -``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.source_bias.dates import DATE
from models.source_bias.outlets import OutletRegister

_BRACKET = re.compile(
    r"[.,]?[^\S\n]{0,2}(?:[—–―-]{1,2}[^\S\n]{0,2})?(?:\([^\S\n]?([^()\n]{2,40})\)|/([^/\s][^/\n]{1,59})/|\[([^][\n]{2,40})\])"
)
_CORRESPONDENT = re.compile(r"(?:корр(?:еспондент|\.)?|corr\.?)\s", re.I)
_BEFORE = re.compile(r"([.,]?)\s{0,2}(?:([—–―-]{1,3}|/)\s{0,2}|(?<=[.,]\s)|(?<=[^\W_][^\S\n]))")
_WORD = re.compile(r"[^\s.,:;()/—–]+(?:\.(?:ru|com|ua|kz|by|net|org|info)\b)?", re.I)
_AFTER = re.compile(r"\s{0,2}(?:[.,:;/(—–―-]|$)", re.M)
_NEW_SENTENCE = re.compile(r"\s{1,2}(?=[A-ZА-ЯЁ])")
_OTHER = re.compile(r"[^\W_](?:[^\W_]|[ .&-](?=[^\W_])| ?/ ?(?=[^\W_])){2,39}")
_OPEN_NAME = rf"(?!{DATE})[A-ZА-ЯЁ][\w«»\"-]{{1,30}}(?:\.(?:ru|com|ua|kz|by|net|org|info)\b|\.RU\b)?"
_OPEN = re.compile(
    rf"(?:ИА )?[«\"]?{_OPEN_NAME}(?: [«\"]?{_OPEN_NAME}){{0,2}}(?=\.\s{{1,2}}[«\"“]?[A-ZА-ЯЁ0-9]|\s?[—–―-]{{1,2}}\s)"
)
_CREDIT_DASH = re.compile(r"[^\S\n]?[)\]/]?\.?\s{0,2}(?:[—–―-]{1,3})(?=\s{0,3}[^\s\da-zа-яё]|\s{1,3}\d)")

Form = Literal["bracket", "slash", "dash", "comma", "stop", "space"]
_FORMS: Mapping[str, Form] = {",": "comma", ".": "stop", "": "space"}


@dataclass(frozen=True, slots=True)
class Credit:
    """``[start, end)`` of the agency's name; ``form``: how it is set off; ``is_known``: the register holds it."""

    start: int
    end: int
    agency: str
    form: Form
    is_known: bool


def credit_after(window: str, start: int, outlets: OutletRegister, *, has_date: bool) -> Credit | None:
    """The agency credited right after *start*, in its usual spelling. After a date a stop lost in copying is forgiven,
    and an agency that the register lacks is taken as it is written."""
    return bracketed(window, start, outlets, has_date=has_date) or _open(window, start, outlets, has_date=has_date)


def bracketed(window: str, start: int, outlets: OutletRegister, *, has_date: bool) -> Credit | None:
    """``(Reuters)``, ``/ТАСС/``, ``/Корр. БЕЛТА/``. A name that the register lacks needs a dash behind its bracket, or
    between slashes a date before them."""
    bracket = _BRACKET.match(window, start)
    if not bracket:
        return None
    begin, end = bracket.span(bracket.lastindex or 1)
    form: Form = "slash" if bracket[2] else "bracket"
    if role := _CORRESPONDENT.match(window, begin, end):
        known = known_credit(window, role.end(), outlets, is_stop_needed=False)
        return Credit(role.end(), known[0], known[1], form, is_known=True) if known else None
    name = window[begin:end].rstrip()
    if known_name := outlets.agency(name):
        return Credit(begin, begin + len(name), known_name[1], form, is_known=True)
    is_set_off = has_date if form == "slash" else has_dash(window, bracket.end() - 1)
    is_credit = is_set_off and name[0].isupper() and _OTHER.fullmatch(name)
    return Credit(begin, begin + len(name), name, form, is_known=False) if is_credit else None


def known_credit(
    window: str, start: int, outlets: OutletRegister, *, is_stop_needed: bool = True
) -> tuple[int, str] | None:
    """Where a name of the register that begins at *start* ends, the longest of up to four words, and its usual
    spelling. It is closed by punctuation; ``SANA-The`` is closed by its hyphen."""
    ends: list[int] = []
    position = start
    while len(ends) < 4 and (word := _WORD.match(window, position)):
        ends.append(word.end())
        if window[word.end() : word.end() + 1] not in (" ", "\xa0"):
            break
        position = word.end() + 1
    for end in reversed(ends):
        for stripped in (end, start + len(window[start:end].rstrip(" \xa0.-"))):
            known = outlets.agency(window[start:stripped])
            is_closed = _AFTER.match(window, stripped)
            if known and (is_closed or (not is_stop_needed and _NEW_SENTENCE.match(window, stripped))):
                return stripped, known[1]
    hyphen = window.find("-", start, ends[0]) if ends and not _AFTER.match(window, ends[0]) else -1
    if hyphen > 0 and window[hyphen + 1 : hyphen + 2].isupper() and (known := outlets.agency(window[start:hyphen])):
        return hyphen, known[1]
    return None


def has_dash(window: str, end: int) -> bool:
    """Whether a dash and the beginning of a sentence follow at *end* (or behind the bracket there)."""
    return _CREDIT_DASH.match(window, end) is not None


def _open(window: str, start: int, outlets: OutletRegister, *, has_date: bool) -> Credit | None:
    before = _BEFORE.match(window, start)
    if not before:
        return None
    begin = before.end()
    form = _FORMS[before[1]] if not before[2] else "slash" if before[2] == "/" else "dash"
    if form == "space" and not has_date:
        return None
    if found := known_credit(window, begin, outlets, is_stop_needed=not has_date):
        return Credit(begin, found[0], found[1], form, is_known=True)
    other = _OPEN.match(window, begin) if has_date else None
    if other is None or not (form in ("dash", "comma") or other[0].isupper()):
        return None  # a sentence may begin after a full stop: "МОСКВА, 5 мая. Президент - …"
    return Credit(begin, other.end(), other[0], form, is_known=False)
