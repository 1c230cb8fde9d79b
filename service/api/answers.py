"""What we answer: shapes for the OpenAPI document, and the functions that fill them."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from models.types import Report
from models.wire import with_utf16_offsets
from store import articles, clock
from store.deliveries import DeliveryRecord
from store.policy import Action, Policy
from store.tables import ArticleRow, EndpointRow

OffsetUnit = Literal["code_point", "utf16"]


class ArticleSummary(BaseModel):
    """An article as lists show it."""

    id: str = Field(examples=["art_01936b1f7a5c0123456789abcdef0123"])
    state: Literal["queued", "classified", "failed"]
    external_id: str | None
    language: str | None
    published_at: str | None
    created_at: str
    classified_at: str | None
    action: Action | None = Field(description="null until the article is read.")
    labels: list[str]
    review_state: Literal["not_needed", "open", "escalated", "closed"]
    offset_unit: OffsetUnit


class Article(ArticleSummary):
    """An article with its report."""

    failure: str | None = Field(description="Why the article could not be read, where its state is `failed`.")
    report: Report | None = Field(description="null until the article is classified.")


class SubmittedArticle(Article):
    """The answer to a submission."""

    callback_secret: str | None = Field(
        None, description="Signs the webhooks to `callback_url`; one secret per API key. Only with `callback_url`."
    )


class ArticleList(BaseModel):
    data: list[ArticleSummary]
    next_cursor: str | None


class Decision(BaseModel):
    """What a reviewer decided."""

    id: str
    article_id: str
    reviewer: str
    action: Action | None
    findings: dict[str, str]
    note: str | None
    created_at: str


class DecisionList(BaseModel):
    data: list[Decision]
    next_cursor: None


class Endpoint(BaseModel):
    """A receiver of webhooks."""

    id: str
    url: str
    events: list[str]
    description: str | None
    is_enabled: bool
    disabled_reason: str | None
    created_at: str


class NewEndpoint(Endpoint):
    secret: str = Field(description="Signs the webhooks (Standard Webhooks 1.0). Shown once.")


class EndpointList(BaseModel):
    data: list[Endpoint]
    next_cursor: str | None


class Attempt(BaseModel):
    """One POST of a delivery."""

    number: int
    started_at: str
    duration_ms: int
    status: int | None
    failure: str | None


class Delivery(BaseModel):
    """One event for one endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    article_id: str | None
    state: Literal["pending", "delivered", "failed"]
    attempt_count: int
    next_attempt_at: str | None
    created_at: str
    attempts: list[Attempt]


class DeliveryList(BaseModel):
    data: list[Delivery]
    next_cursor: str | None


class SpelledName(BaseModel):
    """One spelling that is looked for."""

    text: str
    language: Literal["en", "ru", "ar", "ar-Latn"]
    kind: str = Field(examples=["alias"])


class Listing(BaseModel):
    """One authority's listing. Dates are ISO, and may be a year or a month; null where no date was seen."""

    jurisdiction: str
    list: str
    kind: Literal["terrorist", "extremist", "sanctions"]
    since: str | None
    until: str | None
    status: str = Field(examples=["listed"])
    reference: str | None


class Organisation(BaseModel):
    """An organisation that somebody lists. That it is here says who lists the name, and nothing else."""

    id: str = Field(examples=["islamic-state"])
    name: str
    custom: bool = Field(description="Added by you, through the API or the file.")
    extends: str | None = Field(description="The built-in organisation that this one adds to.")
    note: str | None
    wikidata: str | None
    names: list[SpelledName]
    designations: list[Listing]


class OrganisationList(BaseModel):
    data: list[Organisation]
    next_cursor: str | None


class PolicyRule(BaseModel):
    label: str
    action: Action
    min_score: float


class PolicyAnswer(BaseModel):
    """Which findings lead to which action."""

    name: str
    version: int
    rules: list[PolicyRule]


class Fault(BaseModel):
    """One field that was refused."""

    pointer: str = Field(description="JSON Pointer into the body, or the parameter's name.")
    detail: str
    location: Literal["query", "header"] | None = Field(None, alias="in", description="Absent: the body.")


class ProblemAnswer(BaseModel):
    """An error, after RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[Fault]


class Health(BaseModel):
    status: Literal["ok"]


class Readiness(BaseModel):
    status: Literal["ready"]
    checks: dict[str, Literal["ok"]]


def describe_article(summary: Mapping[str, Any], *, failure: str | None, report: Any, unit: str) -> dict[str, Any]:
    """The article of the API contract, keys always in one order."""
    return {
        **{name: summary[name] for name in ArticleSummary.model_fields if name != "offset_unit"},
        "offset_unit": unit,
        "failure": failure,
        "report": report,
    }


def article_answer(row: ArticleRow, report: Any, *, unit: str = "code_point") -> dict[str, Any]:
    """*row* must be in its session where *unit* is utf16: the text is loaded then."""
    if unit == "utf16" and report is not None:
        report = with_utf16_offsets(report, row.text)
    return describe_article(articles.summary(row), failure=row.failure, report=report, unit=unit)


def describe_endpoint(row: EndpointRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "is_enabled": row.is_enabled,
        "disabled_reason": row.disabled_reason,
        "created_at": clock.isoformat(row.created_at),
    }


def describe_delivery(record: DeliveryRecord) -> dict[str, Any]:
    row, event = record.delivery, record.event
    return {
        "id": row.id,
        "endpoint_id": row.endpoint_id,
        "event_id": event.id,
        "event_type": event.type,
        "article_id": event.article_id,
        "state": row.state,
        "attempt_count": row.attempt_count,
        "next_attempt_at": clock.isoformat(row.next_attempt_at),
        "created_at": clock.isoformat(row.created_at),
        "attempts": [
            {
                "number": attempt.number,
                "started_at": clock.isoformat(attempt.started_at),
                "duration_ms": attempt.duration_ms,
                "status": attempt.status,
                "failure": attempt.failure,
            }
            for attempt in record.attempts
        ],
    }


def describe_policy(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "version": policy.version,
        "rules": [{"label": rule.label, "action": rule.action, "min_score": rule.min_score} for rule in policy.rules],
    }
