"""What goes in and what comes out: plain JSON, with types."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

State = Literal["queued", "classified", "failed"]
Action = Literal["allow", "label", "review", "block"]
ReviewState = Literal["not_needed", "open", "escalated", "closed"]
OffsetUnit = Literal["code_point", "utf16"]


class ArticleFields(TypedDict, total=False):
    """What may be said of an article beside its text."""

    title: str
    url: str
    source: str
    language: Literal["en", "ru"]
    published_at: str
    external_id: str
    metadata: dict[str, Any]
    callback_url: str
    priority: Literal["normal", "low"]


class NewArticle(ArticleFields, total=False):
    """An article of a batch: exactly one of ``text`` and ``html``, and what may be said of it."""

    text: str
    html: str


class ArticleSummary(TypedDict):
    """An article as lists show it."""

    id: str
    state: State
    external_id: str | None
    language: str | None
    published_at: str | None
    created_at: str
    classified_at: str | None
    action: Action | None
    labels: list[str]
    review_state: ReviewState
    offset_unit: OffsetUnit


class Article(ArticleSummary):
    """An article with its report, which is None until it is read. ``text`` is there where HTML was sent."""

    failure: str | None
    erased_at: str | None
    text: str | None
    report: dict[str, Any] | None
    callback_secret: NotRequired[str]


class Problem(TypedDict):
    """Why an article of a batch was refused."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[dict[str, str]]


class Taken(TypedDict):
    """An article of a batch that was taken in; ``duplicate``: sent before under its external id, as ``id``."""

    id: str
    state: State
    external_id: str | None
    duplicate: bool
    callback_secret: NotRequired[str]


class Refused(TypedDict):
    """An article of a batch that was not."""

    error: Problem


class ArticleFilter(TypedDict, total=False):
    """Which articles a list holds."""

    state: State
    label: str
    action: Action
    review_state: ReviewState
    source: str
    language: str
    external_id: str
    organisation: str
    created_after: str
    created_before: str
    offset_unit: OffsetUnit


class OrganisationFilter(TypedDict, total=False):
    """Which organisations a list holds: part of a name, who lists them, on which day."""

    q: str
    jurisdiction: str
    on: str


class Organisation(TypedDict):
    """Somebody's listing of an organisation is a fact about the list, not a view of ours."""

    id: str
    name: str
    custom: bool
    extends: str | None
    note: str | None
    wikidata: str | None
    names: list[dict[str, Any]]
    designations: list[dict[str, Any]]


class Endpoint(TypedDict):
    """A receiver of webhooks. ``secret`` is there once, when it is made."""

    id: str
    url: str
    events: list[str]
    description: str | None
    headers: dict[str, str]
    is_enabled: bool
    is_paused: bool
    disabled_reason: str | None
    failing_since: str | None
    old_secret_until: str | None
    created_at: str
    secret: NotRequired[str]


class EndpointFields(TypedDict, total=False):
    """What may be said of a receiver beside its address."""

    events: list[str]
    description: str
    headers: dict[str, str]


class Decision(TypedDict):
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
    missed: list[dict[str, Any]]
    undoes: str | None
    bulk_id: str | None


Decisions: TypeAlias = list[Decision]


Judgement = Literal["upheld", "overturned", "unsure"]


class DecisionFields(TypedDict, total=False):
    """An action for the article, or decisions on its findings (``violence/0``) and their spans (``violence/0/1``)."""

    action: Action
    findings: dict[str, Judgement]
    evidence: dict[str, Judgement]
    labels: dict[str, str]
    missed: list[dict[str, Any]]
    note: str
    kind: Literal["decision", "escalation", "second_opinion"]
    undoes: str


Scope = Literal["submit", "read", "review", "admin"]


class Limits(TypedDict, total=False):
    """Of one key; None: as the service's settings say, 0: none."""

    articles_per_minute: int | None
    characters_per_minute: int | None
    requests_per_minute: int | None
    burst_seconds: int | None


class KeyFields(TypedDict, total=False):
    """What may be said of a key beside its name."""

    scopes: list[Scope]
    sees: Literal["own", "all"]
    limits: Limits
    expires_at: str | None


class KeyChange(KeyFields, total=False):
    """What to change; all else stays. ``expires_at=None``: it has no end."""

    name: str


class Key(TypedDict):
    """An API key. ``key``, the secret, is there once: when it is made or rotated."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    sees: Literal["own", "all"]
    limits: Limits
    is_bootstrap: bool
    created_at: str
    last_used_at: str | None
    rotated_at: str | None
    old_key_until: str | None
    expires_at: str | None
    revoked_at: str | None
    key: NotRequired[str]


class Event(TypedDict):
    """A webhook's body."""

    type: str
    timestamp: str
    data: dict[str, Any]
