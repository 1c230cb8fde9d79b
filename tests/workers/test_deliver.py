"""One delivery job, one signed attempt, whatever comes of it is in the table."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook

from models.wire import report_to_dict
from store import articles, clock, outbox
from store.database import Database
from store.policy import Outcome
from store.tables import AttemptRow, DeliveryRow, EndpointRow
from tests.workers.conftest import Behave, Receiver, add_receiver, answer
from tests.workers.fakes import report_on
from workers import deliver
from workers.deliver import Sender
from workers.egress import Answer, Door

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
Receive = Callable[[Behave], Receiver]
Add = Callable[..., list[str]]


@pytest.fixture
def sender(database: Database) -> Sender:
    return Sender(database, Door(allow_private=True, total_seconds=2))


def make_delivery(database: Database, add: Add, url: str) -> str:
    """A finished article and an endpoint that wants to know; the delivery's id."""
    endpoint_id = add_receiver(database, url)
    (article_id,) = add(1)
    with database.writing() as session:
        claim = articles.claim_articles(session, limit=1, lease_seconds=60)
        body = report_to_dict(report_on(claim.articles[0].text))
        outcome = Outcome("label", ("violence",), "not_needed")
        assert articles.finish_article(session, article_id, token=claim.token, report=body, outcome=outcome)
    with database.reading() as session:
        return session.scalars(select(DeliveryRow.id).where(DeliveryRow.endpoint_id == endpoint_id)).one()


def make_due(database: Database) -> None:
    with database.writing() as session:
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.state == "pending")
            .values(next_attempt_at=clock.now() - timedelta(seconds=1))
        )


def claim(database: Database) -> list[tuple[str, str]]:
    with database.writing() as session:
        return outbox.claim_deliveries(session, limit=10, lease_seconds=60)


def attempt_all(sender: Sender) -> None:
    for delivery_id, token in claim(sender.database):
        sender.attempt(delivery_id, token)


def get_delivery(database: Database) -> DeliveryRow:
    with database.reading() as session:
        return session.scalars(select(DeliveryRow)).one()


def list_attempts(database: Database) -> list[AttemptRow]:
    with database.reading() as session:
        return list(session.scalars(select(AttemptRow).order_by(AttemptRow.id)))


def split(request: bytes) -> tuple[dict[str, str], str]:
    head, _, body = request.decode().partition("\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:]]
    return {name.lower(): value for name, value in lines}, body


def test_the_receiver_can_verify_what_it_gets(database: Database, add: Add, receive: Receive, sender: Sender) -> None:
    receiver = receive(answer("204 No Content"))
    make_delivery(database, add, receiver.url)
    attempt_all(sender)

    with database.reading() as session:
        secret = session.scalars(select(EndpointRow.secret)).one()
    headers, body = split(receiver.requests[0])
    event = Webhook(secret).verify(body, headers)
    assert event["type"] == "article.classified"
    assert event["data"]["labels"] == ["violence"]
    assert get_delivery(database).state == "delivered"
    assert [(row.number, row.status, row.failure) for row in list_attempts(database)] == [(1, 204, None)]


def test_every_try_has_the_same_id_and_bytes(database: Database, add: Add, receive: Receive, sender: Sender) -> None:
    receiver = receive(answer("500 Internal Server Error"))
    make_delivery(database, add, receiver.url)
    for _ in range(3):
        make_due(database)
        attempt_all(sender)

    sent = [split(request) for request in receiver.requests]
    assert len(sent) == 3
    assert len({body for _, body in sent}) == 1
    assert len({headers["webhook-id"] for headers, _ in sent}) == 1


def test_ten_tries_on_the_schedule_of_the_standard_then_it_has_failed(
    database: Database, add: Add, receive: Receive, sender: Sender
) -> None:
    """5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each ±20 %."""
    make_delivery(database, add, receive(answer("500 Internal Server Error")).url)
    waits = []
    for _ in range(10):
        make_due(database)
        attempt_all(sender)
        row = get_delivery(database)
        if row.next_attempt_at is not None:
            waits.append((row.next_attempt_at - clock.now()).total_seconds())

    planned = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert len(waits) == len(planned)
    assert all(0.79 * plan - 1 <= wait <= 1.21 * plan for wait, plan in zip(waits, planned, strict=True))
    assert get_delivery(database).state == "failed"
    assert claim(database) == []
    assert [row.number for row in list_attempts(database)] == list(range(1, 11))


def test_410_switches_the_endpoint_off(database: Database, add: Add, receive: Receive, sender: Sender) -> None:
    make_delivery(database, add, receive(answer("410 Gone")).url)
    attempt_all(sender)

    with database.reading() as session:
        endpoint = session.scalars(select(EndpointRow)).one()
    assert not endpoint.is_enabled
    assert "410" in (endpoint.disabled_reason or "")
    assert get_delivery(database).state == "failed"


def test_a_receiver_may_ask_for_more_time(database: Database, add: Add, receive: Receive, sender: Sender) -> None:
    """Retry-After is honoured up to twice the planned wait."""
    make_delivery(database, add, receive(answer("429 Too Many Requests", "Retry-After: 3600")).url)
    attempt_all(sender)

    row = get_delivery(database)
    assert row.next_attempt_at is not None
    assert 7.5 <= (row.next_attempt_at - clock.now()).total_seconds() <= 12.5


def test_the_same_job_twice_sends_once(database: Database, add: Add, receive: Receive, sender: Sender) -> None:
    receiver = receive(answer("500 Internal Server Error"))
    make_delivery(database, add, receiver.url)
    ((delivery_id, token),) = claim(database)

    assert sender.attempt(delivery_id, token)
    assert not sender.attempt(delivery_id, token)
    assert len(receiver.requests) == 1


def test_a_token_that_was_leased_anew_sends_nothing(
    database: Database, add: Add, receive: Receive, sender: Sender
) -> None:
    """A job that waited in Redis longer than its lease."""
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    ((delivery_id, late),) = claim(database)
    make_due(database)
    ((_, fresh),) = claim(database)

    assert not sender.attempt(delivery_id, late)
    assert sender.attempt(delivery_id, fresh)
    assert len(receiver.requests) == 1


def test_a_damaged_secret_is_a_failed_attempt_and_not_an_endless_one(
    database: Database, add: Add, receive: Receive, sender: Sender
) -> None:
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    with database.writing() as session:
        session.execute(update(EndpointRow).values(secret="whsec_"))
    attempt_all(sender)

    assert receiver.requests == []
    assert [(row.status, row.failure) for row in list_attempts(database)] == [(None, "unusable secret")]


def test_a_private_address_is_never_connected_to(database: Database, add: Add, receive: Receive) -> None:
    """The endpoint was made while private receivers were allowed; now they are not."""
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    attempt_all(Sender(database, Door()))

    assert receiver.requests == []
    assert [row.failure for row in list_attempts(database)] == ["address not allowed"]


def test_the_job_found_by_name_makes_the_attempt(
    database: Database, add: Add, receive: Receive, sender: Sender
) -> None:
    make_delivery(database, add, receive(answer("200 OK")).url)
    deliver.use(sender)
    for delivery_id, token in claim(database):
        deliver.deliver(delivery_id, token)

    assert get_delivery(database).state == "delivered"


def test_nothing_of_the_article_is_logged(
    database: Database, add: Add, receive: Receive, sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    make_delivery(database, add, receive(answer("500 Internal Server Error")).url)
    with caplog.at_level(logging.DEBUG, logger="workers"):
        attempt_all(sender)

    assert "delivery.attempted" in caplog.text
    assert "shelled" not in caplog.text


def test_an_answer_says_how_long_it_took() -> None:
    found = Door(resolve=lambda _host, _port: []).post("https://hooks.example/", b"{}", {})

    assert isinstance(found, Answer)
    assert found.status is None
    assert found.duration_ms >= 0
