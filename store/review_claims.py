"""Who reviews what: a claim keeps others off an article for a while, so that no two people decide on it at once."""

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from store import clock
from store.review_queue import QueueFilter, find_first
from store.tables import ArticleRow

LASTS = timedelta(minutes=15)  # renewed by whoever is at work; a person who left holds nothing up for longer
_TRIED = 5  # of the first in the queue: others may claim at this moment too


def claim(session: Session, article_id: str, user_id: str) -> datetime | None:
    """Claim it, or claim it anew: until when. None where another has it, or it waits for no review."""
    moment = clock.database_now(session)
    until = moment + LASTS
    is_mine_to_take = or_(
        ArticleRow.assignee.is_(None),
        ArticleRow.assignee == user_id,
        ArticleRow.claimed_until.is_(None),
        ArticleRow.claimed_until <= moment,
    )
    result = session.execute(
        update(ArticleRow)
        .where(ArticleRow.id == article_id, ArticleRow.review_state.in_(("open", "escalated")), is_mine_to_take)
        .values(assignee=user_id, claimed_until=until)
        .execution_options(synchronize_session="fetch")
    )
    return until if result.rowcount else None  # type: ignore[attr-defined]


def release(session: Session, article_id: str, user_id: str) -> bool:
    """Give it back; False where it was not this person's."""
    result = session.execute(
        update(ArticleRow)
        .where(ArticleRow.id == article_id, ArticleRow.assignee == user_id)
        .values(assignee=None, claimed_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def claim_next(
    session: Session, wanted: QueueFilter, *, order: str, user_id: str, besides: str | None = None
) -> str | None:
    """Claim the first that is free for this person, *besides* one that they have just had; None where none is."""
    if wanted.free_for != user_id:
        raise ValueError("ask for what is free for this person")
    for row in find_first(session, wanted, order=order, limit=_TRIED + 1):
        if row.id != besides and claim(session, row.id, user_id) is not None:
            return row.id
    return None


def holder(article: ArticleRow, moment: datetime) -> str | None:
    """Who has claimed it now."""
    is_held = article.claimed_until is not None and article.claimed_until > moment
    return article.assignee if is_held else None
