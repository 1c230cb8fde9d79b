"""Articles that come at the same time share one transaction, and nothing else: each has an answer of its own."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from werkzeug.test import TestResponse

from service.context import context
from store import clock, keys
from store.tables import ApiKeyRow, ArticleRow, IdempotencyRow
from tests.service.conftest import Api, assert_problem, wait_until

Send = Callable[[], TestResponse]


@contextmanager
def nobody_may_write(api: Api) -> Iterator[None]:
    """Until the end of the block requests wait for the database, as they do for a disk."""
    connection = sqlite3.connect(api.database.engine.url.database or "", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


def send_together(api: Api, sends: list[Send]) -> list[TestResponse]:
    """Their answers, in order. One article is on its way already, so all others wait and then go in one lot."""
    answers: dict[int, TestResponse] = {}

    def run(number: int, send: Send) -> None:
        answers[number] = send()

    with api.database.writing() as session:  # else the first request of a key would be remembered first
        session.execute(update(ApiKeyRow).values(last_used_at=clock.now()))
    with api.app.app_context():
        saves = context().saves
    threads = [threading.Thread(target=run, args=(-1, api.submit))]
    with nobody_may_write(api):
        threads[0].start()
        wait_until(lambda: saves._is_busy)
        time.sleep(0.1)  # it has taken its lot, of one
        for number, send in enumerate(sends):
            threads.append(threading.Thread(target=run, args=(number, send)))
            threads[-1].start()
            wait_until(lambda least=number: len(saves._waiting) > least)  # type: ignore[misc]
    for thread in threads:
        thread.join(30)
    assert answers.pop(-1).status_code == 202
    return [answers[number] for number in range(len(sends))]


def submit(api: Api, *, key: str | None = None, **fields: Any) -> Send:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return lambda: api.submit(fields=fields, headers=headers)


def stored(api: Api) -> set[str]:
    with api.database.reading() as session:
        return set(session.scalars(select(ArticleRow.id)))


def test_they_share_one_commit_and_each_is_stored_as_it_was_sent(api: Api) -> None:
    commits: list[int] = []
    event.listen(api.database.engine, "commit", lambda _: commits.append(1))
    sends = [submit(api, title=f"Title {number}", metadata={"n": number}, priority="low") for number in range(5)]
    sends += [submit(api, external_id="cms-1", language="ru"), submit(api, key="order-1", source="agency")]
    sends += [submit(api, callback_url="https://receiver.example.org/a")]
    answers = send_together(api, sends)

    assert [answer.status_code for answer in answers] == [202] * 8
    assert sum(commits) == 3, "that keys were used; the first article; all others"
    with api.database.reading() as session:
        for number, answer in enumerate(answers[:5]):
            row = session.get_one(ArticleRow, answer.json["id"])  # type: ignore[index]
            assert (row.title, row.caller_metadata, row.priority) == (f"Title {number}", {"n": number}, 2)
            assert (row.state, row.review_state, row.external_id) == ("queued", "not_needed", None)
    for answer in answers:
        assert answer.json is not None
        expected = {name: value for name, value in answer.json.items() if name != "callback_secret"}
        assert api.get(answer.headers["Location"]).json == expected


def test_what_one_is_refused_harms_no_other(api: Api) -> None:
    sends = [submit(api), submit(api, key="k"), submit(api, key="k", title="Another body"), submit(api, title="last")]
    good, first, refused, last = send_together(api, sends)

    assert_problem(refused, 422, "idempotency_key_reused")
    assert (good.status_code, first.status_code, last.status_code) == (202, 202, 202)
    assert len(stored(api)) == 4


def test_of_the_same_key_or_external_id_twice_in_one_lot_one_article_is_made(api: Api) -> None:
    sends = [submit(api, key="k"), submit(api, key="k"), submit(api, external_id="x"), submit(api, external_id="x")]
    first, again, new, duplicate = send_together(api, sends)

    assert {answer.status_code for answer in (first, again, new, duplicate)} == {202}
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert duplicate.headers["Obelus-Duplicate"] == "true"
    assert new.data == duplicate.data
    assert len(stored(api)) == 3


def test_each_is_charged_to_its_own_key(api: Api, stranger: Api) -> None:
    with api.database.writing() as session:
        row = session.get_one(ApiKeyRow, api.key_id)
        keys.change_key(session, row, {"limits": {"articles_per_minute": 3}}, actor="tests")
    answers = send_together(api, [submit(api), submit(stranger), submit(api), submit(api), submit(stranger)])

    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 202]
    assert_problem(answers[3], 429, "too_many_requests")
    assert '"articles";r=0' in answers[2].headers["RateLimit"]
    assert '"articles";r=29999' in answers[1].headers["RateLimit"]
    assert len(stored(api)) == 5


def test_an_article_that_cannot_be_stored_leaves_the_others_alone(api: Api) -> None:
    """Nothing that a caller may send does this; the trigger stands for what nobody has thought of."""
    with api.database.writing() as session:
        session.execute(
            text(
                "CREATE TRIGGER broken BEFORE INSERT ON articles WHEN NEW.title = 'broken' "
                "BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        )
    good, broken, last = send_together(api, [submit(api), submit(api, title="broken"), submit(api, key="k")])

    assert_problem(broken, 500, "internal")
    assert (good.status_code, last.status_code) == (202, 202)
    assert stored(api) >= {good.json["id"], last.json["id"]}  # type: ignore[index]
    assert len(stored(api)) == 3


@pytest.mark.parametrize("table", ["articles", "idempotency"])
def test_where_the_database_fails_all_hear_it_and_nothing_is_kept(api: Api, table: str) -> None:
    with api.database.writing() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO away"))
        if table == "articles":
            session.execute(text("CREATE TABLE articles (id TEXT)"))
    sends = [submit(api), submit(api, key="k")] if table == "articles" else [submit(api, key="k")]
    for send in sends:
        assert send().status_code == 503
    with api.database.writing() as session:
        if table == "articles":
            session.execute(text("DROP TABLE articles"))
        session.execute(text(f"ALTER TABLE away RENAME TO {table}"))
    assert stored(api) == set()
    with api.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyRow)) == 0
    assert api.submit().status_code == 202


def test_an_answered_article_is_there_for_every_other_process(api: Api) -> None:
    """Whoever is told 202 finds it, by a connection that shares nothing with ours."""
    missing = []

    def send() -> None:
        other = sqlite3.connect(api.database.engine.url.database or "")
        for _ in range(10):
            article_id = api.submit_id()
            if other.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone() is None:
                missing.append(article_id)
        other.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert missing == []
    assert len(stored(api)) == 60
