"""Deliveries as callers see them: what was sent, how each attempt went, and once more on request."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import clock
from store.tables import AttemptRow, DeliveryRow, EventRow


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery with its event and its attempts, first to last."""

    delivery: DeliveryRow
    event: EventRow
    attempts: tuple[AttemptRow, ...]


def get_delivery(session: Session, delivery_id: str) -> DeliveryRow | None:
    return session.get(DeliveryRow, delivery_id)


def get_record(session: Session, delivery: DeliveryRow) -> DeliveryRecord:
    return DeliveryRecord(delivery, session.get_one(EventRow, delivery.event_id), _attempts(session, [delivery])[0])


def list_records(
    session: Session, endpoint_id: str, *, limit: int, after_id: str | None = None
) -> list[DeliveryRecord]:
    """Newest first; ``after_id`` continues behind that delivery."""
    query = (
        select(DeliveryRow, EventRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .where(DeliveryRow.endpoint_id == endpoint_id)
        .order_by(DeliveryRow.id.desc())
        .limit(limit)
    )
    if after_id is not None:
        query = query.where(DeliveryRow.id < after_id)
    found = [(delivery, event) for delivery, event in session.execute(query)]
    attempts = _attempts(session, [delivery for delivery, _ in found])
    return [DeliveryRecord(delivery, event, made) for (delivery, event), made in zip(found, attempts, strict=True)]


def _attempts(session: Session, deliveries: list[DeliveryRow]) -> list[tuple[AttemptRow, ...]]:
    ids = [delivery.id for delivery in deliveries]
    rows = session.scalars(select(AttemptRow).where(AttemptRow.delivery_id.in_(ids)).order_by(AttemptRow.id)).all()
    return [tuple(row for row in rows if row.delivery_id == delivery_id) for delivery_id in ids]


def redeliver(delivery: DeliveryRow) -> None:
    """Make it due now, whatever became of it. One that a worker is just sending is left to that worker."""
    if delivery.state == "pending" and delivery.lease_token is not None:
        return
    delivery.state = "pending"
    delivery.lease_token = None
    delivery.next_attempt_at = clock.now()
