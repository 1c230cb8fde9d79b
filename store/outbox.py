"""Events waiting in our own tables: added in the transaction that makes them true, sent later.

Retry times follow Standard Webhooks 1.0: ten attempts over 75 hours, each ±20 %.
"""

import random
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from store import clock
from store.tables import ArticleRow, AttemptRow, DeliveryRow, EndpointRow, EventRow

EVENT_TYPES = {
    "article.classified": "An article was read; its report is ready.",
    "article.failed": "An article could not be read; a person must look at it.",
    "article.reviewed": "A reviewer decided on an article.",
    "article.appealed": "Somebody asked for another look at a decision.",
    "endpoint.test": "Sent on request, to try an endpoint.",
}
RETRY_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)  # after attempt 1, 2, …
_JITTER = 0.2
ATTEMPTS_KEPT = timedelta(days=30)
_NAMESPACE = uuid.UUID("3f0c7f7a-5a53-4d0e-9a53-0be105000001")


def add_event(
    session: Session, *, type_: str, subject: ArticleRow, data: dict[str, Any], occurrence: str = ""
) -> EventRow:
    """Add an event and one delivery per subscribed endpoint, inside the caller's transaction.

    The id follows from type, article and *occurrence* (a decision's id, say), so a fact recorded twice is one event.
    """
    moment = clock.now()
    event = EventRow(
        id=f"msg_{uuid.uuid5(_NAMESPACE, f'{type_}/{subject.id}/{occurrence}').hex}",
        type=type_,
        article_id=subject.id,
        body=_body(type_, moment, data),
        created_at=moment,
    )
    session.add(event)
    session.flush()
    _add_deliveries(session, event, subscribed_endpoints(session, type_, article_id=subject.id))
    return event


def add_test_event(session: Session, endpoint: EndpointRow) -> DeliveryRow:
    """An ``endpoint.test`` event for this endpoint alone."""
    moment = clock.now()
    event = EventRow(
        id=f"msg_{uuid.uuid4().hex}",
        type="endpoint.test",
        article_id=None,
        body=_body("endpoint.test", moment, {"endpoint_id": endpoint.id}),
        created_at=moment,
    )
    session.add(event)
    session.flush()
    (delivery,) = _add_deliveries(session, event, [endpoint])
    return delivery


def _body(type_: str, moment: datetime, data: dict[str, Any]) -> str:
    return orjson.dumps({"type": type_, "timestamp": clock.isoformat(moment), "data": data}).decode()


def subscribed_endpoints(session: Session, type_: str, *, article_id: str) -> list[EndpointRow]:
    """Enabled endpoints that want this type, and the article's own callback."""
    rows = session.scalars(
        select(EndpointRow).where(
            EndpointRow.is_enabled,
            or_(EndpointRow.article_id.is_(None), EndpointRow.article_id == article_id),
        )
    )
    return [row for row in rows if type_ in row.events]


def _add_deliveries(session: Session, event: EventRow, endpoints: list[EndpointRow]) -> list[DeliveryRow]:
    rows = [
        DeliveryRow(
            id=clock.new_id("dlv"),
            event_id=event.id,
            endpoint_id=endpoint.id,
            state="pending",
            attempt_count=0,
            next_attempt_at=event.created_at,
            created_at=event.created_at,
        )
        for endpoint in endpoints
    ]
    session.add_all(rows)
    session.flush()
    return rows


# --- sending --------------------------------------------------------------------------------------


def _is_due(moment: datetime) -> ColumnElement[bool]:
    return and_(DeliveryRow.state == "pending", DeliveryRow.next_attempt_at <= moment)


def claim_deliveries(session: Session, *, limit: int, lease_seconds: int) -> list[tuple[str, str]]:
    """Lease due deliveries: (id, token) pairs for the deliver queue.

    The lease is the retry clock itself, set forward: where the job is lost, the delivery is simply due again.
    """
    moment = clock.now()
    token = secrets.token_hex(16)
    due = (
        select(DeliveryRow.id)
        .join(EndpointRow)
        .where(_is_due(moment), EndpointRow.is_enabled)
        .order_by(DeliveryRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )
    claimed = session.scalars(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(due.scalar_subquery()))
        .values(lease_token=token, next_attempt_at=moment + timedelta(seconds=lease_seconds))
        .returning(DeliveryRow.id)
        .execution_options(synchronize_session=False)
    )
    return [(delivery_id, token) for delivery_id in claimed]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """All that one attempt needs."""

    delivery_id: str
    token: str
    number: int
    event_id: str
    body: str
    url: str
    secret: str


def get_dispatch(session: Session, delivery_id: str, *, token: str) -> Dispatch | None:
    """None where the lease is not ours any more, or the endpoint was switched off or deleted."""
    found = session.execute(
        select(DeliveryRow, EventRow, EndpointRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id)
        .where(
            DeliveryRow.id == delivery_id,
            DeliveryRow.lease_token == token,
            DeliveryRow.state == "pending",
            EndpointRow.is_enabled,
        )
    ).first()
    if found is None:
        return None
    delivery, event, endpoint = found
    return Dispatch(delivery_id, token, delivery.attempt_count + 1, event.id, event.body, endpoint.url, endpoint.secret)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one POST came to. ``status`` is None where no answer came; ``failure`` says why in a few words."""

    started_at: datetime
    duration_ms: int
    status: int | None
    failure: str | None
    retry_after_seconds: int | None = None


def record_attempt(session: Session, dispatch: Dispatch, attempt: Attempt) -> bool:
    """Log the attempt and set the delivery's next state. False, and nothing written, without the lease."""
    delivery = session.scalars(
        select(DeliveryRow)
        .where(DeliveryRow.id == dispatch.delivery_id, DeliveryRow.lease_token == dispatch.token)
        .with_for_update()
    ).first()
    if delivery is None or delivery.state != "pending":
        return False
    session.add(
        AttemptRow(
            delivery_id=delivery.id,
            number=dispatch.number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            status=attempt.status,
            failure=attempt.failure,
        )
    )
    delivery.attempt_count = dispatch.number
    delivery.lease_token = None
    is_delivered = attempt.status is not None and 200 <= attempt.status < 300
    wait_seconds = None if is_delivered else next_wait(dispatch.number, attempt.retry_after_seconds)
    delivery.state = "delivered" if is_delivered else "failed" if wait_seconds is None else "pending"
    delivery.next_attempt_at = clock.now() + timedelta(seconds=wait_seconds) if wait_seconds is not None else None
    if attempt.status == 410:
        switch_off(session, delivery.endpoint_id, reason="the receiver answered 410 Gone")
        delivery.state, delivery.next_attempt_at = "failed", None
    return True


def next_wait(attempts_made: int, retry_after_seconds: int | None = None) -> float | None:
    """Seconds until the next attempt, ±20 %; None when the schedule is used up. A receiver's Retry-After is
    honoured between one and two times the planned wait."""
    if attempts_made > len(RETRY_SECONDS):
        return None
    planned = float(RETRY_SECONDS[attempts_made - 1])
    if retry_after_seconds is not None:
        planned = min(max(planned, retry_after_seconds), 2 * planned)
    return planned * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load, guards nothing


def switch_off(session: Session, endpoint_id: str, *, reason: str) -> None:
    session.execute(
        update(EndpointRow).where(EndpointRow.id == endpoint_id).values(is_enabled=False, disabled_reason=reason)
    )


def forget_old_attempts(session: Session) -> int:
    """Delete attempts older than 30 days. Cheap where there are none: rows are numbered in the order of time."""
    limit = clock.now() - ATTEMPTS_KEPT
    oldest = session.scalar(select(AttemptRow.started_at).order_by(AttemptRow.id).limit(1))
    if oldest is None or oldest >= limit:
        return 0
    result = session.execute(delete(AttemptRow).where(AttemptRow.started_at < limit))
    return int(result.rowcount)  # type: ignore[attr-defined]


def count_due(session: Session) -> int:
    """Deliveries that `claim_deliveries` would hand out now: those of an endpoint switched off wait uncounted."""
    count = select(func.count()).select_from(DeliveryRow).join(EndpointRow)
    return session.scalar(count.where(_is_due(clock.now()), EndpointRow.is_enabled)) or 0
