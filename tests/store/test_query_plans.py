"""What runs all the time finds its rows by an index, also among many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from store import articles, keys, outbox, reviews
from store.articles import ArticleFilter
from store.bootstrap import migrate
from store.database import Database, open_database
from tests.store.makers import add_articles, ago


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """SQLite shows its plan in a stable form; PostgreSQL's depends on statistics."""
    database = open_database(f"sqlite:///{tmp_path / 'plans.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        key = keys.add_key(session, "a key for the tests", name="tests", scopes=["submit"])
        add_articles(session, key.id, 20)
    yield database
    database.dispose()


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    seen: list[tuple[str, object]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def list_with(**wanted: object) -> Callable[[Session], object]:
    return lambda session: articles.list_articles(session, ArticleFilter(**wanted), limit=10)  # type: ignore[arg-type]


QUERIES: dict[str, Callable[[Session], object]] = {
    "claim": lambda session: articles.claim_articles(session, limit=8, lease_seconds=60),
    "count waiting": articles.count_waiting,
    "poisoned": articles.fail_poisoned,
    "list": list_with(),
    "list, next page": list_with(after_id="art_5"),
    "list by caller": list_with(api_key_id="key_1"),
    "list by state": list_with(state="classified"),
    "list by action": list_with(action="review"),
    "list by label": list_with(label="violence"),
    "list by review state": list_with(review_state="open"),
    "list by time": list_with(created_after=ago(60)),
    "open reviews": lambda session: reviews.list_open(session, limit=10),
    "count open reviews": reviews.count_open,
    "claim deliveries": lambda session: outbox.claim_deliveries(session, limit=10, lease_seconds=60),
    "count due deliveries": outbox.count_due,
}


@pytest.mark.parametrize("run", QUERIES.values(), ids=QUERIES)
def test_no_query_reads_a_whole_table(sqlite: Database, run: Callable[[Session], object]) -> None:
    with sqlite.writing() as session, statements(sqlite.engine) as seen:
        run(session)
        queries = [(sql, parameters) for sql, parameters in seen if not sql.startswith("BEGIN")]
        assert queries
        connection = session.connection()
        plans = [
            str(step.detail)
            for sql, parameters in queries
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
        ]
    # "SCAN articles USING INDEX" walks the index newest first and stops at the limit; a bare "SCAN" reads all.
    assert [step for step in plans if step.startswith("SCAN") and "USING" not in step] == []
