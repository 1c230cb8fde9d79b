"""What callers see of deliveries, and once more on request."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from store import clock, deliveries, endpoints, outbox, sending
from store.database import Database
from store.deliveries import DeliveryFilter
from store.sending import ATTEMPTS_KEPT, Attempt
from store.tables import ArticleRow, AttemptRow, AuditEntryRow, DeliveryRow, EndpointRow
from tests.store.makers import ALL, add_articles, ago, claim


@pytest.fixture
def endpoint_id(database: Database) -> str:
    with database.writing() as session:
        endpoints.add_endpoint(session, "https://other.example/", events=["article.classified"])
        return endpoints.add_endpoint(session, "https://receiver.example/", events=["article.classified"]).id


@pytest.fixture
def made(database: Database, endpoint_id: str, key_id: str) -> list[str]:
    """Three deliveries to the endpoint, oldest first."""
    with database.writing() as session:
        for article_id in add_articles(session, key_id, 3):
            row = session.get_one(ArticleRow, article_id)
            outbox.add_event(session, type_="article.classified", subject=row, data={})
        query = select(DeliveryRow.id).where(DeliveryRow.endpoint_id == endpoint_id).order_by(DeliveryRow.id)
        return list(session.scalars(query))


def attempt(database: Database, delivery_id: str, status: int) -> None:
    """The attempt a deliver worker would make: claimed, sent, recorded."""
    with database.writing() as session:
        session.execute(update(DeliveryRow).where(DeliveryRow.id != delivery_id).values(next_attempt_at=None))
        session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(next_attempt_at=ago(1)))
        (sent,) = sending.claim_deliveries(session, limit=9, share=ALL)
        assert sending.record_attempt(session, sent, Attempt(clock.now(), 5, status, None))


def redeliver(database: Database, **wanted: Any) -> int:
    with database.writing() as session:
        return deliveries.redeliver(session, DeliveryFilter(**wanted), actor="usr_1")


def test_newest_first_with_event_and_attempts(database: Database, endpoint_id: str, made: list[str]) -> None:
    attempt(database, made[0], 500)
    attempt(database, made[0], 200)
    with database.reading() as session:
        listed = deliveries.list_records(session, DeliveryFilter(endpoint_id=endpoint_id), limit=2)
        rest = deliveries.list_records(session, DeliveryFilter(endpoint_id=endpoint_id, after_id=made[1]), limit=2)
        (one,) = rest
    assert [record.delivery.id for record in listed] == [made[2], made[1]]
    assert one.delivery.id == made[0]
    assert one.event.type == "article.classified"
    assert [(row.number, row.status) for row in one.attempts] == [(1, 500), (2, 200)]
    assert all(record.attempts == () for record in listed)


def test_one_by_its_id(database: Database, made: list[str]) -> None:
    with database.reading() as session:
        row = deliveries.get_delivery(session, made[1])
        assert row is not None
        assert deliveries.get_record(session, row).delivery.id == made[1]
        assert deliveries.get_delivery(session, "dlv_missing") is None


def test_a_list_may_hold_one_state_or_all_endpoints(database: Database, made: list[str]) -> None:
    attempt(database, made[1], 410)
    with database.reading() as session:
        failed = deliveries.list_records(session, DeliveryFilter(state="failed"), limit=9)
        everything = deliveries.list_records(session, DeliveryFilter(), limit=9)
    assert [record.delivery.id for record in failed] == [made[1]]
    assert len(everything) == 6


# --- once more ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 500])
def test_any_delivery_can_be_sent_once_more(database: Database, made: list[str], status: int) -> None:
    attempt(database, made[0], status)
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(next_attempt_at=None))
    assert redeliver(database, ids=[made[0]]) == 1
    (sent,) = claim(database)
    assert (sent.delivery_id, sent.number) == (made[0], 2)


def test_one_whose_attempts_are_used_up_gets_one_more(database: Database, made: list[str]) -> None:
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(next_attempt_at=None))
        session.execute(update(DeliveryRow).where(DeliveryRow.id == made[0]).values(state="failed", attempt_count=10))
    assert redeliver(database, ids=[made[0]]) == 1
    attempt(database, made[0], 500)
    with database.reading() as session:
        row = session.get_one(DeliveryRow, made[0])
    assert (row.state, row.attempt_count) == ("failed", 11)


def test_all_failed_of_an_endpoint_or_of_a_span_of_time(database: Database, endpoint_id: str, made: list[str]) -> None:
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="failed", next_attempt_at=None))
        for day, delivery_id in enumerate(made):
            moment = datetime(2026, 11, 20 + day, tzinfo=UTC)
            session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(created_at=moment))
    span = {"since": datetime(2026, 11, 21, tzinfo=UTC), "until": datetime(2026, 11, 22, tzinfo=UTC)}
    assert redeliver(database, endpoint_id=endpoint_id, state="failed", **span) == 1
    assert [one.delivery_id for one in claim(database)] == [made[1]]
    assert redeliver(database, endpoint_id=endpoint_id, state="failed") == 2
    assert redeliver(database, state="failed") == 3, "those of the other endpoint"
    assert redeliver(database, state="failed") == 0
    with database.reading() as session:
        entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "redelivered"))
        counts = [json.loads(row.details)["count"] for row in entries]
    assert counts == [1, 2, 3]


def test_it_goes_where_the_endpoint_is_now(database: Database, endpoint_id: str, made: list[str]) -> None:
    attempt(database, made[0], 200)
    with database.writing() as session:
        row = session.get_one(EndpointRow, endpoint_id)
        endpoints.change_endpoint(session, row, {"url": "https://new.example/"}, actor="usr_1")
    redeliver(database, ids=[made[0]])
    assert [one.receiver for one in claim(database)] == ["new.example:443"]


def test_one_that_is_off_gets_nothing_and_a_paused_one_later(
    database: Database, endpoint_id: str, made: list[str]
) -> None:
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="failed", next_attempt_at=None))
        session.execute(update(EndpointRow).where(EndpointRow.id == endpoint_id).values(is_enabled=False))
    assert redeliver(database, endpoint_id=endpoint_id) == 0
    with database.writing() as session:
        session.execute(
            update(EndpointRow).where(EndpointRow.id == endpoint_id).values(is_enabled=True, is_paused=True)
        )
    assert redeliver(database, endpoint_id=endpoint_id) == 3
    assert claim(database) == []
    with database.writing() as session:
        row = session.get_one(EndpointRow, endpoint_id)
        endpoints.change_endpoint(session, row, {"is_paused": False}, actor="usr_1")
    assert {one.delivery_id for one in claim(database)} == set(made)


def test_what_is_being_sent_is_left_alone(database: Database, made: list[str]) -> None:
    sent = next(one for one in claim(database) if one.delivery_id == made[0])
    assert redeliver(database, ids=[made[0]]) == 0
    with database.writing() as session:
        assert session.get_one(DeliveryRow, made[0]).lease_token == sent.token


def test_old_attempts_are_forgotten_and_deliveries_stay(database: Database, made: list[str]) -> None:
    for delivery_id in made:
        attempt(database, delivery_id, 200)
    with database.writing() as session:
        assert sending.forget_old_attempts(session) == 0
        oldest = session.scalars(select(AttemptRow.id).order_by(AttemptRow.id)).first()
        long_ago = ago(ATTEMPTS_KEPT.total_seconds() + 60)
        session.execute(update(AttemptRow).where(AttemptRow.id == oldest).values(started_at=long_ago))
        assert sending.forget_old_attempts(session) == 1
        assert session.scalar(select(func.count()).select_from(AttemptRow)) == 2
        assert deliveries.get_delivery(session, made[0]) is not None
