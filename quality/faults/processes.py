"""Processes as Linux shows them in /proc: who runs below whom, since when, with how much memory."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """``started`` (ticks since boot) tells it from a later one with the same number."""

    pid: int
    parent: int
    started: int
    command: str

    @property
    def age_seconds(self) -> float:
        return float(Path("/proc/uptime").read_text().split()[0]) - self.started / _TICKS

    def signal(self, number: int) -> bool:
        """False where it has ended meanwhile."""
        now = read_process(self.pid)
        if now is None or now.started != self.started:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
            return True
        return False


def read_process(pid: int) -> Process | None:
    """None where there is none, or only its exit status is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (OSError, IndexError):
        return None
    return None if fields[0] == "Z" else Process(pid, int(fields[1]), int(fields[19]), command)


def below(root: int) -> list[Process]:
    """All living processes below *root*."""
    everybody = [read_process(int(path.name)) for path in Path("/proc").glob("[0-9]*")]
    children: dict[int, list[Process]] = {}
    for process in everybody:
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    found, waiting = [], [root]
    while waiting:
        under = children.get(waiting.pop(), [])
        found += under
        waiting += [process.pid for process in under]
    return found


def resident_bytes(pid: int) -> int:
    """VmRSS. OSError where the process has ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has ended")


def processor_seconds(pid: int) -> float:
    """Spent so far, in the program and for it in the kernel. OSError where the process has ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
