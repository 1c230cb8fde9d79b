"""Rows and reports for tests; the texts are the tests' own."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.types import (
    DesignationsReport,
    Evidence,
    Finding,
    Language,
    Mention,
    OrganisationName,
    Report,
    SourceBiasReport,
    ViolenceReport,
)
from models.wire import report_to_dict
from store import articles, clock, endpoints, outbox, sending
from store.articles import NewArticle
from store.database import Database
from store.policy import Outcome
from store.sending import Dispatch, Share
from store.tables import ArticleRow, DeliveryRow

TEXT = "The bridge was shelled at dawn. Two people were killed, the mayor said."
VERSIONS = {"violence": "1.0.0", "designations": "1.0.0", "source_bias": "1.0.0", "register": "2026-01-01"}
QUIET = Outcome("allow", (), "not_needed")
GRAVE = Outcome("review", ("violence", "violence.graphic"), "open")


def evidence(start: int, end: int, *, text: str = TEXT) -> Evidence:
    return Evidence(start, end, text[start:end], "These words say that people were killed.")


def mention(name: str = "the Example Front", *, score: float = 0.9) -> Mention:
    organisation = OrganisationName("example-front", name)
    return Mention(0, len(name), name, organisation, score, False, None, None, (), "The name stands on a list.")


def make_report(
    *,
    violence: ViolenceReport | None = None,
    designations: DesignationsReport | None = None,
    source_bias: SourceBiasReport | None = None,
    text: str = TEXT,
) -> dict[str, Any]:
    """A report in the shape of the API, by the code that makes real ones; by default it finds nothing."""
    report = Report(
        language=Language("en", 0.99, True),
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        versions=VERSIONS,
        violence=violence or ViolenceReport("ok", 0.0, 0.0, 0.0, 0),
        designations=designations or DesignationsReport("ok"),
        source_bias=source_bias or SourceBiasReport("ok", 0.0),
    )
    return report_to_dict(report)


def violent_report() -> dict[str, Any]:
    """Two findings, the second with two spans."""
    findings = (
        Finding("violence.bombing", 0.9, (evidence(15, 22),), severity=4),
        Finding("violence.killing", 0.8, (evidence(44, 50), evidence(32, 50)), severity=5),
    )
    return make_report(violence=ViolenceReport("ok", 0.9, 0.1, 0.0, 5, findings=findings))


def add_articles(session: Session, key_id: str, number: int, **fields: Any) -> list[str]:
    """Ids, oldest first. The clock's milliseconds may tie, so ids are put in order."""
    made = [articles.add_article(session, NewArticle(TEXT, **fields), api_key_id=key_id).id for _ in range(number)]
    return sorted(made)


def set_columns(session: Session, article_id: str, **values: Any) -> None:
    session.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(**values))


def ago(seconds: float) -> datetime:
    return clock.now() - timedelta(seconds=seconds)


def expire_leases(session: Session) -> None:
    """As if every worker that holds a lease had died a while ago."""
    session.execute(update(ArticleRow).where(ArticleRow.lease_until.is_not(None)).values(lease_until=ago(1)))


# --- deliveries -----------------------------------------------------------------------------------

RECEIVER = "https://receiver.example/hook"


def add_event(
    database: Database, key_id: str, *, type_: str = "article.classified", data: dict[str, object] | None = None
) -> str:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
        row = session.get_one(ArticleRow, made)
        return outbox.add_event(session, type_=type_, subject=row, data=data or articles.summary(row)).id


def add_endpoint(database: Database, *events: str) -> str:
    with database.writing() as session:
        return endpoints.add_endpoint(session, RECEIVER, events=events or ["article.classified"]).id


class Everybody(dict[str, bool]):
    """Every receiver is a quick one."""

    def get(self, _receiver: str, _default: object = None) -> bool:  # type: ignore[override]
        return True


ALL = Share(per_receiver=1_000, is_quick=Everybody())


def claim(database: Database, limit: int = 10, share: Share = ALL, after: str = "") -> list[Dispatch]:
    with database.writing() as session:
        return sending.claim_deliveries(session, limit=limit, share=share, after=after)


def dispatch(database: Database) -> Dispatch:
    """The one delivery that is due, claimed as a deliver worker does."""
    (found,) = claim(database)
    return found


def make_due(database: Database) -> None:
    """As if its time had come, and whoever held it had died a while ago."""
    with database.writing() as session:
        session.execute(
            update(DeliveryRow).where(DeliveryRow.next_attempt_at.is_not(None)).values(next_attempt_at=ago(1))
        )
        session.execute(update(DeliveryRow).where(DeliveryRow.lease_until.is_not(None)).values(lease_until=ago(1)))
