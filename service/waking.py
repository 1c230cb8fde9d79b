"""Tell a classify worker that something waits, beside the requests: nobody's 202 waits for Redis."""

import threading
import time
from typing import Any

import structlog
from redis.exceptions import RedisError

from store.queues import CLASSIFY, Queues

_log = structlog.get_logger("service.waking")
_REST_SECONDS = 0.01  # between two wake-ups; whoever is woken takes all that has come meanwhile
_ENOUGH = 8  # jobs that lie there: as many workers look when they are free, and the relay wakes any others


class Waker:
    """One thread of this process, started with the first article. What it could not say, the relay says later."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues
        self._newest: dict[str, Any] | None = None  # the article that no worker was woken for, and whose request it was
        self._changed = threading.Condition()
        self._is_started = False

    def wake(self, article_id: str) -> None:
        """To be called when the article is committed. Returns at once."""
        with self._changed:
            self._newest = {"article_id": article_id, **structlog.contextvars.get_contextvars()}
            if not self._is_started:  # here and not when the application is made: gunicorn forks in between
                self._is_started = True
                threading.Thread(target=self._run, name="waking workers", daemon=True).start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None)
                newest, self._newest = self._newest or {}, None
            self._say(newest)
            time.sleep(_REST_SECONDS)

    def _say(self, newest: dict[str, Any]) -> None:
        try:
            if not self._queues.ring(CLASSIFY) and self._queues.count(CLASSIFY) < _ENOUGH:
                self._queues.wake_classify(newest["article_id"])
        except RedisError as error:
            # Accepted all the same: the relay finds the article in the database.
            _log.warning("worker_not_woken", **newest, error_type=type(error).__name__)
        except Exception:  # this thread must outlive a fault of its own
            _log.exception("waking_failed")
