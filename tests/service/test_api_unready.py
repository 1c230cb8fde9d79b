"""Before the schema is there, or while the database is not: every answer is a problem, and none a 500."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from store.database import open_database
from store.settings import Settings
from tests.service.conftest import assert_problem, resolve
from tests.store.backends import Backend

KEY = {"Authorization": "Bearer some-key-0123456789"}


def client_of(url: str, folder: Path) -> Iterator[FlaskClient]:
    settings = Settings(data_dir=folder, redis_url=f"unix://{folder}/no.sock")
    database = open_database(url)
    yield create_app(settings, database=database, resolve=resolve).test_client()
    database.dispose()


@pytest.fixture
def without_tables(backend: Backend, tmp_path: Path) -> Iterator[FlaskClient]:
    yield from client_of(backend.empty(tmp_path), tmp_path)


@pytest.fixture
def without_database(tmp_path: Path) -> Iterator[FlaskClient]:
    yield from client_of(f"postgresql://nobody@/nothing?host={tmp_path}/none&connect_timeout=1", tmp_path)


def test_while_the_database_cannot_be_reached(without_database: FlaskClient) -> None:
    check_answers(without_database)


def test_before_the_schema_is_there(without_tables: FlaskClient) -> None:
    check_answers(without_tables)


def check_answers(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert_problem(client.get("/nowhere"), 404, "not_found")
    assert_problem(client.put("/v1/articles"), 405, "method_not_allowed")
    assert_problem(client.post("/v1/articles", data=b"x" * 5_000_000), 401, "no_key")
    for method, path in (
        ("GET", "/v1/articles"), ("POST", "/v1/articles"), ("POST", "/v1/articles/batch"), ("GET", "/v1/policy"),
        ("DELETE", "/v1/articles/x"),
    ):  # fmt: skip
        answer = client.open(path, method=method, headers=KEY, json={"text": "Words."} if method == "POST" else None)
        assert_problem(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    assert_problem(client.get("/readyz"), 503, "not_ready")
