"""Dates as datelines write them, in English and Russian, and what they mean."""

import re
from datetime import date

_MONTHS_EN = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS_RU = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_GENITIVE_RU = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_SHORT_RU = ("янв", "фев", "февр", "мар", "апр", "июн", "июл", "авг", "сен", "сент", "окт", "ноя", "нояб", "дек")

_MONTHS = {
    **{name: number for names in (_MONTHS_EN, _MONTHS_RU, _GENITIVE_RU) for number, name in enumerate(names, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS_EN, 1)},
    "sept": 9,
    **{name: next(n for n, full in enumerate(_GENITIVE_RU, 1) if full.startswith(name)) for name in _SHORT_RU},
}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_DAY = r"\d{1,2}(?!\d)(?:st|nd|rd|th|-?го|-?е)?\.?"
_YEAR = r"(?:,?\s(?:19|20)\d\d(?!\d)(?:\s?г(?:ода|\.)?(?![^\W\d_]))?|\s\d\d(?=\s?[(—–-]))?"  # "21 NOV 89 --"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s)?"

DATE = (
    rf"(?i:{_WEEKDAY}(?:{_DAY}\s?(?:of\s)?{_MONTH}{_YEAR}|{_MONTH}\s?{_DAY}(?<!\.){_YEAR}"
    r"|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d(?!\d)|(?:19|20)\d\d-\d\d-\d\d(?!\d)))"
)
"""A pattern (without groups) for ``11 Dec``, ``Dec. 11, 2017``, ``11 декабря 2017 года``, ``11.12.2017``, ISO dates."""

_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_OLDEST_SHORT_YEAR = 70  # "89" is 1989, "05" is 2005
_LEAP_YEAR = 2000  # so that 29 February is a day where no year is written


def read_date(written: str) -> str | None:
    """``MM-DD``, or ``YYYY-MM-DD`` where the year is written; None for a day that no calendar has."""
    numbers = [int(number) for number in _NUMBER.findall(written)]
    months = [_MONTHS[word.lower()] for word in _LETTERS.findall(written) if word.lower() in _MONTHS]
    if months:
        day, year = numbers[0], numbers[1] if len(numbers) > 1 else None
        month = months[-1]
        if year is not None and year < 100:
            year += 1900 if year >= _OLDEST_SHORT_YEAR else 2000
    elif written[:4].isdigit():
        year, month, day = numbers
    else:
        day, month, year = numbers
    try:
        read = date(year or _LEAP_YEAR, month, day)
    except ValueError:
        return None
    return read.isoformat() if year else f"{read:%m-%d}"
