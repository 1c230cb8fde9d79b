"""Deliveries as people and callers see them: what was sent, how each attempt went, and once more on request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, not_, select, update
from sqlalchemy.orm import Session

from store import audit, clock
from store.tables import AttemptRow, DeliveryRow, EndpointRow, EventRow

STATES = ("pending", "delivered", "failed")


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery with its event and its attempts, first to last."""

    delivery: DeliveryRow
    event: EventRow
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """All that is given must be so. ``since`` and ``until`` (not itself) bound when the delivery was made."""

    ids: Sequence[str] | None = None
    endpoint_id: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after_id: str | None = None  # go on behind this one, newest first


def get_delivery(session: Session, delivery_id: str) -> DeliveryRow | None:
    return session.get(DeliveryRow, delivery_id)


def get_record(session: Session, delivery: DeliveryRow) -> DeliveryRecord:
    return DeliveryRecord(delivery, session.get_one(EventRow, delivery.event_id), _attempts(session, [delivery])[0])


def list_records(session: Session, wanted: DeliveryFilter, *, limit: int) -> list[DeliveryRecord]:
    """Newest first; those to an article's `callback_url` too, unless an endpoint is named."""
    query = select(DeliveryRow, EventRow).join(EventRow, EventRow.id == DeliveryRow.event_id)
    query = query.where(*_conditions(wanted)).order_by(DeliveryRow.id.desc()).limit(limit)
    found = [(delivery, event) for delivery, event in session.execute(query)]
    attempts = _attempts(session, [delivery for delivery, _ in found])
    return [DeliveryRecord(delivery, event, made) for (delivery, event), made in zip(found, attempts, strict=True)]


def _conditions(wanted: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.ids is not None:
        conditions.append(DeliveryRow.id.in_(wanted.ids))
    if wanted.endpoint_id is not None:
        conditions.append(DeliveryRow.endpoint_id == wanted.endpoint_id)
    if wanted.state is not None:
        conditions.append(DeliveryRow.state == wanted.state)
    if wanted.since is not None:
        conditions.append(DeliveryRow.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(DeliveryRow.created_at < wanted.until)
    if wanted.after_id is not None:
        conditions.append(DeliveryRow.id < wanted.after_id)
    return conditions


def _attempts(session: Session, deliveries: Sequence[DeliveryRow]) -> list[tuple[AttemptRow, ...]]:
    ids = [delivery.id for delivery in deliveries]
    if not ids:
        return []
    rows = session.scalars(select(AttemptRow).where(AttemptRow.delivery_id.in_(ids)).order_by(AttemptRow.id)).all()
    return [tuple(row for row in rows if row.delivery_id == delivery_id) for delivery_id in ids]


def redeliver(session: Session, wanted: DeliveryFilter, *, actor: str) -> int:
    """Make these due now, whatever became of them, and return how many. Left as they are: those that a worker is just
    sending, and those of endpoints that are switched off. Those of a paused one go out when it goes on."""
    conditions = _conditions(wanted)
    involved = select(DeliveryRow.endpoint_id).where(*conditions)
    live = select(EndpointRow.id).where(EndpointRow.id.in_(involved), EndpointRow.is_enabled)
    # As store.endpoints.lock_endpoint does. Callbacks are never paused or changed: they need no lock.
    managed = live.where(EndpointRow.article_id.is_(None)).order_by(EndpointRow.id)
    session.execute(managed.with_for_update(key_share=True)).all()
    of_endpoint = EndpointRow.id == DeliveryRow.endpoint_id
    receiver = select(EndpointRow.receiver).where(of_endpoint).scalar_subquery()
    is_paused = select(EndpointRow.is_paused).where(of_endpoint).scalar_subquery()
    is_under_way = and_(DeliveryRow.state == "pending", DeliveryRow.lease_token.is_not(None))
    result = session.execute(
        update(DeliveryRow)
        .where(*conditions, not_(is_under_way), DeliveryRow.endpoint_id.in_(live))
        .values(
            state="pending",
            receiver=receiver,
            lease_token=None,
            lease_until=None,
            next_attempt_at=case((is_paused, None), else_=clock.database_now(session)),
        )
        .execution_options(synchronize_session=False)
    )
    count = int(result.rowcount)  # type: ignore[attr-defined]
    if count:
        subject = wanted.endpoint_id or (wanted.ids[0] if wanted.ids and len(wanted.ids) == 1 else "")
        audit.record(session, action="redelivered", actor=actor, subject=subject, details={"count": count})
    return count
