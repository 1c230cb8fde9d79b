"""Every table. Text lives here, ids in the queue; times are UTC.

A column that came later has a default in the database: during an upgrade, hosts with the older code go on writing rows.
"""

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from sqlalchemy import JSON, ForeignKey, Index, MetaData, Text, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

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
        dict[str, str]: Json,
        list[str]: Json,
        list[Any]: Json,
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
    old_callback_secret: Mapped[str | None]  # signs beside the new one until then
    old_callback_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    served: Mapped[float] = mapped_column(server_default="0")  # what was read for this caller (store/claims.py)
    sees: Mapped[str] = mapped_column(server_default="own")  # whose articles: own, all (store/keys.py)
    limits: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # where they differ from the settings
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class RetiredKeyRow(Base):
    """The SHA-256 of a secret that a rotation replaced: it opens its key until then, and never makes another one."""

    __tablename__ = "retired_keys"
    key_sha256: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), index=True)
    good_until: Mapped[datetime]


class UserRow(Base):
    """A person who signs in to the dashboard."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    is_password_one_time: Mapped[bool]
    role: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None]  # RFC 6238, base32; None: no second factor
    totp_last_step: Mapped[int | None]  # the time step of the last code taken: none is good twice
    totp_recovery: Mapped[list[str] | None]  # SHA-256 of each recovery code not used yet


class SignInRow(Base):
    """A signed-in browser; the cookie holds the token, the table its SHA-256."""

    __tablename__ = "sign_ins"
    token_sha256: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    awaits_code: Mapped[bool] = mapped_column(server_default=false())  # the password was right, the code is to come


class ArticleRow(Base):
    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_state", "state", "id"),
        Index("ix_articles_review", "review_state", "id"),
        Index("ix_articles_action", "action", "id"),
        Index("ix_articles_key", "api_key_id", "id"),
        Index("ix_articles_waiting", "state", "api_key_id", "priority", "id"),
        Index("ix_articles_lease", "state", "lease_until"),
        Index("ix_articles_kept", "erased_at", "id"),
        Index("ix_articles_external_id", "external_id", "id"),
        # --- the review queue (store/review_queue.py): each order is an index walked from its beginning
        Index("ix_articles_review_severity", "review_state", "severity_rank", "id"),
        Index("ix_articles_review_certainty", "review_state", "certainty", "id"),
        Index("ix_articles_source", "source", "id"),
        Index("ix_articles_language", "language", "id"),
        Index("ix_articles_assignee", "assignee", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    state: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default="1")  # 0 somebody waits for it, 1 normal, 2 low
    text: Mapped[str] = mapped_column(deferred=True)  # up to 800 kB: lists must not load it
    title: Mapped[str | None]
    url: Mapped[str | None]
    source: Mapped[str | None]
    requested_language: Mapped[str | None]
    published_at: Mapped[str | None]
    external_id: Mapped[str | None]
    # "metadata" is a name SQLAlchemy keeps for itself.
    caller_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", Json)
    callback_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    classified_at: Mapped[datetime | None]
    language: Mapped[str | None]  # of the report; until there is one, the one that was sent
    text_sha256: Mapped[str | None]
    reading_key: Mapped[str | None] = mapped_column(index=True)  # repeats may have its report (store/readings.py)
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
    is_extracted: Mapped[bool] = mapped_column(server_default=false())  # `text` was taken out of HTML
    erased_at: Mapped[datetime | None]  # since then the row holds ids, labels and scores, and no words
    # --- review: `revision` grows with each decision, appeal and claim that a decision could have overlooked
    revision: Mapped[int] = mapped_column(server_default="0")
    severity_rank: Mapped[int] = mapped_column(server_default="4")  # 7 - severity; 4 where it is not known
    certainty: Mapped[float] = mapped_column(server_default="1")  # 0: a score stands on the edge of a rule
    assignee: Mapped[str | None]  # who has claimed it, until then
    claimed_until: Mapped[datetime | None]
    opinion_asked_by: Mapped[str | None]  # this reviewer wants another's opinion


class ArticleLabelRow(Base):
    """One row per label of an article, so that a list can be filtered by an index."""

    __tablename__ = "article_labels"
    label: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, index=True)


class ArticleOrganisationRow(Base):
    """One row per organisation that an article mentions, so that a list can be filtered by an index."""

    __tablename__ = "article_organisations"
    organisation_id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, index=True)


class ExternalIdRow(Base):
    """The newest article that a caller sent under an ``external_id``, and the hash of what was to be read in it.

    Without an article only inside the transaction that makes the row.
    """

    __tablename__ = "external_ids"
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    content_sha256: Mapped[str | None]
    created_at: Mapped[datetime]


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
    """What a reviewer decided. Rows are added, never edited; one that `undoes` another takes it back."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("uq_decisions_undoes", "undoes", unique=True),
        Index("ix_decisions_action", "action", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str]
    action: Mapped[str | None]
    findings: Mapped[dict[str, Any]]  # {"violence/0": "upheld", …}
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(server_default="decision")  # store/reviews.py KINDS
    evidence: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # {"violence/0/1": "overturned", …}
    labels: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # {"violence/0": "violence.assault", …}
    missed: Mapped[list[Any]] = mapped_column(server_default="[]")  # [{"start", "end", "label"}, …]
    before: Mapped[dict[str, Any] | None]  # what taking it back brings back
    undoes: Mapped[str | None]
    bulk_id: Mapped[str | None] = mapped_column(index=True)


class IdempotencyRow(Base):
    """First answer to an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07); kept 24 h."""

    __tablename__ = "idempotency"
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[str]
    article_id: Mapped[str | None] = mapped_column(  # None: of a batch
        ForeignKey("articles.id", ondelete="CASCADE"), index=True
    )
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
    receiver: Mapped[str] = mapped_column(server_default="", index=True)  # follows from `url`
    secret: Mapped[str]
    old_secret: Mapped[str | None]  # signs beside the new one until then
    old_secret_until: Mapped[datetime | None]
    events: Mapped[list[str]]
    headers: Mapped[dict[str, str]] = mapped_column(server_default="{}")
    description: Mapped[str | None]
    is_enabled: Mapped[bool]  # switched off, events pass it by; paused, they wait for it
    is_paused: Mapped[bool] = mapped_column(server_default=false())
    disabled_reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]  # the first failure after the last success
    told_failing_at: Mapped[datetime | None]
    article_id: Mapped[str | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]

    @validates("url")
    def _follow_url(self, _name: str, url: str) -> str:
        self.receiver = receiver_of(url)
        return url


def receiver_of(url: str) -> str:
    """``host:port`` in lower case: what a checked URL connects to, whose attempts share one allowance."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removesuffix('.')}:{parts.port or (80 if parts.scheme == 'http' else 443)}"


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
        Index("ix_deliveries_receiver", "state", "receiver", "next_attempt_at"),
        Index("ix_deliveries_state", "state", "id"),
        Index("ix_deliveries_endpoint", "endpoint_id", "id"),
        Index("ix_deliveries_endpoint_state", "endpoint_id", "state", "id"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoints.id", ondelete="CASCADE"))
    receiver: Mapped[str] = mapped_column(server_default="")  # the endpoint's, so that a claim can be fair by an index
    state: Mapped[str]  # pending, delivered, failed
    attempt_count: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
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


class SuggestionRow(Base):
    """What a caller says a score should have been (Perspective's ``suggestscore``)."""

    __tablename__ = "suggestions"
    id: Mapped[str] = mapped_column(primary_key=True)
    api_key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"))
    text: Mapped[str | None]  # None where its sender asked us not to store it
    text_sha256: Mapped[str]
    scores: Mapped[dict[str, Any]]
    languages: Mapped[list[str]]
    community: Mapped[str | None]
    client_token: Mapped[str | None]
    created_at: Mapped[datetime]


class AuditEntryRow(Base):
    """Who did what to what. Added by `store.audit.record` alone; triggers refuse UPDATE, DELETE and TRUNCATE.

    Each entry's `hash` covers the one before it, so a change that gets past the triggers still shows.
    """

    __tablename__ = "audit_entries"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    details: Mapped[str]  # JSON as it was hashed: jsonb would put keys and numbers in a form of its own
    previous_hash: Mapped[str]
    hash: Mapped[str]


class FigureRow(Base):
    """A number counted beforehand (store/figure_counts.py): of an hour, or of a day, which is the sum of its hours."""

    __tablename__ = "figures"
    grain: Mapped[str] = mapped_column(primary_key=True)  # hour, day
    at: Mapped[datetime] = mapped_column(primary_key=True)  # when it begins
    measure: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]
