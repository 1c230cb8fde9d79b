"""An application whose Redis is up, and a stand-in for the classify worker at the other end of the lane."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.exceptions import RedisError

from models.wire import report_to_dict
from store.interactive import Lane
from store.queues import open_queues
from tests.service.conftest import Api
from tests.workers.fakes import report_on

Report = dict[str, Any]
SHELLED = "😀 The bridge was shelled."


def plain_report(text: str) -> Report:
    """The word "shelled" is violence (tests/workers/fakes.py); each sentence of it has a place."""
    report = report_to_dict(report_on(text))
    start = 0
    for part in text.split(". "):
        end = start + len(part)
        score = 0.9 if "shelled" in part else 0.1
        report["violence"]["sentences"].append(
            {"start": start, "end": end, "score": score, "graphic": 0.0, "inciting": 0.2}
        )
        report["source_bias"]["sentences"].append({"start": start, "end": end, "score": 0.3, "subjective": None})
        start = end + 2
    return report


@dataclass
class Worker:
    """Answers each text by *read*; ``asked`` keeps what came over the lane."""

    lane: Lane
    read: Callable[[str], Report] = plain_report
    asked: list[dict[str, Any]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.is_set():
            with suppress(RedisError):
                request = self.lane.take(seconds=0.2)
                if request is None:
                    continue
                self.asked.append(request.body)
                try:
                    reports = [self.read(text) for text in request.body["texts"]]
                except ValueError as error:
                    self.lane.refuse(request.id, f"Reading it raised {type(error).__name__}.")
                else:
                    self.lane.answer(request.id, {"reports": reports})

    def kept(self) -> list[bytes]:
        """What is in Redis, but for the numbers of the rate limits, which live on for a moment."""
        names: Any = self.lane.redis.keys("*")
        return [name for name in names if not name.startswith(b"obelus:rate:")]

    @property
    def texts(self) -> list[str]:
        return [text for body in self.asked for text in body["texts"]]


@pytest.fixture
def worker(redis_server: str) -> Iterator[Worker]:
    with at_work(redis_server) as made:
        yield made


@contextmanager
def at_work(redis_server: str) -> Iterator[Worker]:
    """A worker in a thread, until the end of the block."""
    queues = open_queues(redis_server)
    made = Worker(Lane(queues.redis))
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.stop.set()
    thread.join(10)
    queues.redis.close()


@pytest.fixture
def compat(live: Api, worker: Worker) -> Api:
    """A caller, with a worker at work."""
    return live
