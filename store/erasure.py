"""Forgetting an article's words: what is left says which article it was, and what was found in it, not what it said."""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from models.designations.register import UNREGISTERED
from store import audit, clock, search
from store.database import Database
from store.external_ids import forget_external_ids
from store.review_tables import AppealRow
from store.similarity import forget_signature
from store.tables import ArticleRow, DecisionRow, EventRow, EvidenceRow, ReportRow

BATCH = 20  # articles in one transaction: others wait for it on SQLite
DELETED_UNREAD = "deleted before it was read"
_CHECKPOINT_WAITS_MS = 500
# Fields of a report that hold words of the article, and what takes their place; `reason` quotes them.
BLANK: dict[str, Any] = {"text": "", "reason": "", "place": None, "date": None, "agency": None, "names": []}


def erase_article(session: Session, article_id: str, *, actor: str) -> bool:
    """Erase the words of an article; done again, it changes nothing.

    Ids, times, labels, scores, spans and the text's hash stay, and so do decisions without their notes. One that still
    waits to be read, or is being read, leaves the queue: it is `failed`, and no worker can write a word back. False
    where there is no such article or it was erased before. Call it last in the transaction.
    """
    forget_external_ids(session, [article_id])
    if not _erase(session, article_id, also_queued=True):
        return False
    audit.record(session, action="article_erased", actor=actor, subject=article_id)
    return True


def forget_old_texts(session: Session, *, days: int) -> int:
    """Erase the oldest articles that came *days* ago or earlier, at most `BATCH`; returns how many. What still waits
    to be read is left."""
    query = (
        select(ArticleRow.id, ArticleRow.created_at)
        .where(ArticleRow.erased_at.is_(None), ArticleRow.state != "queued")
        .order_by(ArticleRow.id)  # by age, along an index: a filter on time would read all that is kept
        .limit(BATCH)
    )
    oldest_kept = clock.now() - timedelta(days=days)
    old = [row.id for row in session.execute(query) if row.created_at <= oldest_kept]
    forget_external_ids(session, old)
    erased = [article_id for article_id in old if _erase(session, article_id)]
    for article_id in erased:
        audit.record(session, action="article_erased", actor=audit.SYSTEM, subject=article_id, details={"days": days})
    return len(erased)


def _erase(session: Session, article_id: str, *, also_queued: bool = False) -> bool:
    wanted = select(ArticleRow).where(ArticleRow.id == article_id, ArticleRow.erased_at.is_(None))
    if not also_queued:
        wanted = wanted.where(ArticleRow.state != "queued")
    # On PostgreSQL another may be erasing it, finishing it, or deciding on it; what was loaded before may be older.
    row = session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        return False
    if row.state == "queued":
        _take_back(row)
    row.text, row.title, row.url, row.source, row.caller_metadata = "", None, None, None, None
    row.reading_key = None
    row.erased_at = clock.now()
    forget_signature(session, article_id)
    reports = select(ReportRow).where(ReportRow.article_id == article_id).options(undefer(ReportRow.body))
    for report in session.scalars(reports):
        report.body = without_words(report.body)
    session.execute(update(EvidenceRow).where(EvidenceRow.article_id == article_id).values(text="", reason=""))
    session.execute(update(DecisionRow).where(DecisionRow.article_id == article_id).values(note=None))
    appealed = update(AppealRow).where(AppealRow.article_id == article_id)
    session.execute(appealed.values(reason="", appellant=None))
    told = ("article.reviewed", "article.appealed")
    events = select(EventRow).where(EventRow.article_id == article_id, EventRow.type.in_(told))
    for event in session.scalars(events):
        event.body = _without_said(event.body)
    session.flush()
    return True


def _take_back(row: ArticleRow) -> None:
    """Out of the queue, the lease with it: whoever reads it now has its result refused. Nobody needs to look at it."""
    row.state, row.failure, row.labels = "failed", DELETED_UNREAD, []
    row.classified_at, row.lease_token, row.lease_until = clock.now(), None, None


def without_words(body: Any) -> Any:
    """A copy of a report, or a part of one, without the words it quotes. A name that only the text gives goes too."""
    if isinstance(body, list):
        return [without_words(item) for item in body]
    if not isinstance(body, dict):
        return body
    kept = {key: BLANK[key] if key in BLANK else without_words(item) for key, item in body.items()}
    return kept | {"name": ""} if kept.get("id") == UNREGISTERED else kept


def _without_said(body: str) -> str:
    """An event without what a reviewer noted, or who appealed and why."""
    event = orjson.loads(body)
    was_said = False
    for part in ("decision", "appeal"):
        held = event["data"].get(part, {})
        for name in ("note", "reason", "appellant"):
            if held.get(name) is not None:
                held[name], was_said = None, True
    return orjson.dumps(event).decode() if was_said else body


def empty_log(database: Database) -> bool:
    """Empty SQLite's search index and write-ahead log of erased words; False where more of the index is to be written
    anew, or somebody reads what is older: then again a while later.

    Writers wait meanwhile, half a second at most. On PostgreSQL its own vacuum does what can be done: True.
    """
    if database.engine.dialect.name != "sqlite":
        return True
    is_forgotten = search.forget_erased(database)
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAITS_MS}")
        (is_busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={usual}")
    finally:
        connection.close()
    return is_forgotten and not is_busy
