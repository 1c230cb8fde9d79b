"""One action for many articles: seen before it is done, and taken back as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import clock, reviews
from store.policy import ACTIONS
from store.review_tables import BulkRow
from store.reviews import ChangedError, ClaimedError, DecisionError, NewDecision
from store.tables import ArticleRow, DecisionRow

MOST_AT_ONCE = 100  # decisions in one transaction: others wait for it on SQLite
ESCALATE = "escalate"
DEEDS = (*ACTIONS, ESCALATE)


@dataclass(frozen=True, slots=True)
class Planned:
    """``hindrance``: why nothing would be done to it (claimed, changed, not_read, same); None: it would be."""

    article: ArticleRow
    hindrance: str | None


def plan(session: Session, chosen: Mapping[str, int | None], *, deed: str, reviewer: str) -> list[Planned]:
    """What doing it now would do; nothing is written. *chosen* maps ids to the revision that was seen, None: any.

    ValueError on an unknown deed, or more than `MOST_AT_ONCE`.
    """
    _check_deed(chosen, deed)
    rows = {row.id: row for row in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(chosen)))}
    found = []
    for article_id, revision in chosen.items():
        if article_id in rows:
            found.append(
                Planned(rows[article_id], _hindrance(session, rows[article_id], revision, deed=deed, reviewer=reviewer))
            )
    return found


def _hindrance(session: Session, row: ArticleRow, revision: int | None, *, deed: str, reviewer: str) -> str | None:
    if row.state == "queued":
        return "not_read"
    if revision is not None and revision != row.revision:
        return "changed"
    try:
        reviews.check_claim(session, row, reviewer)
    except ClaimedError:
        return "claimed"
    if deed != ESCALATE and row.opinion_asked_by == reviewer:
        return "claimed"
    is_same = row.review_state == "escalated" if deed == ESCALATE else _is_done(row, deed)
    return "same" if is_same else None


def _is_done(row: ArticleRow, action: str) -> bool:
    return row.action == action and row.review_state == "closed"


def carry_out(
    session: Session, chosen: Mapping[str, int | None], *, deed: str, reviewer: str, note: str | None = None
) -> BulkRow:
    """Decide on each that nothing hinders, in the caller's transaction; the others are passed over and counted."""
    _lock(session, chosen)
    planned = plan(session, chosen, deed=deed, reviewer=reviewer)
    bulk_id, made = clock.new_id("blk"), []
    for item in planned:
        if item.hindrance is not None:
            continue
        new = NewDecision(
            reviewer,
            action=None if deed == ESCALATE else deed,
            kind="escalation" if deed == ESCALATE else "decision",
            note=note,
            revision=chosen[item.article.id],
            bulk_id=bulk_id,
        )
        with suppress(DecisionError, ChangedError):  # all is checked before anything is changed
            made.append(reviews.make_decision(session, item.article, new))
    row = BulkRow(id=bulk_id, action=deed, made_by=reviewer, done=len(made), passed_over=len(chosen) - len(made))
    return _keep(session, row, made)


def undo(session: Session, bulk_id: str, *, reviewer: str) -> BulkRow | None:
    """Take back what still stands as it was done; None where there is no such bulk, or it was taken back already."""
    bulk = session.get(BulkRow, bulk_id)
    taken_back = session.scalars(select(BulkRow.id).where(BulkRow.undoes == bulk_id)).first()
    if bulk is None or bulk.undoes is not None or taken_back is not None:
        return None
    former = session.scalars(select(DecisionRow).where(DecisionRow.bulk_id == bulk_id)).all()
    _lock(session, [decision.article_id for decision in former])
    new_id, made = clock.new_id("blk"), []
    for decision in former:
        article = session.get_one(ArticleRow, decision.article_id)
        with suppress(DecisionError, ChangedError):
            made.append(reviews.take_back(session, article, decision.id, NewDecision(reviewer, bulk_id=new_id)))
    row = BulkRow(id=new_id, action="undo", made_by=reviewer, done=len(made), undoes=bulk_id)
    row.passed_over = len(former) - len(made)
    return _keep(session, row, made)


def _lock(session: Session, ids: Iterable[str]) -> None:
    """All of them at once and in one order, so that two bulks wait for each other and neither for ever."""
    rows = select(ArticleRow.id).where(ArticleRow.id.in_(list(ids))).order_by(ArticleRow.id)
    session.execute(rows.with_for_update()).all()


def _keep(session: Session, row: BulkRow, made: Sequence[DecisionRow]) -> BulkRow:
    row.created_at = clock.now()
    session.add(row)
    session.flush()
    for decision in made:
        reviews.audit_decision(session, decision)
    return row


def _check_deed(chosen: Mapping[str, int | None], deed: str) -> None:
    if deed not in DEEDS:
        raise ValueError("there is no such action")
    if len(chosen) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} articles at once")
