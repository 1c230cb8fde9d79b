"""The web application on SQLite, with a Redis that is down: what a caller must not notice."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text
from werkzeug.test import TestResponse

from service.app import create_app
from store import articles, claims, keys
from store.bootstrap import migrate
from store.database import Database, open_database
from store.policy import Outcome
from store.queues import open_queues
from store.settings import Settings
from tests.store import makers, servers
from tests.store.backends import Backend

PROBLEM_KEYS = ["type", "title", "status", "detail", "instance", "code", "errors"]


@dataclass(frozen=True)
class Api:
    """A caller with a key, in the process itself."""

    app: APIFlask
    database: Database
    key: str
    key_id: str

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        return self.app.test_client().open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.request("POST", path, **options)

    def submit(self, content: str = makers.TEXT, **options: Any) -> TestResponse:
        fields = options.pop("fields", {})
        return self.post("/v1/articles", json={"text": content, **fields}, **options)

    def submit_id(self, **options: Any) -> str:
        answer = self.submit(**options)
        assert answer.status_code == 202, answer.text
        return str(answer.json["id"])  # type: ignore[index]


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole schema in one file; copying it is a hundred times faster than migrating."""
    path = tmp_path_factory.mktemp("service") / "template.sqlite3"
    made = open_database(f"sqlite:///{path}")
    migrate(made)
    with made.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    made.dispose()
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock", web_threads=8)


@pytest.fixture
def database(database_template: Path, settings: Settings) -> Iterator[Database]:
    shutil.copyfile(database_template, settings.data_dir / "obelus.sqlite3")
    opened = open_database(settings.database)
    yield opened
    opened.dispose()


@pytest.fixture
def app(settings: Settings, database: Database) -> APIFlask:
    return create_app(settings, database=database, resolve=resolve)


def resolve(host: str, _port: int) -> list[str]:
    """The name server of the tests: no packet leaves."""
    return ["10.0.0.7"] if host == "inside.example.org" else ["8.8.8.8"]


def make_caller(app: APIFlask, database: Database, name: str, scopes: list[str]) -> Api:
    key = f"key-of-{name}-0123456789"
    with database.writing() as session:
        key_id = keys.add_key(session, key, name=name, scopes=scopes).id
    return Api(app, database, key, key_id)


@pytest.fixture(scope="session")
def shared(database_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An ordinary caller for the many tests in which everything is refused: they leave no trace in each other."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copyfile(database_template, folder / "obelus.sqlite3")
    settings = Settings(data_dir=folder, redis_url=f"unix://{folder}/no.sock")
    opened = open_database(settings.database)
    yield make_caller(
        create_app(settings, database=opened, resolve=resolve), opened, "shared", ["submit", "read", "review"]
    )
    opened.dispose()


@pytest.fixture
def admin(app: APIFlask, database: Database) -> Api:
    return make_caller(app, database, "admin", ["submit", "read", "review", "admin"])


@pytest.fixture
def api(app: APIFlask, database: Database) -> Api:
    """An ordinary caller: sends, reads and reviews its own articles."""
    return make_caller(app, database, "newsroom", ["submit", "read", "review"])


@pytest.fixture
def both(backend: Backend, tmp_path: Path) -> Iterator[Api]:
    """An ordinary caller, once on SQLite and once on a real PostgreSQL."""
    opened = open_database(backend.migrated(tmp_path))
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock", web_threads=8)
    made = create_app(settings, database=opened, resolve=resolve)
    yield make_caller(made, opened, "newsroom", ["submit", "read", "review"])
    opened.dispose()


@pytest.fixture
def stranger(app: APIFlask, database: Database) -> Api:
    """Another caller, who must not see the first one's articles."""
    return make_caller(app, database, "stranger", ["submit", "read", "review"])


def finish(database: Database, article_id: str, *, report: Any = None, outcome: Outcome = makers.GRAVE) -> None:
    """Do what a classify worker does, with the store's own functions."""
    with database.writing() as session:
        held = [claims.claim_articles(session, limit=256, lease_seconds=60)]
        while article_id not in {row.id for row in held[-1].articles}:
            assert held[-1].articles, "it does not wait"
            held.append(claims.claim_articles(session, limit=256, lease_seconds=60))  # of another caller
        report = report or makers.violent_report()
        assert articles.finish_article(session, article_id, token=held[-1].token, report=report, outcome=outcome)
        for claim in held:
            claims.release_claim(session, claim)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 10) -> None:
    """For what happens beside a request."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "it has not happened"
        time.sleep(0.01)


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """RFC 9457, our members in their order, whatever went wrong."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert list(body) == PROBLEM_KEYS
    assert body["status"] == status
    assert body["code"] == code
    assert all({"pointer", "detail"} <= set(error) <= {"pointer", "detail", "in"} for error in body["errors"])
    return body


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    with servers.serve_redis() as url:
        yield url


@pytest.fixture
def live(settings: Settings, database: Database, redis_server: str) -> Iterator[Api]:
    """A caller of an application whose Redis is up."""
    queues = open_queues(redis_server)
    queues.redis.flushall()
    app = create_app(settings, database=database, queues=queues, resolve=resolve)
    yield make_caller(app, database, "live", ["submit", "read"])
    queues.redis.close()
