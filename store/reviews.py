"""Decisions of reviewers: added, never edited; each is an event. What they say together is a fold over them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.designations.labels import LABELS as _DESIGNATIONS
from models.source_bias.labels import LABELS as _BIAS
from models.violence.labels import LABELS as _VIOLENCE
from store import audit, clock, outbox
from store.article_lists import ArticleFilter, list_articles
from store.articles import summary
from store.policy import ACTIONS
from store.pseudonyms import pseudonym
from store.tables import ArticleRow, DecisionRow, EvidenceRow

FINDING_DECISIONS = {
    "upheld": "The finding is right.",
    "overturned": "The finding is wrong.",
    "unsure": "The reviewer cannot tell.",
}
KINDS = {
    "decision": "A reviewer decided.",
    "escalation": "A reviewer hands the article to somebody senior.",
    "second_opinion": "A reviewer asks for the opinion of another.",
    "undo": "An earlier decision is taken back.",
    "ruling": "An appeal was ruled on.",
}
FINDING_LABELS: Mapping[str, Mapping[str, str]] = {
    "violence": _VIOLENCE,
    "designations": _DESIGNATIONS,
    "source_bias": _BIAS,
}
LONGEST_NOTE = 2_000  # code points
MOST_MISSED = 100
_REVIEWED = (
    "state",
    "action",
    "review_state",
    "revision",
    "assignee",
    "claimed_until",
    "opinion_asked_by",
    "erased_at",
)


class DecisionError(ValueError):
    """The decision does not fit the article; the message is for the person."""


class ClaimedError(DecisionError):
    """Somebody else has claimed the article."""


class ChangedError(Exception):
    """The article was decided on since it was looked at: nothing was done."""


@dataclass(frozen=True, slots=True)
class NewDecision:
    """``findings`` maps ``classifier/index``, ``evidence`` maps ``classifier/index/span`` to upheld, overturned or
    unsure; ``labels`` maps a finding to the label that it should have; ``missed`` are spans that nobody found,
    ``{"start", "end", "label"}`` in code points. ``action`` closes the review. ``revision``: that of the article as
    the reviewer saw it. ``is_senior``: may close an article that was escalated."""

    reviewer: str
    action: str | None = None
    findings: Mapping[str, str] | None = None
    note: str | None = None
    kind: str = "decision"
    evidence: Mapping[str, str] | None = None
    labels: Mapping[str, str] | None = None
    missed: Sequence[Mapping[str, Any]] = ()
    revision: int | None = None
    bulk_id: str | None = None
    is_senior: bool = True


def add_decision(session: Session, article: ArticleRow, new: NewDecision) -> DecisionRow:
    """Record a decision and its ``article.reviewed`` event.

    DecisionError where it does not fit the article, ClaimedError where another has claimed it, ChangedError where it
    is no longer as it was seen.
    """
    row = make_decision(session, article, new)
    audit_decision(session, row)
    return row


def make_decision(session: Session, article: ArticleRow, new: NewDecision) -> DecisionRow:
    """`add_decision` without its audit entry, for who makes several and audits them all at the end: recording takes a
    lock until the commit, and whoever waits for it may hold the next article."""
    lock_article(session, article)
    check_revision(article, new.revision)
    check_claim(session, article, new.reviewer)
    _check(session, article, new)
    before = state_of(article)
    if new.kind == "escalation":
        article.review_state = "escalated"
    elif new.kind == "second_opinion":
        article.review_state = "escalated" if article.review_state == "escalated" else "open"
        article.opinion_asked_by = new.reviewer
    elif new.action is not None:
        article.action, article.review_state, article.opinion_asked_by = new.action, "closed", None
    if new.kind != "decision" or new.action is not None:
        end_claim(article)
    return add_row(session, article, new, before=before)


def undo_decision(session: Session, article: ArticleRow, decision_id: str, undo: NewDecision) -> DecisionRow:
    """Take back the newest decision that stands, by one more; of *undo* reviewer, note, revision, bulk_id
    and is_senior count.

    The article gets back the action and the review state that it had before. Raises as `add_decision` does.
    """
    row = take_back(session, article, decision_id, undo)
    audit_decision(session, row)
    return row


def take_back(session: Session, article: ArticleRow, decision_id: str, undo: NewDecision) -> DecisionRow:
    """`undo_decision` without its audit entry."""
    lock_article(session, article)
    check_revision(article, undo.revision)
    check_claim(session, article, undo.reviewer)
    _check_note(article, undo.note)
    standing = standing_decisions(list_decisions(session, article.id))
    if not any(row.id == decision_id for row in standing):
        raise DecisionError("The article has no such decision that could be taken back.")
    newest = standing[-1]
    if newest.id != decision_id:
        raise DecisionError("A later decision stands: take that back first.")
    if newest.kind == "ruling":
        raise DecisionError("A ruling on an appeal is not taken back: whoever appealed was told of it.")
    if article.review_state == "escalated" and not undo.is_senior and newest.reviewer != undo.reviewer:
        raise DecisionError("The article was escalated: only somebody senior takes back what others decided.")
    if newest.before is None:
        raise DecisionError("What was before this decision was not kept: decide anew instead.")
    before = state_of(article)
    for name, value in newest.before.items():
        setattr(article, name, value)
    end_claim(article)
    made = NewDecision(undo.reviewer, note=undo.note, kind="undo", bulk_id=undo.bulk_id)
    return add_row(session, article, made, before=before, undoes=newest.id)


def standing_decisions(decisions: Sequence[DecisionRow]) -> list[DecisionRow]:
    """Those that were not taken back and take none back, in the order given: the last of them can be taken back."""
    taken_back = {row.undoes for row in decisions}
    return [row for row in decisions if row.kind != "undo" and row.id not in taken_back]


# --- what a decision is made of -------------------------------------------------------------------


def lock_article(session: Session, article: ArticleRow) -> None:
    """Nobody else decides on it until we commit, and no erasure runs beside: a note written then would outlive it."""
    session.refresh(article, _REVIEWED, with_for_update=True)


def check_revision(article: ArticleRow, revision: int | None) -> None:
    if revision is not None and revision != article.revision:
        raise ChangedError


def check_claim(session: Session, article: ArticleRow, reviewer: str) -> None:
    if article.assignee in (None, reviewer) or article.claimed_until is None:
        return
    if article.claimed_until > clock.database_now(session):
        raise ClaimedError("Somebody else has claimed the article.")


def end_claim(article: ArticleRow) -> None:
    article.assignee = article.claimed_until = None


def state_of(article: ArticleRow) -> dict[str, Any]:
    """What taking a decision back brings back."""
    return {name: getattr(article, name) for name in ("action", "review_state", "opinion_asked_by")}


def add_row(
    session: Session, article: ArticleRow, new: NewDecision, *, before: Mapping[str, Any], undoes: str | None = None
) -> DecisionRow:
    """The row and the event of a decision that was checked and has changed *article*; the audit entry comes last."""
    article.revision += 1
    row = DecisionRow(
        id=clock.new_id("dec"),
        article_id=article.id,
        reviewer=new.reviewer,
        kind=new.kind,
        action=new.action,
        findings=dict(new.findings or {}),
        evidence=dict(new.evidence or {}),
        labels=dict(new.labels or {}),
        missed=[dict(span) for span in new.missed],
        note=new.note or None,
        before=dict(before),
        undoes=undoes,
        bulk_id=new.bulk_id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    outbox.add_event(
        session,
        type_="article.reviewed",
        subject=article,
        data={**summary(article), "decision": describe(row)},
        occurrence=row.id,
    )
    return row


def audit_decision(session: Session, row: DecisionRow) -> None:
    audit.record(session, action="decided", actor=row.reviewer, subject=row.article_id, details=_audited(row))


def _audited(row: DecisionRow) -> dict[str, object]:
    """A decision without the reviewer's words, which may be erased; their hash tells whether they were changed."""
    note = hashlib.sha256(row.note.encode()).hexdigest() if row.note else None
    more: dict[str, object] = {"kind": row.kind, "evidence": row.evidence, "labels": row.labels, "missed": row.missed}
    more |= {"undoes": row.undoes, "bulk": row.bulk_id}
    said = {name: value for name, value in more.items() if value and value != "decision"}
    return {"decision": row.id, "action": row.action, "findings": row.findings, "note_sha256": note, **said}


def _check(session: Session, article: ArticleRow, new: NewDecision) -> None:
    if article.state == "queued":
        raise DecisionError("The article has not been read yet.")
    if new.kind not in ("decision", "escalation", "second_opinion"):
        raise DecisionError("There is no such kind of decision.")
    says_something = new.action is not None or new.findings or new.evidence or new.labels or new.missed
    if new.kind == "decision" and not says_something:
        raise DecisionError("A decision names an action, or decides on at least one finding.")
    if new.kind != "decision" and new.action is not None:
        raise DecisionError("Who hands the article on leaves the action to others.")
    if new.action is not None and new.action not in ACTIONS:
        raise DecisionError(f"There is no such action; there are {', '.join(ACTIONS)}.")
    if new.action is not None and article.opinion_asked_by == new.reviewer:
        raise DecisionError("You asked for another's opinion: somebody else closes this review.")
    if new.action is not None and article.review_state == "escalated" and not new.is_senior:
        raise DecisionError("The article was escalated: somebody senior closes this review.")
    _check_note(article, new.note)
    _check_findings(session, article.id, new)
    if new.missed:
        _check_missed(session, article, new.missed)


def _check_note(article: ArticleRow, note: str | None) -> None:
    if "\x00" in (note or ""):
        raise DecisionError("A note cannot hold the character NUL.")  # PostgreSQL cannot store it
    if note and article.erased_at is not None:
        raise DecisionError("The article's words were erased: a decision on it holds no note.")
    if len(note or "") > LONGEST_NOTE:
        raise DecisionError(f"A note has at most {LONGEST_NOTE} characters.")


def _check_findings(session: Session, article_id: str, new: NewDecision) -> None:
    if not (new.findings or new.evidence or new.labels):
        return
    spans = count_evidence(session, article_id)
    known = {f"{key}/{number}" for key, count in spans.items() for number in range(count)}
    judged: tuple[tuple[Mapping[str, str], set[str]], ...] = (
        (new.findings or {}, set(spans)),
        (new.evidence or {}, known),
    )
    for decided, keys in judged:
        for key, decision in decided.items():
            if decision not in FINDING_DECISIONS:
                raise DecisionError(f"A finding is {', '.join(FINDING_DECISIONS)}, nothing else.")
            if key not in keys:
                raise DecisionError("The article has no such finding.")
    for key, label in (new.labels or {}).items():
        if key not in spans:
            raise DecisionError("The article has no such finding.")
        if label not in FINDING_LABELS[key.split("/", 1)[0]]:
            raise DecisionError("There is no such label of this classifier.")


def _check_missed(session: Session, article: ArticleRow, missed: Sequence[Mapping[str, Any]]) -> None:
    if article.erased_at is not None:
        raise DecisionError("The article's words were erased: nothing can be found in it.")
    if len(missed) > MOST_MISSED:
        raise DecisionError(f"A decision adds at most {MOST_MISSED} spans.")
    length = len(session.scalars(select(ArticleRow.text).where(ArticleRow.id == article.id)).one())
    for span in missed:
        if not 0 <= span["start"] < span["end"] <= length:
            raise DecisionError("A span does not lie in the text.")
        if not any(span["label"] in labels for labels in FINDING_LABELS.values()):
            raise DecisionError("There is no such label of a finding.")


def count_evidence(session: Session, article_id: str) -> dict[str, int]:
    """``classifier/index`` of each finding to how many spans it has."""
    rows = session.execute(
        select(EvidenceRow.classifier, EvidenceRow.finding, func.count())
        .where(EvidenceRow.article_id == article_id)
        .group_by(EvidenceRow.classifier, EvidenceRow.finding)
    )
    return {f"{classifier}/{index}": count for classifier, index, count in rows}


def finding_keys(session: Session, article_id: str) -> set[str]:
    return set(count_evidence(session, article_id))


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all decisions on an article say together: of each thing the latest that was not taken back."""

    findings: Mapping[str, str]
    evidence: Mapping[str, str]
    labels: Mapping[str, str]
    missed: tuple[Mapping[str, Any], ...]
    taken_back: frozenset[str]


def judge(decisions: Sequence[DecisionRow]) -> Judgement:
    """*decisions* oldest first."""
    taken_back = frozenset(row.undoes for row in decisions if row.undoes is not None)
    standing = [row for row in decisions if row.id not in taken_back]
    findings: dict[str, str] = {}
    evidence: dict[str, str] = {}
    labels: dict[str, str] = {}
    for row in standing:
        findings.update(row.findings)
        evidence.update(row.evidence)
        labels.update(row.labels)
    missed = {(span["start"], span["end"], span["label"]): span for row in standing for span in row.missed}
    return Judgement(findings, evidence, labels, tuple(missed.values()), taken_back)


def list_decisions(session: Session, article_id: str) -> list[DecisionRow]:
    """Oldest first."""
    query = select(DecisionRow).where(DecisionRow.article_id == article_id)
    return list(session.scalars(query.order_by(DecisionRow.created_at, DecisionRow.id)))


def describe(row: DecisionRow) -> dict[str, object]:
    """A decision as JSON."""
    return {
        "id": row.id,
        "article_id": row.article_id,
        "reviewer": pseudonym(row.reviewer),
        "action": row.action,
        "findings": row.findings,
        "note": row.note,
        "created_at": clock.isoformat(row.created_at),
        "kind": row.kind,
        "evidence": row.evidence,
        "labels": row.labels,
        "missed": row.missed,
        "undoes": row.undoes,
        "bulk_id": row.bulk_id,
    }


def count_open(session: Session) -> int:
    query = select(func.count()).select_from(ArticleRow).where(ArticleRow.review_state == "open")
    return session.scalar(query) or 0


def list_open(session: Session, *, limit: int, after_id: str | None = None) -> list[ArticleRow]:
    """Articles that wait for a reviewer, newest first."""
    return list_articles(session, ArticleFilter(review_state="open", after_id=after_id), limit=limit).articles
