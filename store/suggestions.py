"""What callers say a score should have been: kept for reviewers, with the text only where its sender allows it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store import clock
from store.tables import SuggestionRow


@dataclass(frozen=True, slots=True)
class NewSuggestion:
    """``scores``: attribute to ``{"summaryScore"?, "spanScores"?}``; ``is_kept``: with the text."""

    text: str
    is_kept: bool
    scores: Mapping[str, Any]
    languages: Sequence[str] = ()
    community: str | None = None
    client_token: str | None = None


def add_suggestion(session: Session, new: NewSuggestion, *, api_key_id: str) -> SuggestionRow:
    """Keep it, in a transaction of `Database.writing`."""
    row = SuggestionRow(
        id=clock.new_id("sug"),
        api_key_id=api_key_id,
        text=new.text if new.is_kept else None,
        text_sha256=hashlib.sha256(new.text.encode()).hexdigest(),
        scores=dict(new.scores),
        languages=list(new.languages),
        community=new.community,
        client_token=new.client_token,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def list_suggestions(session: Session, *, limit: int, after_id: str | None = None) -> list[SuggestionRow]:
    """Newest first."""
    query = select(SuggestionRow).order_by(SuggestionRow.id.desc()).limit(limit)
    if after_id is not None:
        query = query.where(SuggestionRow.id < after_id)
    return list(session.scalars(query))


def forget_old_suggestions(session: Session, *, days: int) -> int:
    """Delete those that came *days* ago or earlier; returns how many. Their ids sort by time."""
    until = f"sug_{int((clock.now() - timedelta(days=days)).timestamp() * 1000):012x}"
    done = session.execute(delete(SuggestionRow).where(SuggestionRow.id < until))
    return int(done.rowcount)  # type: ignore[attr-defined]
