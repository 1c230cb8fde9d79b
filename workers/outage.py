"""Errors without the words of an article, and outages that are logged once, not at every try."""

import logging
import time
import traceback
from dataclasses import dataclass

from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, TimeoutError  # noqa: A004 - the pool's

DATABASE_AWAY = (OperationalError, InterfaceError, InternalError, TimeoutError)
AWAY = (RedisError, *DATABASE_AWAY)

log = logging.getLogger(__name__)


def describe(error: BaseException) -> str:
    """Kind and place of an error, such as ``ValueError at text.py:55``. Its message may quote the article."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


@dataclass(slots=True)
class Outage:
    """Redis or the database is away: one line when it begins, one when it ends."""

    name: str
    _since: float | None = None

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def begin(self, error: BaseException) -> None:
        if self._since is None:
            self._since = time.monotonic()
            log.warning("outage.began", extra={"of": self.name, "error": describe(error)})

    def end(self) -> None:
        if self._since is not None:
            log.warning("outage.ended", extra={"of": self.name, "seconds": round(time.monotonic() - self._since, 1)})
            self._since = None
