"""How the installation is: what waits and for how long, sizes, versions. Each question is quick among many rows."""

import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from redis import Redis
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from store import audit, claims, sending
from store.queues import legible
from store.tables import ArticleRow, AuditEntryRow, DeliveryRow

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits. The oldest: None where nothing does. ``failed``: counted up to `MOST_COUNTED`."""

    articles: int
    oldest_article: datetime | None
    reviews: int
    oldest_review: datetime | None
    deliveries: int
    oldest_delivery: datetime | None
    failed: int


def read_backlog(session: Session) -> Backlog:
    due = select(func.min(DeliveryRow.next_attempt_at)).where(DeliveryRow.state == "pending")
    failed = select(DeliveryRow.id).where(DeliveryRow.state == "failed").limit(MOST_COUNTED).subquery("some")
    opened = select(ArticleRow.id).where(ArticleRow.review_state == "open").limit(MOST_COUNTED).subquery("some")
    return Backlog(
        articles=claims.count_waiting(session),
        oldest_article=_oldest(session, state="queued"),
        reviews=session.scalar(select(func.count()).select_from(opened)) or 0,
        oldest_review=_oldest(session, review_state="open"),
        deliveries=sending.count_due(session),
        oldest_delivery=session.scalar(due),
        failed=session.scalar(select(func.count()).select_from(failed)) or 0,
    )


def _oldest(session: Session, **wanted: str) -> datetime | None:
    """By the id, which sorts by time: the first step of an index."""
    query = select(ArticleRow.created_at).filter_by(**wanted).order_by(ArticleRow.id).limit(1)
    return session.scalar(query)


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """``answer_ms``: of one small question; ``bytes``: on disk, what waits in the log of SQLite included."""

    kind: str
    version: str
    answer_ms: float
    bytes: int
    schema: str | None
    newest_schema: str


def read_database(session: Session) -> DatabaseState:
    began = time.perf_counter()
    schema = session.scalar(text("SELECT version_num FROM alembic_version"))
    answer_ms = (time.perf_counter() - began) * 1000
    kind = session.get_bind().dialect.name
    if kind == "sqlite":
        version = str(session.scalar(text("SELECT sqlite_version()")))
        pages = int(session.scalar(text("PRAGMA page_count")) or 0)
        size = pages * int(session.scalar(text("PRAGMA page_size")) or 0) + _log_size(session)
    else:
        version = str(session.scalar(text("SHOW server_version")))
        size = int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return DatabaseState(kind, version, answer_ms, size, schema, newest_schema())


def _log_size(session: Session) -> int:
    path = session.get_bind().engine.url.database
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


@cache
def newest_schema() -> str:
    """The revision that this program's code asks for."""
    config = Config()
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
    config.set_main_option("script_location", folder)
    return ScriptDirectory.from_config(config).get_current_head() or ""


@dataclass(frozen=True, slots=True)
class RedisState:
    """``most_bytes``: 0 where Redis has no bound. ``is_safe``: it refuses what it has no room for."""

    version: str
    answer_ms: float
    bytes: int
    most_bytes: int
    is_safe: bool
    clients: int


def read_redis(redis: Redis) -> RedisState:
    """RedisError where Redis is away."""
    with legible(redis):
        began = time.perf_counter()
        redis.ping()
        answer_ms = (time.perf_counter() - began) * 1000
        found: dict[str, Any] = redis.info()
    version = str(found.get("valkey_version") or found.get("redis_version", "?"))
    name = "Valkey" if "valkey_version" in found else "Redis"
    return RedisState(
        version=f"{name} {version}",
        answer_ms=answer_ms,
        bytes=int(found.get("used_memory", 0)),
        most_bytes=int(found.get("maxmemory", 0)),
        is_safe=found.get("maxmemory_policy") == "noeviction",
        clients=int(found.get("connected_clients", 0)),
    )


@dataclass(frozen=True, slots=True)
class InForce:
    """What the newest articles are read with. ``versions``: of the newest article that was read."""

    policy: str | None
    register: str | None
    versions: dict[str, Any]
    verified: AuditEntryRow | None
    head: audit.Head


def read_in_force(session: Session) -> InForce:
    newest = select(ArticleRow.versions).where(ArticleRow.state == "classified").order_by(ArticleRow.id.desc()).limit(1)
    found = session.scalar(newest) or {}
    policy, register = (audit.find_last(session, f"{name}_in_force") for name in ("policy", "register"))
    return InForce(
        policy=policy.subject if policy else None,
        register=register.subject if register else None,
        versions=dict(found.get("report", {})),
        verified=audit.find_last(session, "audit_verified"),
        head=audit.read_head(session),
    )
