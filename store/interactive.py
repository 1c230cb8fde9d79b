"""The interactive lane: a short text goes to a classify worker and its reports come back, both through Redis alone.

Nothing of it is stored. A list holds the ids in the order in which they came; the text itself and the reports are
published from one end to the other, so they pass through Redis and never lie in it, nor in what it writes to disk.
See docs/decisions/0017-interactive-lane.md.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import orjson
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError, TimeoutError  # noqa: A004 - its own

MOST_WAITING = 100  # requests; a handful of short ids and keys in Redis
LONGEST_TEXT = 50_000  # code points of a request: about two seconds of reading, for which nobody else is answered
PATIENCE_SECONDS = 10.0  # of a caller; less than a web process that is to end gives to what it has begun
BUSY_SECONDS = 3.0  # a worker that reads says so each second; silent for longer, it is taken for dead
_LOOK_SECONDS = 0.5
_MISSES = 2  # looks in a row
_HAND_OVER_SECONDS = 2.0  # both ends are there: this is for a slow Redis
_SEND = b"send"  # a worker to the caller: give me the text
_LIST_MS = int(PATIENCE_SECONDS * 1000)
_BUSY_MS = int(BUSY_SECONDS * 1000)
_TRIES = 2  # a text over which a worker died is given to one more
_LIST = "obelus:interactive"
ARTICLE = "article"  # in the place of an id: an article for which somebody waits lies in the database

Body = dict[str, Any]


class LaneError(Exception):
    """No answer from this lane; the message is for strangers."""


class LaneFullError(LaneError):
    """Too many wait already."""


class NoAnswerError(LaneError):
    """No worker answered in time."""


class ReadingFailedError(LaneError):
    """A worker tried and could not read it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker takes. ``body`` is what the caller gave to `Lane.ask`; with the id `ARTICLE` it was `Lane.call`."""

    id: str
    body: Body


@dataclass(frozen=True, slots=True)
class _Call:
    """A caller's end of one request."""

    request_id: str
    payload: bytes
    subscription: PubSub


@dataclass(frozen=True, slots=True)
class Lane:
    """Both ends of the lane, over a client whose time-out is above `_LOOK_SECONDS`."""

    redis: "Redis"

    # --- who asks ---------------------------------------------------------------------------------

    def ask(self, body: Body, *, seconds: float = PATIENCE_SECONDS) -> Body:
        """Hand *body* to a worker and wait for its answer, *seconds* at most.

        Where the worker that took it dies, one other gets it. RedisError where Redis is away; LaneFullError,
        NoAnswerError, ReadingFailedError.
        """
        ends_at = time.monotonic() + seconds
        payload = orjson.dumps(body)
        for _ in range(_TRIES):
            answer = self._try(payload, ends_at)
            if answer is not None:
                return _opened(answer)
            if time.monotonic() >= ends_at:
                break
        raise NoAnswerError("No classify worker answered in time.")

    def _try(self, payload: bytes, ends_at: float) -> bytes | None:
        request_id = secrets.token_hex(16)
        answer = None
        with _listening(self.redis, _answer(request_id)) as subscription:
            try:
                self._push(request_id)
                answer = self._wait(_Call(request_id, payload, subscription), ends_at)
            finally:
                if answer is None:
                    self._withdraw(request_id)
        return answer

    def _push(self, request_id: str) -> None:
        with self.redis.pipeline() as pipeline:
            pipeline.rpush(_LIST, request_id)
            # Ids that nobody takes go with the last of them, so that an unused lane leaves nothing behind.
            pipeline.pexpire(_LIST, _LIST_MS)
            length = pipeline.execute()[0]
        if length > MOST_WAITING:
            raise LaneFullError("Too many texts wait to be read at once.")

    def _wait(self, call: "_Call", ends_at: float) -> bytes | None:
        """None at the end of patience, and where no worker has the request any more."""
        misses = 0
        while (left := ends_at - time.monotonic()) > 0:
            said = _next(call.subscription, min(left, _LOOK_SECONDS))
            if said == _SEND:
                self.redis.publish(_text(call.request_id), call.payload)
            elif said is not None:
                return said
            misses = 0 if said is not None or self._is_known(call.request_id) else misses + 1
            if misses == _MISSES:
                return _next(call.subscription, 0.0)  # it may have come between the two looks
        return None

    def _is_known(self, request_id: str) -> bool:
        """Whether it waits, or a living worker has it. Between the two it is unknown for a moment."""
        return self.redis.lpos(_LIST, request_id) is not None or bool(self.redis.exists(_busy(request_id)))

    def _withdraw(self, request_id: str) -> None:
        with suppress(RedisError):  # it ends by itself
            self.redis.lrem(_LIST, 1, request_id)

    def call(self) -> None:
        """Somebody waits for an article that is saved: a worker is to look, also in the middle of others. RedisError;
        lost without harm, since the article is queued as all are."""
        with self.redis.pipeline() as pipeline:
            pipeline.rpush(_LIST, ARTICLE)
            pipeline.pexpire(_LIST, _LIST_MS)
            pipeline.execute()

    # --- who reads --------------------------------------------------------------------------------

    def take(self, *, seconds: float) -> Request | None:
        """The request that waits longest, waited for *seconds* at most. One whose caller has gone is passed over.

        RedisError; ValueError where it is no request of ours.
        """
        found: Any = self.redis.blpop([_LIST], timeout=seconds)
        if found is None:
            return None
        request_id = found[1].decode("ascii", "replace")
        if request_id == ARTICLE:
            return Request(ARTICLE, {})
        with _listening(self.redis, _text(request_id)) as subscription:
            with self.redis.pipeline() as pipeline:
                pipeline.set(_busy(request_id), b"", px=_BUSY_MS)
                pipeline.publish(_answer(request_id), _SEND)
                listeners = pipeline.execute()[1]
            payload = _next(subscription, _HAND_OVER_SECONDS) if listeners else None
        if payload is None:
            self.redis.delete(_busy(request_id))
            return None
        return Request(request_id, orjson.loads(payload))

    def keep(self, request_id: str) -> None:
        """Tell the caller that the reading goes on; about once a second, in vain once it is over. RedisError."""
        self.redis.set(_busy(request_id), b"", px=_BUSY_MS, xx=True)

    def answer(self, request_id: str, body: Body) -> None:
        """RedisError where the answer cannot be handed over; the caller then hears nothing."""
        with self.redis.pipeline() as pipeline:
            pipeline.publish(_answer(request_id), orjson.dumps(body))
            pipeline.delete(_busy(request_id))
            pipeline.execute()

    def refuse(self, request_id: str, failure: str) -> None:
        """The reading failed; *failure* is for strangers and repeats no word of the text. RedisError."""
        self.answer(request_id, {"failure": failure})


def _opened(answer: bytes) -> Body:
    body: Body = orjson.loads(answer)
    if "failure" in body:
        raise ReadingFailedError(body["failure"])
    return body


@contextmanager
def _listening(redis: "Redis", channel: str) -> Iterator[PubSub]:
    """A subscription that the server has confirmed: what is published from here on is heard."""
    subscription = redis.pubsub()  # type: ignore[no-untyped-call]
    try:
        subscription.subscribe(channel)
        if subscription.get_message(timeout=_HAND_OVER_SECONDS) is None:
            raise TimeoutError("no subscription in time")
        yield subscription
    finally:
        with suppress(RedisError):
            subscription.close()


def _next(subscription: PubSub, seconds: float) -> bytes | None:
    """What is published next; None where nothing is within *seconds*."""
    message = subscription.get_message(timeout=seconds)
    if message is None or message["type"] != "message":
        return None
    said: bytes = message["data"]
    return said


def _text(request_id: str) -> str:
    return f"{_LIST}:text:{request_id}"


def _busy(request_id: str) -> str:
    return f"{_LIST}:busy:{request_id}"


def _answer(request_id: str) -> str:
    return f"{_LIST}:answer:{request_id}"
