"""A job that stays for the next wake-up: it works when the bell rings, and never asks without end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from store.queues import CLASSIFY, Bell, Queues
from tests.workers.conftest import wait_until
from workers import staying
from workers.staying import work_and_stay


def test_each_ring_is_work_without_a_job(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staying, "_STAY_SECONDS", 15.0)
    stop = threading.Event()
    worked: list[float] = []

    def work(seconds: float) -> int:
        worked.append(seconds)
        return 1

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(work_and_stay, Bell(queues, CLASSIFY), work, lambda: False, stop)
        for expected in (2, 3):
            wait_until(lambda expected=expected: bool(queues.ring(CLASSIFY)) and len(worked) >= expected)  # type: ignore[misc]
        stop.set()
        job.result(15)
    assert all(0 < seconds <= staying.JOB_SECONDS for seconds in worked)


def test_what_came_meanwhile_is_worked_on(queues: Queues) -> None:
    """It was told to nobody: the bell could not be heard yet."""
    waiting = [3, 2]
    work_and_stay(Bell(queues, CLASSIFY), lambda _: waiting.pop(), lambda: bool(waiting), threading.Event())
    assert waiting == []


def test_what_cannot_be_done_now_is_not_asked_for_without_end(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """As deliveries to a receiver that has its share."""
    monkeypatch.setattr(staying, "_STAY_SECONDS", 0.3)
    asked: list[float] = []

    def work(_: float) -> int:
        asked.append(time.monotonic())
        return 0

    work_and_stay(Bell(queues, CLASSIFY), work, lambda: True, threading.Event())
    assert len(asked) == 1


def test_without_a_bell_it_works_once() -> None:
    asked: list[float] = []
    work_and_stay(None, lambda seconds: asked.append(seconds) or 1, lambda: True, threading.Event())
    assert len(asked) == 1
