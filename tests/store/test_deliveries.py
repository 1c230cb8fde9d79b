"""What callers see of deliveries, and once more on request."""

import pytest
from sqlalchemy import func, select, update

from store import clock, deliveries, endpoints, outbox
from store.database import Database
from store.outbox import ATTEMPTS_KEPT, Attempt
from store.tables import ArticleRow, AttemptRow, DeliveryRow
from tests.store.makers import add_articles, ago


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
        ((claimed, token),) = outbox.claim_deliveries(session, limit=9, lease_seconds=60)
        sent = outbox.get_dispatch(session, claimed, token=token)
        assert sent is not None
        assert outbox.record_attempt(session, sent, Attempt(clock.now(), 5, status, None))


def test_newest_first_with_event_and_attempts(database: Database, endpoint_id: str, made: list[str]) -> None:
    attempt(database, made[0], 500)
    attempt(database, made[0], 200)
    with database.reading() as session:
        listed = deliveries.list_records(session, endpoint_id, limit=2)
        rest = deliveries.list_records(session, endpoint_id, limit=2, after_id=made[1])
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


@pytest.mark.parametrize("status", [200, 410, 500])
def test_any_delivery_can_be_sent_once_more(database: Database, made: list[str], status: int) -> None:
    attempt(database, made[0], status)
    with database.writing() as session:
        for row in session.scalars(select(DeliveryRow)):
            row.next_attempt_at = None
        deliveries.redeliver(session.get_one(DeliveryRow, made[0]))
        if status == 410:
            endpoints.get_endpoint(session, session.get_one(DeliveryRow, made[0]).endpoint_id).is_enabled = True  # type: ignore[union-attr]
    with database.writing() as session:
        assert [one for one, _ in outbox.claim_deliveries(session, limit=9, lease_seconds=60)] == [made[0]]


def test_what_is_being_sent_is_left_alone(database: Database, made: list[str]) -> None:
    with database.writing() as session:
        outbox.claim_deliveries(session, limit=9, lease_seconds=60)
    with database.writing() as session:
        row = session.get_one(DeliveryRow, made[0])
        token, due_at = row.lease_token, row.next_attempt_at
        deliveries.redeliver(row)
        assert (row.lease_token, row.next_attempt_at) == (token, due_at)


def test_old_attempts_are_forgotten_and_deliveries_stay(database: Database, made: list[str]) -> None:
    for delivery_id in made:
        attempt(database, delivery_id, 200)
    with database.writing() as session:
        assert outbox.forget_old_attempts(session) == 0
        oldest = session.scalars(select(AttemptRow.id).order_by(AttemptRow.id)).first()
        long_ago = ago(ATTEMPTS_KEPT.total_seconds() + 60)
        session.execute(update(AttemptRow).where(AttemptRow.id == oldest).values(started_at=long_ago))
        assert outbox.forget_old_attempts(session) == 1
        assert session.scalar(select(func.count()).select_from(AttemptRow)) == 2
        assert deliveries.get_delivery(session, made[0]) is not None
