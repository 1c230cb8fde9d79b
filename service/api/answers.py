"""What we answer: shapes for the OpenAPI document, and the functions that fill them."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from models.types import Report
from models.wire import with_utf16_offsets
from store import articles, clock
from store.deliveries import DeliveryRecord
from store.endpoints import MASK
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
    erased_at: str | None = Field(description="Since then no word of it is kept: quotations and reasons are empty.")
    text: str | None = Field(description="What was read, where `html` was sent: spans count in it. Else null.")
    report: Report | None = Field(description="null until the article is classified.")


class SubmittedArticle(Article):
    """The answer to a submission."""

    callback_secret: str | None = Field(
        None, description="Signs the webhooks to `callback_url`; one secret per API key. Only with `callback_url`."
    )


class BatchArticle(BaseModel):
    """An article of a batch that was taken in."""

    id: str
    state: Literal["queued", "classified", "failed"]
    external_id: str | None
    duplicate: bool = Field(description="Whether it was sent before under this `external_id`: `id` is the earlier one.")
    callback_secret: str | None = Field(None, description="Only with `callback_url`.")


class ArticleList(BaseModel):
    data: list[ArticleSummary]
    next_cursor: str | None


class Missed(BaseModel):
    """A span that a reviewer added."""

    start: int
    end: int
    label: str


class Decision(BaseModel):
    """What a reviewer decided."""

    id: str
    article_id: str
    reviewer: str
    action: Action | None
    findings: dict[str, str]
    note: str | None
    created_at: str
    kind: Literal["decision", "escalation", "second_opinion", "undo", "ruling"]
    evidence: dict[str, str]
    labels: dict[str, str]
    missed: list[Missed]
    undoes: str | None = Field(description="The decision that this one takes back.")
    bulk_id: str | None = Field(description="The same for decisions made at once.")


class DecisionList(BaseModel):
    data: list[Decision]
    next_cursor: None


class Appeal(BaseModel):
    """Somebody asked for another look; `ruled` when somebody has looked."""

    id: str
    article_id: str
    state: Literal["appealed", "ruled"]
    appellant: str | None
    reason: str
    recorded_by: str
    created_at: str
    ruling: Literal["upheld", "overturned"] | None
    ruled_by: str | None
    ruled_at: str | None
    decision_id: str | None = Field(description="The decision that the ruling made.")


class AppealList(BaseModel):
    data: list[Appeal]
    next_cursor: None


class Endpoint(BaseModel):
    """A receiver of webhooks."""

    id: str
    url: str
    events: list[str]
    description: str | None
    headers: dict[str, str] = Field(description="The value of each is `***`.")
    is_enabled: bool
    is_paused: bool
    disabled_reason: str | None
    failing_since: str | None = Field(description="The first failure after the last success.")
    old_secret_until: str | None = Field(description="Until then the secret before the last rotation signs too.")
    created_at: str


class NewEndpoint(Endpoint):
    secret: str = Field(description="Signs the webhooks (Standard Webhooks 1.0). Shown once.")


class CallbackSecret(BaseModel):
    callback_secret: str = Field(description="Signs the webhooks to `callback_url` of this API key.")
    old_secret_until: str = Field(description="Until then the one before signs too.")


class Redelivered(BaseModel):
    count: int = Field(description="How many are on their way again.")


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
    next_attempt_at: str | None = Field(description="null also while its endpoint is paused or switched off.")
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


class PolicyVersion(PolicyAnswer):
    """One version of the policy, and who made it."""

    note: str | None = Field(description="Why it was changed.")
    changed_by: str | None = Field(description="A user's or API key's id; null: built in.")
    created_at: str | None = Field(description="null: built in.")


class PolicyVersionList(BaseModel):
    data: list[PolicyVersion]
    next_cursor: str | None


class ActionChange(BaseModel):
    """Articles whose action would become another."""

    before: Action
    after: Action
    count: int


class ArticleChange(BaseModel):
    article_id: str
    before: Action
    after: Action


class PolicyPreview(BaseModel):
    """What a policy would make of the newest articles, beside what the one in force makes of them."""

    articles: int = Field(description="How many were looked at.")
    changed: int = Field(description="How many of them would have another action.")
    by_action: list[ActionChange]
    changes: list[ArticleChange] = Field(description="The newest first.")


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


class BatchRefusal(BaseModel):
    """An article of a batch that was refused; pointers lead into the body of the batch."""

    error: ProblemAnswer


class SubmittedBatch(BaseModel):
    """One answer for each article, in order."""

    articles: list[BatchArticle | BatchRefusal]


class Health(BaseModel):
    status: Literal["ok"]


class Readiness(BaseModel):
    status: Literal["ready"]
    checks: dict[str, Literal["ok"]]


def describe_article(summary: Mapping[str, Any], *, text: str | None, report: Any, unit: str) -> dict[str, Any]:
    """The article of the API contract, keys always in one order. *summary* has ``failure``, ``erased_at`` besides."""
    return {
        **{name: summary[name] for name in ArticleSummary.model_fields if name != "offset_unit"},
        "offset_unit": unit,
        "failure": summary["failure"],
        "erased_at": summary.get("erased_at"),
        "text": text,
        "report": report,
    }


def article_answer(row: ArticleRow, report: Any, *, unit: str = "code_point") -> dict[str, Any]:
    """*row* must be in its session: the text is loaded where *unit* is utf16, or the caller sent HTML."""
    if unit == "utf16" and report is not None:
        report = with_utf16_offsets(report, row.text)
    summary = {**articles.summary(row), "failure": row.failure, "erased_at": clock.isoformat(row.erased_at)}
    return describe_article(summary, text=text_answer(row), report=report, unit=unit)


def text_answer(row: ArticleRow) -> str | None:
    """The text that was taken out of HTML; the caller has no other copy of it."""
    return row.text if row.is_extracted and row.erased_at is None else None


def describe_endpoint(row: EndpointRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "headers": dict.fromkeys(row.headers, MASK),
        "is_enabled": row.is_enabled,
        "is_paused": row.is_paused,
        "disabled_reason": row.disabled_reason,
        "failing_since": clock.isoformat(row.failing_since),
        "old_secret_until": clock.isoformat(row.old_secret_until),
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
