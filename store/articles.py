"""Articles: save, finish, fetch. Only the holder of a lease (store/claims.py) may write a result."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, cast

from sqlalchemy import Row, Table, bindparam, insert, inspect, select, update
from sqlalchemy.orm import Session, undefer

from store import clock, outbox
from store.policy import CLASSIFIERS, Outcome
from store.similarity import keep_signatures
from store.tables import ArticleLabelRow, ArticleOrganisationRow, ArticleRow, Base, EvidenceRow, ReportRow

MAX_CODE_POINTS = 200_000
GRAVEST = 7  # severity
UNKNOWN_RANK = 4  # in the queue, what was not read for violence stands behind what is known to be grave
Priority = Literal["interactive", "normal", "low"]
PRIORITIES: Mapping[Priority, int] = {"interactive": 0, "normal": 1, "low": 2}  # within one caller, lower first


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
    priority: Priority = "normal"
    is_extracted: bool = False


def add_article(session: Session, new: NewArticle, *, api_key_id: str) -> ArticleRow:
    """Add a queued article; the caller commits and only then tells Redis."""
    row = ArticleRow(**_values(new, api_key_id))
    session.add(row)
    session.flush()
    return row


def add_articles(session: Session, news: Sequence[tuple[NewArticle, str]]) -> list[ArticleRow]:
    """The same for many, each with its API key, in one statement and without the ORM.

    What comes back has a row's columns and nothing else of it: it belongs to no session.
    """
    written = [_values(new, api_key_id) for new, api_key_id in news]
    if written:
        table = cast("Table", ArticleRow.__table__)
        columns = [{_COLUMNS.get(name, name): value for name, value in values.items()} for values in written]
        session.execute(insert(table), columns)
    return [cast("ArticleRow", SimpleNamespace(**_nothing_said(), **values)) for values in written]


@cache
def _nothing_said() -> dict[str, None]:
    """The columns that a new article has no value for."""
    new = _values(NewArticle(""), "")
    return {column.key: None for column in inspect(ArticleRow).column_attrs if column.key not in new}


_COLUMNS = {"caller_metadata": "metadata"}  # where it has another name than its attribute


def _values(new: NewArticle, api_key_id: str) -> dict[str, Any]:
    return {
        "id": clock.new_id("art"),
        "api_key_id": api_key_id,
        "state": "queued",
        "priority": PRIORITIES[new.priority],
        "text": new.text,
        "is_extracted": new.is_extracted,
        "title": new.title,
        "url": new.url,
        "source": new.source,
        "requested_language": new.language,
        "language": new.language,
        "published_at": new.published_at,
        "external_id": new.external_id,
        "caller_metadata": new.metadata,
        "callback_url": new.callback_url,
        "created_at": clock.now(),
        "review_state": "not_needed",
        "deaths": 0,
    }


# --- results --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """What was read in one article, in the JSON shape of the API, and what the policy makes of it. Repeats may have the
    report where there is a *key* (store/readings.py)."""

    article_id: str
    report: Mapping[str, Any]
    outcome: Outcome
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """Which articles got their result, and whether it is to be sent to somebody."""

    ids: frozenset[str]
    has_deliveries: bool = False


def finish_article(
    session: Session, article_id: str, *, token: str, report: Mapping[str, Any], outcome: Outcome
) -> bool:
    """`finish_articles` for one; False, and nothing written, where the lease is no longer ours."""
    return article_id in finish_articles(session, [Result(article_id, report, outcome)], token=token).ids


def finish_articles(session: Session, results: Sequence[Result], *, token: str) -> Finished:
    """Write reports, evidence, labels, states and events in the caller's transaction, one statement a table however
    many they are: others wait for this transaction. Past the ORM: nothing of these articles may be loaded in *session*.

    Nothing is written of those whose lease is no longer ours: another worker has them or has finished.
    """
    rows = _lock_held(session, [result.article_id for result in results], token)
    ours = [result for result in results if result.article_id in rows]
    if not ours:
        return Finished(frozenset())
    moment = clock.now()
    changes = {result.article_id: _changes(result, moment) for result in ours}
    session.execute(_FINISH, [{"of": article_id, **values} for article_id, values in changes.items()])
    _add_rows(session, ReportRow, [row for result in ours for row in _report_rows(result, moment)])
    _add_rows(session, EvidenceRow, [row for result in ours for row in _evidence_rows(result)])
    labels = [{"article_id": result.article_id, "label": label} for result in ours for label in result.outcome.labels]
    _add_rows(session, ArticleLabelRow, labels)
    _add_rows(session, ArticleOrganisationRow, [row for result in ours for row in _organisation_rows(result)])
    keep_signatures(session, {article_id: row.text for article_id, row in rows.items()})
    summaries = {
        article_id: summary(cast("ArticleRow", SimpleNamespace(**{**row._mapping, **changes[article_id]})))
        for article_id, row in rows.items()
    }
    has_deliveries = outbox.add_events(session, type_="article.classified", data=summaries)
    return Finished(frozenset(rows), has_deliveries)


def _lock_held(session: Session, article_ids: Collection[str], token: str) -> dict[str, Row[Any]]:
    """What of each article is needed to finish it, by id, of those that are still held with *token*."""
    table = _ARTICLES
    held = (table.c.id.in_(article_ids), table.c.lease_token == token, table.c.state == "queued")
    columns = ("id", "text", "external_id", "requested_language", "published_at", "created_at")
    query = select(*(table.c[name] for name in columns)).where(*held).order_by(table.c.id).with_for_update()
    return {row.id: row for row in session.execute(query)}


def _changes(result: Result, moment: datetime) -> dict[str, Any]:
    report, outcome = result.report, result.outcome
    severity = report["violence"]["severity"]
    return {
        "state": "classified",
        "classified_at": moment,
        "lease_token": None,
        "lease_until": None,
        "language": report["language"]["code"],
        "text_sha256": report["text_sha256"],
        "reading_key": result.key,
        "versions": {"report": dict(report["versions"]), "language": report["language"]},
        "action": outcome.action,
        "labels": list(outcome.labels),
        "review_state": outcome.review_state,
        "severity": severity,
        "severity_rank": GRAVEST - severity if severity is not None else UNKNOWN_RANK,
        "certainty": outcome.certainty,
    }


_ARTICLES = cast("Table", ArticleRow.__table__)
_FINISH = update(_ARTICLES).where(_ARTICLES.c.id == bindparam("of"))


def _add_rows(session: Session, rows: type[Base], values: Sequence[dict[str, Any]]) -> None:
    if values:
        session.execute(insert(cast("Table", rows.__table__)), values)


def _report_rows(result: Result, moment: datetime) -> Iterator[dict[str, Any]]:
    for name in CLASSIFIERS:
        body = result.report[name]
        yield {
            "article_id": result.article_id,
            "classifier": name,
            "version": result.report["versions"][name],
            "status": body["status"],
            "body": body,
            "created_at": moment,
        }


def _organisation_rows(result: Result) -> Iterator[dict[str, str]]:
    mentions = result.report["designations"]["mentions"]
    for organisation_id in sorted({mention["organisation"]["id"] for mention in mentions}):
        yield {"article_id": result.article_id, "organisation_id": organisation_id}


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


def _close(session: Session, article_id: str, token: str, changes: dict[str, Any]) -> bool:
    """Leave the queue, if the lease is still ours."""
    result = session.execute(
        update(ArticleRow)
        .where(ArticleRow.id == article_id, ArticleRow.lease_token == token, ArticleRow.state == "queued")
        .values(**changes, classified_at=clock.now(), lease_token=None, lease_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def _evidence_rows(result: Result) -> Iterator[dict[str, Any]]:
    for name in CLASSIFIERS:
        for index, finding in enumerate(result.report[name]["findings"]):
            for evidence in finding["evidence"]:
                yield {
                    "article_id": result.article_id,
                    "classifier": name,
                    "finding": index,
                    "label": finding["label"],
                    "score": finding["score"],
                    "start": evidence["start"],
                    "end": evidence["end"],
                    "text": evidence["text"],
                    "reason": evidence["reason"],
                }


# --- reading --------------------------------------------------------------------------------------


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
