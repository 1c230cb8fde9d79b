"""The way to Redis: wake-ups with ids, and "this article is done". All of it may be lost: the relay repeats it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker

from store import clock

CLASSIFY = "classify"
DELIVER = "deliver"
CLASSIFY_JOB = "workers.classify.classify_waiting"
DELIVER_JOB = "workers.deliver.deliver"
# A job is a wake-up: its result is never read, and a failed one is repeated from the database.
_JOB_LIFE: dict[str, Any] = {"result_ttl": 0, "failure_ttl": 3600, "ttl": 3600}
# The classify process guards its own time (workers/classify.py); RQ's alarm would strike inside a healthy reading.
_CLASSIFY_JOB_SECONDS = 3600
WORKER_TTL_SECONDS = 30
_BELIEVED_ALIVE_SECONDS = 20  # a worker process gives a sign of life every 5 s, also during a job (workers/process.py)


@dataclass(frozen=True, slots=True)
class Queues:
    """RQ queues over one Redis client; connects lazily."""

    redis: "Redis"

    def queue(self, name: str) -> Queue:
        return Queue(name, connection=self.redis, serializer="rq.serializers.JSONSerializer")

    def wake_classify(self, article_id: str) -> None:
        """Tell a classify worker that something waits. RedisError where Redis is away."""
        self.queue(CLASSIFY).enqueue(CLASSIFY_JOB, article_id, job_timeout=_CLASSIFY_JOB_SECONDS, **_JOB_LIFE)

    def enqueue_delivery(self, delivery_id: str, token: str) -> None:
        self.queue(DELIVER).enqueue(DELIVER_JOB, delivery_id, token, job_timeout=30, **_JOB_LIFE)

    def count(self, name: str) -> int:
        """Jobs waiting in a queue."""
        return int(self.queue(name).count)

    def announce_done(self, article_id: str) -> None:
        """Wake whoever waits for this article (`Prefer: wait`). Lost without harm: they also look themselves."""
        with suppress(RedisError):
            self.redis.publish(_channel(article_id), "done")

    @contextmanager
    def listen(self, article_id: str) -> Iterator["PubSub | None"]:
        """A subscription to be opened before the article is queued; None while Redis is away."""
        try:
            subscription = self.redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            subscription.subscribe(_channel(article_id))
        except RedisError:
            yield None
            return
        try:
            yield subscription
        finally:
            with suppress(RedisError):
                subscription.close()

    def has_live_worker(self, name: str, *, hostname: str | None = None) -> bool:
        """Whether a worker of this queue, on that host if one is named, has given a sign of life lately."""
        for worker in Worker.all(queue=self.queue(name)):
            if hostname is not None and worker.hostname != hostname:
                continue
            beat = worker.last_heartbeat
            if beat is not None and (clock.now() - beat).total_seconds() < _BELIEVED_ALIVE_SECONDS:
                return True
        return False


def _channel(article_id: str) -> str:
    return f"obelus:done:{article_id}"


def open_queues(url: str, *, timeout_seconds: float | None = 2.0) -> Queues:
    """*timeout_seconds* bounds each call, so that a slow Redis never holds a request; None for a worker that blocks."""
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds or 5.0,
        "retry": Retry(NoBackoff(), 0),  # the client's own is seconds long; whoever asks knows better when to ask again
    }
    return Queues(Redis.from_url(url, **options))
