"""Events leave in the transaction that makes them true; each endpoint gets one delivery, tried on a fixed schedule."""

import json
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from store import articles, clock, endpoints, outbox
from store.database import Database
from store.outbox import RETRY_SECONDS, Attempt, Dispatch
from store.tables import ArticleRow, AttemptRow, DeliveryRow, EndpointRow, EventRow
from tests.store.makers import add_articles, ago

RECEIVER = "https://receiver.example/hook"
LEASE_SECONDS = 60


def add_event(
    database: Database, key_id: str, *, type_: str = "article.classified", data: dict[str, object] | None = None
) -> str:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
        row = session.get_one(ArticleRow, made)
        return outbox.add_event(session, type_=type_, subject=row, data=data or articles.summary(row)).id


def add_endpoint(database: Database, *events: str) -> str:
    with database.writing() as session:
        return endpoints.add_endpoint(session, RECEIVER, events=events or ["article.classified"]).id


def claim(database: Database, limit: int = 10) -> list[tuple[str, str]]:
    with database.writing() as session:
        return outbox.claim_deliveries(session, limit=limit, lease_seconds=LEASE_SECONDS)


def dispatch(database: Database) -> Dispatch:
    """The one delivery that is due, claimed and read as a deliver worker does."""
    ((delivery_id, token),) = claim(database)
    with database.reading() as session:
        found = outbox.get_dispatch(session, delivery_id, token=token)
    assert found is not None
    return found


def answer(status: int | None, retry_after: int | None = None) -> Attempt:
    return Attempt(clock.now(), 12, status, None if status else "timed out", retry_after)


def record(database: Database, sent: Dispatch, attempt: Attempt) -> bool:
    with database.writing() as session:
        return outbox.record_attempt(session, sent, attempt)


def make_due(database: Database) -> None:
    with database.writing() as session:
        session.execute(
            update(DeliveryRow).where(DeliveryRow.next_attempt_at.is_not(None)).values(next_attempt_at=ago(1))
        )


def delivery(database: Database, delivery_id: str) -> DeliveryRow:
    with database.reading() as session:
        return session.get_one(DeliveryRow, delivery_id)


# --- events ---------------------------------------------------------------------------------------


def test_each_subscribed_endpoint_gets_one_delivery(database: Database, key_id: str) -> None:
    wanting = {add_endpoint(database, "article.classified"), add_endpoint(database, *outbox.EVENT_TYPES)}
    add_endpoint(database, "article.failed")
    switched_off = add_endpoint(database, "article.classified")
    with database.writing() as session:
        outbox.switch_off(session, switched_off, reason="for the test")
    event_id = add_event(database, key_id)
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow)).all()
    assert {row.endpoint_id for row in rows} == wanting
    assert len(rows) == 2
    assert {(row.event_id, row.state, row.attempt_count) for row in rows} == {(event_id, "pending", 0)}


def test_a_callback_hears_of_its_own_article_alone(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 2)
        rows = [session.get_one(ArticleRow, article_id) for article_id in made]
        callback = endpoints.add_callback(session, rows[0], RECEIVER, secret="whsec_AAAA").id
        for row in rows:
            outbox.add_event(session, type_="article.classified", subject=row, data={})
    with database.reading() as session:
        (found,) = session.scalars(select(DeliveryRow))
        assert found.endpoint_id == callback
        assert session.get_one(EventRow, found.event_id).article_id == made[0]


def test_an_event_without_a_receiver_is_kept(database: Database, key_id: str) -> None:
    event_id = add_event(database, key_id)
    assert claim(database) == []
    with database.reading() as session:
        assert session.get_one(EventRow, event_id).type == "article.classified"


def test_the_id_follows_from_the_fact(database: Database, key_id: str) -> None:
    """A receiver that has seen a `webhook-id` may drop the second: so one fact must have one id."""
    with database.writing() as session:
        first, second = (session.get_one(ArticleRow, made) for made in add_articles(session, key_id, 2))
        ids = [
            outbox.add_event(session, type_=type_, subject=subject, data={}, occurrence=occurrence).id
            for subject in (first, second)
            for type_ in ("article.reviewed", "article.appealed")
            for occurrence in ("", "dec_1", "dec_2")
        ]
    assert len(set(ids)) == 12
    assert all(one.startswith("msg_") and "." not in one for one in ids)
    with pytest.raises(IntegrityError), database.writing() as session:
        outbox.add_event(session, type_="article.reviewed", subject=first, data={}, occurrence="dec_1")


def test_an_event_leaves_only_if_its_fact_is_committed(database: Database, key_id: str) -> None:
    add_endpoint(database)
    with database.reading() as session:  # never committed
        (made,) = add_articles(session, key_id, 1)
        outbox.add_event(session, type_="article.classified", subject=session.get_one(ArticleRow, made), data={})
    assert claim(database) == []


def test_the_body_stays_the_same_byte_for_byte(database: Database, key_id: str) -> None:
    """The signature covers the bytes, and PostgreSQL's jsonb would put keys in another order."""
    data = {"zeta": 1, "alpha": ["é", "👍🏽", "\u202e", '"<&>'], "number": 0.1}
    add_endpoint(database)
    add_event(database, key_id, data=data)
    first = dispatch(database)
    make_due(database)
    again = dispatch(database)
    assert first.body == again.body
    assert first.event_id == again.event_id
    sent = json.loads(first.body)
    assert list(sent) == ["type", "timestamp", "data"]
    assert list(sent["data"]) == list(data)
    assert sent["data"] == data
    assert "👍🏽" in first.body, "not escaped: bodies stay below 20 kB"


def test_a_test_event_goes_to_one_endpoint(database: Database) -> None:
    wanted, _other = add_endpoint(database, "endpoint.test"), add_endpoint(database, "endpoint.test")
    with database.writing() as session:
        made = outbox.add_test_event(session, session.get_one(EndpointRow, wanted))
        again = outbox.add_test_event(session, session.get_one(EndpointRow, wanted))
    assert made.endpoint_id == wanted
    assert made.event_id != again.event_id
    assert {delivery_id for delivery_id, _ in claim(database)} == {made.id, again.id}


# --- claims ---------------------------------------------------------------------------------------


def test_a_claimed_delivery_is_nobody_elses_until_the_lease_ends(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    first = dispatch(database)
    assert claim(database) == []
    with database.reading() as session:
        assert outbox.count_due(session) == 0
    make_due(database)
    second = dispatch(database)
    assert second.delivery_id == first.delivery_id
    with database.reading() as session:
        assert outbox.get_dispatch(session, first.delivery_id, token=first.token) is None, "the lease was lost"
    assert record(database, first, answer(200)) is False
    assert record(database, second, answer(200)) is True


def test_two_relays_never_hand_out_the_same_delivery(database: Database, key_id: str) -> None:
    add_endpoint(database)
    for _ in range(40):
        add_event(database, key_id)
    handed_out: Counter[str] = Counter()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while got := claim(database, 3):
                handed_out.update(delivery_id for delivery_id, _ in got)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    while rest := claim(database, 3):
        handed_out.update(delivery_id for delivery_id, _ in rest)
    assert len(handed_out) == 40
    assert set(handed_out.values()) == {1}


def test_no_claim_is_larger_than_asked_for_and_the_longest_due_come_first(database: Database, key_id: str) -> None:
    add_endpoint(database)
    for _ in range(5):
        add_event(database, key_id)
    with database.writing() as session:
        made = session.scalars(select(DeliveryRow.id).order_by(DeliveryRow.id)).all()
        for place, delivery_id in enumerate(made):
            session.execute(
                update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(next_attempt_at=ago(10 + place))
            )
    assert [{one for one, _ in claim(database, 2)} for _ in range(4)] == [
        {made[4], made[3]},
        {made[2], made[1]},
        {made[0]},
        set(),
    ]


def test_deliveries_of_an_endpoint_switched_off_wait(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    held = dispatch(database)
    make_due(database)
    with database.writing() as session:
        outbox.switch_off(session, endpoint_id, reason="for the test")
    assert claim(database) == []
    with database.reading() as session:
        assert outbox.get_dispatch(session, held.delivery_id, token=held.token) is None
        assert outbox.count_due(session) == 0, "what nobody can send must not look like a backlog"
    with database.writing() as session:
        session.get_one(EndpointRow, endpoint_id).is_enabled = True
    assert len(claim(database)) == 1


# --- attempts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), (204, "delivered"), (299, "delivered"), (199, "pending"), (300, "pending"), (301, "pending"),
     (400, "pending"), (410, "failed"), (429, "pending"), (500, "pending"), (None, "pending")],
)  # fmt: skip
def test_what_an_answer_means(database: Database, key_id: str, status: int | None, state: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    sent = dispatch(database)
    assert record(database, sent, answer(status)) is True
    row = delivery(database, sent.delivery_id)
    assert (row.state, row.attempt_count, row.lease_token) == (state, 1, None)
    assert (row.next_attempt_at is not None) == (state == "pending")
    with database.reading() as session:
        (logged,) = session.scalars(select(AttemptRow))
        assert (logged.number, logged.status, logged.duration_ms) == (1, status, 12)
        assert session.scalars(select(EndpointRow.is_enabled)).one() is (status != 410)
    assert record(database, sent, answer(200)) is False, "an attempt is recorded once"


def test_gone_switches_the_endpoint_off_and_says_why(database: Database, key_id: str) -> None:
    endpoint_id = add_endpoint(database)
    add_event(database, key_id)
    record(database, dispatch(database), answer(410))
    with database.reading() as session:
        assert session.get_one(EndpointRow, endpoint_id).disabled_reason == "the receiver answered 410 Gone"
    add_event(database, key_id)
    assert claim(database) == []


def test_the_schedule_runs_out_after_ten_attempts_in_75_hours(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    for number in range(1, len(RETRY_SECONDS) + 2):
        sent = dispatch(database)
        assert sent.number == number
        before = clock.now()
        record(database, sent, answer(503))
        row = delivery(database, sent.delivery_id)
        if number <= len(RETRY_SECONDS):
            assert row.next_attempt_at is not None
            wait = (row.next_attempt_at - before).total_seconds()
            assert 0.8 * RETRY_SECONDS[number - 1] <= wait <= 1.2 * RETRY_SECONDS[number - 1] + 5
        make_due(database)
    assert (row.state, row.next_attempt_at, row.attempt_count) == ("failed", None, 10)
    assert claim(database) == []
    assert 75 * 3600 < sum(RETRY_SECONDS) < 77 * 3600


@pytest.mark.parametrize(
    ("made", "retry_after", "least", "most"),
    [
        (1, None, 4, 6),
        (2, None, 240, 360),
        (9, None, 69_120, 103_680),
        pytest.param(2, 1, 240, 360, id="not sooner than planned"),
        pytest.param(2, 450, 360, 540, id="as asked"),
        pytest.param(2, 10**9, 480, 720, id="at most twice the plan"),
        pytest.param(2, -5, 240, 360, id="nonsense"),
    ],
)
def test_waits_are_spread_and_bounded(made: int, retry_after: int | None, least: float, most: float) -> None:
    waits = [outbox.next_wait(made, retry_after) for _ in range(500)]
    assert all(wait is not None and least <= wait <= most for wait in waits)
    assert len(set(waits)) > 400, "receivers that fell together do not all come back at once"


@pytest.mark.parametrize("retry_after", [None, 60])
def test_there_is_no_eleventh_attempt(retry_after: int | None) -> None:
    assert outbox.next_wait(9, retry_after) is not None
    assert outbox.next_wait(10, retry_after) is None


def test_an_attempt_of_long_ago_is_logged_with_its_own_time(database: Database, key_id: str) -> None:
    add_endpoint(database)
    add_event(database, key_id)
    sent = dispatch(database)
    started = clock.now() - timedelta(seconds=20)
    record(database, sent, Attempt(started, 20_000, None, "the receiver did not answer in time"))
    with database.reading() as session:
        (logged,) = session.scalars(select(AttemptRow))
    assert (logged.started_at, logged.duration_ms) == (started, 20_000)
    assert (logged.status, logged.failure) == (None, "the receiver did not answer in time")
