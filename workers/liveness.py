"""Who on this machine is dead: what a killed process held is free within a second, not at the end of its lease."""

import os
from functools import cache
from pathlib import Path

from store import leases
from store.database import Database
from store.leases import Leased

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SPACE = Path("/proc/self/ns/pid")
_FIRST_AFTER_NAME = 2  # /proc/PID/stat: the fields after the name begin with the state, the third of all
_STARTED = 22 - 1 - _FIRST_AFTER_NAME
_DEAD = frozenset("ZX")


@cache
def _machine() -> str:
    """This boot of this machine, and this space of process ids in it (containers have their own); empty where the
    system does not say."""
    try:
        return f"{_BOOT.read_text().strip()[:8]}/{_SPACE.readlink().name.strip('pid:[]')}"
    except OSError:
        return ""


def own_name() -> str:
    """The name of this process, which no other ever has; empty where the system cannot tell."""
    started = _started_at(os.getpid())
    return f"{_machine()}/{os.getpid()}/{started}" if _machine() and started else ""


def is_dead(name: str) -> bool:
    """Whether this is certain: a process of another machine, or one without a name, may live."""
    machine, _, rest = name.rpartition("/")[0].rpartition("/")
    if not machine or machine != _machine() or not rest.isdecimal():
        return False
    return _started_at(int(rest)) != name.rpartition("/")[2]


def end_leases_of_the_dead(database: Database, rows: Leased) -> None:
    """Of processes of this machine alone; those of others run out."""
    with database.reading() as session:
        held = leases.list_tokens(session, rows)
    if dead := [token for token in held if is_dead(leases.holder_of(token))]:
        with database.writing() as session:
            leases.end_leases(session, rows, dead)


def _started_at(pid: int) -> str | None:
    """When the process began, in ticks since the boot: an id is given again, but not at the same time. None: it is no
    more."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] in _DEAD else fields[_STARTED]
