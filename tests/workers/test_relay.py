"""The relay brings back to Redis what Redis lost, and not more than is needed."""

import logging
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from store import articles, clock
from store.database import Database
from store.queues import CLASSIFY, DELIVER, Queues
from store.tables import ArticleRow, AttemptRow, DeliveryRow, EventRow, IdempotencyRow, SignInRow, UserRow
from tests.workers.conftest import RedisServer, add_receiver
from tests.workers.fakes import FakeReader
from workers.classify import Desk
from workers.relay import Relay

Add = Callable[..., list[str]]
Fetch = Callable[[str], ArticleRow]


@pytest.fixture
def relay(database: Database, queues: Queues) -> Relay:
    return Relay(database, queues)


def classify_all(database: Database, queues: Queues) -> None:
    Desk(database, queues, FakeReader(), articles_per_claim=8, lease_seconds=60).read_waiting()


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
        articles.claim_articles(session, limit=2, lease_seconds=60)
    relay.turn()

    assert queues.count(CLASSIFY) == 0


def test_the_article_of_a_dead_worker_is_woken_again(
    database: Database, queues: Queues, add: Add, relay: Relay
) -> None:
    add(1)
    with database.writing() as session:
        articles.claim_articles(session, limit=1, lease_seconds=60)
    expire_leases(database)
    relay.turn()

    assert queues.count(CLASSIFY) == 1


def test_after_three_deaths_an_article_has_failed_and_says_so(
    database: Database, add: Add, fetch: Fetch, relay: Relay
) -> None:
    (one,) = add(1)
    for death in range(3):
        with database.writing() as session:
            assert len(articles.claim_articles(session, limit=1, lease_seconds=60).articles) == 1, death
        expire_leases(database)
        relay.turn()

    row = fetch(one)
    assert (row.state, row.failure) == ("failed", "3 workers died while reading it")
    with database.reading() as session:
        assert session.scalars(select(EventRow.type)).all() == ["article.failed"]
        assert articles.claim_articles(session, limit=1, lease_seconds=60).articles == ()


# --- deliveries -----------------------------------------------------------------------------------


def test_a_due_delivery_is_enqueued_once(database: Database, queues: Queues, add: Add, relay: Relay) -> None:
    add_receiver(database, "https://hooks.example/")
    add(1)
    classify_all(database, queues)
    relay.turn()
    relay.turn()

    assert queues.count(DELIVER) == 1


def test_a_lost_delivery_job_is_due_again(
    database: Database, redis_server: RedisServer, queues: Queues, add: Add, relay: Relay
) -> None:
    """Redis is emptied between the claim and the attempt: after the lease the delivery is enqueued anew."""
    add_receiver(database, "https://hooks.example/")
    add(1)
    classify_all(database, queues)
    relay.turn()
    with redis_server.client() as client:
        client.flushall()
    relay.turn()
    assert queues.count(DELIVER) == 0

    with database.reading() as session:
        (next_at,) = session.scalars(select(DeliveryRow.next_attempt_at))
    assert next_at is not None
    assert next_at < clock.now() + timedelta(seconds=61)
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(next_attempt_at=clock.now() - timedelta(seconds=1)))
    relay.turn()
    assert queues.count(DELIVER) == 1


def test_no_more_is_leased_than_the_workers_can_send_in_time(
    database: Database, queues: Queues, add: Add, relay: Relay
) -> None:
    """With receivers that hang 15 s each, whatever was leased beyond that would be leased again unsent, for ever."""
    add_receiver(database, "https://hooks.example/")
    add(9)
    classify_all(database, queues)

    assert relay.turn()
    assert relay.turn()
    assert queues.count(DELIVER) == 4


# --- outages --------------------------------------------------------------------------------------


def test_redis_away_is_logged_once_and_articles_still_fail_when_poisoned(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    (one,) = add(1)
    relay = Relay(database, no_redis)
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
    relay = Relay(AwayDatabase(database.engine), queues)
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert relay.turn() is False

    assert [record.message for record in caplog.records].count("outage.began") == 1


def test_no_delivery_is_leased_while_redis_is_away(
    database: Database, no_redis: Queues, queues: Queues, add: Add
) -> None:
    """It would wait for its lease to end although Redis may be back in a second."""
    add_receiver(database, "https://hooks.example/")
    add(1)
    classify_all(database, queues)
    Relay(database, no_redis).turn()

    with database.reading() as session:
        assert session.scalars(select(DeliveryRow.lease_token)).all() == [None]


# --- tidying --------------------------------------------------------------------------------------


def test_what_is_past_its_time_is_deleted(
    database: Database, queues: Queues, add: Add, key_id: str, relay: Relay
) -> None:
    """Sign-ins after 8 hours, idempotency keys after a day, attempts after 30 days; younger ones stay."""
    add_receiver(database, "https://hooks.example/")
    (article_id,) = add(1)
    classify_all(database, queues)
    now = clock.now()
    with database.writing() as session:
        delivery_id = session.scalars(select(DeliveryRow.id)).one()
        session.add(
            UserRow(id="u", name="u", password_hash="", is_password_one_time=False, role="lead", created_at=now)
        )
        session.flush()
        for days in (0.0, 31.0):
            at = now - timedelta(days=days)
            session.add(SignInRow(token_sha256=str(days), user_id="u", created_at=at, seen_at=at))
            session.add(
                IdempotencyRow(api_key_id=key_id, key=str(days), body_sha256="", article_id=article_id, created_at=at)
            )
        for days in (31.0, 29.0):
            session.add(
                AttemptRow(delivery_id=delivery_id, number=1, started_at=now - timedelta(days=days), duration_ms=1)
            )
    relay.turn()

    with database.reading() as session:
        for table in (SignInRow, IdempotencyRow, AttemptRow):
            assert session.scalar(select(func.count()).select_from(table)) == 1, table
