"""Where databases come from: SQLite files, and a real PostgreSQL. A test that takes `backend` runs on both."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from store.bootstrap import migrate
from store.database import open_database
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
    migrated_url: str | None = None
    name: str = "postgresql"
    _prefix: str = field(default_factory=lambda: f"obelus_test_{os.getpid()}_{secrets.token_hex(3)}")

    def empty(self, folder: Path) -> str:
        made = f"{self._prefix}_{secrets.token_hex(3)}"
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
            connection.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")  # they refuse DELETE
            for table in reversed(Base.metadata.sorted_tables):  # TRUNCATE makes new files for every table and index
                connection.execute(f"DELETE FROM {table.name}")  # type: ignore[arg-type]
            connection.execute("ALTER TABLE audit_entries ENABLE TRIGGER USER")
        return self.migrated_url

    def drop_all(self) -> None:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{self._prefix}_%"]
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
        server = PostgreSQL(request.getfixturevalue("postgresql_url"))
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
