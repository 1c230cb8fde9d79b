"""The same API on a real PostgreSQL, where it differs: races of transactions, NUL, JSON that loses its order."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.app import create_app
from store.bootstrap import migrate
from store.database import Database, open_database
from store.settings import Settings
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, finish, make_caller


@pytest.fixture(scope="module")
def migrated(postgresql_url: str) -> Iterator[Database]:
    database = open_database(postgresql_url)
    migrate(database)
    yield database
    database.dispose()


@pytest.fixture
def caller(migrated: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Api:
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock")
    return make_caller(
        create_app(settings, database=migrated), migrated, request.node.name, ["submit", "read", "review"]
    )


def test_requests_at_the_same_time_make_one_article(caller: Api) -> None:
    """The transactions that lose the race are rolled back, article and all, and answer as replays."""
    answers = []
    gate = threading.Barrier(6)

    def send() -> None:
        gate.wait()
        answers.append(caller.submit(headers={"Idempotency-Key": "order-1"}))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5
    with caller.database.reading() as session:
        count = select(func.count()).select_from(ArticleRow).where(ArticleRow.api_key_id == caller.key_id)
        assert session.scalar(count) == 1


def test_a_replay_is_the_first_answer_byte_for_byte(caller: Api) -> None:
    fields = {"metadata": {"zz": 1, "a": {"c": 2, "b": 3}}, "external_id": "x"}
    first = caller.submit(headers={"Idempotency-Key": "k"}, fields=fields)
    finish(caller.database, first.get_json()["id"])
    assert caller.submit(headers={"Idempotency-Key": "k"}, fields=fields).data == first.data


def test_the_hardest_strings_are_kept_or_refused(caller: Api) -> None:
    answer = caller.submit(content="\ufeff\u202e😀\uffff\r\n\x01", fields={"metadata": {"\x7f": [1e308, 2**63, -0.0]}})
    assert answer.status_code == 202
    assert_problem(caller.submit(fields={"metadata": {"a": "\x00"}}), 422, "invalid")
    assert_problem(caller.get("/v1/articles/art_%00"), 404, "not_found")
    assert_problem(caller.get("/v1/articles?label=%00"), 422, "invalid")


def test_lists_and_decisions_work_alike(caller: Api) -> None:
    made = sorted((caller.submit_id() for _ in range(3)), reverse=True)
    finish(caller.database, made[0])
    assert caller.post(f"/v1/articles/{made[0]}/decisions", json={"action": "allow"}).status_code == 201

    first = caller.get("/v1/articles?limit=2&created_after=2026-01-01").get_json()
    second = caller.get(f"/v1/articles?limit=2&cursor={first['next_cursor']}").get_json()
    assert [item["id"] for item in first["data"] + second["data"]] == made
    assert [item["id"] for item in caller.get("/v1/articles?label=violence&action=allow").get_json()["data"]] == [
        made[0]
    ]
