"""The relay brings back to Redis what Redis lost, and not more than is needed."""

import logging
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from store import claims, clock
from store.database import Database
from store.queues import CLASSIFY, DELIVER, Queues
from store.tables import ArticleRow, EventRow
from tests.store import makers
from tests.workers.conftest import RedisServer, add_receiver
from tests.workers.fakes import FakeReader
from workers.classify import Desk
from workers.relay import Relay
from workers.tidy import Tidier

Add = Callable[..., list[str]]
Fetch = Callable[[str], ArticleRow]


@pytest.fixture
def relay(database: Database, queues: Queues) -> Relay:
    return Relay(database, queues, Tidier(database))


def classify_all(database: Database, queues: Queues) -> None:
    """What the worker itself says of it is lost."""
    Desk(database, queues, FakeReader(), articles_per_claim=8, lease_seconds=60).read_waiting()
    queues.queue(DELIVER).empty()


def expire_leases(database: Database) -> None:
    with database.writing() as session:
        session.execute(
            update(ArticleRow)
            .where(ArticleRow.lease_until.is_not(None))
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )


# --- articles -------------------------------------------------------------------------------------


def test_each_waiting_article_is_worth_one_wake_up(queues: Queues, add: Add, relay: Relay) -> None:
    """Turn after turn no more than that."""
    add(5)
    relay.turn()
    relay.turn()

    assert queues.count(CLASSIFY) == 5


def test_wake_ups_that_are_there_already_are_counted(queues: Queues, add: Add, relay: Relay) -> None:
    for article_id in add(3):
        queues.wake_classify(article_id)
    relay.turn()

    assert queues.count(CLASSIFY) == 3


def test_an_emptied_redis_is_filled_again(redis_server: RedisServer, queues: Queues, add: Add, relay: Relay) -> None:
    add(4)
    relay.turn()
    with redis_server.client() as client:
        client.flushall()
    relay.turn()

    assert queues.count(CLASSIFY) == 4


def test_a_turn_has_a_bound(queues: Queues, add: Add, relay: Relay) -> None:
    add(130)
    relay.turn()
    assert queues.count(CLASSIFY) == 100
    relay.turn()
    assert queues.count(CLASSIFY) == 130


def test_articles_that_are_being_read_need_no_wake_up(
    database: Database, queues: Queues, add: Add, relay: Relay
) -> None:
    add(2)
    with database.writing() as session:
        claims.claim_articles(session, limit=2, lease_seconds=60)
    relay.turn()

    assert queues.count(CLASSIFY) == 0


def test_the_article_of_a_dead_worker_is_woken_again(
    database: Database, queues: Queues, add: Add, relay: Relay
) -> None:
    add(1)
    with database.writing() as session:
        claims.claim_articles(session, limit=1, lease_seconds=60)
    expire_leases(database)
    relay.turn()

    assert queues.count(CLASSIFY) == 1


def test_after_three_deaths_an_article_has_failed_and_says_so(
    database: Database, add: Add, fetch: Fetch, relay: Relay
) -> None:
    (one,) = add(1)
    for death in range(3):
        with database.writing() as session:
            assert len(claims.claim_articles(session, limit=1, lease_seconds=60).articles) == 1, death
        expire_leases(database)
        relay.turn()

    row = fetch(one)
    assert (row.state, row.failure) == ("failed", "3 workers died while reading it")
    with database.reading() as session:
        assert session.scalars(select(EventRow.type)).all() == ["article.failed"]
        assert claims.claim_articles(session, limit=1, lease_seconds=60).articles == ()


# --- deliveries -----------------------------------------------------------------------------------


def test_what_is_due_wakes_each_deliver_worker_once(database: Database, queues: Queues, add: Add, relay: Relay) -> None:
    """Each sends as much as it has threads for, so more wake-ups would find nothing to do."""
    relay.turn()
    assert queues.count(DELIVER) == 0
    add_receiver(database, "https://hooks.example/")
    add(9)
    classify_all(database, queues)
    relay.turn()
    relay.turn()
    assert queues.count(DELIVER) == 1
    relay.deliver_workers = 3
    relay.turn()
    assert queues.count(DELIVER) == 3


def test_a_lost_wake_up_is_repeated(
    database: Database, redis_server: RedisServer, queues: Queues, add: Add, relay: Relay
) -> None:
    add_receiver(database, "https://hooks.example/")
    add(1)
    classify_all(database, queues)
    relay.turn()
    with redis_server.client() as client:
        client.flushall()
    relay.turn()
    assert queues.count(DELIVER) == 1


def test_what_is_being_sent_needs_no_wake_up_until_its_lease_ends(
    database: Database, queues: Queues, add: Add, relay: Relay
) -> None:
    add_receiver(database, "https://hooks.example/")
    add(1)
    classify_all(database, queues)
    makers.claim(database)
    relay.turn()
    assert queues.count(DELIVER) == 0
    makers.make_due(database)
    relay.turn()
    assert queues.count(DELIVER) == 1


# --- outages --------------------------------------------------------------------------------------


def test_redis_away_is_logged_once_and_articles_still_fail_when_poisoned(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    (one,) = add(1)
    relay = Relay(database, no_redis, Tidier(database))
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            relay.turn()
        with database.writing() as session:
            past = clock.now() - timedelta(seconds=1)
            session.execute(update(ArticleRow).values(deaths=2, lease_token="of the dead", lease_until=past))
        relay.turn()

    assert [record.message for record in caplog.records if "outage" in record.message] == ["outage.began"]
    assert fetch(one).state == "failed"


class AwayDatabase(Database):
    @contextmanager
    def writing(self):  # type: ignore[no-untyped-def]
        raise OperationalError("BEGIN", {}, Exception("the database is away"))
        yield


def test_a_database_that_is_away_is_logged_once(
    database: Database, queues: Queues, caplog: pytest.LogCaptureFixture
) -> None:
    away = AwayDatabase(database.engine)
    relay = Relay(away, queues, Tidier(away))
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            relay.turn()

    assert [record.message for record in caplog.records].count("outage.began") == 1
