"""Appeals: somebody asks for another look at an article, and somebody rules. Each step is an event."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import audit, clock, outbox, reviews
from store.articles import summary
from store.policy import ACTIONS
from store.pseudonyms import pseudonym
from store.review_tables import AppealRow
from store.reviews import LONGEST_NOTE, DecisionError, NewDecision
from store.tables import ArticleRow

STATES = ("appealed", "ruled")
RULINGS = {
    "upheld": "The decision stays as it is.",
    "overturned": "The decision was wrong: the article gets another action.",
}
LONGEST_REASON = 2_000  # code points
LONGEST_APPELLANT = 200


class AppealError(DecisionError):
    """The state of the article or the appeal does not allow this."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """``appellant`` is a name or an id of the caller's own; ``recorded_by`` a user's or API key's id."""

    reason: str
    recorded_by: str
    appellant: str | None = None


@dataclass(frozen=True, slots=True)
class NewRuling:
    """``action``: the new one, of a decision that is overturned. ``revision`` as in `reviews.NewDecision`."""

    ruled_by: str
    ruling: str
    action: str | None = None
    note: str | None = None
    revision: int | None = None


def add_appeal(session: Session, article: ArticleRow, new: NewAppeal) -> AppealRow:
    """Record an appeal and its ``article.appealed`` event; the article waits for somebody senior.

    AppealError where it was not read yet, its words were erased or an appeal is open; DecisionError on a bad reason.
    """
    reviews.lock_article(session, article)
    if article.state == "queued":
        raise AppealError("The article has not been read yet.")
    if article.erased_at is not None:
        raise AppealError("The article's words were erased: nobody can look at it again.")
    if open_appeal(session, article.id) is not None:
        raise AppealError("An appeal is open already.")
    if not new.reason.strip() or len(new.reason) > LONGEST_REASON or "\0" in new.reason:
        raise DecisionError(f"An appeal has a reason of at most {LONGEST_REASON} characters.")
    if len(new.appellant or "") > LONGEST_APPELLANT or "\0" in (new.appellant or ""):
        raise DecisionError(f"The name of who appeals has at most {LONGEST_APPELLANT} characters.")
    row = AppealRow(
        id=clock.new_id("app"),
        article_id=article.id,
        state="appealed",
        appellant=new.appellant or None,
        reason=new.reason,
        recorded_by=new.recorded_by,
        created_at=clock.now(),
    )
    session.add(row)
    article.review_state = "escalated"
    article.revision += 1
    session.flush()
    data = {**summary(article), "appeal": describe(row)}
    outbox.add_event(session, type_="article.appealed", subject=article, data=data, occurrence=row.id)
    reason = hashlib.sha256(row.reason.encode()).hexdigest()
    details = {"appeal": row.id, "reason_sha256": reason}
    audit.record(session, action="appealed", actor=new.recorded_by, subject=article.id, details=details)
    return row


def rule(session: Session, article: ArticleRow, appeal: AppealRow, new: NewRuling) -> AppealRow:
    """Close an appeal by a decision of its own, with its ``article.reviewed`` event.

    AppealError where it was ruled on already, DecisionError on a ruling that does not fit, ChangedError as in
    `reviews.add_decision`. A claim of another does not stand in the way.
    """
    reviews.lock_article(session, article)
    session.refresh(appeal)
    reviews.check_revision(article, new.revision)
    if appeal.state != "appealed":
        raise AppealError("The appeal was ruled on already.")
    _check_ruling(article, new)
    before = reviews.state_of(article)
    article.action = new.action or article.action
    article.review_state, article.opinion_asked_by = "closed", None
    reviews.end_claim(article)
    made = NewDecision(new.ruled_by, action=article.action, note=new.note, kind="ruling")
    appeal.state, appeal.ruling, appeal.ruled_by, appeal.ruled_at = "ruled", new.ruling, new.ruled_by, clock.now()
    decision = reviews.add_row(session, article, made, before=before)
    appeal.decision_id = decision.id
    session.flush()
    reviews.audit_decision(session, decision)
    details = {"appeal": appeal.id, "ruling": new.ruling, "decision": decision.id}
    audit.record(session, action="appeal_ruled", actor=new.ruled_by, subject=article.id, details=details)
    return appeal


def _check_ruling(article: ArticleRow, new: NewRuling) -> None:
    if new.ruling not in RULINGS:
        raise DecisionError(f"A ruling is {' or '.join(RULINGS)}.")
    if new.ruling == "upheld" and new.action is not None:
        raise DecisionError("A decision that is upheld keeps its action.")
    if new.ruling == "overturned" and (new.action not in ACTIONS or new.action == article.action):
        raise DecisionError("A decision that is overturned needs another action.")
    if len(new.note or "") > LONGEST_NOTE or "\0" in (new.note or ""):
        raise DecisionError(f"A note has at most {LONGEST_NOTE} characters.")
    if new.note and article.erased_at is not None:
        raise DecisionError("The article's words were erased: a decision on it holds no note.")


# --- reading --------------------------------------------------------------------------------------


def open_appeal(session: Session, article_id: str) -> AppealRow | None:
    query = select(AppealRow).where(AppealRow.article_id == article_id, AppealRow.state == "appealed")
    return session.scalars(query).first()


def get_appeal(session: Session, appeal_id: str, *, article_id: str) -> AppealRow | None:
    row = session.get(AppealRow, appeal_id)
    return row if row is not None and row.article_id == article_id else None


def list_appeals(session: Session, article_id: str) -> list[AppealRow]:
    """Of one article, oldest first."""
    query = select(AppealRow).where(AppealRow.article_id == article_id)
    return list(session.scalars(query.order_by(AppealRow.created_at, AppealRow.id)))


def list_by_state(session: Session, state: str, *, limit: int, after_id: str | None = None) -> list[AppealRow]:
    """Of all articles: open ones oldest first, those ruled on newest first; *after_id* continues behind that one."""
    query = select(AppealRow).where(AppealRow.state == state).limit(limit)
    if state == "appealed":
        query = query.order_by(AppealRow.id)
        return list(session.scalars(query.where(AppealRow.id > after_id) if after_id else query))
    query = query.order_by(AppealRow.id.desc())
    return list(session.scalars(query.where(AppealRow.id < after_id) if after_id else query))


def count_appealed(session: Session, *, most: int = 1_000) -> int:
    """How many wait for a ruling, at most *most*."""
    some = select(AppealRow.id).where(AppealRow.state == "appealed").limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def enforcement_state(article: ArticleRow, appeal: AppealRow | None) -> str:
    """``no_incident``, ``enforced``, ``appealed`` or ``ruled``; *appeal* is the article's newest."""
    if appeal is not None:
        return appeal.state
    return "enforced" if article.action in ("label", "block") else "no_incident"


def describe(row: AppealRow) -> dict[str, object]:
    """An appeal as JSON."""
    return {
        "id": row.id,
        "article_id": row.article_id,
        "state": row.state,
        "appellant": row.appellant,
        "reason": row.reason,
        "recorded_by": pseudonym(row.recorded_by),
        "created_at": clock.isoformat(row.created_at),
        "ruling": row.ruling,
        "ruled_by": pseudonym(row.ruled_by) if row.ruled_by else None,
        "ruled_at": clock.isoformat(row.ruled_at),
        "decision_id": row.decision_id,
    }
