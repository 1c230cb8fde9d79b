"""Idempotency keys, on both databases."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from store import articles, clock
from store.articles import NewArticle
from store.database import Database
from store.idempotency import (
    ABANDONED,
    KEPT,
    FirstAnswer,
    IdempotencyKey,
    KeyReusedError,
    StillRunningError,
    find_answer,
    forget_old_keys,
    keep_answer,
    keep_key,
)
from store.tables import ArticleRow, IdempotencyRow


@pytest.fixture
def key(key_id: str) -> IdempotencyKey:
    return IdempotencyKey(key_id, "order-1", "a" * 64)


def add(database: Database, key: IdempotencyKey) -> str:
    with database.writing() as session:
        row = articles.add_article(session, NewArticle("One sentence."), api_key_id=key.api_key_id)
        keep_key(session, key, row)
        return row.id


def age(database: Database, seconds: float) -> None:
    with database.writing() as session:
        session.execute(update(IdempotencyRow).values(created_at=clock.now() - timedelta(seconds=seconds)))


def find(database: Database, key: IdempotencyKey) -> FirstAnswer | None:
    with database.writing() as session:
        return find_answer(session, key)


def test_a_new_key_has_no_answer(database: Database, key: IdempotencyKey) -> None:
    assert find(database, key) is None


def test_the_first_answer_is_kept_and_never_replaced(database: Database, key: IdempotencyKey) -> None:
    article_id = add(database, key)
    for status in (202, 200):
        with database.writing() as session:
            keep_answer(session, key, status=status, answer={"status": status})

    assert find(database, key) == FirstAnswer(article_id, 202, {"status": 202})


def test_without_an_answer_the_first_request_is_running_for_a_minute(database: Database, key: IdempotencyKey) -> None:
    article_id = add(database, key)
    with pytest.raises(StillRunningError):
        find(database, key)

    age(database, ABANDONED.total_seconds() + 1)
    assert find(database, key) == FirstAnswer(article_id, None, None)


def test_another_body_is_refused_even_while_the_first_runs(database: Database, key: IdempotencyKey) -> None:
    add(database, key)
    with pytest.raises(KeyReusedError):
        find(database, IdempotencyKey(key.api_key_id, key.key, "b" * 64))


def test_a_key_older_than_a_day_is_new_again(database: Database, key: IdempotencyKey) -> None:
    first = add(database, key)
    age(database, KEPT.total_seconds() + 1)

    assert find(database, key) is None
    assert add(database, key) != first


def test_only_old_keys_are_forgotten(database: Database, key: IdempotencyKey) -> None:
    add(database, key)
    age(database, KEPT.total_seconds() + 1)
    add(database, IdempotencyKey(key.api_key_id, "order-2", key.body_sha256))

    with database.writing() as session:
        assert forget_old_keys(session) == 1
        assert session.scalars(select(IdempotencyRow.key)).all() == ["order-2"]


def test_of_transactions_at_the_same_time_one_makes_the_article(database: Database, key: IdempotencyKey) -> None:
    """SQLite lets one in after the other; PostgreSQL rolls the later ones back, article and all."""
    outcomes: list[str] = []
    gate = threading.Barrier(6)

    def submit() -> None:
        gate.wait()
        try:
            with database.writing() as session:
                if find_answer(session, key) is None:
                    row = articles.add_article(session, NewArticle("One sentence."), api_key_id=key.api_key_id)
                    keep_key(session, key, row)
                    outcomes.append("made")
        except StillRunningError:
            outcomes.append("running")
        except IntegrityError:
            outcomes.append("beaten")

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(set(outcomes) - {"running", "beaten"}) == ["made"]
    assert outcomes.count("made") == 1
    assert len(outcomes) == 6
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ArticleRow)) == 1
