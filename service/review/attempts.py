"""How often one may try to sign in: per user name and per address, counted here and in Redis.

Every attempt counts, before the password is looked at, so attempts in parallel gain nothing. This process counts
always; Redis adds the attempts made at other processes. While Redis is away the count of this process still holds.
"""

import logging
import time
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis
from redis.exceptions import RedisError

from service.limits import network_of

PER_NAME = RateLimitItemPerMinute(10, 15)
PER_ADDRESS = RateLimitItemPerMinute(50, 15)
_REDIS_REST_SECONDS = 15  # after a failure Redis is left alone this long, so that sign-in stays quick

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Rest:
    until: float = 0.0


class SignInAttempts:
    """The counters of one application."""

    def __init__(self, redis: Redis) -> None:
        self._here = FixedWindowRateLimiter(MemoryStorage())
        shared: Storage = RedisStorage(
            "redis://", connection_pool=redis.connection_pool, key_prefix="obelus:sign-in", wrap_exceptions=False
        )
        self._shared = FixedWindowRateLimiter(shared)
        self._rest = _Rest()

    def seconds_to_wait(self, name: str, address: str | None) -> int | None:
        """Count one attempt. None: go on; else the seconds after which another attempt is allowed."""
        waits = [
            self._count(item, *key)
            for item, key in (
                (PER_ADDRESS, ("address", network_of(address))),
                (PER_NAME, ("name", _fingerprint(name))),
            )
        ]
        return max((wait for wait in waits if wait is not None), default=None)

    def _count(self, item: RateLimitItem, *key: str) -> int | None:
        is_allowed = self._here.hit(item, *key)
        reset_at = self._here.get_window_stats(item, *key).reset_time
        if time.monotonic() >= self._rest.until:
            try:
                if not self._shared.hit(item, *key):
                    is_allowed = False
                    reset_at = max(reset_at, self._shared.get_window_stats(item, *key).reset_time)
            except RedisError as error:
                self._rest.until = time.monotonic() + _REDIS_REST_SECONDS
                _log.warning("sign-in attempts are counted in this process only: %s", type(error).__name__)
        return None if is_allowed else max(1, round(reset_at - time.time()))


def _fingerprint(name: str) -> str:
    """One key for all spellings of a name; hashed, because people type passwords into the wrong field."""
    return sha256(unicodedata.normalize("NFKC", name).strip().casefold().encode("utf-8", "replace")).hexdigest()
