"""supervisord as a child: what it is told, whether its programs run, and its end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.settings import Settings
from workers.redis_server import make_private

CONFIG = Path(__file__).parent.parent / "supervisord.conf"
STOP_SECONDS = 80.0  # all of `stopwaitsecs` in supervisord.conf: it stops one group after the other
UNUSABLE = 78  # EX_CONFIG of sysexits.h: a program that says so is not started again
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LINUX_PARENT_DEATH = 1  # PR_SET_PDEATHSIG, prctl(2)


class CannotStartError(Exception):
    """Why a program cannot do its work, whenever it is started: it ends with UNUSABLE."""


# glibc gives each thread a heap of its own, which hardly shrinks: two are enough for the memory of processes like ours
# to stay where it is.
_C_LIBRARY = {"MALLOC_ARENA_MAX": "2"}


def run_variables(settings: Settings) -> dict[str, str]:
    """What `supervisord.conf` refers to."""
    data = settings.data_dir.resolve()
    return {
        "OBELUS_RUN_PYTHON": sys.executable,
        "OBELUS_RUN_LOGS": str(data / "logs"),
        "OBELUS_RUN_STATE": str(data),
        "OBELUS_RUN_CONTROL": str(control_socket(settings)),
        "OBELUS_RUN_BIND": f"[{settings.host}]:{settings.port}"
        if ":" in settings.host
        else f"{settings.host}:{settings.port}",
        "OBELUS_RUN_TMP": "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(data),  # noqa: S108 - gunicorn's heartbeat file
        "OBELUS_RUN_BUNDLED_REDIS": str(settings.uses_bundled_redis).lower(),
        "OBELUS_RUN_WEB_THREADS": str(settings.web_threads),
        "OBELUS_RUN_CLASSIFY_WORKERS": str(settings.classify_workers),
        "OBELUS_RUN_DELIVER_WORKERS": str(settings.deliver_workers),
    }


def control_socket(settings: Settings) -> Path:
    """Beside the socket of the bundled Redis, whose path is short enough for any data folder."""
    return settings.redis_socket.with_name("control.sock")


@dataclass(frozen=True, slots=True)
class Program:
    """One program as supervisord sees it. ``status`` is that of its last exit."""

    name: str
    state: str
    pid: int
    status: int
    log: str

    @property
    def cannot_start(self) -> bool:
        return self.state in ("FATAL", "BACKOFF") or (self.state == "EXITED" and self.status == UNUSABLE)


class Stack:
    """The running supervisord; start it with `held_signals`."""

    def __init__(self, settings: Settings) -> None:
        data = settings.data_dir.resolve()
        (data / "logs").mkdir(parents=True, exist_ok=True)
        make_private(control_socket(settings).parent)
        self._control = control_socket(settings)
        self._groups: set[int] = set()
        with (data / "logs" / "start.log").open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(CONFIG)],
                cwd=CONFIG.parent,
                env={**_C_LIBRARY, **os.environ, **run_variables(settings)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C in the terminal reaches us alone, and we stop the rest in order.
                process_group=0,
                preexec_fn=_before_supervisord(),  # noqa: PLW1509 - before any thread exists
            )

    def programs(self) -> list[Program]:
        """What runs; empty while supervisord does not answer."""
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(None, None, f"unix://{self._control}")
        try:
            server = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
            answer: Any = server.supervisor.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error, ValueError):
            return []
        finally:
            transport.close()
        found = [
            Program(one["name"], one["statename"], one["pid"], one["exitstatus"], one["stdout_logfile"])
            for one in answer
        ]
        self._groups |= {program.pid for program in found if program.pid}
        return found

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        """Stop all programs in order, then supervisord. Returns when nothing of it runs any more."""
        self.programs()
        if not self.has_ended:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        # Where supervisord was killed, its programs live on: each leads a process group of its own.
        _end_groups(self._groups)
        self._control.unlink(missing_ok=True)


def _end_groups(leaders: Iterable[int]) -> None:
    living = [pid for pid in leaders if _is_ours(pid)]
    for number, seconds in ((signal.SIGTERM, 8.0), (signal.SIGKILL, 2.0)):
        for pid in living:
            _signal_group(pid, number)
        ends_at = time.monotonic() + seconds
        while living and time.monotonic() < ends_at:
            time.sleep(0.05)
            living = [pid for pid in living if _is_ours(pid)]


def _is_ours(pid: int) -> bool:
    """Whether the group led by *pid* still has a member; a number that was given to somebody else is not ours."""
    try:
        if os.getpgid(pid) != pid:
            return False
        words = Path(f"/proc/{pid}/cmdline")
        return not words.exists() or any(word in words.read_bytes() for word in (b"workers", b"gunicorn", b"valkey"))
    except OSError:
        return False


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


@contextmanager
def held_signals() -> Iterator[None]:
    """A Ctrl-C between the birth of a child and our knowing it would leave it behind: it waits a moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _before_supervisord() -> Callable[[], None]:
    """What the child does before it becomes supervisord.

    Where the launcher itself is killed, Linux tells supervisord to stop; elsewhere the port stays taken and the next
    start says so.
    """
    launcher = os.getpid()
    library = ctypes.CDLL(None)

    def prepare() -> None:
        if sys.platform == "linux":
            library.prctl(_LINUX_PARENT_DEATH, signal.SIGTERM)
            if os.getppid() != launcher:  # it was killed before we asked
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)

    return prepare
