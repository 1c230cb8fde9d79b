"""Articles: save, claim, finish, fetch. The claim is a lease with a token: only its holder may write a result."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, or_, select, update
from sqlalchemy.orm import Session, undefer

from store import clock, outbox
from store.policy import CLASSIFIERS, Outcome
from store.tables import ArticleLabelRow, ArticleRow, EvidenceRow, ReportRow

MAX_DEATHS = 3  # an article that was being read when three workers died is not given to a fourth
MAX_CODE_POINTS = 200_000


@dataclass(frozen=True, slots=True)
class NewArticle:
    """What a caller sent, checked; the text code point for code point."""

    text: str
    title: str | None = None
    url: str | None = None
    source: str | None = None
    language: str | None = None
    published_at: str | None = None
    external_id: str | None = None
    metadata: dict[str, Any] | None = None
    callback_url: str | None = None


def add_article(session: Session, new: NewArticle, *, api_key_id: str) -> ArticleRow:
    """Add a queued article; the caller commits and only then tells Redis."""
    row = ArticleRow(
        id=clock.new_id("art"),
        api_key_id=api_key_id,
        state="queued",
        text=new.text,
        title=new.title,
        url=new.url,
        source=new.source,
        requested_language=new.language,
        published_at=new.published_at,
        external_id=new.external_id,
        caller_metadata=new.metadata,
        callback_url=new.callback_url,
        created_at=clock.now(),
        review_state="not_needed",
        deaths=0,
    )
    session.add(row)
    session.flush()
    return row


# --- claims ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """Articles leased to one worker, oldest first, with their text loaded."""

    token: str
    articles: tuple[ArticleRow, ...]


def _is_free(moment: datetime) -> ColumnElement[bool]:
    """Queued and not leased, or leased by a worker that is presumed dead and was not the last one allowed to die."""
    return and_(
        ArticleRow.state == "queued",
        or_(
            ArticleRow.lease_until.is_(None),
            and_(ArticleRow.lease_until < moment, ArticleRow.deaths < MAX_DEATHS - 1),
        ),
    )


def claim_articles(session: Session, *, limit: int, lease_seconds: int) -> Claim:
    """Lease up to *limit* waiting articles, oldest first, in a transaction of `Database.writing`.

    An article that was being read when a worker died is handed out alone: were it the cause, its neighbours would
    die with it each time. One that has outlived MAX_DEATHS workers is left to `fail_poisoned`.
    """
    moment = clock.now()
    token = secrets.token_hex(16)
    # Chosen and updated in two statements: in one, PostgreSQL may run a sub-select with LIMIT more than once.
    waiting = session.execute(
        select(ArticleRow.id, ArticleRow.lease_until, ArticleRow.deaths)
        .where(_is_free(moment))
        .order_by(ArticleRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # left out on SQLite, whose `writing` lets in one writer
    ).all()
    claimed = _chosen([(row.id, row.lease_until is not None or row.deaths > 0) for row in waiting])
    if not claimed:
        return Claim(token, ())
    died = ArticleRow.lease_until.is_not(None)
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.id.in_(claimed))
        .values(
            lease_token=token,
            lease_until=moment + timedelta(seconds=lease_seconds),
            deaths=ArticleRow.deaths + case((died, 1), else_=0),
        )
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(
        select(ArticleRow).where(ArticleRow.id.in_(claimed)).options(undefer(ArticleRow.text)).order_by(ArticleRow.id)
    ).all()
    return Claim(token, tuple(rows))


def _chosen(waiting: Sequence[tuple[str, bool]]) -> list[str]:
    """Of (id, was it there when a worker died): the first alone if it was, else all that come before such a one."""
    if waiting and waiting[0][1]:
        return [waiting[0][0]]
    return [article_id for article_id, _ in takewhile(lambda pair: not pair[1], waiting)]


def release_claim(session: Session, claim: Claim) -> None:
    """Give a claim back unread, for instance when a worker is told to stop. No death is counted."""
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.lease_token == claim.token, ArticleRow.state == "queued")
        .values(lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def renew_claim(session: Session, claim: Claim, *, lease_seconds: int) -> None:
    """Lengthen the lease of what is still unread: a long reading by a living worker is not a death."""
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.lease_token == claim.token, ArticleRow.state == "queued")
        .values(lease_until=clock.now() + timedelta(seconds=lease_seconds))
        .execution_options(synchronize_session=False)
    )


def finish_article(
    session: Session, article_id: str, *, token: str, report: Mapping[str, Any], outcome: Outcome
) -> bool:
    """Write reports, evidence, labels, state and event in the caller's transaction.

    False, and nothing written, where the lease is no longer ours: another worker has it or has finished.
    """
    versions = dict(report["versions"])
    if not _close(
        session,
        article_id,
        token,
        {
            "state": "classified",
            "language": report["language"]["code"],
            "text_sha256": report["text_sha256"],
            "versions": {"report": versions, "language": report["language"]},
            "action": outcome.action,
            "labels": list(outcome.labels),
            "review_state": outcome.review_state,
            "severity": report["violence"]["severity"],
        },
    ):
        return False
    moment = clock.now()
    for name in CLASSIFIERS:
        body = report[name]
        session.add(
            ReportRow(
                article_id=article_id,
                classifier=name,
                version=versions[name],
                status=body["status"],
                body=body,
                created_at=moment,
            )
        )
        if evidence := _evidence_rows(article_id, name, body["findings"]):
            session.execute(insert(EvidenceRow), evidence)  # in one statement: others wait for this transaction
    session.add_all(ArticleLabelRow(article_id=article_id, label=label) for label in outcome.labels)
    row = session.get_one(ArticleRow, article_id)
    outbox.add_event(session, type_="article.classified", subject=row, data=summary(row))
    return True


def fail_article(session: Session, article_id: str, *, token: str, failure: str) -> bool:
    """Record that the article could not be read: state `failed`, for a person to look at, and an event."""
    changes = {
        "state": "failed",
        "failure": failure,
        "action": "review",
        "labels": ["classifier_failed"],
        "review_state": "open",
    }
    if not _close(session, article_id, token, changes):
        return False
    session.add(ArticleLabelRow(article_id=article_id, label="classifier_failed"))
    row = session.get_one(ArticleRow, article_id)
    outbox.add_event(session, type_="article.failed", subject=row, data={**summary(row), "failure": failure})
    return True


def fail_poisoned(session: Session) -> list[str]:
    """Fail the articles during which MAX_DEATHS workers died. Returns their ids."""
    moment = clock.now()
    poisoned = session.execute(
        select(ArticleRow.id, ArticleRow.lease_token).where(
            ArticleRow.state == "queued", ArticleRow.lease_until < moment, ArticleRow.deaths >= MAX_DEATHS - 1
        )
    ).all()
    failure = f"{MAX_DEATHS} workers died while reading it"
    return [
        article_id
        for article_id, token in poisoned
        if fail_article(session, article_id, token=token or "", failure=failure)
    ]


def count_waiting(session: Session) -> int:
    """Articles that a worker could claim now."""
    count = select(func.count()).select_from(ArticleRow).where(_is_free(clock.now()))
    return session.scalar(count) or 0


def _close(session: Session, article_id: str, token: str, changes: dict[str, Any]) -> bool:
    """Leave the queue, if the lease is still ours."""
    result = session.execute(
        update(ArticleRow)
        .where(ArticleRow.id == article_id, ArticleRow.lease_token == token, ArticleRow.state == "queued")
        .values(**changes, classified_at=clock.now(), lease_token=None, lease_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _evidence_rows(article_id: str, classifier: str, findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "article_id": article_id,
            "classifier": classifier,
            "finding": index,
            "label": finding["label"],
            "score": finding["score"],
            "start": evidence["start"],
            "end": evidence["end"],
            "text": evidence["text"],
            "reason": evidence["reason"],
        }
        for index, finding in enumerate(findings)
        for evidence in finding["evidence"]
    ]


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What a list asks for. ``api_key_id`` limits it to one caller's articles."""

    api_key_id: str | None = None
    state: str | None = None
    label: str | None = None
    action: str | None = None
    review_state: str | None = None
    created_after: datetime | None = None
    after_id: str | None = None


def list_articles(session: Session, wanted: ArticleFilter, *, limit: int) -> list[ArticleRow]:
    """Newest first, without their text; ``after_id`` continues behind that article."""
    query = select(ArticleRow).order_by(ArticleRow.id.desc()).limit(limit)
    for column in ("api_key_id", "state", "action", "review_state"):
        if (value := getattr(wanted, column)) is not None:
            query = query.where(getattr(ArticleRow, column) == value)
    if wanted.created_after is not None:
        query = query.where(ArticleRow.created_at > wanted.created_after)
    if wanted.after_id is not None:
        query = query.where(ArticleRow.id < wanted.after_id)
    if wanted.label is not None:
        query = query.join(ArticleLabelRow).where(ArticleLabelRow.label == wanted.label)
    return list(session.scalars(query))


def get_article(session: Session, article_id: str, *, api_key_id: str | None = None) -> ArticleRow | None:
    """The article with its text; None where there is none, or it is not the caller's."""
    row = session.get(ArticleRow, article_id, options=[undefer(ArticleRow.text)])
    return row if row is not None and api_key_id in (None, row.api_key_id) else None


def get_report(session: Session, row: ArticleRow) -> dict[str, Any] | None:
    """The report of the API contract; None until the article is classified."""
    if row.state != "classified" or row.versions is None:
        return None
    reports = session.scalars(select(ReportRow).where(ReportRow.article_id == row.id).options(undefer(ReportRow.body)))
    bodies = {report.classifier: report.body for report in reports}
    return {
        "language": row.versions["language"],
        "text_sha256": row.text_sha256,
        "versions": row.versions["report"],
        **{name: bodies[name] for name in CLASSIFIERS},
    }


def summary(row: ArticleRow) -> dict[str, Any]:
    """An article without its text and report: what lists, answers and webhooks share."""
    return {
        "id": row.id,
        "state": row.state,
        "external_id": row.external_id,
        "language": row.language or row.requested_language,
        "published_at": row.published_at,
        "created_at": clock.isoformat(row.created_at),
        "classified_at": clock.isoformat(row.classified_at),
        "action": row.action,
        "labels": row.labels or [],
        "review_state": row.review_state,
    }
