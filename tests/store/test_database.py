"""Two kinds of transaction, UTC only, and many writers at once."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from store import clock, keys
from store.database import Database, open_database
from store.tables import ApiKeyRow, ArticleRow
from tests.store.makers import add_articles


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        pytest.param("journal_mode", "wal", id="readers never wait for the writer"),
        pytest.param("synchronous", 2, id="FULL: what was answered survives a power cut"),
        pytest.param("foreign_keys", 1, id="references are checked"),
        pytest.param("busy_timeout", 10_000, id="a writer waits for its turn"),
    ],
)
def test_every_sqlite_connection_is_set_up(tmp_path: Path, pragma: str, expected: object) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a folder' / 'obelus.sqlite3'}")
    try:
        with database.reading() as first, database.writing() as second:
            for session in (first, second):
                assert session.scalar(text(f"PRAGMA {pragma}")) == expected
    finally:
        database.dispose()


def test_writing_commits_at_the_end(database: Database) -> None:
    with database.writing() as session:
        keys.add_key(session, "some key of ours", name="one", scopes=["read"])
    with database.reading() as session:
        assert [row.name for row in keys.list_keys(session)] == ["one"]


def test_writing_rolls_all_of_it_back(database: Database) -> None:
    def fail_half_way() -> None:
        with database.writing() as session:
            keys.add_key(session, "some key of ours", name="one", scopes=["read"])
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    with database.reading() as session:
        assert keys.list_keys(session) == []


def test_reading_never_writes(database: Database) -> None:
    with database.reading() as session:
        keys.add_key(session, "some key of ours", name="one", scopes=["read"])
    with database.reading() as session:
        assert keys.list_keys(session) == []


def test_references_are_checked(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        add_articles(session, "key_nobody", 1)


def test_a_naive_time_is_refused(database: Database, key_id: str) -> None:
    with database.reading() as session:
        session.get_one(ApiKeyRow, key_id).last_used_at = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
        with pytest.raises(StatementError, match="naive"):
            session.flush()


def test_times_come_back_in_utc(database: Database, key_id: str) -> None:
    """Whatever zone they were given in, and whatever zone the database's session has."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=3)))
    with database.writing() as session:
        session.get_one(ApiKeyRow, key_id).last_used_at = moment
    with database.reading() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text("SET TIME ZONE 'Asia/Vladivostok'"))
        found = session.get_one(ApiKeyRow, key_id).last_used_at
    assert found == moment
    assert found.tzinfo is UTC
    assert clock.isoformat(found) == "2026-01-02T00:04:05.678Z"


def test_many_writers_wait_for_each_other(database: Database, key_id: str) -> None:
    """Each reads first and writes later, the pattern that SQLite refuses to upgrade half-way."""
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(10):
                with database.writing() as session:
                    session.scalar(text("SELECT count(*) FROM articles"))
                    add_articles(session, key_id, 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM articles")) == 80


def test_a_reader_sees_what_was_committed_and_no_more(database: Database, key_id: str) -> None:
    with database.writing() as writer:
        add_articles(writer, key_id, 1)
        with database.reading() as reader:
            assert reader.query(ArticleRow).count() == 0
    with database.reading() as reader:
        assert reader.query(ArticleRow).count() == 1
