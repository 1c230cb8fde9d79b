"""Ten articles of a small caller, alone and beside ten thousand of a large one: how long each waits for its report."""

import itertools
import signal
import time
from functools import partial
from typing import Any

from sqlalchemy import func, select

from quality.faults import articles
from quality.faults.figures import describe_seconds
from quality.faults.load import Callers
from quality.faults.stack import Installation, running
from store import keys
from store.database import Database
from store.tables import ArticleRow

_TEN = 10
_ROUNDS = 10  # a hundred waits for each p95
_PAUSE_SECONDS = 1.0
_SECONDS = 120.0


def run(*, crowd: int) -> dict[str, Any]:
    """*crowd* articles of the large caller wait while the small one sends. ``ratio``: of the two p95."""
    with running() as installation:
        database = installation.open_database()
        try:
            large, small = (_make_key(database, name) for name in ("large", "small"))
            numbers = itertools.count(1)
            quiet = [wait for _ in range(_ROUNDS) for wait in _ten(installation, database, small, numbers)]
            _signal(installation, signal.SIGSTOP)  # else they are read as fast as they come
            _send(installation, large, [next(numbers) for _ in range(crowd)])
            _signal(installation, signal.SIGCONT)
            waiting = _count_waiting(database)
            beside = [wait for _ in range(_ROUNDS) for wait in _ten(installation, database, small, numbers)]
            still_waiting = _count_waiting(database)
        finally:
            database.dispose()
    if not still_waiting:
        raise RuntimeError(f"the {crowd} were read before the small caller was done: take more")
    figures = {"quiet_seconds": describe_seconds(quiet), "beside_seconds": describe_seconds(beside)}
    ratio = round(figures["beside_seconds"]["p95"] / figures["quiet_seconds"]["p95"], 2)
    return {"crowd": crowd, "waiting": [waiting, still_waiting], **figures, "ratio": ratio}


def _signal(installation: Installation, number: int) -> None:
    for process in installation.processes("classify"):
        process.signal(number)


def _make_key(database: Database, name: str) -> str:
    key = keys.make_key()
    with database.writing() as session:
        keys.add_key(session, key, name=name, scopes=["submit", "read"])
    return key


def _send(installation: Installation, key: str, numbers: list[int]) -> list[str]:
    """Returns the ids. RuntimeError where one was not accepted."""
    load = Callers(partial(installation.client, key), [articles.plant(number) for number in numbers]).run()
    if load.failures:
        raise RuntimeError(load.failures[0])
    return [article_id for held in load.accepted.values() for article_id in held]


def _ten(installation: Installation, database: Database, key: str, numbers: "itertools.count[int]") -> list[float]:
    """Seconds from saved to read, of ten articles sent at once."""
    ids = _send(installation, key, [next(numbers) for _ in range(_TEN)])
    query = select(ArticleRow.created_at, ArticleRow.classified_at).where(
        ArticleRow.id.in_(ids), ArticleRow.classified_at.is_not(None)
    )
    ends_at = time.monotonic() + _SECONDS
    while time.monotonic() < ends_at:
        installation.check()
        time.sleep(_PAUSE_SECONDS)
        with database.reading() as session:
            found = session.execute(query).all()
        if len(found) == len(ids):
            return [(row.classified_at - row.created_at).total_seconds() for row in found]
    raise TimeoutError(f"ten articles were not read in {_SECONDS:.0f} s")


def _count_waiting(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(ArticleRow.state == "queued")) or 0
