"""Every table. Text lives here, ids in the queue; times are UTC."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.database import UTCDateTime

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime(),
        dict[str, Any]: Json,
        list[str]: Json,
        str: Text(),
    }


class ApiKeyRow(Base):
    """A caller. Only the SHA-256 of the key is kept: it is random, so a slow hash would add nothing."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    key_sha256: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str]
    scopes: Mapped[list[str]]
    callback_secret: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class UserRow(Base):
    """A person who signs in to the dashboard."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    is_password_one_time: Mapped[bool]
    role: Mapped[str]
    created_at: Mapped[datetime]


class SignInRow(Base):
    """A signed-in browser; the cookie holds the token, the table its SHA-256."""

    __tablename__ = "sign_ins"
    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class ArticleRow(Base):
    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_state", "state", "id"),
        Index("ix_articles_review", "review_state", "id"),
        Index("ix_articles_action", "action", "id"),
        Index("ix_articles_key", "api_key_id", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    state: Mapped[str]
    text: Mapped[str] = mapped_column(deferred=True)  # up to 800 kB: lists must not load it
    title: Mapped[str | None]
    url: Mapped[str | None]
    source: Mapped[str | None]
    requested_language: Mapped[str | None]
    published_at: Mapped[str | None]
    external_id: Mapped[str | None] = mapped_column(index=True)
    # "metadata" is a name SQLAlchemy keeps for itself.
    caller_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", Json)
    callback_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    classified_at: Mapped[datetime | None]
    language: Mapped[str | None]
    text_sha256: Mapped[str | None]
    versions: Mapped[dict[str, Any] | None]
    action: Mapped[str | None]
    labels: Mapped[list[str] | None]
    review_state: Mapped[str]
    severity: Mapped[int | None]
    failure: Mapped[str | None]
    # A claim: who holds the lease may write the result; `deaths` counts leases that ran out.
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    deaths: Mapped[int] = mapped_column(default=0)


class ArticleLabelRow(Base):
    """One row per label of an article, so that a list can be filtered by an index."""

    __tablename__ = "article_labels"
    label: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, index=True)


class ReportRow(Base):
    """What one classifier found in one article, in the shape of the API."""

    __tablename__ = "reports"
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    classifier: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    status: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    created_at: Mapped[datetime]


class EvidenceRow(Base):
    """One span of one finding: what reviewers look at, decide on and count."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    classifier: Mapped[str]
    finding: Mapped[int]  # index into the classifier's `findings`
    label: Mapped[str] = mapped_column(index=True)
    score: Mapped[float]
    start: Mapped[int]
    end: Mapped[int]
    text: Mapped[str]
    reason: Mapped[str]


class DecisionRow(Base):
    """What a reviewer decided. Rows are added, never edited."""

    __tablename__ = "decisions"
    id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str]
    action: Mapped[str | None]
    findings: Mapped[dict[str, Any]]  # {"violence/0": "upheld", …}
    note: Mapped[str | None]
    created_at: Mapped[datetime]


class IdempotencyRow(Base):
    """First answer to an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07); kept 24 h."""

    __tablename__ = "idempotency"
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[str]
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    status: Mapped[int | None]  # None while the first answer is still being made
    answer: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(index=True)


class CustomOrganisationRow(Base):
    """One change to the customer's own organisations. Rows are added, never edited: the newest of an id counts.

    The version grows by one with each change; two changes at once meet at the primary key, so none is overlooked.
    """

    __tablename__ = "custom_organisations"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[str] = mapped_column(index=True)
    body: Mapped[dict[str, Any]]
    is_removed: Mapped[bool]
    changed_by: Mapped[str]
    created_at: Mapped[datetime]


class EndpointRow(Base):
    """A receiver's URL. With `article_id` it is a one-off callback and is not listed."""

    __tablename__ = "endpoints"
    id: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    secret: Mapped[str]
    events: Mapped[list[str]]
    description: Mapped[str | None]
    is_enabled: Mapped[bool]
    disabled_reason: Mapped[str | None]
    article_id: Mapped[str | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class EventRow(Base):
    """A fact in the past tense. Its id is the `webhook-id`; `body` is sent byte for byte at every attempt."""

    __tablename__ = "events"
    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    article_id: Mapped[str | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    body: Mapped[str]
    created_at: Mapped[datetime]


class DeliveryRow(Base):
    """One event for one endpoint. `next_attempt_at` is the retry clock."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "endpoint_id"),
        Index("ix_deliveries_due", "state", "next_attempt_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoints.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]  # pending, delivered, failed
    attempt_count: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    created_at: Mapped[datetime]


class AttemptRow(Base):
    """One POST: what came back."""

    __tablename__ = "attempts"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[str | None]
