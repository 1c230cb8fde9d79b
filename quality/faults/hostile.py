"""Receivers that mean harm, at the real deadline: how long each attempt takes, and what they cost in memory."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, text

from quality.faults import articles
from quality.faults.load import Callers
from quality.faults.processes import resident_bytes
from quality.faults.receivers import HARM, Receiver, hostile_receivers
from quality.faults.stack import Installation, running
from store.database import Database
from store.settings import Settings

# Receivers that mean well come first, as many as a deliver process has threads: what each thread needs on first use,
# its stack and its part of the heap, is then there.
_KIND = int(Settings.model_fields["delivery_threads"].default)
_WARM_UP = 5 * _KIND
_LOOK_SECONDS = 0.02
_SECONDS = 240.0


def run(*, each: int) -> dict[str, Any]:
    """One deliver process, one receiver of each kind with *each* articles, and the table of attempts."""
    with ExitStack() as stack:
        kind = [stack.enter_context(closing(Receiver())) for _ in range(_KIND)]
        hostile = stack.enter_context(hostile_receivers())
        installation = stack.enter_context(running())
        database = installation.open_database()
        stack.callback(database.dispose)
        warm_up = {number: f"{kind[number % _KIND].base_url}/hook" for number in range(1, _WARM_UP + 1)}
        _send(installation, warm_up)
        _wait_until(installation, lambda: sum(len(one.received) for one in kind) >= _WARM_UP, "the warm-up")
        (deliver,) = installation.processes("deliver")
        before = resident_bytes(deliver.pid)
        urls = [hostile[harm].url for harm in HARM for _ in range(each)]
        with _MemoryWatch(deliver.pid) as memory:
            _send(installation, dict(enumerate(urls, start=_WARM_UP + 1)))
            _wait_until(installation, lambda: _count_tried_twice(database, urls) == len(urls), "a second attempt each")
        attempts = _attempts(database)
        return {
            "receivers": {harm: _describe(attempts.get(hostile[harm].url, [])) for harm in HARM},
            "memory_before_bytes": before,
            "memory_growth_bytes": max(0, memory.most - before),
            "deliver_restarts": int(installation.processes("deliver")[0].pid != deliver.pid),
        }


def _send(installation: Installation, callbacks: dict[int, str]) -> None:
    """An article for each number, with that URL for its own webhook."""
    planted = [articles.plant(number) for number in callbacks]
    load = Callers(installation.client, planted, callback_of=lambda article: callbacks[article.number]).run()
    if load.failures:
        raise RuntimeError(load.failures[0])


def _attempts(database: Database) -> dict[str, list[tuple[int, str | None]]]:
    """Of each URL: (milliseconds, failure) of each attempt."""
    found = defaultdict(list)
    query = (
        "SELECT url, duration_ms, failure FROM attempts JOIN deliveries ON deliveries.id = attempts.delivery_id"
        " JOIN endpoints ON endpoints.id = deliveries.endpoint_id WHERE endpoints.article_id IS NOT NULL"
    )
    with database.reading() as session:
        for url, milliseconds, failure in session.execute(text(query)):
            found[url].append((milliseconds, failure))
    return found


def _count_tried_twice(database: Database, urls: list[str]) -> int:
    """Hostile deliveries after two attempts; or after one, where the answer was 200 in spite of all."""
    query = (
        "SELECT count(*) FROM deliveries JOIN endpoints ON endpoints.id = deliveries.endpoint_id"
        " WHERE endpoints.url IN :urls AND (deliveries.state = 'delivered' OR attempt_count >= 2)"
    )
    chosen = text(query).bindparams(bindparam("urls", expanding=True))
    with database.reading() as session:
        return session.scalar(chosen, {"urls": sorted(set(urls))}) or 0


def _describe(attempts: list[tuple[int, str | None]]) -> dict[str, Any]:
    return {
        "attempts": len(attempts),
        "longest_seconds": round(max((milliseconds for milliseconds, _ in attempts), default=0) / 1000, 2),
        "failures": sorted({failure or "delivered" for _, failure in attempts}),
    }


def _wait_until(installation: Installation, is_so: Callable[[], bool], what: str) -> None:
    ends_at = time.monotonic() + _SECONDS
    while not is_so():
        installation.check()
        if time.monotonic() > ends_at:
            raise TimeoutError(f"{what} did not come in {_SECONDS:.0f} s")
        time.sleep(0.3)


@dataclass(slots=True)
class _MemoryWatch:
    """The most resident memory of a process, looked at fifty times a second."""

    pid: int
    most: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "_MemoryWatch":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            with suppress(OSError):
                self.most = max(self.most, resident_bytes(self.pid))
