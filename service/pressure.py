"""How full the queue is. Past a bound an article is refused before it is written, rather than kept for hours."""

import random
import threading
import time
from dataclasses import dataclass, field

from store.claims import count_queued
from store.database import Database

_COUNT_EVERY_SECONDS = 1.0
_RETRY_SECONDS = (10, 30)  # drawn for each, so that all who were refused do not come back at once


@dataclass(slots=True)
class Pressure:
    """Counts what is queued about once a second, and in between what this process has let in."""

    bound: int  # 0: none
    _queued: int = 0
    _counted_at: float = float("-inf")
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def retry_after(self, database: Database, *, articles: int = 1) -> int | None:
        """Seconds after which to send again; None where there is room, which then is taken. A batch comes in whole
        where there is room for one."""
        if not self.bound:
            return None
        with self._counting:
            if time.monotonic() >= self._counted_at + _COUNT_EVERY_SECONDS:
                with database.reading() as session:
                    self._queued = count_queued(session)
                self._counted_at = time.monotonic()
            if self._queued < self.bound:
                self._queued += articles
                return None
        return random.randint(*_RETRY_SECONDS)  # noqa: S311 - spreads load, guards nothing
