"""Keeps the figures up to date, a little at a time: the relay has other work."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from store import clock, figure_counts
from store.database import Database
from store.figure_counts import HOUR, KEPT_DAYS, hour_of

_BUDGET_SECONDS = 0.5
_LOOK_BACK = timedelta(days=2)  # at the start: what changed while no relay ran


@dataclass(slots=True)
class FigureKeeper:
    """Counts anew the hours that may have changed since its last turn."""

    database: Database
    _last_decision: str = ""
    _pending: set[datetime] = field(default_factory=set)

    def turn(self) -> bool:
        """Whether more is left to count; then call again soon. The newest hours come first."""
        now = clock.now()
        if not self._pending:
            self._look(now)
        ends_at = time.monotonic() + _BUDGET_SECONDS
        for hour in sorted(self._pending, reverse=True):
            with self.database.reading() as session:
                found = figure_counts.count_hour(session, hour)
            with self.database.writing() as session:
                figure_counts.keep_hour(session, hour, found)
            self._pending.discard(hour)
            if time.monotonic() > ends_at:
                break
        return bool(self._pending)

    def _look(self, now: datetime) -> None:
        oldest = hour_of(now) - timedelta(days=KEPT_DAYS)
        is_first = not self._last_decision
        with self.database.reading() as session:
            uncounted = figure_counts.find_uncounted(session, until=now)
            if is_first:
                self._last_decision = clock.first_id("dec", now - _LOOK_BACK)
            touched = figure_counts.find_touched(session, after_id=self._last_decision)
            unfinished = figure_counts.find_unfinished(session, since=oldest)
        self._last_decision = touched.last_id
        wanted = uncounted | touched.hours | unfinished | {hour_of(now), hour_of(now) - HOUR}
        if is_first:
            wanted |= {hour_of(now) - step * HOUR for step in range(int(_LOOK_BACK / HOUR))}
            with self.database.writing() as session:
                figure_counts.forget_old_hours(session, now=now)
        self._pending = {hour for hour in wanted if hour >= oldest}
