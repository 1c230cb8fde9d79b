"""The audit log: who did what to what, in a chain of hashes that shows where an entry was changed or taken out."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from store import clock
from store.tables import AuditEntryRow

ACTIONS = {
    "signed_in": "A person signed in.",
    "sign_in_failed": "Somebody tried to sign in and could not.",
    "signed_out": "A person signed out.",
    "password_changed": "A password was changed.",
    "second_factor_enabled": "A person set up a second factor.",
    "second_factor_disabled": "A person gave up their second factor.",
    "second_factor_reset": "A second factor was taken off from the command line.",
    "recovery_code_used": "A person signed in with a recovery code.",
    "user_added": "A person was added.",
    "user_role_changed": "A person got another role.",
    "user_disabled": "A person was switched off.",
    "user_enabled": "A person was switched on again.",
    "key_added": "An API key was made.",
    "key_changed": "The name, scopes, limits or end of an API key were changed.",
    "key_rotated": "An API key got a new secret.",
    "key_revoked": "An API key was switched off for good.",
    "decided": "A reviewer decided on an article.",
    "appealed": "Somebody asked for another look at an article.",
    "appeal_ruled": "An appeal was ruled on.",
    "endpoint_added": "A receiver was added.",
    "endpoint_changed": "A receiver was changed.",
    "endpoint_disabled": "A receiver that is gone or went on failing was switched off.",
    "endpoint_deleted": "A receiver was deleted.",
    "secret_rotated": "A secret that signs webhooks was replaced.",
    "redelivered": "Deliveries were sent again on request.",
    "organisation_kept": "An organisation of the customer's own was added or changed.",
    "organisation_removed": "An organisation of the customer's own was removed.",
    "register_in_force": "This version of the register began to apply.",
    "policy_in_force": "This policy began to apply.",
    "article_erased": "The words of an article were erased.",
    "audit_verified": "The chain of the audit log was verified in the dashboard.",
    "audit_exported": "The audit log was exported.",
    "backup_made": "A backup was made.",
    "backup_restored": "A backup was restored.",
}
SYSTEM = "system"  # the actor where no person and no API key was: set-up, retention, a receiver's own answers
CLI = "cli"  # of commands: who may run them is decided by the operating system
FIRST_PREVIOUS_HASH = "0" * 64
_PAGE = 1_000
_LOCK = 0x6F62656C6175  # any number that is ours, and not the one of migrations


def record(
    session: Session, *, action: str, actor: str, subject: str = "", details: Mapping[str, Any] | None = None
) -> AuditEntryRow:
    """Append an entry in the caller's transaction of `Database.writing`: it stays or goes with what it tells of.

    *actor* is a user's or API key's id, `CLI` or `SYSTEM`; *subject* the id of what it was done to. *details* is
    JSON: ids, names, counts, and what a stranger typed, which may hold a NUL; never a secret, never words of an
    article or a note.
    Call it last in the transaction: on PostgreSQL everybody else who records waits from here to the commit.
    ValueError on an unknown action.
    """
    if action not in ACTIONS:
        raise ValueError(f"unknown audit action {action!r}")
    if session.get_bind().dialect.name == "postgresql":  # SQLite lets in one writer anyway
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = read_head(session)
    row = AuditEntryRow(
        seq=last.seq + 1,
        at=clock.now(),
        actor=actor,
        action=action,
        subject=subject,
        details=orjson.dumps(dict(details or {}), option=orjson.OPT_SORT_KEYS).decode(),
        previous_hash=last.hash,
    )
    row.hash = entry_hash(row)
    session.add(row)
    session.flush()
    return row


def entry_hash(row: "AuditEntryRow | Row[Any]") -> str:
    """SHA-256, as hex, over the hash before and the entry as compact JSON with sorted keys; the time to the microsecond
    in UTC, `details` as the string it is kept as."""
    body = {name: getattr(row, name) for name in ("seq", "at", "actor", "action", "subject", "details")}
    return hashlib.sha256(row.previous_hash.encode() + orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


# --- the chain ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry: who keeps it elsewhere can tell whether the log was cut or written anew since."""

    seq: int = 0
    hash: str = FIRST_PREVIOUS_HASH

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def parse_head(written: str) -> Head:
    """``SEQ:HASH`` as `Head` is written; ValueError on anything else."""
    seq, _, hash_ = written.partition(":")
    if not (seq.isascii() and seq.isdigit() and len(hash_) == len(FIRST_PREVIOUS_HASH)):
        raise ValueError("a head is a number, a colon and 64 hex digits, as `audit verify` prints it")
    return Head(int(seq), hash_)


def read_head(session: Session) -> Head:
    """Of the log as it is; nothing is verified."""
    newest = select(func.max(AuditEntryRow.seq)).scalar_subquery()
    last = session.execute(select(AuditEntryRow.seq, AuditEntryRow.hash).where(AuditEntryRow.seq == newest)).first()
    return Head(last.seq, last.hash) if last else Head()


@dataclass(frozen=True, slots=True)
class Checked:
    """``head`` is that of the whole part. ``broken_at``: the first `seq` where the chain does not hold."""

    head: Head
    broken_at: int | None = None


def verify(session: Session, *, known: Head | None = None) -> Checked:
    """Walk the whole chain, oldest first.

    A chain whose tail was cut off, or that was computed anew from some entry on, is whole in itself: it shows only
    against a head *known* from before.
    """
    head = Head()
    for row in _rows(session):
        if row is None or not _follows(row, head) or (known and known.seq == row.seq and known.hash != row.hash):
            return Checked(head, broken_at=head.seq + 1)
        head = Head(row.seq, row.hash)
    return Checked(head, broken_at=head.seq + 1 if known and known.seq > head.seq else None)


def _follows(row: Row[Any], head: Head) -> bool:
    try:
        return (row.seq, row.previous_hash) == (head.seq + 1, head.hash) and entry_hash(row) == row.hash
    except (AttributeError, TypeError):  # SQLite keeps in any column a value of any type
        return False


def list_entries(
    session: Session, *, limit: int, before: int | None = None, action: str | None = None
) -> list[AuditEntryRow]:
    """Newest first; *before* continues below that `seq`."""
    query = select(AuditEntryRow).order_by(AuditEntryRow.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntryRow.seq < before)
    if action is not None:
        query = query.where(AuditEntryRow.action == action)
    return list(session.scalars(query))


def find_last(session: Session, action: str) -> AuditEntryRow | None:
    found = list_entries(session, limit=1, action=action)
    return found[0] if found else None


def export_lines(session: Session, *, since: int = 1) -> Iterator[bytes]:
    """Entries from number *since* on, oldest first, as JSON Lines (jsonlines.org).

    ``details`` is a string, the very characters that the hash covers, so that a reader can verify the file alone.
    """
    for row in _rows(session, after=since - 1):
        if row is None:
            raise ValueError("the audit log holds an entry that cannot be read: see `audit verify`")
        yield orjson.dumps(dict(row._mapping), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _rows(session: Session, *, after: int | None = None) -> Iterator[Row[Any] | None]:
    """All columns of the entries above number *after*, in order; None at the first that cannot be read."""
    size = _PAGE
    while True:
        query = select(*AuditEntryRow.__table__.columns).order_by(AuditEntryRow.seq).limit(size)
        try:
            page: Sequence[Row[Any]] = session.execute(
                query.where(AuditEntryRow.seq > after) if after is not None else query
            ).all()
        except ValueError:  # a time that is none
            if size == 1:
                yield None
                return
            size = 1
            continue
        yield from page
        if len(page) < size:
            return
        after = page[-1].seq
