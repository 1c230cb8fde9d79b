"""Deliveries on their way: claimed, attempted, recorded. All times are the database's.

Retry times follow Standard Webhooks 1.0: ten attempts over 75 hours, each ±20 %.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from store import clock, endpoints
from store.database import UTCDateTime
from store.leases import make_token
from store.tables import ApiKeyRow, ArticleRow, AttemptRow, DeliveryRow, EndpointRow, EventRow

RETRY_SECONDS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)  # after attempt 1, 2, …
LEASE_SECONDS = 10
ATTEMPTS_KEPT = timedelta(days=30)
_JITTER = 0.2
_RECEIVERS_PER_LOOK = 100
_LOCK = 0x6F62656C7573646C  # any number that is ours, and neither that of migrations nor of the audit log

_MOMENT: ColumnElement[datetime] = bindparam("moment", type_=UTCDateTime())
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
    return dict(session.execute(_leases_query(), {"moment": moment}).all())


def _due_receivers(session: Session, moment: datetime, after: str) -> Iterator[str]:
    """Receivers with a delivery whose date has come: those behind *after* by name, then the rest."""
    for first, last in ((after, None), (None, after)):
        behind = first
        while True:
            query = _walk(is_begun=behind is not None, is_bounded=last is not None)
            found = session.scalars(query, {"behind": behind, "last": last, "moment": moment}).all()
            yield from found
            if len(found) < _RECEIVERS_PER_LOOK:
                break
            behind = found[-1]


# To build one of these queries costs more than to run it: once each.


@cache
def _leases_query() -> Select[str, int]:
    query = select(DeliveryRow.receiver, func.count()).where(DeliveryRow.lease_until > _MOMENT)
    return query.group_by(DeliveryRow.receiver)


@cache
def _walk(*, is_begun: bool, is_bounded: bool) -> Select[str]:
    """Step from receiver to receiver by the index, so that ten thousand deliveries to one cost as much as one."""
    at, due = aliased(DeliveryRow), aliased(DeliveryRow)
    first = select(func.min(DeliveryRow.receiver).label("receiver")).where(DeliveryRow.state == "pending")
    if is_begun:
        first = first.where(DeliveryRow.receiver > bindparam("behind", type_=Text()))
    walk = first.cte("walk", recursive=True)
    following = select(func.min(at.receiver)).where(at.state == "pending", at.receiver > walk.c.receiver)
    walk = walk.union_all(select(following.scalar_subquery()).where(walk.c.receiver.is_not(None)))
    is_due = exists().where(due.state == "pending", due.receiver == walk.c.receiver, due.next_attempt_at <= _MOMENT)
    query = select(walk.c.receiver).where(is_due).limit(_RECEIVERS_PER_LOOK)
    return query.where(walk.c.receiver <= bindparam("last", type_=Text())) if is_bounded else query


def _is_free(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(
        DeliveryRow.state == "pending",
        DeliveryRow.next_attempt_at <= moment,
        or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= moment),
    )


@cache
def _lease_query() -> Select[Any]:
    deliveries, events, targets, keys = (row.__table__.c for row in (DeliveryRow, EventRow, EndpointRow, ApiKeyRow))
    wanted = (deliveries.id, deliveries.attempt_count, deliveries.event_id, events.body, deliveries.endpoint_id)
    target = (targets.url, targets.headers, targets.secret, targets.old_secret, targets.old_secret_until)
    key = (keys.callback_secret, keys.old_callback_secret, keys.old_callback_secret_until)
    return (
        select(*wanted, *target, *key)
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .join(EndpointRow, EndpointRow.id == DeliveryRow.endpoint_id)
        .outerjoin(ArticleRow, ArticleRow.id == EndpointRow.article_id)  # a callback's, and through it its key's
        .outerjoin(ApiKeyRow, ApiKeyRow.id == ArticleRow.api_key_id)
        .where(_is_free(_MOMENT), DeliveryRow.receiver == bindparam("receiver", type_=Text()), *_IS_LIVE)
        .order_by(DeliveryRow.next_attempt_at)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True, of=DeliveryRow)
    )


def _lease(session: Session, receiver: str, moment: datetime, *, limit: int, holder: str) -> list[Dispatch]:
    """The longest due of one receiver. Read, then changed: inside an UPDATE PostgreSQL may run the LIMIT twice."""
    rows = session.execute(_lease_query(), {"moment": moment, "receiver": receiver, "most": limit}).all()
    leased = [
        Dispatch(
            delivery_id=row.id,
            token=make_token(holder),
            number=row.attempt_count + 1,
            endpoint_id=row.endpoint_id,
            receiver=receiver,
            event_id=row.event_id,
            body=row.body,
            url=row.url,
            headers=row.headers,
            secrets=_secrets(row, moment),
        )
        for row in rows
    ]
    if leased:
        until = moment + timedelta(seconds=LEASE_SECONDS)
        values = [{"of": one.delivery_id, "token": one.token, "until": until} for one in leased]
        session.execute(_LEASE, values)
    return leased


_DELIVERIES = cast("Table", DeliveryRow.__table__)
_LEASE = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("of"))
    .values(lease_token=bindparam("token"), lease_until=bindparam("until"))
)


def _secrets(row: Row[Any], moment: datetime) -> tuple[str, ...]:
    """A callback is signed with its API key's secret, as it is now: what was rotated counts for it too."""
    if row.callback_secret is not None:
        now, old, until = row.callback_secret, row.old_callback_secret, row.old_callback_secret_until
    else:
        now, old, until = row.secret, row.old_secret, row.old_secret_until
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
    return session.scalar(_has_due_query(), {"moment": clock.database_now(session)}) or False


@cache
def _has_due_query() -> Select[bool]:
    return select(exists(_free()))


def count_due(session: Session) -> int:
    """Deliveries that wait for their attempt now: those of an endpoint that is off or paused are not counted."""
    count = select(func.count()).select_from(_free().subquery())
    return session.scalar(count, {"moment": clock.database_now(session)}) or 0


def _free() -> Select[str]:
    return select(DeliveryRow.id).join(EndpointRow).where(_is_free(_MOMENT), *_IS_LIVE)


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
    held = {"of": dispatch.delivery_id, "token": dispatch.token}
    if endpoint is None or session.execute(_held_query(), held).first() is None:
        return False
    made = {
        "delivery_id": dispatch.delivery_id,
        "number": dispatch.number,
        "started_at": attempt.started_at,
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "failure": attempt.failure,
    }
    session.execute(insert(cast("Table", AttemptRow.__table__)), made)
    moment = clock.database_now(session)
    is_delivered = attempt.status is not None and 200 <= attempt.status < 300
    wait_seconds = next_wait(dispatch.number, attempt.retry_after_seconds)
    has_ended = is_delivered or attempt.status == 410 or wait_seconds is None
    is_dated = not has_ended and endpoints.is_live(endpoint)
    result = {
        "attempt_count": dispatch.number,
        "lease_token": None,
        "lease_until": None,
        "state": "pending" if not has_ended else "delivered" if is_delivered else "failed",
        "next_attempt_at": moment + timedelta(seconds=wait_seconds or 0) if is_dated else None,
    }
    session.execute(_RECORD, {"of": dispatch.delivery_id, **result})
    endpoints.note_attempt(session, endpoint, status=attempt.status, moment=moment)
    return True


@cache
def _held_query() -> Select[str]:
    of, token = bindparam("of", type_=Text()), bindparam("token", type_=Text())
    held = (DeliveryRow.id == of, DeliveryRow.lease_token == token, DeliveryRow.state == "pending")
    return select(DeliveryRow.id).where(*held).with_for_update()


_RECORD = update(_DELIVERIES).where(_DELIVERIES.c.id == bindparam("of"))


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
