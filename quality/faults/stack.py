"""A whole installation as `make run` starts it, with a Redis of its own behind a proxy, in a folder of its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from quality.faults.processes import Process, below, free_port
from quality.faults.proxy import FaultProxy
from quality.faults.servers import PostgreSQLServer, RedisServer
from store.database import Database, open_database

ROOT = Path(__file__).parent.parent.parent
_READY_SECONDS = 120.0
_STOP_SECONDS = 90.0
_RUNNING = "Obelus is running."  # the launcher's last line
# Words of a command line; gunicorn is two processes, its master and its worker.
_PROGRAMS = {"classify": "workers classify", "relay": "workers relay", "deliver": "workers deliver"}


@dataclass
class Installation:
    """A running one, and how to reach each part of it."""

    folder: Path
    base_url: str
    api_key: str
    process: "subprocess.Popen[bytes]"
    database_url: str
    redis: RedisServer
    proxy: FaultProxy
    postgresql: PostgreSQLServer | None

    def client(self, key: str | None = None, *, timeout_seconds: float = 10.0) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key or self.api_key}"}
        return httpx2.Client(base_url=self.base_url, headers=headers, timeout=timeout_seconds, trust_env=False)

    def open_database(self) -> Database:
        """A way in of our own, beside the installation's processes. The caller disposes of it."""
        return open_database(self.database_url)

    def processes(self, program: str) -> list[Process]:
        """Of ``web`` (gunicorn's master), ``web-worker``, ``classify``, ``relay`` or ``deliver``."""
        running = below(self.process.pid)
        if program in _PROGRAMS:
            return [one for one in running if _PROGRAMS[program] in one.command]
        web = [one for one in running if "gunicorn" in one.command]
        masters = {one.pid for one in web} - {one.pid for one in web if one.parent in {other.pid for other in web}}
        return [one for one in web if (one.pid in masters) == (program == "web")]

    def check(self) -> None:
        """RuntimeError where `make run` itself has ended: nothing that was killed may take it along."""
        if self.process.poll() is not None:
            raise RuntimeError(f"the installation ended:\n{(self.folder / 'run.log').read_text('utf-8', 'replace')}")

    def unexpected_errors(self) -> list[str]:
        """What the web process logged of exceptions that nothing in it expects, a line each."""
        logs = sorted((self.folder / "var" / "logs").glob("web.log*"))
        return [
            line.strip()
            for log in logs
            for line in log.read_text("utf-8", errors="replace").splitlines()
            if "unexpected_error" in line
        ]

    def wait_until_ready(self, seconds: float = _READY_SECONDS) -> None:
        """Until `make run` has shown its sample and says so: before, it may still give up."""
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            self.check()
            if _RUNNING in (self.folder / "run.log").read_text("utf-8", "replace"):
                return
            time.sleep(0.2)
        raise RuntimeError(f"the installation is not ready; see {self.folder}")


@contextmanager
def running(*, database: str = "sqlite", **settings: str) -> Iterator[Installation]:
    """Start one with *settings* (``OBELUS_…`` variables); at the end nothing of it is left behind.

    Where the block raises, the folder with its logs is kept and named.
    """
    folder = Path(tempfile.mkdtemp(prefix="obelus-faults-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    stopping: list[Any] = []
    try:
        yield _start(folder, database, settings, stopping)
    except BaseException:
        print(f"kept for a look: {folder}", file=sys.stderr)
        raise
    else:
        _stop(stopping)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        _stop(stopping)


def _start(folder: Path, database: str, settings: dict[str, str], stopping: list[Any]) -> Installation:
    for name in ("redis", "postgresql"):
        (folder / name).mkdir()
    redis = RedisServer(folder / "redis")
    stopping.append(redis.end)
    redis.start()
    proxy = FaultProxy(("127.0.0.1", redis.port))
    stopping.append(proxy.close)
    postgresql, database_url = None, f"sqlite:///{folder / 'var' / 'obelus.sqlite3'}"
    if database == "postgresql":
        postgresql = PostgreSQLServer(folder / "postgresql")
        stopping.append(lambda: postgresql.end(signal.SIGINT))
        postgresql.start()
        database_url = postgresql.make_database("obelus")
    port, key = free_port(), f"obk_{secrets.token_hex(24)}"
    environment = environment_of(
        OBELUS_PORT=str(port),
        OBELUS_DATA_DIR=str(folder / "var"),
        OBELUS_DATABASE_URL=database_url,
        OBELUS_REDIS_URL=f"redis://127.0.0.1:{proxy.port}/0",
        OBELUS_API_KEY=key,
        OBELUS_ALLOW_PRIVATE_WEBHOOKS="true",
        **settings,
    )
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers", "run"],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    stopping.append(lambda: _interrupt(process))
    made = Installation(folder, f"http://127.0.0.1:{port}", key, process, database_url, redis, proxy, postgresql)
    made.wait_until_ready()
    return made


def environment_of(**settings: str) -> dict[str, str]:
    """The environment without anybody's own settings, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OBELUS_")} | settings


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    """Ctrl-C, as a person would; whoever was stopped goes on first, or he could not hear it."""
    if process.poll() is None:
        for one in below(process.pid):
            one.signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for one in below(process.pid):
            one.signal(signal.SIGKILL)
        process.kill()
        process.wait()
        raise RuntimeError("the installation does not stop") from None


def _stop(stopping: list[Any]) -> None:
    """The last first; each once."""
    while stopping:
        stopping.pop()()
