"""Every test of the store runs twice: on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
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
    with servers.serve_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The bundled server, emptied."""
    with Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
