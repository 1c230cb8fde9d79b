"""How long the work of a killed process lies idle: what it held when it died, until another takes that up.

Its name stands in the tokens of its leases (store/leases.py). They are read when it is dead: what it finished just in
time is not among them.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from quality.faults.figures import describe_seconds
from store.database import Database
from store.leases import holder_of
from store.tables import ArticleRow, DeliveryRow

TABLES: dict[str, Any] = {"articles": ArticleRow, "deliveries": DeliveryRow}
_LOOK_SECONDS = 0.25
_MOST_IDS = 500


@dataclass(frozen=True, slots=True)
class _Watched:
    table: str
    row_id: str
    token: str
    killed_at: datetime


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Work that changed hands so many seconds after its holder was killed."""

    table: str
    killed_at: datetime
    seconds: float


@dataclass(slots=True)
class LeaseWatch:
    """Call `note` just after a process was killed or stopped."""

    database: Database
    taken_up: list[TakenUp] = field(default_factory=list)
    cut_off: "Counter[str]" = field(default_factory=Counter)  # how often its holder was killed or stopped
    _open: list[_Watched] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)  # a lease is cut off once, however often others die
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def note(self, table: str, pid: int, *, is_killed: bool) -> None:
        """Process *pid*, which may hold leases, was killed or stopped a moment ago. Only the killed are timed."""
        rows = TABLES[table]
        moment = datetime.now(UTC)
        try:
            with self.database.reading() as session:
                found = session.execute(
                    select(rows.id, rows.lease_token).where(rows.lease_token.is_not(None), rows.lease_until > moment)
                ).all()
        except SQLAlchemyError:
            return  # the database was killed a moment ago: this kill is not timed
        with self._lock:
            for row_id, token in found:
                if (row_id, token) not in self._seen and holder_of(token).split("/")[-2:-1] == [str(pid)]:
                    self._seen.add((row_id, token))
                    self.cut_off[row_id] += 1
                    if is_killed:
                        self._open.append(_Watched(table, row_id, token, moment))

    def wait(self, seconds: float) -> None:
        """Let what was cut off last be taken up too."""
        ends_at = time.monotonic() + seconds
        while self._open and time.monotonic() < ends_at:
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> dict[str, dict[str, Any]]:
        """The figures of each table; ``never``: still held by nobody but the dead."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._look()
        never = Counter(one.table for one in self._open)
        seconds = {name: [one.seconds for one in self.taken_up if one.table == name] for name in TABLES}
        return {name: {**describe_seconds(seconds[name]), "never": never[name]} for name in TABLES}

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        with self._lock:
            watched = list(self._open)
        closed = set()
        for table in TABLES:
            chosen = [one for one in watched if one.table == table]
            try:
                now_held = dict(self._read(table, [one.row_id for one in chosen]))
            except SQLAlchemyError:
                continue
            closed |= {one for one in chosen if self._is_settled(one, now_held.get(one.row_id))}
        with self._lock:
            self._open = [one for one in self._open if one not in closed]

    def _read(self, table: str, ids: list[str]) -> "Iterator[tuple[str, str | None]]":
        rows = TABLES[table]
        for place in range(0, len(ids), _MOST_IDS):
            with self.database.reading() as session:
                found = session.execute(
                    select(rows.id, rows.lease_token).where(rows.id.in_(ids[place : place + _MOST_IDS]))
                ).all()
                yield from ((row_id, token) for row_id, token in found)

    def _is_settled(self, one: _Watched, token: str | None) -> bool:
        """Another has claimed it, and may have finished it already."""
        if token == one.token:
            return False
        self.taken_up.append(TakenUp(one.table, one.killed_at, (datetime.now(UTC) - one.killed_at).total_seconds()))
        return True
