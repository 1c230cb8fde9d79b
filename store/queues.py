"""The way to Redis: wake-ups with ids, and "this article is done". All of it may be lost: the relay repeats it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue, Worker

from store import clock

CLASSIFY = "classify"
DELIVER = "deliver"
NEWS = "obelus:news"  # store/news.py
CLASSIFY_JOB = "workers.classify.classify_waiting"
DELIVER_JOB = "workers.deliver.deliver"
# A job is a wake-up: its result is never read, and a failed one is repeated from the database.
_JOB_LIFE: dict[str, Any] = {"result_ttl": 0, "failure_ttl": 3600, "ttl": 3600}
# The workers guard their own time (workers/classify.py, deliver.py); RQ's alarm would strike inside healthy work.
_OWN_JOB_SECONDS = 3600
WORKER_TTL_SECONDS = 30
_HEAR_SECONDS = 0.25  # how soon a worker at its bell sees that it is to stop
_CONFIRM_SECONDS = 2.0  # to wait for a subscription to be there
_FAILED_START_SECONDS = 86_400  # a worker that cannot start is not started again: its reason outlives it for a day
BELIEVED_ALIVE_SECONDS = 20  # a worker process gives a sign of life every 5 s, also during a job (workers/process.py)


@contextmanager
def legible(redis: "Redis") -> "Iterator[Redis]":
    """RedisError also for answers that are none of Redis: its client fails on garbled ones in ways of its own.

    What else lies in such a connection would be taken for the answer to the next question: it is given up.
    """
    try:
        yield redis
    except (ValueError, TypeError, LookupError, AttributeError):
        redis.connection_pool.disconnect(inuse_connections=False)
        raise RedisConnectionError("what came back was no answer of Redis") from None


@dataclass(frozen=True, slots=True)
class Queues:
    """RQ queues over one Redis client; connects lazily. Each call: RedisError where Redis is away."""

    redis: "Redis"

    def queue(self, name: str) -> Queue:
        return Queue(name, connection=self.redis, serializer="rq.serializers.JSONSerializer")

    def wake_classify(self, article_id: str) -> None:
        """Tell a classify worker that something waits."""
        self._enqueue(CLASSIFY, CLASSIFY_JOB, article_id)

    def wake_deliver(self, reason: str) -> None:
        """Tell a deliver worker that something is due."""
        self._enqueue(DELIVER, DELIVER_JOB, reason)

    def rouse_deliver(self) -> None:
        """The same, cheaply, and as often as one likes: lost without harm."""
        with suppress(RedisError):
            if not self.ring(DELIVER) and not self.count(DELIVER):
                self.wake_deliver("classify")

    def ring(self, name: str) -> bool:
        """Wake whoever stays at the `Bell` of this queue, without a job. False where nobody does."""
        with legible(self.redis) as redis:
            return bool(redis.publish(_bell(name), b""))

    def _enqueue(self, name: str, job: str, argument: str) -> None:
        with legible(self.redis):
            self.queue(name).enqueue(job, argument, job_timeout=_OWN_JOB_SECONDS, **_JOB_LIFE)

    def count(self, name: str) -> int:
        """Jobs waiting in a queue."""
        with legible(self.redis):
            return int(self.queue(name).count)

    def why_unsafe(self) -> str | None:
        """Why nothing should be put there, in one line; None where Redis refuses what it has no room for.

        With any other policy it drops queues, or workers' signs of life, as soon as it has a bound and is full. Needs
        the right to INFO, as RQ does, not to CONFIG.
        """
        with legible(self.redis) as redis:
            policy = redis.info("memory")["maxmemory_policy"]
        if policy == "noeviction":
            return None
        return f"Redis drops what it was given when it is full: its maxmemory-policy is {policy}, set it to noeviction."

    def announce_done(self, *article_ids: str) -> None:
        """Wake whoever waits for these articles (`Prefer: wait`), and tell open pages.

        Lost without harm: they also look themselves.
        """
        with suppress(RedisError), legible(self.redis) as redis, redis.pipeline(transaction=False) as pipeline:
            for article_id in article_ids:
                pipeline.publish(_channel(article_id), "done")
            pipeline.publish(NEWS, "article")
            pipeline.execute()

    @contextmanager
    def listen(self, article_id: str) -> Iterator["PubSub | None"]:
        """A subscription to be opened before the article is queued; None while Redis is away."""
        try:
            with legible(self.redis) as redis:
                subscription = redis.pubsub()  # type: ignore[no-untyped-call]
                subscription.subscribe(_channel(article_id))
                subscription.get_message(timeout=_CONFIRM_SECONDS)  # from here on nothing is missed
        except RedisError:
            yield None
            return
        try:
            yield subscription
        finally:
            with suppress(RedisError), legible(self.redis):
                subscription.close()

    def hear(self, subscription: "PubSub", *, seconds: float) -> bool:
        """Whether something is said in *subscription* within *seconds*; returns as soon as it is."""
        with legible(self.redis):
            message = subscription.get_message(timeout=seconds)
        return message is not None and message["type"] == "message"

    def note_failed_start(self, name: str, reason: str) -> None:
        """Leave word for `/readyz` why a worker of this queue could not start: one line, fit for strangers."""
        with legible(self.redis) as redis:
            redis.set(_failed_start(name), reason, ex=_FAILED_START_SECONDS)

    def forget_failed_start(self, name: str) -> None:
        """A worker of this queue has started. Lost without harm: a reason is shown only where no worker lives."""
        with suppress(RedisError), legible(self.redis) as redis:
            redis.delete(_failed_start(name))

    def failed_start(self, name: str) -> str | None:
        """Why the last worker of this queue that could not start did not."""
        with legible(self.redis) as redis:
            reason: Any = redis.get(_failed_start(name))
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else None

    def has_live_worker(self, name: str, *, hostname: str | None = None) -> bool:
        """Whether a worker of this queue, on that host if one is named, has given a sign of life lately."""
        with legible(self.redis):
            for worker in Worker.all(queue=self.queue(name)):
                if hostname is not None and worker.hostname != hostname:
                    continue
                beat = worker.last_heartbeat
                if beat is not None and (clock.now() - beat).total_seconds() < BELIEVED_ALIVE_SECONDS:
                    return True
        return False


@dataclass(slots=True)
class Bell:
    """Where a worker without work stays, so that waking it costs one message and no job.

    It can be heard only by who has nothing to do: while all are busy, `Queues.ring` says so and a job is left instead.
    Jobs that lie there meanwhile woke for what is done: they wait.
    """

    queues: Queues  # with short time-outs
    name: str
    _subscription: "PubSub | None" = field(default=None, repr=False)

    def wait(self, *, seconds: float, is_wanted: Callable[[], bool], is_over: Callable[[], bool]) -> bool:
        """Whether there is work: it rang within *seconds*, or *is_wanted* as soon as it can be heard. False soon where
        *is_over*, and at once where Redis is away."""
        ends_at = time.monotonic() + seconds
        try:
            with legible(self.queues.redis):
                subscription = self._subscribe()
                try:
                    if is_wanted():
                        return True
                    while (left := ends_at - time.monotonic()) > 0 and not is_over():
                        if self.queues.hear(subscription, seconds=min(left, _HEAR_SECONDS)):
                            return True
                    return False
                finally:
                    subscription.unsubscribe()  # type: ignore[no-untyped-call]  # not waited for: what it answers is read by the next one
        except RedisError:
            self._close()
            return False

    def _subscribe(self) -> "PubSub":
        """From here on nothing is missed. RedisError."""
        if self._subscription is None:
            self._subscription = self.queues.redis.pubsub()  # type: ignore[no-untyped-call]
        self._subscription.subscribe(_bell(self.name))
        ends_at = time.monotonic() + _CONFIRM_SECONDS
        while (left := ends_at - time.monotonic()) > 0:
            message = self._subscription.get_message(timeout=left)
            if message is not None and message["type"] == "subscribe":
                return self._subscription
        raise RedisTimeoutError("no subscription in time")

    def _close(self) -> None:
        if self._subscription is not None:
            with suppress(RedisError), legible(self.queues.redis):
                self._subscription.close()
            self._subscription = None


def _bell(name: str) -> str:
    return f"obelus:bell:{name}"


def _channel(article_id: str) -> str:
    return f"obelus:done:{article_id}"


def _failed_start(name: str) -> str:
    return f"obelus:failed-start:{name}"


def open_queues(url: str, *, timeout_seconds: float | None = 2.0) -> Queues:
    """*timeout_seconds* bounds each call, so that a slow Redis never holds a request; None for a worker that blocks."""
    options: dict[str, Any] = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds or 5.0,
        "retry": Retry(NoBackoff(), 0),  # the client's own is seconds long; whoever asks knows better when to ask again
    }
    return Queues(Redis.from_url(url, **options))
