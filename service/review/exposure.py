"""How much violence a person has read today, told to that person alone: it lives in a cookie of their browser.

No table holds it, so nobody else can ask who read how much, or how fast.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

SEVERE = 5  # of 7: from here on an article counts
LONGEST_LOOK = 300  # seconds: who answers no page for so long has left the desk
BREAK = 300  # seconds away that count as a break
BREAK_DUE = 1_200  # seconds of severe articles after which a break is proposed
_MOST_SEEN = 150
_TAIL = 6  # of an article's id: random, and enough to tell a few hundred apart


@dataclass(frozen=True, slots=True)
class Exposure:
    """``seconds`` and ``count`` of severe articles of the UTC day; ``unbroken`` seconds since the last break.

    ``at`` is the last request, ``is_open`` whether a severe article has been on the screen since.
    """

    day: str = ""
    count: int = 0
    seconds: int = 0
    unbroken: int = 0
    at: int = 0
    is_open: bool = False
    seen: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        return round(self.seconds / 60)

    @property
    def is_break_due(self) -> bool:
        return self.unbroken >= BREAK_DUE


def go_on(exposure: Exposure, moment: datetime) -> Exposure:
    """The person asks for another page: what was on the screen was read until now."""
    now = int(moment.timestamp())
    away = max(now - exposure.at, 0) if exposure.at else 0
    spent = min(away, LONGEST_LOOK) if exposure.is_open else 0
    unbroken = 0 if away >= BREAK else exposure.unbroken + spent
    day = moment.astimezone(UTC).strftime("%Y%m%d")
    if day != exposure.day:
        return Exposure(day=day, unbroken=unbroken, at=now)
    return replace(exposure, seconds=exposure.seconds + spent, unbroken=unbroken, at=now, is_open=False)


def look_at(exposure: Exposure, article_id: str) -> Exposure:
    """A severe article is shown; one seen before today is not counted again."""
    tail = article_id[-_TAIL:]
    if tail in exposure.seen:
        return replace(exposure, is_open=True)
    seen = (*exposure.seen, tail)[-_MOST_SEEN:]
    return replace(exposure, is_open=True, count=exposure.count + 1, seen=seen)


def write(exposure: Exposure) -> str:
    """As the value of a cookie, 1.2 kB at most."""
    numbers = (exposure.count, exposure.seconds, exposure.unbroken, exposure.at, int(exposure.is_open))
    return ".".join((exposure.day, *map(str, numbers), *exposure.seen))


def read(value: str) -> Exposure:
    """What cannot be read, or was tampered with, is a new day."""
    day, *rest = value.split(".")
    if len(value) > 2_000 or len(rest) < 5 or not all(part.isascii() and part.isdigit() for part in (day, *rest[:5])):
        return Exposure()
    count, seconds, unbroken, at, is_open = (int(part[:12]) for part in rest[:5])
    seen = tuple(tail for tail in rest[5:] if len(tail) == _TAIL and tail.isascii() and tail.isalnum())
    return Exposure(day, count, seconds, unbroken, at, is_open == 1, seen)
