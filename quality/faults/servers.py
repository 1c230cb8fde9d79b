"""Redis without persistence and PostgreSQL with all of it, of the machine's own binaries, to be killed at will."""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from redis import Redis
from redis.exceptions import RedisError

from quality.faults.processes import free_port

_START_SECONDS = 60.0


class NotInstalledError(Exception):
    """A program this needs is not on this machine."""


def find_program(name: str) -> str:
    """Its path; NotInstalledError."""
    if (found := shutil.which(name)) is None:
        raise NotInstalledError(f"{name} is not installed")
    return found


@dataclass
class Server:
    """A process that is started again and again on the same port or socket."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    identity: dict[str, Any] = field(default_factory=dict)

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_up(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Return when it answers. It may refuse for a moment, while children of a killed one are still there."""
        ends_at = time.monotonic() + _START_SECONDS
        while time.monotonic() < ends_at:
            if self.process is None or self.process.poll() is not None:
                with (self.folder / "server.log").open("ab") as log:
                    self.process = subprocess.Popen(
                        self.command(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        cwd=self.folder,
                        **self.identity,
                    )
            if self.is_up():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.command()[0]} does not start; see {self.folder / 'server.log'}")

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(30)


@dataclass
class RedisServer(Server):
    """With its death all of it is forgotten."""

    port: int = field(default_factory=free_port)

    def command(self) -> list[str]:
        return [
            find_program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction",
        ]  # fmt: skip

    def client(self) -> "Redis":
        return Redis(port=self.port, socket_timeout=2, socket_connect_timeout=2)

    def is_up(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


@dataclass
class PostgreSQLServer(Server):
    """With fsync, as in earnest. The server refuses to run as root, so root runs it as the user postgres."""

    def __post_init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
        if not found:
            raise NotInstalledError("postgresql is not installed")
        self._programs = found[-1].parent
        if os.geteuid() == 0:
            self.identity = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(self.folder, "postgres")
        subprocess.run(
            [self._programs / "initdb", "-D", self.folder / "data", "--username=obelus", "--auth=trust",
             "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True, capture_output=True, cwd=self.folder, **self.identity,
        )  # fmt: skip

    def command(self) -> list[str]:
        options = ("listen_addresses=", "max_connections=300", "fsync=on", "synchronous_commit=on")
        return [
            str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder),
            *[word for option in options for word in ("-c", option)],
        ]  # fmt: skip

    def url(self, database: str) -> str:
        return f"postgresql://obelus@/{database}?host={self.folder}"

    def is_up(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self, name: str) -> str:
        """Its URL."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url(name)
