"""Signs of life: which processes of the workers are alive, as Redis knows them."""

import os
import socket
from dataclasses import dataclass
from typing import Any

from redis import Redis
from rq import Worker

from store import clock
from store.queues import BELIEVED_ALIVE_SECONDS, CLASSIFY, DELIVER, Queues, legible

RELAY = "relay"
PROGRAMS = (CLASSIFY, DELIVER, RELAY)
_RELAYS = "obelus:relays"  # a sorted set: the name of each relay, by the moment of its last turn
_FORGOTTEN_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the workers. ``state``: what RQ says it does; a relay is always ``busy``."""

    program: str
    host: str
    pid: int
    silent_seconds: float
    state: str

    @property
    def is_alive(self) -> bool:
        return self.silent_seconds < BELIEVED_ALIVE_SECONDS


def note_relay(redis: Redis, *, host: str | None = None, pid: int | None = None) -> None:
    """A relay says that it is there, at each of its turns. RedisError where Redis is away."""
    moment = clock.now().timestamp()
    with legible(redis), redis.pipeline(transaction=False) as pipe:
        pipe.zadd(_RELAYS, {f"{host or socket.gethostname()}:{pid or os.getpid()}": moment})
        pipe.zremrangebyscore(_RELAYS, 0, moment - _FORGOTTEN_SECONDS)
        pipe.execute()


def list_processes(queues: Queues) -> list[Process]:
    """All that Redis knows of, by program and host; those that fell silent lately among them."""
    moment = clock.now()
    found = []
    with legible(queues.redis) as redis:
        for program in (CLASSIFY, DELIVER):
            for worker in Worker.all(queue=queues.queue(program)):
                beat = worker.last_heartbeat
                silent = (moment - beat).total_seconds() if beat is not None else float("inf")
                state = str(worker.get_state())
                found.append(Process(program, worker.hostname or "?", worker.pid or 0, silent, state))
        relays: Any = redis.zrange(_RELAYS, 0, -1, withscores=True)
        for name, at in relays:
            host, _, pid = name.decode("utf-8", "replace").rpartition(":")
            found.append(Process(RELAY, host, int(pid or 0), moment.timestamp() - at, "busy"))
    return sorted(found, key=lambda one: (PROGRAMS.index(one.program), one.host, one.pid))
