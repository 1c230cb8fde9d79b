"""How long work lay idle: what a killed process held, until another holds it or has closed it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from quality.faults.resume import LeaseWatch
from store import keys
from store.articles import NewArticle, add_article
from store.database import Database, open_database
from store.leases import make_token
from store.tables import ArticleRow
from tests.store.backends import Backend

VICTIM = 4711


@pytest.fixture
def database(backend: Backend, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(backend.migrated(tmp_path))
    yield opened
    opened.dispose()


def hold(database: Database, pid: int | None) -> None:
    """Every article is held by process *pid* from now on, or by nobody."""
    with database.writing() as session:
        until = datetime.now(UTC) + timedelta(seconds=10)
        token = make_token(f"boot/1/{pid}/9") if pid else None
        session.execute(update(ArticleRow).values(lease_token=token, lease_until=until if pid else None))


def watched(database: Database, *, holder: int = VICTIM, is_killed: bool = True) -> LeaseWatch:
    """One article, held by *holder*, and the victim is killed now."""
    with database.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
        add_article(session, NewArticle("The bridge was shelled."), api_key_id=key_id)
    hold(database, holder)
    watch = LeaseWatch(database)
    watch.note("articles", VICTIM, is_killed=is_killed)
    return watch


@pytest.mark.parametrize("successor", [VICTIM + 1, None])
def test_what_the_killed_held_is_taken_up(database: Database, successor: int | None) -> None:
    """By whoever holds it now, or has closed it between two looks."""
    watch = watched(database)
    hold(database, successor)

    figures = watch.stop()["articles"]

    assert (figures["count"], figures["never"]) == (1, 0)


def test_what_others_hold_is_not_timed(database: Database) -> None:
    figures = watched(database, holder=VICTIM * 10).stop()["articles"]
    assert (figures["count"], figures["never"]) == (0, 0)


def test_who_was_stopped_is_not_timed_but_counted(database: Database) -> None:
    watch = watched(database, is_killed=False)
    assert watch.stop()["articles"]["count"] == 0
    assert list(watch.cut_off.values()) == [1]


def test_what_nobody_takes_up_is_never(database: Database) -> None:
    assert watched(database).stop()["articles"]["never"] == 1


def test_one_lease_is_cut_off_once(database: Database) -> None:
    watch = watched(database)
    watch.note("articles", VICTIM, is_killed=True)
    hold(database, VICTIM)
    watch.note("articles", VICTIM, is_killed=False)

    assert list(watch.cut_off.values()) == [2]
