"""Events leave in the transaction that makes them true; each endpoint gets one delivery."""

import json
import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import endpoints, outbox
from store.database import Database
from store.tables import ArticleRow, DeliveryRow, EndpointRow, EventRow
from tests.store.makers import RECEIVER, add_articles, add_endpoint, add_event, claim, dispatch, make_due


def test_each_subscribed_endpoint_gets_one_delivery(database: Database, key_id: str) -> None:
    wanting = {add_endpoint(database, "article.classified"), add_endpoint(database, *outbox.EVENT_TYPES)}
    add_endpoint(database, "article.failed")
    switched_off = add_endpoint(database, "article.classified")
    with database.writing() as session:
        endpoints.switch_off(session, session.get_one(EndpointRow, switched_off), reason="for the test")
    event_id = add_event(database, key_id)
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow).where(DeliveryRow.event_id == event_id)).all()
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
    assert {one.delivery_id for one in claim(database)} == {made.id, again.id}


@pytest.mark.parametrize(
    ("note", "findings", "left"),
    [
        ("n" * 2_000, 0, {"id", "findings", "note"}),
        pytest.param("👍" * 4_950, 10, {"id", "findings"}, id="the note stays out"),
        pytest.param("note", 1_000, {"id"}, id="the findings too"),
    ],
)
def test_a_body_is_less_than_20_kb_and_says_where_something_stayed_out(
    database: Database, key_id: str, note: str, findings: int, left: set[str]
) -> None:
    """A decision may be long; who wants all of it asks for it by its id."""
    decision = {"id": "dec_1", "findings": {f"violence/{one}": "overturned" for one in range(findings)}, "note": note}
    event_id = add_event(database, key_id, type_="article.reviewed", data={"id": "art_1", "decision": decision})
    with database.reading() as session:
        body = session.get_one(EventRow, event_id).body
    data = json.loads(body)["data"]
    assert len(body.encode()) < 20_000
    assert set(data["decision"]) == left
    assert data.get("truncated") is (True if "note" not in left else None)
    assert data["id"] == "art_1"


def test_an_event_that_cannot_be_shortened_is_a_fault_of_ours(database: Database, key_id: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        add_event(database, key_id, data={"failure": "x" * 20_000})


def test_a_paused_endpoint_s_deliveries_have_no_date(database: Database, key_id: str) -> None:
    with database.writing() as session:
        session.get_one(EndpointRow, add_endpoint_in(session)).is_paused = True
    add_event(database, key_id)
    with database.reading() as session:
        assert session.scalars(select(DeliveryRow.next_attempt_at)).all() == [None]


def add_endpoint_in(session: Session) -> str:
    return endpoints.add_endpoint(session, RECEIVER, events=["article.classified"]).id


def test_who_ends_a_pause_releases_also_what_is_just_being_made(database: Database, key_id: str) -> None:
    """On PostgreSQL the event waits for him, or he for the event: nothing stays behind without a date."""
    endpoint_id = add_endpoint(database)
    ended = threading.Event()

    def end_pause() -> None:
        with database.writing() as session:
            row = endpoints.lock_endpoint(session, endpoint_id)
            assert row is not None
            endpoints.change_endpoint(session, row, {"is_paused": False}, actor="usr_1")
        ended.set()

    for _ in range(5):
        with database.writing() as session:
            session.get_one(EndpointRow, endpoint_id).is_paused = True
        thread = threading.Thread(target=end_pause)
        with database.writing() as session:
            (made,) = add_articles(session, key_id, 1)
            row = session.get_one(ArticleRow, made)
            outbox.add_event(session, type_="article.classified", subject=row, data={})
            thread.start()
            ended.wait(0.05)
        thread.join(15)
        with database.reading() as session:
            assert session.scalars(select(DeliveryRow.id).where(DeliveryRow.next_attempt_at.is_(None))).all() == []
