"""What is due is sent, one signed attempt each; whatever comes of it is in the table."""

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from models.wire import report_to_dict
from store import articles, claims, clock, endpoints, outbox
from store.database import Database
from store.policy import Outcome
from store.tables import ArticleRow, AttemptRow, DeliveryRow, EndpointRow
from tests.store import makers
from tests.workers.conftest import Receiver, add_receiver, answer, wait_until
from tests.workers.fakes import report_on
from workers import deliver
from workers.deliver import Courier
from workers.egress import Answer, Door

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
Receive = Callable[..., Receiver]
Add = Callable[..., list[str]]


@pytest.fixture
def courier(database: Database) -> Iterator[Courier]:
    made = Courier(database, Door(allow_private=True, total_seconds=2))
    yield made
    assert made.drain(5)


def make_delivery(database: Database, add: Add, url: str) -> str:
    """A finished article and an endpoint that wants to know; the delivery's id."""
    endpoint_id = add_receiver(database, url)
    (article_id,) = add(1)
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        body = report_to_dict(report_on(claim.articles[0].text))
        outcome = Outcome("label", ("violence",), "not_needed")
        assert articles.finish_article(session, article_id, token=claim.token, report=body, outcome=outcome)
    with database.reading() as session:
        return session.scalars(select(DeliveryRow.id).where(DeliveryRow.endpoint_id == endpoint_id)).one()


def attempt_all(courier: Courier) -> None:
    courier.send_due()


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


def test_the_receiver_can_verify_what_it_gets(database: Database, add: Add, receive: Receive, courier: Courier) -> None:
    receiver = receive(answer("204 No Content"))
    make_delivery(database, add, receiver.url)
    attempt_all(courier)

    with database.reading() as session:
        secret = session.scalars(select(EndpointRow.secret)).one()
    headers, body = split(receiver.requests[0])
    event = Webhook(secret).verify(body, headers)
    assert event["type"] == "article.classified"
    assert event["data"]["labels"] == ["violence"]
    assert get_delivery(database).state == "delivered"
    assert [(row.number, row.status, row.failure) for row in list_attempts(database)] == [(1, 204, None)]


def test_every_try_has_the_same_id_and_bytes(database: Database, add: Add, receive: Receive, courier: Courier) -> None:
    receiver = receive(answer("500 Internal Server Error"))
    make_delivery(database, add, receiver.url)
    for _ in range(3):
        makers.make_due(database)
        attempt_all(courier)

    sent = [split(request) for request in receiver.requests]
    assert len(sent) == 3
    assert len({body for _, body in sent}) == 1
    assert len({headers["webhook-id"] for headers, _ in sent}) == 1


def test_ten_tries_on_the_schedule_of_the_standard_then_it_has_failed(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    """5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each ±20 %."""
    make_delivery(database, add, receive(answer("500 Internal Server Error")).url)
    waits = []
    for _ in range(10):
        makers.make_due(database)
        attempt_all(courier)
        row = get_delivery(database)
        if row.next_attempt_at is not None:
            waits.append((row.next_attempt_at - clock.now()).total_seconds())

    planned = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert len(waits) == len(planned)
    assert all(0.79 * plan - 1 <= wait <= 1.21 * plan for wait, plan in zip(waits, planned, strict=True))
    assert get_delivery(database).state == "failed"
    assert makers.claim(database) == []
    assert [row.number for row in list_attempts(database)] == list(range(1, 11))


def test_410_switches_the_endpoint_off(database: Database, add: Add, receive: Receive, courier: Courier) -> None:
    make_delivery(database, add, receive(answer("410 Gone")).url)
    attempt_all(courier)

    with database.reading() as session:
        endpoint = session.scalars(select(EndpointRow)).one()
    assert not endpoint.is_enabled
    assert "410" in (endpoint.disabled_reason or "")
    assert get_delivery(database).state == "failed"


def test_a_receiver_may_ask_for_more_time(database: Database, add: Add, receive: Receive, courier: Courier) -> None:
    """Retry-After is honoured up to twice the planned wait."""
    make_delivery(database, add, receive(answer("429 Too Many Requests", "Retry-After: 3600")).url)
    attempt_all(courier)

    row = get_delivery(database)
    assert row.next_attempt_at is not None
    assert 7.5 <= (row.next_attempt_at - clock.now()).total_seconds() <= 12.5


def test_a_lease_that_was_lost_records_nothing(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    """A process that was stopped for longer than its lease, and goes on."""
    make_delivery(database, add, receive(answer("500 Internal Server Error")).url)
    late = makers.dispatch(database)
    makers.make_due(database)
    fresh = makers.dispatch(database)

    assert not courier.attempt(late)
    assert courier.attempt(fresh)
    assert not courier.attempt(fresh)
    assert [row.number for row in list_attempts(database)] == [1]


def test_a_damaged_secret_is_a_failed_attempt_and_not_an_endless_one(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    with database.writing() as session:
        session.execute(update(EndpointRow).values(secret="whsec_"))
    attempt_all(courier)

    assert receiver.requests == []
    assert [(row.status, row.failure) for row in list_attempts(database)] == [(None, "unusable secret")]


def test_a_private_address_is_never_connected_to(database: Database, add: Add, receive: Receive) -> None:
    """The endpoint was made while private receivers were allowed; now they are not."""
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    attempt_all(Courier(database, Door()))

    assert receiver.requests == []
    assert [row.failure for row in list_attempts(database)] == ["address not allowed"]


@pytest.mark.parametrize("arguments", [("relay",), ("dlv_1", "token of a job of version 0.1")])
def test_the_job_found_by_name_sends_what_is_due(
    database: Database, add: Add, receive: Receive, courier: Courier, arguments: tuple[str, ...]
) -> None:
    make_delivery(database, add, receive(answer("200 OK")).url)
    deliver.use(courier)
    deliver.deliver(*arguments)

    assert get_delivery(database).state == "delivered"


def test_headers_of_the_endpoint_are_sent_and_take_the_place_of_none_of_ours(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    receiver = receive(answer("200 OK"))
    make_delivery(database, add, receiver.url)
    with database.writing() as session:
        # As if it had been written past the check.
        session.execute(update(EndpointRow).values(headers={"X-Api-Key": "k 1", "webhook-id": "forged"}))
    attempt_all(courier)

    headers, _ = split(receiver.requests[0])
    assert headers["x-api-key"] == "k 1"
    assert headers["webhook-id"].startswith("msg_")


def test_a_rotated_secret_verifies_with_the_new_and_the_old_and_after_a_day_with_the_new_alone(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    receiver = receive(answer("500 Internal Server Error"))
    make_delivery(database, add, receiver.url)
    with database.writing() as session:
        row = session.scalars(select(EndpointRow)).one()
        old = row.secret
        endpoints.rotate_secret(session, row, actor="usr_1")
        new = row.secret
    attempt_all(courier)
    with database.writing() as session:
        session.execute(update(EndpointRow).values(old_secret_until=makers.ago(1)))
    makers.make_due(database)
    attempt_all(courier)

    (first, body), (second, _) = [split(request) for request in receiver.requests]
    for secret in (new, old):
        Webhook(secret).verify(body, first)
    Webhook(new).verify(body, second)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, second)


def test_nothing_of_the_article_is_logged(
    database: Database, add: Add, receive: Receive, courier: Courier, caplog: pytest.LogCaptureFixture
) -> None:
    make_delivery(database, add, receive(answer("500 Internal Server Error")).url)
    with caplog.at_level(logging.DEBUG, logger="workers"):
        attempt_all(courier)

    assert "delivery.attempted" in caplog.text
    assert "shelled" not in caplog.text


def test_an_answer_says_how_long_it_took() -> None:
    found = Door(resolve=lambda _host, _port: []).post("https://hooks.example/", b"{}", {})

    assert isinstance(found, Answer)
    assert found.status is None
    assert found.duration_ms >= 0


# --- many receivers -------------------------------------------------------------------------------


def hang(connection: socket.socket, _request: bytes) -> None:
    connection.recv(1)


def add_events(database: Database, add: Add, count: int) -> None:
    for article_id in add(count):
        with database.writing() as session:
            row = session.get_one(ArticleRow, article_id)
            outbox.add_event(session, type_="article.classified", subject=row, data={})


def waits_of(database: Database, endpoint_id: str) -> list[float]:
    """Seconds from each event to the first attempt to send it there."""
    query = select(AttemptRow.started_at, DeliveryRow.created_at).join(DeliveryRow)
    with database.reading() as session:
        found = session.execute(query.where(DeliveryRow.endpoint_id == endpoint_id, AttemptRow.number == 1))
        return [(started_at - created_at).total_seconds() for started_at, created_at in found]


def test_hanging_hosts_do_not_delay_a_healthy_one(database: Database, add: Add, receive: Receive) -> None:
    """Ten hosts that hang 4 s each, more than there are threads, each with a queue. The healthy one is known to be
    quick, at last by the log of another process: the slowest of 40 is under way within 2 s."""
    endpoint_id = add_receiver(database, receive(answer("200 OK")).url)
    add_events(database, add, 1)
    Courier(database, Door(allow_private=True, total_seconds=4)).send_due()
    for _ in range(10):
        add_receiver(database, receive(hang).url)
    for _ in range(2):
        courier = Courier(database, Door(allow_private=True, total_seconds=4), threads=8)
        with ThreadPoolExecutor(1) as runner:
            add_events(database, add, 4)
            job = runner.submit(courier.send_due, seconds=4)
            for _ in range(4):
                time.sleep(0.2)
                add_events(database, add, 4)
            job.result()
        courier.drain(8)
    waits = waits_of(database, endpoint_id)
    assert len(waits) == 41
    assert max(waits) < 2


def test_one_receiver_gets_no_more_than_its_share_at_a_time(database: Database, add: Add, receive: Receive) -> None:
    at_once, most = 0, 0
    guard = threading.Lock()

    def count(connection: socket.socket, request: bytes) -> None:
        nonlocal at_once, most
        with guard:
            at_once, most = at_once + 1, max(most, at_once + 1)
        time.sleep(0.1)
        with guard:
            at_once -= 1
        answer("200 OK")(connection, request)

    add_receiver(database, receive(count, parallel=True).url)
    add_events(database, add, 12)
    courier = Courier(database, Door(allow_private=True, total_seconds=2), threads=8, per_receiver=3)
    courier.send_due()

    with database.reading() as session:
        assert set(session.scalars(select(DeliveryRow.state))) == {"delivered"}
    assert most == 3


def test_a_lease_outlives_an_attempt_that_takes_longer(database: Database, add: Add, receive: Receive) -> None:
    """The keeper renews it: nobody else sends the same meanwhile."""
    make_delivery(database, add, receive(hang).url)
    courier = Courier(database, Door(allow_private=True, total_seconds=1.5))
    with ThreadPoolExecutor(1) as runner:
        runner.submit(courier.send_due)
        wait_until(lambda: held(database) != [])
        with database.writing() as session:
            session.execute(update(DeliveryRow).values(lease_until=clock.now() + timedelta(seconds=0.3)))
        courier.tend()
        time.sleep(0.6)
        assert makers.claim(database) == []
    assert [row.failure for row in list_attempts(database)] == ["timeout"]


def held(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow.id).where(DeliveryRow.lease_until.is_not(None))))


def test_the_keeper_sends_what_nobody_wakes_the_worker_for(
    database: Database, add: Add, receive: Receive, courier: Courier
) -> None:
    make_delivery(database, add, receive(answer("200 OK")).url)
    courier.tend()
    wait_until(lambda: get_delivery(database).state == "delivered")


def test_an_attempt_that_hangs_beyond_every_deadline_ends_the_process(
    database: Database, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor starts another."""
    reasons: list[str] = []
    monkeypatch.setattr(deliver, "give_up", reasons.append)
    monkeypatch.setattr(deliver, "_GRACE_SECONDS", 0.5)
    let_go = threading.Event()

    class StuckDoor(Door):
        def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            let_go.wait(10)
            return Answer(None, "timeout", 0)

    make_delivery(database, add, "http://hooks.example/")
    courier = Courier(database, StuckDoor(total_seconds=0.2))
    with ThreadPoolExecutor(1) as runner:
        runner.submit(courier.send_due)
        wait_until(lambda: held(database) != [])
        courier.tend()
        assert reasons == []
        time.sleep(1)
        courier.tend()
        let_go.set()
    assert reasons == ["an attempt took too long"]


def test_told_to_stop_it_claims_nothing_more_and_ends_what_it_began(
    database: Database, add: Add, receive: Receive
) -> None:
    def be_slow(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.5)
        answer("200 OK")(connection, request)

    add_receiver(database, receive(be_slow).url)
    add_events(database, add, 4)
    courier = Courier(database, Door(allow_private=True, total_seconds=2))
    with ThreadPoolExecutor(1) as runner:
        job = runner.submit(courier.send_due)
        wait_until(lambda: held(database) != [])
        courier.stop.set()
        job.result(2)
    assert courier.drain(3)
    with database.reading() as session:
        assert Counter(session.scalars(select(DeliveryRow.state))) == {"delivered": 1, "pending": 3}
    assert held(database) == []


def test_a_database_away_is_an_outage_and_no_end(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    class AwayDatabase(Database):
        @contextmanager
        def writing(self):  # type: ignore[no-untyped-def]
            raise OperationalError("BEGIN", {}, Exception("the database is away"))
            yield

    courier = Courier(AwayDatabase(database.engine), Door())
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            courier.send_due()
    assert [record.message for record in caplog.records] == ["outage.began"]
