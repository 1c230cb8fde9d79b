"""One article for one Idempotency-Key: the first answer is kept for a day and given again.

After draft-ietf-httpapi-idempotency-key-header-07: another body under the same key is refused (422), and so is a
second request while the first is being answered (409). The row is made in the transaction that makes the article.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, insert, null, select, update
from sqlalchemy.orm import Session

from store import clock
from store.tables import ArticleRow, IdempotencyRow

KEPT = timedelta(hours=24)
# A request waits 30 s at most. One that has said nothing for longer died half-way; its article lives on.
ABANDONED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key belongs to one API key, and to one body."""

    api_key_id: str
    key: str
    body_sha256: str


class KeyReusedError(ValueError):
    """The key was used for another body."""


class StillRunningError(ValueError):
    """The first request with this key has not been answered yet."""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """``status`` and ``answer`` are None where the first request died half-way: the article itself must tell.

    ``article_id`` is None where the request was a batch.
    """

    article_id: str | None
    status: int | None
    answer: dict[str, Any] | None


def find_answer(session: Session, key: IdempotencyKey) -> FirstAnswer | None:
    """The first answer; None where the key is new or older than a day. KeyReusedError, StillRunningError."""
    row = session.get(IdempotencyRow, (key.api_key_id, key.key))
    if row is None:
        return None
    age = clock.now() - row.created_at
    if age >= KEPT:
        session.delete(row)
        session.flush()
        return None
    if row.body_sha256 != key.body_sha256:
        raise KeyReusedError
    if row.status is None and age < ABANDONED:
        raise StillRunningError
    return FirstAnswer(row.article_id, row.status, row.answer)


def is_known(session: Session | Connection, key: IdempotencyKey) -> bool:
    """Whether an article was made with it in the last day; nothing is written."""
    known = select(IdempotencyRow.key).where(
        IdempotencyRow.api_key_id == key.api_key_id,
        IdempotencyRow.key == key.key,
        IdempotencyRow.created_at > clock.now() - KEPT,
    )
    return session.scalar(known) is not None


def keep_key(
    session: Session,
    key: IdempotencyKey,
    article: ArticleRow | None,
    answered: tuple[int, dict[str, Any]] | None = None,
) -> None:
    """Tie the key to *article*, or to a batch (None), with status and body of its answer, where that is known.

    IntegrityError where another transaction was first (PostgreSQL; SQLite has one writer): roll back and look again.
    """
    kept = {"status": answered[0], "answer": answered[1]} if answered is not None else {}
    session.execute(
        insert(IdempotencyRow).values(
            api_key_id=key.api_key_id,
            key=key.key,
            body_sha256=key.body_sha256,
            article_id=article.id if article is not None else None,
            created_at=clock.now(),
            **kept,
        )
    )


def find_used(session: Session, keys: Iterable[IdempotencyKey]) -> set[tuple[str, str]]:
    """(API key, key) of those for which there is a row, of whatever age."""
    by_owner: dict[str, list[str]] = {}
    for key in keys:
        by_owner.setdefault(key.api_key_id, []).append(key.key)
    used = select(IdempotencyRow.key)
    return {
        (owner, name)
        for owner, names in by_owner.items()
        for name in session.scalars(used.where(IdempotencyRow.api_key_id == owner, IdempotencyRow.key.in_(names)))
    }


def keep_keys(session: Session, kept: Iterable[tuple[IdempotencyKey, str, tuple[int, dict[str, Any]] | None]]) -> None:
    """`keep_key` for many, each with the id of its article; none of the keys may be there."""
    moment = clock.now()
    rows = [
        {
            "api_key_id": key.api_key_id,
            "key": key.key,
            "body_sha256": key.body_sha256,
            "article_id": article_id,
            "created_at": moment,
            "status": answered[0] if answered is not None else None,
            "answer": answered[1] if answered is not None else null(),
        }
        for key, article_id, answered in kept
    ]
    if rows:
        session.execute(insert(cast("Table", IdempotencyRow.__table__)), rows)


def keep_answer(session: Session, key: IdempotencyKey, *, status: int, answer: dict[str, Any]) -> None:
    """Keep what was answered, unless an answer is kept already: the first one counts."""
    session.execute(
        update(IdempotencyRow)
        .where(
            IdempotencyRow.api_key_id == key.api_key_id, IdempotencyRow.key == key.key, IdempotencyRow.status.is_(None)
        )
        .values(status=status, answer=answer)
        .execution_options(synchronize_session=False)
    )


def forget_old_keys(session: Session) -> int:
    """Delete keys older than a day; returns how many."""
    result = session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < clock.now() - KEPT))
    return int(result.rowcount)  # type: ignore[attr-defined]
