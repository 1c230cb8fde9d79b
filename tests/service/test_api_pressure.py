"""Past a bound articles are refused before they are kept; and what is kept is read in the right order."""

import time
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError

from service.app import create_app
from service.context import context
from service.pressure import Pressure
from store.database import Database
from store.settings import Settings
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, finish, make_caller


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock", web_threads=8, max_waiting=2)


def kept(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [(row.id, row.priority) for row in session.scalars(select(ArticleRow).order_by(ArticleRow.id))]


# --- the bound ------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "order-3"}, {"Prefer": "wait=9"}])
def test_past_the_bound_an_article_is_refused_and_not_kept(api: Api, headers: dict[str, str]) -> None:
    ids = [api.submit_id() for _ in range(2)]
    answer = api.submit(headers=headers)
    assert_problem(answer, 503, "overloaded")
    assert 10 <= int(answer.headers["Retry-After"]) <= 30
    assert sorted(article_id for article_id, _ in kept(api.database)) == sorted(ids)


def test_what_was_accepted_is_answered_again_past_the_bound(api: Api) -> None:
    """A caller who did not get the answer and repeats the request must not hear that it was refused."""
    first = api.submit(headers={"Idempotency-Key": "order-1"})
    api.submit_id()
    assert_problem(api.submit(), 503, "overloaded")
    again = api.submit(headers={"Idempotency-Key": "order-1"})
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_what_was_read_makes_room(api: Api, stranger: Api) -> None:
    """The bound is of all callers together; it is looked at again after a second."""
    first, _ = api.submit_id(), stranger.submit_id()
    assert_problem(stranger.submit(), 503, "overloaded")
    finish(api.database, first)
    time.sleep(1.1)
    stranger.submit_id()
    assert_problem(api.submit(), 503, "overloaded")


def test_other_processes_are_seen_within_a_second(app: APIFlask, api: Api, settings: Settings) -> None:
    api.submit_id()
    other = Api(create_app(settings, database=api.database), api.database, api.key, api.key_id)
    other.submit_id()
    time.sleep(1.1)
    assert_problem(api.submit(), 503, "overloaded")


def test_without_a_bound_nothing_is_counted(tmp_path: Path) -> None:
    class Nowhere(Database):
        def reading(self) -> None:  # type: ignore[override]
            raise AssertionError

    assert Pressure(0).retry_after(Nowhere(create_engine("sqlite://"))) is None


def test_a_database_that_is_away_is_said_to_be(database: Database) -> None:
    """Not that there are too many articles; and afterwards it is counted anew."""

    class Away(Database):
        def reading(self) -> None:  # type: ignore[override]
            raise OperationalError("SELECT", {}, Exception("the database is away"))

    pressure = Pressure(1)
    with pytest.raises(OperationalError):
        pressure.retry_after(Away(database.engine))
    assert pressure.retry_after(database) is None
    assert pressure.retry_after(database) is not None


# --- priorities -----------------------------------------------------------------------------------


def test_an_article_is_as_urgent_as_its_caller_says(app: APIFlask, database: Database) -> None:
    api = make_caller(app, database, "patient", ["submit"])
    low = api.submit_id(fields={"priority": "low"})
    normal = api.submit_id(fields={"priority": "normal"})
    assert sorted(kept(database)) == sorted([(low, 2), (normal, 1)])


@pytest.mark.parametrize(("fields", "priority"), [({}, 0), ({"priority": "normal"}, 0), ({"priority": "low"}, 2)])
def test_what_somebody_waits_for_is_urgent(api: Api, fields: dict[str, str], priority: int) -> None:
    assert api.submit(headers={"Prefer": "wait=1"}, fields=fields).status_code == 202
    assert [urgency for _, urgency in kept(api.database)] == [priority]


def test_who_gets_no_slot_to_wait_is_not_urgent(api: Api) -> None:
    with api.app.app_context():
        slots = context().waiting_slots
    while slots.acquire(blocking=False):
        pass
    assert "Preference-Applied" not in api.submit(headers={"Prefer": "wait=9"}).headers
    assert [urgency for _, urgency in kept(api.database)] == [1]


@pytest.mark.parametrize("priority", ["interactive", "high", 0, "", []])
def test_nobody_can_say_more(api: Api, priority: object) -> None:
    assert_problem(api.submit(fields={"priority": priority}), 422, "invalid")
