"""The way to Redis, with the real server: ids only, bounded waits, and a Redis that is away harms nobody."""

import json
import socketserver
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job

from store import clock
from store.queues import CLASSIFY, DELIVER, Bell, Queues, open_queues

SERIALIZER = "rq.serializers.JSONSerializer"


@pytest.fixture
def queues(redis_url: str) -> Iterator[Queues]:
    opened = open_queues(redis_url)
    yield opened
    opened.redis.close()


@pytest.fixture
def away(tmp_path: Path) -> Queues:
    """No server listens there."""
    return open_queues(f"unix://{tmp_path / 'nobody.sock'}")


def jobs(queues: Queues, name: str) -> list[Job]:
    return queues.queue(name).get_jobs()


def test_jobs_carry_ids_and_json_alone(queues: Queues) -> None:
    queues.wake_classify("art_1")
    queues.wake_deliver("relay")
    (classify,), (deliver,) = jobs(queues, CLASSIFY), jobs(queues, DELIVER)
    assert (classify.func_name, classify.args) == ("workers.classify.classify_waiting", ["art_1"])
    assert (deliver.func_name, deliver.args) == ("workers.deliver.deliver", ["relay"])
    for job in (classify, deliver):
        data = queues.redis.hget(job.key, "data")
        assert isinstance(data, bytes)
        assert json.loads(zlib.decompress(data)), "JSON, never a pickle"
    assert (queues.count(CLASSIFY), queues.count(DELIVER)) == (1, 1)


def test_jobs_do_not_pile_up(queues: Queues) -> None:
    """A wake-up nobody fetched within an hour is gone: the relay repeats it."""
    queues.wake_classify("art_1")
    (job,) = jobs(queues, CLASSIFY)
    assert 0 < queues.redis.ttl(job.key) <= 3600
    assert (job.result_ttl, job.failure_ttl) == (0, 3600)


def test_who_waits_is_woken(queues: Queues) -> None:
    with queues.listen("art_1") as subscription:
        assert subscription is not None
        queues.announce_done("art_2")
        queues.announce_done("art_1")
        message = None
        deadline = time.monotonic() + 5
        while message is None and time.monotonic() < deadline:
            message = subscription.get_message(timeout=0.5)
        assert message is not None
        assert message["channel"] == b"obelus:done:art_1"
        assert subscription.get_message(timeout=0.05) is None


def test_a_redis_that_is_away_says_so_at_once(away: Queues) -> None:
    started = time.monotonic()
    with pytest.raises(RedisError):
        away.wake_classify("art_1")
    with pytest.raises(RedisError):
        away.wake_deliver("relay")
    assert time.monotonic() - started < 2


def test_nobody_is_harmed_where_redis_is_away(away: Queues) -> None:
    """What can be done without it is done: the waiting look into the database themselves."""
    away.announce_done("art_1")
    with away.listen("art_1") as subscription:
        assert subscription is None


def test_a_worker_is_live_while_it_gives_signs_of_life(queues: Queues) -> None:
    assert not queues.has_live_worker(CLASSIFY)
    worker = SimpleWorker([queues.queue(CLASSIFY)], connection=queues.redis, serializer=SERIALIZER)
    worker.register_birth()
    worker.heartbeat()
    assert queues.has_live_worker(CLASSIFY)
    assert not queues.has_live_worker(DELIVER)
    long_ago = (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    queues.redis.hset(worker.key, "last_heartbeat", long_ago)
    assert not queues.has_live_worker(CLASSIFY)
    worker.heartbeat()
    worker.register_death()
    assert not queues.has_live_worker(CLASSIFY)


def test_word_of_a_failed_start_lasts_a_day_or_until_one_succeeds(queues: Queues, away: Queues) -> None:
    assert queues.failed_start(CLASSIFY) is None
    queues.note_failed_start(CLASSIFY, "нет весов")
    assert (queues.failed_start(CLASSIFY), queues.failed_start(DELIVER)) == ("нет весов", None)
    assert 0 < queues.redis.ttl("obelus:failed-start:classify") <= 86_400
    queues.forget_failed_start(CLASSIFY)
    assert queues.failed_start(CLASSIFY) is None
    away.forget_failed_start(CLASSIFY)


def test_an_emptied_redis_is_an_empty_queue(queues: Queues) -> None:
    queues.wake_classify("art_1")
    queues.redis.flushall()
    assert queues.count(CLASSIFY) == 0
    queues.wake_classify("art_1")
    assert queues.count(CLASSIFY) == 1


def test_opening_connects_to_nothing(tmp_path: Path) -> None:
    open_queues(f"unix://{tmp_path / 'nobody.sock'}")
    open_queues("redis://127.0.0.1:1/0", timeout_seconds=None)


# --- a worker that stays --------------------------------------------------------------------------


def never() -> bool:
    return False


def test_a_bell_wakes_who_stays_there(queues: Queues) -> None:
    """Again and again over one connection; whoever has left, or serves another queue, is not reached."""
    bell = Bell(queues, CLASSIFY)
    assert not queues.ring(CLASSIFY)
    with ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            stays = pool.submit(bell.wait, seconds=30, is_wanted=never, is_over=never)
            ends_at = time.monotonic() + 15
            while not queues.ring(CLASSIFY):
                assert time.monotonic() < ends_at
            assert stays.result(15)
            assert not queues.ring(DELIVER)
    assert not queues.ring(CLASSIFY)


def test_what_came_before_the_bell_could_be_heard_is_asked_for(queues: Queues) -> None:
    started = time.monotonic()
    assert Bell(queues, CLASSIFY).wait(seconds=60, is_wanted=lambda: True, is_over=never)
    assert time.monotonic() - started < 30


def test_nobody_stays_longer_than_wanted_or_where_redis_is_away(queues: Queues, away: Queues) -> None:
    started = time.monotonic()
    assert not Bell(queues, CLASSIFY).wait(seconds=0.1, is_wanted=never, is_over=never)
    assert not Bell(queues, CLASSIFY).wait(seconds=60, is_wanted=never, is_over=lambda: True)
    assert not Bell(away, CLASSIFY).wait(seconds=60, is_wanted=never, is_over=never)
    assert time.monotonic() - started < 30


def test_a_bell_that_broke_is_hung_anew(queues: Queues) -> None:
    bell = Bell(queues, CLASSIFY)
    assert not bell.wait(seconds=0.1, is_wanted=never, is_over=never)
    for client in queues.redis.client_list(_type="pubsub"):
        queues.redis.client_kill_filter(_id=client["id"])
    bell.wait(seconds=0.1, is_wanted=never, is_over=never)
    assert bell.wait(seconds=5, is_wanted=lambda: True, is_over=never)


# --- a Redis that talks nonsense ------------------------------------------------------------------

NONSENSE = [b"$3\rJ\r\n", b":1\rJ\r\n", b"%7\rJversion\r\n", b"*-7\r\n", b"+\xff\xfe\r\n", b"hello\r\n" * 9, b"\0" * 99]


class _Nonsense(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while self.request.recv(65536):
            self.request.sendall(self.server.said)  # type: ignore[attr-defined]


@pytest.fixture
def nonsense(tmp_path: Path) -> Iterator[socketserver.ThreadingUnixStreamServer]:
    path = tmp_path / "n.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), _Nonsense) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("said", NONSENSE)
def test_answers_that_are_none_are_a_redis_that_is_away(
    nonsense: socketserver.ThreadingUnixStreamServer, said: bytes
) -> None:
    """Whoever asks is ready for RedisError, and for nothing else: an article that was saved is answered with 202."""
    nonsense.said = said  # type: ignore[attr-defined]
    queues = open_queues(f"unix://{nonsense.server_address}", timeout_seconds=0.3)
    for ask in (
        lambda: queues.wake_classify("art_1"),
        lambda: queues.wake_deliver("relay"),
        lambda: queues.count(CLASSIFY),
        lambda: queues.ring(CLASSIFY),
        queues.why_unsafe,
        lambda: queues.has_live_worker(CLASSIFY),
        lambda: queues.failed_start(CLASSIFY),
        lambda: queues.note_failed_start(CLASSIFY, "why"),
    ):
        with pytest.raises(RedisError):
            ask()
    queues.announce_done("art_1")
    queues.rouse_deliver()
    assert not Bell(queues, CLASSIFY).wait(seconds=1, is_wanted=never, is_over=never)
    queues.forget_failed_start(CLASSIFY)
    with queues.listen("art_1"):
        pass
    queues.redis.close()
