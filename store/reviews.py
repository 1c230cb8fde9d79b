"""Decisions of reviewers: added, never edited; each is an event."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import clock, outbox
from store.articles import ArticleFilter, list_articles, summary
from store.policy import ACTIONS
from store.tables import ArticleRow, DecisionRow, EvidenceRow

FINDING_DECISIONS = {
    "upheld": "The finding is right.",
    "overturned": "The finding is wrong.",
    "unsure": "The reviewer cannot tell.",
}
LONGEST_NOTE = 2_000  # code points


class DecisionError(ValueError):
    """The decision does not fit the article; the message is for the person."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """``findings`` maps ``classifier/index`` to upheld, overturned or unsure; ``action`` closes the review."""

    reviewer: str
    action: str | None = None
    findings: Mapping[str, str] | None = None
    note: str | None = None


def add_decision(session: Session, article: ArticleRow, new: NewDecision) -> DecisionRow:
    """Record a decision and its ``article.reviewed`` event. DecisionError where it does not fit the article."""
    _check(session, article, new)
    row = DecisionRow(
        id=clock.new_id("dec"),
        article_id=article.id,
        reviewer=new.reviewer,
        action=new.action,
        findings=dict(new.findings or {}),
        note=new.note or None,
        created_at=clock.now(),
    )
    session.add(row)
    if new.action is not None:
        article.action = new.action
        article.review_state = "closed"
    session.flush()
    outbox.add_event(
        session,
        type_="article.reviewed",
        subject=article,
        data={**summary(article), "decision": describe(row)},
        occurrence=row.id,
    )
    return row


def _check(session: Session, article: ArticleRow, new: NewDecision) -> None:
    if article.state == "queued":
        raise DecisionError("The article has not been read yet.")
    if new.action is None and not new.findings:
        raise DecisionError("A decision names an action, or decides on at least one finding.")
    if new.action is not None and new.action not in ACTIONS:
        raise DecisionError(f"There is no such action; there are {', '.join(ACTIONS)}.")
    if "\x00" in (new.note or ""):
        raise DecisionError("A note cannot hold the character NUL.")  # PostgreSQL cannot store it
    if len(new.note or "") > LONGEST_NOTE:
        raise DecisionError(f"A note has at most {LONGEST_NOTE} characters.")
    known = finding_keys(session, article.id)
    for key, decision in (new.findings or {}).items():
        if decision not in FINDING_DECISIONS:
            raise DecisionError(f"A finding is {', '.join(FINDING_DECISIONS)}, nothing else.")
        if key not in known:
            raise DecisionError("The article has no such finding.")


def finding_keys(session: Session, article_id: str) -> set[str]:
    rows = session.execute(
        select(EvidenceRow.classifier, EvidenceRow.finding).where(EvidenceRow.article_id == article_id).distinct()
    )
    return {f"{classifier}/{index}" for classifier, index in rows}


def list_decisions(session: Session, article_id: str) -> list[DecisionRow]:
    """Oldest first."""
    return list(
        session.scalars(select(DecisionRow).where(DecisionRow.article_id == article_id).order_by(DecisionRow.id))
    )


def describe(row: DecisionRow) -> dict[str, object]:
    """A decision as JSON."""
    return {
        "id": row.id,
        "article_id": row.article_id,
        "reviewer": row.reviewer,
        "action": row.action,
        "findings": row.findings,
        "note": row.note,
        "created_at": clock.isoformat(row.created_at),
    }


def count_open(session: Session) -> int:
    query = select(func.count()).select_from(ArticleRow).where(ArticleRow.review_state == "open")
    return session.scalar(query) or 0


def list_open(session: Session, *, limit: int, after_id: str | None = None) -> list[ArticleRow]:
    """Articles that wait for a reviewer, newest first."""
    return list_articles(session, ArticleFilter(review_state="open", after_id=after_id), limit=limit)
