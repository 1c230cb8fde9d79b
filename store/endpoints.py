"""Receivers of webhooks: made, changed, paused, switched off, and how long they have been failing."""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, Update, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from store import audit, clock, outbox
from store.addresses import RefusedError
from store.keys import make_webhook_secret
from store.outbox import EVENT_TYPES
from store.tables import ApiKeyRow, ArticleRow, DeliveryRow, EndpointRow

OLD_SECRET_KEPT = timedelta(hours=24)
TOLD_AFTER = timedelta(hours=24)
SWITCHED_OFF_AFTER = timedelta(days=5)
MOST_HEADERS = 10
LONGEST_HEADER = 1_000
# Why an endpoint is switched off, as `disabled_reason` says it.
REASONS = {
    "request": "switched off on request",
    "gone": "the receiver answered 410 Gone",
    "failing": "every attempt failed for five days",
}
MASK = "***"  # stands for the value of a header wherever it is shown; given back, it means the value there is
_CALLBACK_EVENTS = ["article.classified", "article.failed", "article.reviewed"]
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 9110 §5.6.2
_FIELD_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")  # RFC 9110 §5.5, without the obsolete bytes above ASCII
# What the request itself is made of, and what belongs to one connection (RFC 9110 §7.6.1).
_OUR_HEADERS = frozenset(
    ("host", "user-agent", "accept-encoding", "expect", "connection", "keep-alive", "te", "trailer", "upgrade")
)
_OUR_PREFIXES = ("webhook-", "content-", "transfer-", "proxy-")

log = logging.getLogger(__name__)


# --- what may be given ----------------------------------------------------------------------------


def check_events(events: Iterable[str]) -> list[str]:
    """The event types, sorted; RefusedError on none or an unknown one."""
    wanted = sorted(set(events))
    if not wanted:
        raise RefusedError("no_events", "must name at least one event type")
    if unknown := [event for event in wanted if event not in EVENT_TYPES]:
        raise RefusedError("events", f"must name event types; there is no {unknown[0]!r}")
    return wanted


def check_headers(headers: Mapping[str, str], *, present: Mapping[str, str] | None = None) -> dict[str, str]:
    """Headers to be sent with every webhook. A value that is `MASK` stays as it is in *present*. RefusedError on names
    that are no tokens, are ours or come twice, on values that are not visible ASCII, and on too many."""
    if len(headers) > MOST_HEADERS:
        raise RefusedError("headers_many", f"must be at most {MOST_HEADERS}")
    if len({name.lower() for name in headers}) < len(headers):
        raise RefusedError("headers_twice", "must not name a header twice")
    checked = {}
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise RefusedError("headers_name", "must have names of letters, digits and hyphens")
        if name.lower() in _OUR_HEADERS or name.lower().startswith(_OUR_PREFIXES):
            raise RefusedError("headers_ours", "must not set what the request itself is made of")
        kept = (present or {}).get(name) if value == MASK else value
        if kept is None or len(kept) > LONGEST_HEADER or not _FIELD_VALUE.fullmatch(kept):
            raise RefusedError("headers_value", f"must have values of 1 to {LONGEST_HEADER} visible ASCII characters")
        checked[name] = kept
    return checked


# --- making and changing --------------------------------------------------------------------------


def add_endpoint(
    session: Session,
    url: str,
    *,
    events: Iterable[str],
    description: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> EndpointRow:
    """*url* was checked by `store.addresses`. RefusedError on events or headers that cannot be taken."""
    row = EndpointRow(
        id=clock.new_id("ep"),
        url=url,
        secret=make_webhook_secret(),
        events=check_events(events),
        headers=check_headers(headers or {}),
        description=description,
        is_enabled=True,
        is_paused=False,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def add_callback(session: Session, article: ArticleRow, url: str, *, secret: str) -> EndpointRow:
    """The one-off endpoint of an article's ``callback_url``, signed with the API key's callback secret."""
    row = EndpointRow(
        id=clock.new_id("ep"),
        url=url,
        secret=secret,
        events=_CALLBACK_EVENTS,
        is_enabled=True,
        article_id=article.id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def lock_endpoint(session: Session, endpoint_id: str) -> EndpointRow | None:
    """The row, held until the end of the transaction. Whoever writes an endpoint and its deliveries takes the endpoint
    first, so that no two wait for each other on PostgreSQL."""
    return session.scalars(_lock_query(), {"of": endpoint_id}).first()


@cache
def _lock_query() -> Select[EndpointRow]:
    return select(EndpointRow).where(EndpointRow.id == bindparam("of", type_=Text())).with_for_update(key_share=True)


def change_endpoint(session: Session, row: EndpointRow, changes: Mapping[str, Any], *, actor: str) -> None:
    """Set url (checked before), events, headers, description, is_enabled or is_paused, whichever *changes* names.

    Deliveries that wait follow: to the new address at once, held back while the endpoint is paused or switched off,
    and due when it is neither. RefusedError as `add_endpoint`.
    """
    wanted = dict(changes)
    if "events" in wanted:
        wanted["events"] = check_events(wanted["events"])
    if "headers" in wanted:
        wanted["headers"] = check_headers(wanted["headers"], present=row.headers)
    if "is_enabled" in wanted:
        wanted["disabled_reason"] = None if wanted["is_enabled"] else REASONS["request"]
        if wanted["is_enabled"] and not row.is_enabled:
            wanted["failing_since"] = wanted["told_failing_at"] = None  # it begins anew
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    session.flush()
    if "url" in changed:
        session.execute(_waiting(row).values(receiver=row.receiver))
    if changed.keys() & {"is_enabled", "is_paused"}:
        _hold_or_release(session, row)
    audit.record(
        session, action="endpoint_changed", actor=actor, subject=row.id, details={"fields": sorted(changed.keys())}
    )


def _waiting(row: EndpointRow) -> Update:
    return (
        update(DeliveryRow)
        .where(DeliveryRow.endpoint_id == row.id, DeliveryRow.state == "pending")
        .execution_options(synchronize_session=False)
    )


def is_live(row: EndpointRow) -> bool:
    """Whether its deliveries go out now."""
    return row.is_enabled and not row.is_paused


def _hold_or_release(session: Session, row: EndpointRow) -> None:
    """A delivery that is held has no date, so that claims need not step over thousands of them."""
    if is_live(row):
        due = _waiting(row).where(DeliveryRow.next_attempt_at.is_(None))
        session.execute(due.values(next_attempt_at=clock.database_now(session)))
    else:
        session.execute(_waiting(row).values(next_attempt_at=None))


def switch_off(session: Session, row: EndpointRow, *, reason: str) -> None:
    """We do it ourselves: the log, the audit log and the other endpoints that ask for it hear of it."""
    row.is_enabled, row.disabled_reason = False, reason
    session.flush()
    _hold_or_release(session, row)
    log.warning("endpoint.disabled", extra={"endpoint": row.id, "reason": reason})
    if row.article_id is not None:  # an article's callback: nobody manages it
        return
    _tell_others(session, row, "endpoint.disabled")
    audit.record(session, action="endpoint_disabled", actor=audit.SYSTEM, subject=row.id, details={"reason": reason})


def delete_endpoint(session: Session, row: EndpointRow, *, actor: str) -> None:
    """With its deliveries."""
    endpoint_id = row.id
    session.delete(row)
    session.flush()
    audit.record(session, action="endpoint_deleted", actor=actor, subject=endpoint_id)


# --- secrets --------------------------------------------------------------------------------------


def rotate_secret(session: Session, row: EndpointRow, *, actor: str) -> None:
    """A new secret; the one before signs beside it for 24 h. One that was old already ends at once."""
    row.old_secret, row.old_secret_until = row.secret, clock.database_now(session) + OLD_SECRET_KEPT
    row.secret = make_webhook_secret()
    session.flush()
    audit.record(session, action="secret_rotated", actor=actor, subject=row.id)


def rotate_callback_secret(session: Session, key_id: str) -> ApiKeyRow:
    """The same for the secret of an API key, which signs what goes to its articles' ``callback_url``."""
    row = session.get_one(ApiKeyRow, key_id, with_for_update=True)
    row.old_callback_secret = row.callback_secret
    row.old_callback_secret_until = clock.database_now(session) + OLD_SECRET_KEPT
    row.callback_secret = make_webhook_secret()
    session.flush()
    audit.record(session, action="secret_rotated", actor=key_id, subject=key_id)
    return row


# --- how it goes ----------------------------------------------------------------------------------


def note_attempt(session: Session, row: EndpointRow, *, status: int | None, moment: datetime) -> None:
    """Keep how long *row* has been failing: after a day the customer is told, after five, or when the receiver is
    gone, it is switched off. *status* is the answer's, None where none came."""
    if status is not None and 200 <= status < 300:
        if row.failing_since is not None:
            row.failing_since = row.told_failing_at = None
        return
    row.failing_since = row.failing_since or moment
    failing_for = moment - row.failing_since
    if not row.is_enabled:
        return
    if status == 410:
        switch_off(session, row, reason=REASONS["gone"])
    elif row.article_id is not None:  # an article's callback: its schedule ends sooner than this
        return
    elif failing_for >= SWITCHED_OFF_AFTER:
        switch_off(session, row, reason=REASONS["failing"])
    elif failing_for >= TOLD_AFTER and row.told_failing_at is None:
        row.told_failing_at = moment
        log.warning("endpoint.failing", extra={"endpoint": row.id, "since": clock.isoformat(row.failing_since)})
        _tell_others(session, row, "endpoint.failing")


def _tell_others(session: Session, row: EndpointRow, type_: str) -> None:
    """The address stays out: it may hold a token, and the others may belong to somebody else."""
    data = {
        "endpoint_id": row.id,
        "description": row.description,
        "failing_since": clock.isoformat(row.failing_since),
        "disabled_reason": row.disabled_reason,
    }
    outbox.add_endpoint_event(session, type_, row, data)


# --- looking --------------------------------------------------------------------------------------


def list_endpoints(session: Session, *, limit: int, after_id: str | None = None) -> list[EndpointRow]:
    """Newest first, without the one-off callbacks of articles."""
    query = select(EndpointRow).where(EndpointRow.article_id.is_(None)).order_by(EndpointRow.id.desc()).limit(limit)
    if after_id is not None:
        query = query.where(EndpointRow.id < after_id)
    return list(session.scalars(query))


def get_endpoint(session: Session, endpoint_id: str) -> EndpointRow | None:
    row = session.get(EndpointRow, endpoint_id)
    return row if row is not None and row.article_id is None else None


def count_in_trouble(session: Session) -> int:
    """Endpoints that have failed for a day, or that we switched off ourselves."""
    is_off = and_(EndpointRow.is_enabled.is_(False), EndpointRow.disabled_reason != REASONS["request"])
    query = select(func.count()).where(
        EndpointRow.article_id.is_(None), or_(EndpointRow.told_failing_at.is_not(None), is_off)
    )
    return session.scalar(query) or 0
