"""Real worker processes and a real Valkey: killed, told to stop, cut off from Redis."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, select

from store.database import Database
from store.queues import CLASSIFY, Queues
from store.tables import ArticleRow, EventRow, ReportRow
from tests.conftest import ROOT
from tests.workers.classify_process import READING
from tests.workers.conftest import RedisServer, wait_until
from workers import process as worker_process
from workers.relay import Relay
from workers.tidy import Tidier

Add = Callable[..., list[str]]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(database_url: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[Start]:
    """``start(seconds=0.5, lease=2)`` starts a classify process that takes so long an article."""
    started: list[subprocess.Popen[bytes]] = []

    def start_process(*, seconds: float = 0.0, lease: int = 5) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.workers.classify_process", database_url, redis_server.url]
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            process = subprocess.Popen([*command, str(seconds), str(lease)], cwd=ROOT, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start_process
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(ArticleRow.state)))


def are_being_read(database: Database) -> bool:
    with database.reading() as session:
        return bool(session.scalar(select(func.count()).where(ArticleRow.lease_token.is_not(None))))


def test_killed_in_the_middle_another_finishes(database: Database, queues: Queues, add: Add, start: Start) -> None:
    """kill -9: the lease ends, the relay wakes another worker, nobody gets two results. Told to stop, it ends well."""
    for article_id in add(3):
        queues.wake_classify(article_id)
    first = start(seconds=30, lease=1)
    wait_until(lambda: are_being_read(database))
    first.kill()
    first.wait()
    relay = Relay(database, queues, Tidier(database))
    second = start(seconds=0.01)

    def all_are_finished() -> bool:
        relay.turn()
        return states(database) == ["classified"] * 3

    wait_until(all_are_finished)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReportRow)) == 9
        assert set(session.scalars(select(ArticleRow.deaths))) == {1}
    second.terminate()
    assert second.wait(10) == 0


def test_told_to_stop_in_the_middle_it_gives_back_the_rest(
    database: Database, queues: Queues, add: Add, start: Start, tmp_path: Path
) -> None:
    """SIGTERM: the batch at hand is finished, what was claimed beyond it waits again at once, and the end is clean."""
    for article_id in add(3, text="The bridge was shelled. " * 3_000):
        queues.wake_classify(article_id)
    process = start(seconds=1.0, lease=60)
    wait_until(lambda: READING in (tmp_path / "0.log").read_text())  # told earlier, it would read nothing
    process.terminate()

    assert process.wait(10) == 0
    assert states(database) == ["classified", "queued", "queued"]
    assert not are_being_read(database)
    assert not queues.has_live_worker(CLASSIFY)


def test_stopped_past_its_lease_it_is_refused_its_late_results(
    database: Database, queues: Queues, add: Add, start: Start, tmp_path: Path
) -> None:
    """SIGSTOP, as a host that was put to sleep: another reads its articles, and each has one result."""
    for article_id in add(3):
        queues.wake_classify(article_id)
    late = start(seconds=0.5, lease=1)
    wait_until(lambda: are_being_read(database))
    late.send_signal(signal.SIGSTOP)
    other = start()
    relay = Relay(database, queues, Tidier(database))

    def all_are_finished() -> bool:
        relay.turn()
        return states(database) == ["classified"] * 3

    wait_until(all_are_finished)
    other.terminate()
    late.send_signal(signal.SIGCONT)
    wait_until(lambda: (tmp_path / "0.log").read_text().count("result.refused") == 3)
    late.terminate()
    assert (other.wait(10), late.wait(10)) == (0, 0)
    with database.reading() as session:
        for table, count in ((ReportRow, 9), (EventRow, 3)):
            assert session.scalar(select(func.count()).select_from(table)) == count


def test_redis_may_be_emptied_killed_and_come_back(
    database: Database, queues: Queues, redis_server: RedisServer, add: Add, start: Start
) -> None:
    """The worker registers again, reads what waits while Redis is away, and never loads anything twice."""
    process = start()
    wait_until(lambda: queues.has_live_worker(CLASSIFY))

    with redis_server.client() as client:
        client.flushall()
    assert not queues.has_live_worker(CLASSIFY)
    wait_until(lambda: queues.has_live_worker(CLASSIFY))

    redis_server.kill()
    add(2)
    wait_until(lambda: states(database) == ["classified"] * 2)

    redis_server.start()
    wait_until(lambda: queues.has_live_worker(CLASSIFY))
    (third,) = add(1)
    queues.wake_classify(third)
    wait_until(lambda: states(database) == ["classified"] * 3)
    assert process.poll() is None


def test_told_to_stop_while_redis_is_away_it_stops(
    queues: Queues, redis_server: RedisServer, start: Start, tmp_path: Path
) -> None:
    process = start()
    wait_until(lambda: queues.has_live_worker(CLASSIFY))
    redis_server.kill()
    wait_until(lambda: "outage.began" in (tmp_path / "0.log").read_text())
    process.send_signal(signal.SIGINT)

    assert process.wait(15) == 0
    log = (tmp_path / "0.log").read_text()
    assert log.count("outage.began") == 1
    assert "Traceback" not in log


def test_an_outage_met_by_rqs_housekeeping_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """RQ logs whatever its loop meets with a traceback; the keeper has said in one line that Redis is away."""
    rq_log = logging.getLogger("rq.worker")
    worker_process.quieten_rq()

    for error in (redis.exceptions.ConnectionError("refused"), redis.exceptions.TimeoutError("late"), KeyError("news")):
        try:
            raise error
        except Exception:
            rq_log.error("found an unhandled exception, quitting...", exc_info=True)

    assert [type(r.exc_info[1]) for r in caplog.records if r.exc_info] == [KeyError]


def test_started_before_redis_it_waits(
    database: Database, queues: Queues, redis_server: RedisServer, add: Add, start: Start
) -> None:
    """The programs of `make run` start together."""
    redis_server.kill()
    add(1)
    process = start()
    wait_until(lambda: states(database) == ["classified"])
    redis_server.start()
    wait_until(lambda: queues.has_live_worker(CLASSIFY))

    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(10) == 0
