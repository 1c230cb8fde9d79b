"""Deliveries on their way: claimed, attempted, recorded. All times are the database's.

Retry times follow Standard Webhooks 1.0: ten attempts over 75 hours, each ±20 %.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, text, true, update
from sqlalchemy.orm import Session, aliased

from store import clock, endpoints
from store.leases import make_token
from store.tables import ApiKeyRow, ArticleRow, AttemptRow, DeliveryRow, EndpointRow, EventRow

RETRY_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)  # after attempt 1, 2, …
LEASE_SECONDS = 10
ATTEMPTS_KEPT = timedelta(days=30)
_JITTER = 0.2
_RECEIVERS_PER_LOOK = 100
_LOCK = 0x6F62656C7573646C  # any number that is ours, and neither that of migrations nor of the audit log

_IS_LIVE = (EndpointRow.is_enabled, EndpointRow.is_paused.is_(False))

# --- claims ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How the attempts that may run at a time are divided among receivers (``host:port``).

    *is_quick* says of a receiver whether its last attempt ended soon. Such a one gets *per_receiver* attempts, over all
    deliver processes. Any other gets one; those that were slow get *slow* together in this claim, and with those
    nothing is known of *unproven*. So receivers that hang, however many, never take every thread.
    """

    per_receiver: int = 2
    is_quick: Mapping[str, bool] = field(default_factory=dict)
    slow: int = 8
    unproven: int = 12

    def room(self, receiver: str, *, running: int, claimed: Counter[bool | None]) -> int:
        """How many more of this receiver; *running* now, *claimed* so far by `is_quick` of theirs."""
        is_quick = self.is_quick.get(receiver)
        if is_quick:
            return self.per_receiver - running
        left = self.unproven - claimed[False] - claimed[None]
        return min(1, left, self.slow - claimed[False] if is_quick is False else left) - running


@dataclass(frozen=True, slots=True)
class Dispatch:
    """All that one attempt needs. ``secrets``: the one in force, then one that is still good beside it."""

    delivery_id: str
    token: str
    number: int
    endpoint_id: str
    receiver: str
    event_id: str
    body: str
    url: str
    headers: dict[str, str]
    secrets: tuple[str, ...]


def claim_deliveries(
    session: Session, *, limit: int, share: Share, after: str = "", holder: str = ""
) -> list[Dispatch]:
    """Lease up to *limit* due deliveries, by turns of receivers: from the one behind *after* on, and round.

    On PostgreSQL one process claims at a time, else two would each hand out a receiver's whole share.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    moment = clock.database_now(session)
    running = _count_leases(session, moment)
    by_pace: Counter[bool | None] = Counter()
    claimed: list[Dispatch] = []
    for receiver in _due_receivers(session, moment, after):
        room = share.room(receiver, running=running.get(receiver, 0), claimed=by_pace)
        most = min(room, limit - len(claimed))
        found = _lease(session, receiver, moment, limit=most, holder=holder) if most > 0 else []
        by_pace[share.is_quick.get(receiver)] += len(found)
        claimed += found
        if len(claimed) == limit:
            break
    return claimed


def _count_leases(session: Session, moment: datetime) -> dict[str, int]:
    """Attempts that run now, by receiver."""
    query = select(DeliveryRow.receiver, func.count()).where(DeliveryRow.lease_until > moment)
    return dict(session.execute(query.group_by(DeliveryRow.receiver)).all())


def _due_receivers(session: Session, moment: datetime, after: str) -> Iterator[str]:
    """Receivers with a delivery whose date has come: those behind *after* by name, then the rest."""
    for first, last in ((after, None), (None, after)):
        behind = first
        while True:
            query = _walk(behind, last, moment).limit(_RECEIVERS_PER_LOOK)
            found = session.scalars(query).all()
            yield from found
            if len(found) < _RECEIVERS_PER_LOOK:
                break
            behind = found[-1]


def _walk(behind: str | None, last: str | None, moment: datetime) -> Select[str]:
    """Step from receiver to receiver by the index, so that ten thousand deliveries to one cost as much as one."""
    at, due = aliased(DeliveryRow), aliased(DeliveryRow)
    first = select(func.min(DeliveryRow.receiver).label("receiver")).where(DeliveryRow.state == "pending")
    if behind is not None:
        first = first.where(DeliveryRow.receiver > behind)
    walk = first.cte("walk", recursive=True)
    following = select(func.min(at.receiver)).where(at.state == "pending", at.receiver > walk.c.receiver)
    walk = walk.union_all(select(following.scalar_subquery()).where(walk.c.receiver.is_not(None)))
    is_due = exists().where(due.state == "pending", due.receiver == walk.c.receiver, due.next_attempt_at <= moment)
    query = select(walk.c.receiver).where(is_due)
    return query if last is None else query.where(walk.c.receiver <= last)


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return and_(
        DeliveryRow.state == "pending",
        DeliveryRow.next_attempt_at <= moment,
        or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= moment),
    )


def _lease(session: Session, receiver: str, moment: datetime, *, limit: int, holder: str) -> list[Dispatch]:
    """The longest due of one receiver. Read, then changed: inside an UPDATE PostgreSQL may run the LIMIT twice."""
    query = (
        select(DeliveryRow, EventRow, EndpointRow, ApiKeyRow)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id)
        .outerjoin(ArticleRow, ArticleRow.id == EndpointRow.article_id)  # a callback's, and through it its key's
        .outerjoin(ApiKeyRow, ApiKeyRow.id == ArticleRow.api_key_id)
        .where(_is_free(moment), DeliveryRow.receiver == receiver, *_IS_LIVE)
        .order_by(DeliveryRow.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )
    leased = []
    for delivery, event, endpoint, key in session.execute(query).all():
        delivery.lease_token = make_token(holder)
        delivery.lease_until = moment + timedelta(seconds=LEASE_SECONDS)
        leased.append(
            Dispatch(
                delivery_id=delivery.id,
                token=delivery.lease_token,
                number=delivery.attempt_count + 1,
                endpoint_id=endpoint.id,
                receiver=receiver,
                event_id=event.id,
                body=event.body,
                url=endpoint.url,
                headers=endpoint.headers,
                secrets=_secrets(endpoint, key, moment),
            )
        )
    session.flush()
    return leased


def _secrets(endpoint: EndpointRow, key: ApiKeyRow | None, moment: datetime) -> tuple[str, ...]:
    """A callback is signed with its API key's secret, as it is now: what was rotated counts for it too."""
    if key is not None:
        now, old, until = key.callback_secret, key.old_callback_secret, key.old_callback_secret_until
    else:
        now, old, until = endpoint.secret, endpoint.old_secret, endpoint.old_secret_until
    return (now, old) if old is not None and until is not None and until > moment else (now,)


def recall_paces(session: Session, *, quick_ms: int) -> dict[str, bool]:
    """What the last thousand attempts tell of their receivers: whether the newest of each ended within *quick_ms*."""
    query = select(DeliveryRow.receiver, AttemptRow.duration_ms).join(
        DeliveryRow, DeliveryRow.id == AttemptRow.delivery_id
    )
    newest = session.execute(query.order_by(AttemptRow.id.desc()).limit(1_000)).all()
    return {receiver: duration_ms < quick_ms for receiver, duration_ms in reversed(newest)}


def renew_deliveries(session: Session, held: Sequence[Dispatch]) -> None:
    """Push the end of these leases back; of one that another has taken meanwhile, nothing is changed."""
    until = clock.database_now(session) + timedelta(seconds=LEASE_SECONDS)
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_([one.delivery_id for one in held]))
        .where(DeliveryRow.lease_token.in_([one.token for one in held]))
        .values(lease_until=until)
        .execution_options(synchronize_session=False)
    )


def has_due(session: Session) -> bool:
    """Whether anything waits that nobody is sending. It may still be no process's turn to send it."""
    return session.scalar(select(exists(_free(clock.database_now(session))))) or False


def count_due(session: Session) -> int:
    """Deliveries that wait for their attempt now: those of an endpoint that is off or paused are not counted."""
    return session.scalar(select(func.count()).select_from(_free(clock.database_now(session)).subquery())) or 0


def _free(moment: datetime) -> Select[str]:
    return select(DeliveryRow.id).join(EndpointRow).where(_is_free(moment), *_IS_LIVE)


# --- attempts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one POST came to. ``status`` is None where no answer came; ``failure`` says why in a few words."""

    started_at: datetime
    duration_ms: int
    status: int | None
    failure: str | None
    retry_after_seconds: int | None = None


def record_attempt(session: Session, dispatch: Dispatch, attempt: Attempt) -> bool:
    """Log the attempt, set the delivery's next state and keep how the endpoint does. False, and nothing written,
    without the lease."""
    endpoint = endpoints.lock_endpoint(session, dispatch.endpoint_id)
    delivery = session.scalars(
        select(DeliveryRow)
        .where(DeliveryRow.id == dispatch.delivery_id, DeliveryRow.lease_token == dispatch.token)
        .with_for_update()
    ).first()
    if endpoint is None or delivery is None or delivery.state != "pending":
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
    moment = clock.database_now(session)
    is_delivered = attempt.status is not None and 200 <= attempt.status < 300
    wait_seconds = next_wait(dispatch.number, attempt.retry_after_seconds)
    has_ended = is_delivered or attempt.status == 410 or wait_seconds is None
    delivery.attempt_count = dispatch.number
    delivery.lease_token = delivery.lease_until = None
    delivery.state = "pending" if not has_ended else "delivered" if is_delivered else "failed"
    is_dated = not has_ended and endpoints.is_live(endpoint)
    delivery.next_attempt_at = moment + timedelta(seconds=wait_seconds or 0) if is_dated else None
    session.flush()
    endpoints.note_attempt(session, endpoint, status=attempt.status, moment=moment)
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


def forget_old_attempts(session: Session) -> int:
    """Delete attempts older than 30 days. Rows are numbered in the order of time: only what goes is read."""
    limit = clock.now() - ATTEMPTS_KEPT
    kept = select(AttemptRow.id).where(AttemptRow.started_at >= limit).order_by(AttemptRow.id).limit(1)
    first = session.scalar(kept)
    result = session.execute(delete(AttemptRow).where(AttemptRow.id < first if first is not None else true()))
    return int(result.rowcount)  # type: ignore[attr-defined]
