"""What is done to an installation, in an order that follows from a seed: kills, pauses, and a Redis that misbehaves."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from quality.faults.expectations import PAUSE_SECONDS
from quality.faults.processes import Process
from quality.faults.proxy import MODES, Mode
from quality.faults.resume import LeaseWatch
from quality.faults.stack import Installation

KILLED = ("web", "web-worker", "classify", "relay", "deliver", "redis")
PAUSED = ("classify", "deliver", "relay", "web-worker")
REDIS_FAULTS = (*(mode for mode in MODES if mode != "pass"), "full", "emptied")
_HOLDS = {"classify": "articles", "deliver": "deliveries"}  # whose death cuts off which leases
_KILL_SHARE = 0.8
_PAUSE_SHARE = 0.08
# supervisord takes a program that ends within a second for one that cannot start, and waits longer each time.
_LEAST_AGE_SECONDS = 2.0
_REDIS_FAULT_SECONDS = 5.0
_DOWN_SECONDS = (0.2, 3.0)


@dataclass(frozen=True, slots=True)
class Fault:
    """``kind``: kill, pause or redis; ``target``: a program, or which fault of Redis."""

    kind: str
    target: str


def plan(kills: int, *, seed: int, killed: Sequence[str] = KILLED) -> list[Fault]:
    """Faults with exactly so many kills among them, the same for the same seed; it ends with a kill."""
    draw = random.Random(seed)
    faults: list[Fault] = []
    while kills:
        share = draw.random()
        if share < _KILL_SHARE:
            faults.append(Fault("kill", draw.choice(killed)))
            kills -= 1
        elif share < _KILL_SHARE + _PAUSE_SHARE:
            faults.append(Fault("pause", draw.choice(PAUSED)))
        else:
            faults.append(Fault("redis", draw.choice(REDIS_FAULTS)))
    return faults


@dataclass(slots=True)
class Saboteur:
    """Carries a plan out against *installation*. ``done`` counts what was really done, by kind and target."""

    installation: Installation
    watch: LeaseWatch
    seed: int = 0
    done: dict[str, "Counter[str]"] = field(
        default_factory=lambda: {kind: Counter() for kind in ("kill", "pause", "redis")}
    )
    diary: list[tuple[datetime, Fault]] = field(default_factory=list)
    _timers: list[threading.Timer] = field(default_factory=list)
    _starting: dict[str, threading.Thread] = field(default_factory=dict)

    def run(self, faults: Sequence[Fault], *, every_seconds: float) -> None:
        """A fault where none of its targets is old enough waits, so that each kill meets something alive."""
        draw = random.Random(self.seed)
        waiting = list(faults)
        due = time.monotonic()
        while waiting:
            due = max(due + every_seconds * draw.uniform(0.5, 1.5), time.monotonic() - every_seconds)
            time.sleep(max(0.0, due - time.monotonic()))
            self.installation.check()
            place = next((at for at, fault in enumerate(waiting) if self._do(fault, draw)), None)
            if place is not None:
                waiting.pop(place)

    def during(self, since: datetime, seconds: float) -> list[str]:
        """What was done in that time, such as ``+3.1 s kill relay``."""
        until = since + timedelta(seconds=seconds)
        return [
            f"{(at - since).total_seconds():+.1f} s {fault.kind} {fault.target}"
            for at, fault in self.diary
            if since - timedelta(seconds=PAUSE_SECONDS) <= at <= until
        ]

    def end(self) -> None:
        """All is well again: everything started, nothing paused, Redis as it should be."""
        for timer in self._timers:
            timer.join()
        for thread in list(self._starting.values()):
            thread.join()
        self._set_redis("pass")

    def _do(self, fault: Fault, draw: random.Random) -> bool:
        if fault.kind == "redis":
            is_done = self._disturb_redis(fault.target)
        elif fault.target in ("redis", "postgresql"):
            is_done = self._kill_server(fault.target, draw.uniform(*_DOWN_SECONDS))
        else:
            is_done = self._signal(fault, draw)
        if is_done:
            self.done[fault.kind][fault.target] += 1
            self.diary.append((datetime.now(UTC), fault))
        return is_done

    def _signal(self, fault: Fault, draw: random.Random) -> bool:
        old_enough = [one for one in self.installation.processes(fault.target) if one.age_seconds >= _LEAST_AGE_SECONDS]
        if not old_enough:
            return False
        victim = draw.choice(old_enough)
        is_killed = fault.kind == "kill"
        is_done = victim.signal(signal.SIGKILL if is_killed else signal.SIGSTOP)
        if is_done and fault.target in _HOLDS:
            self.watch.note(_HOLDS[fault.target], victim.pid, is_killed=is_killed)
        return is_done and (is_killed or self._later(PAUSE_SECONDS, lambda: self._wake(victim)))

    @staticmethod
    def _wake(victim: Process) -> None:
        victim.signal(signal.SIGCONT)  # unless it was killed meanwhile

    def _later(self, seconds: float, act: "object") -> bool:
        timer = threading.Timer(seconds, act)  # type: ignore[arg-type]
        timer.start()
        self._timers.append(timer)
        return True

    def _kill_server(self, name: str, down_seconds: float) -> bool:
        """It is down for a moment; nobody kills what is not back yet."""
        server = self.installation.redis if name == "redis" else self.installation.postgresql
        if server is None or (name in self._starting and self._starting[name].is_alive()):
            return False
        server.end()

        def start() -> None:
            time.sleep(down_seconds)
            server.start()

        self._starting[name] = threading.Thread(target=start)
        self._starting[name].start()
        return True

    def _disturb_redis(self, fault: str) -> bool:
        if self.installation.proxy.mode != "pass":
            return False
        if fault == "emptied":
            with suppress(RedisError), self.installation.redis.client() as client:
                return bool(client.flushall())
            return False
        if fault == "full":
            return self._set_memory("1mb") and self._later(_REDIS_FAULT_SECONDS, lambda: self._set_memory("0"))
        self._set_redis(fault)  # type: ignore[arg-type]
        return self._later(_REDIS_FAULT_SECONDS, lambda: self._set_redis("pass"))

    def _set_memory(self, most: str) -> bool:
        """An empty server takes more than a megabyte: with that bound every write is refused."""
        with suppress(RedisError), self.installation.redis.client() as client:
            return bool(client.config_set("maxmemory", most))
        return False  # it was killed, and starts without a bound

    def _set_redis(self, mode: Mode) -> None:
        self.installation.proxy.mode = mode
        if mode == "pass":
            self.installation.proxy.cut()  # what is half dead shall not linger
