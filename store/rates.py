"""How much a caller may use: quotas that refill steadily, counted in one trip to Redis, here while Redis is away.

A quota is kept as one time: when all that was used is there again (the generic cell rate algorithm). What is refused
costs nothing. A charge larger than a whole quota is let in when nothing is used up, and paid off afterwards: else it
could never be.
"""

import hashlib
import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import NoScriptError, RedisError

from store.queues import legible

TIMEOUT_SECONDS = 0.25  # of the trip to Redis: nobody waits for a count
_REST_SECONDS = 15.0  # after a failure Redis is left alone this long; then one request tries it again
_TOLERANCE = 1e-4  # seconds: twice half a quota is a quota, whatever the last bits say
_MOST_KEPT = 10_000  # counts in this process, before those that are full again are dropped

# As `MemoryCounts` does it: all charges or none, and how many seconds each quota then needs to be whole again.
_SCRIPT = f"""
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local debts, fits = {{}}, 1
for index, name in ipairs(KEYS) do
  debts[index] = math.max((tonumber(redis.call('GET', name) or 0)) - now, 0)
  local cost, whole = tonumber(ARGV[2 * index - 1]), tonumber(ARGV[2 * index])
  if debts[index] + math.min(cost, whole) > whole + {_TOLERANCE} then fits = 0 end
end
for index, name in ipairs(KEYS) do
  if fits == 1 then
    debts[index] = debts[index] + tonumber(ARGV[2 * index - 1])
    redis.call('SET', name, string.format('%.6f', now + debts[index]), 'PX', math.ceil(debts[index] * 1000) + 1)
  end
  debts[index] = string.format('%.6f', debts[index])
end
return {{fits, debts}}
"""

_SCRIPT_SHA1 = hashlib.sha1(_SCRIPT.encode()).hexdigest()  # noqa: S324 - how Redis names a script

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quota:
    """``per_minute`` (at least 1) of something; what `burst_seconds` of it add up to may be used at once."""

    name: str
    per_minute: int
    burst_seconds: int = 60

    @property
    def seconds_each(self) -> float:
        return 60 / self.per_minute

    @property
    def window_seconds(self) -> int:
        """In which it refills from nothing; long enough for one at least."""
        return max(self.burst_seconds, math.ceil(self.seconds_each))

    @property
    def size(self) -> int:
        """How many may be used at once."""
        return self.window_seconds * self.per_minute // 60

    @property
    def whole(self) -> float:
        """`size` in seconds."""
        return self.size * self.seconds_each


@dataclass(frozen=True, slots=True)
class Charge:
    """So many of this quota."""

    quota: Quota
    amount: int

    @property
    def cost(self) -> float:
        """In seconds."""
        return self.amount * self.quota.seconds_each


Bill = tuple[str, Sequence[Charge]]  # whose, and what for


@dataclass(frozen=True, slots=True)
class Standing:
    """What a quota is like after a charge. ``wait_seconds``: where it was this one that refused, until it would not."""

    quota: Quota
    debt: float  # seconds until all is there again
    wait_seconds: int | None = None

    @property
    def left(self) -> int:
        each = self.quota.seconds_each
        return max(0, int((self.quota.whole - self.debt + min(_TOLERANCE, each / 100)) / each))

    @property
    def reset_seconds(self) -> int:
        return math.ceil(self.debt) if self.wait_seconds is None else self.wait_seconds


def _standings(charges: Sequence[Charge], debts: Sequence[float], *, fits: bool) -> list[Standing]:
    return [
        Standing(charge.quota, debt, None if fits or (over := _excess(charge, debt)) <= 0 else max(1, math.ceil(over)))
        for charge, debt in zip(charges, debts, strict=True)
    ]


def _excess(charge: Charge, debt: float) -> float:
    """Seconds until *charge* fits; none or fewer where it does."""
    whole = charge.quota.whole
    return debt + min(charge.cost, whole) - whole - _TOLERANCE


@dataclass(slots=True)
class MemoryCounts:
    """Counts of this process. They forget what is whole again, so they stay as few as there are callers lately."""

    _paid_at: dict[str, float] = field(default_factory=dict)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def charge(self, owner: str, charges: Sequence[Charge]) -> list[Standing]:
        """All of *charges* or, where one does not fit, none."""
        names = [f"{owner}:{charge.quota.name}" for charge in charges]
        now = time.monotonic()
        with self._counting:
            debts = [max(self._paid_at.get(name, 0.0) - now, 0.0) for name in names]
            fits = all(_excess(charge, debt) <= 0 for charge, debt in zip(charges, debts, strict=True))
            if fits:
                debts = [debt + charge.cost for debt, charge in zip(debts, charges, strict=True)]
                if len(self._paid_at) > _MOST_KEPT:
                    self._paid_at = {name: at for name, at in self._paid_at.items() if at > now}
                self._paid_at.update({name: now + debt for name, debt in zip(names, debts, strict=True)})
        return _standings(charges, debts, fits=fits)


class SharedCounts:
    """Counts that all web processes share through Redis; while it is away, this process counts by itself."""

    def __init__(self, redis: "Redis") -> None:
        self._client = _with_timeout(redis, TIMEOUT_SECONDS)
        self._here = MemoryCounts()
        self._trying = threading.Lock()
        self._rests_until = 0.0  # 0: Redis answered last time

    def charge(self, owner: str, charges: Sequence[Charge]) -> list[Standing]:
        """All of *charges* or, where one does not fit, none. Never raises, never waits longer than a moment."""
        return self.charge_each([(owner, charges)])[0]

    def charge_each(self, bills: Sequence[Bill]) -> list[list[Standing]]:
        """One bill after the other, each by itself, in one trip for all."""
        if not self._may_try():
            return [self._here.charge(*bill) for bill in bills]
        try:
            with legible(self._client):
                found = [
                    _standings(charges, [float(debt) for debt in debts], fits=fits == 1)
                    for (_, charges), (fits, debts) in zip(bills, self._ask(bills), strict=True)
                ]
        except RedisError as error:
            self._rest(error)
            return [self._here.charge(*bill) for bill in bills]
        if self._rests_until:
            self._rests_until = 0.0
            _log.info("rates.counted_in_redis")
        return found

    def _ask(self, bills: Sequence[Bill]) -> list[tuple[int, list[bytes]]]:
        try:
            return self._run(bills)
        except NoScriptError:  # a server that has just started: none of them was counted
            self._client.script_load(_SCRIPT)
            return self._run(bills)

    def _run(self, bills: Sequence[Bill]) -> list[tuple[int, list[bytes]]]:
        with self._client.pipeline(transaction=False) as pipeline:
            for owner, charges in bills:
                # One hash tag, so that a cluster keeps the counts of a caller together.
                names = [f"obelus:rate:{{{owner}}}:{charge.quota.name}" for charge in charges]
                costs = [part for one in charges for part in (f"{one.cost:.6f}", f"{one.quota.whole:.6f}")]
                pipeline.evalsha(_SCRIPT_SHA1, len(names), *names, *costs)
            answers: list[tuple[int, list[bytes]]] = pipeline.execute()
        return answers

    def _may_try(self) -> bool:
        if not self._rests_until:
            return True
        with self._trying:
            if time.monotonic() < self._rests_until:
                return False
            self._rests_until = time.monotonic() + _REST_SECONDS  # the others go on meanwhile
            return True

    def _rest(self, error: RedisError) -> None:
        with self._trying:
            is_news = not self._rests_until
            self._rests_until = time.monotonic() + _REST_SECONDS
        if is_news:
            _log.warning("rates.counted_here", extra={"error_type": type(error).__name__})


def _with_timeout(redis: "Redis", seconds: float) -> "Redis":
    """Another client of the same server, with connections of its own."""
    pool = redis.connection_pool
    options = pool.connection_kwargs | {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    return Redis(connection_pool=type(pool)(connection_class=pool.connection_class, **options))
