"""Events waiting in our own tables: added in the transaction that makes them true, sent later (store/sending.py)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Table, insert, or_, select
from sqlalchemy.orm import Session

from store import clock
from store.tables import ArticleRow, DeliveryRow, EndpointRow, EventRow

EVENT_TYPES = {
    "article.classified": "An article was read; its report is ready.",
    "article.failed": "An article could not be read; a person must look at it.",
    "article.reviewed": "A reviewer decided on an article.",
    "article.appealed": "Somebody asked for another look at a decision.",
    "endpoint.failing": "Every attempt to send to another endpoint has failed for a day.",
    "endpoint.disabled": "Another endpoint was switched off: it was gone, or failed for five days.",
    "endpoint.test": "Sent on request, to try an endpoint.",
}
MOST_BODY_BYTES = 20_000  # Standard Webhooks 1.0 asks for less than 20 kB
_NAMESPACE = uuid.UUID("3f0c7f7a-5a53-4d0e-9a53-0be105000001")


def add_event(
    session: Session, *, type_: str, subject: ArticleRow, data: dict[str, Any], occurrence: str = ""
) -> EventRow:
    """Add an event and one delivery per subscribed endpoint, inside the caller's transaction.

    The id follows from type, article and *occurrence* (a decision's id, say), so a fact recorded twice is one event.
    """
    moment = clock.now()
    event = EventRow(
        id=_id_of(type_, subject.id, occurrence),
        type=type_,
        article_id=subject.id,
        body=_body(type_, moment, data),
        created_at=moment,
    )
    session.add(event)
    session.flush()
    _add_deliveries(session, event, subscribed_endpoints(session, type_, article_id=subject.id))
    return event


def add_events(session: Session, *, type_: str, data: Mapping[str, dict[str, Any]]) -> bool:
    """The same for many articles, *data* by their ids, in one statement a table. Whether there is anything to send."""
    moment = clock.now()
    events = [
        {
            "id": _id_of(type_, article_id),
            "type": type_,
            "article_id": article_id,
            "body": _body(type_, moment, said),
            "created_at": moment,
        }
        for article_id, said in data.items()
    ]
    session.execute(insert(cast("Table", EventRow.__table__)), events)
    endpoints = _subscribed(session, type_, EndpointRow.article_id.in_(data))
    if not endpoints:
        return False
    due = clock.database_now(session)
    held = _lock_paused(session, endpoints)
    deliveries = [
        {
            "id": clock.new_id("dlv"),
            "event_id": event["id"],
            "endpoint_id": endpoint.id,
            "receiver": endpoint.receiver,
            "state": "pending",
            "attempt_count": 0,
            "next_attempt_at": None if endpoint.id in held else due,
            "created_at": moment,
        }
        for event in events
        for endpoint in endpoints
        if endpoint.article_id in (None, event["article_id"])
    ]
    session.execute(insert(cast("Table", DeliveryRow.__table__)), deliveries)
    return True


def _id_of(type_: str, article_id: str, occurrence: str = "") -> str:
    return f"msg_{uuid.uuid5(_NAMESPACE, f'{type_}/{article_id}/{occurrence}').hex}"


def add_test_event(session: Session, endpoint: EndpointRow) -> DeliveryRow:
    """An ``endpoint.test`` event for this endpoint alone."""
    event = _add_event_of(session, "endpoint.test", {"endpoint_id": endpoint.id}, id_=f"msg_{uuid.uuid4().hex}")
    (delivery,) = _add_deliveries(session, event, [endpoint])
    return delivery


def add_endpoint_event(session: Session, type_: str, endpoint: EndpointRow, data: dict[str, Any]) -> EventRow:
    """An event about *endpoint*, for the others that want this type."""
    event = _add_event_of(session, type_, data, id_=f"msg_{uuid.uuid4().hex}")
    others = [row for row in subscribed_endpoints(session, type_) if row.id != endpoint.id]
    _add_deliveries(session, event, others)
    return event


def _add_event_of(session: Session, type_: str, data: dict[str, Any], *, id_: str) -> EventRow:
    moment = clock.now()
    event = EventRow(id=id_, type=type_, article_id=None, body=_body(type_, moment, data), created_at=moment)
    session.add(event)
    session.flush()
    return event


def _body(type_: str, moment: datetime, data: dict[str, Any]) -> str:
    """What is signed and sent. Of a decision too long for it, first the note stays out, then the single findings."""
    for left_out in ((), ("note", "reason"), ("note", "reason", "findings", "evidence", "labels", "missed")):
        if left_out:
            data = {**data, "truncated": True}
            for part in {"decision", "appeal"} & set(data):
                data[part] = {name: value for name, value in data[part].items() if name not in left_out}
        body = orjson.dumps({"type": type_, "timestamp": clock.isoformat(moment), "data": data})
        if len(body) < MOST_BODY_BYTES:
            return body.decode()
    raise ValueError(f"an event of {len(body)} bytes")


def subscribed_endpoints(session: Session, type_: str, *, article_id: str | None = None) -> list[EndpointRow]:
    """Enabled endpoints that want this type, and the article's own callback. Paused ones too: it waits for them."""
    return _subscribed(session, type_, EndpointRow.article_id == article_id)


def _subscribed(session: Session, type_: str, is_theirs: ColumnElement[bool]) -> list[EndpointRow]:
    query = select(EndpointRow).where(EndpointRow.is_enabled, or_(EndpointRow.article_id.is_(None), is_theirs))
    return [row for row in session.scalars(query) if type_ in row.events]


def _add_deliveries(session: Session, event: EventRow, endpoints: list[EndpointRow]) -> list[DeliveryRow]:
    """Due at once by the database's clock; without a date where the endpoint is paused."""
    if not endpoints:
        return []
    moment = clock.database_now(session)
    held = _lock_paused(session, endpoints)
    rows = [
        DeliveryRow(
            id=clock.new_id("dlv"),
            event_id=event.id,
            endpoint_id=endpoint.id,
            receiver=endpoint.receiver,
            state="pending",
            attempt_count=0,
            next_attempt_at=None if endpoint.id in held else moment,
            created_at=event.created_at,
        )
        for endpoint in endpoints
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _lock_paused(session: Session, endpoints: list[EndpointRow]) -> set[str]:
    """Ids of those that are paused and stay so until we commit: whoever ends a pause releases what he sees."""
    ids = [endpoint.id for endpoint in endpoints if endpoint.is_paused]
    query = select(EndpointRow.id).where(EndpointRow.id.in_(ids), EndpointRow.is_paused)
    return set(session.scalars(query.order_by(EndpointRow.id).with_for_update(read=True))) if ids else set()
