"""What callers may send. Strict: unknown fields and lenient types are refused, never guessed."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SkipValidation, model_validator
from pydantic_core import PydanticCustomError

from store.addresses import LONGEST_URL
from store.appeals import LONGEST_APPELLANT, LONGEST_REASON
from store.articles import MAX_CODE_POINTS
from store.endpoints import MOST_HEADERS
from store.outbox import EVENT_TYPES
from store.policies import LONGEST_NAME, MOST_PREVIEWED, MOST_RULES
from store.policies import LONGEST_NOTE as LONGEST_POLICY_NOTE
from store.policy import LABELS, RULE_LABELS, Action
from store.reviews import LONGEST_NOTE, MOST_MISSED

MOST_ARTICLES = 100  # of a batch
MAX_HTML_CODE_POINTS = 1_000_000
LONGEST_METADATA_BYTES = 8_192
DEEPEST_METADATA = 16
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,12})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_URL_LEFT_OUT = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}]")


def read_moment(value: str) -> datetime:
    """An RFC 3339 date (its first second, UTC) or date-time as a UTC datetime; ValueError for anything else."""
    if _DATE.fullmatch(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if not _DATE_TIME.fullmatch(value):
        raise ValueError("must be an RFC 3339 date or date-time")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a date of the years 1 to 9999") from None


def _check_moment(value: str) -> str:
    try:
        read_moment(value)
    except ValueError:
        raise PydanticCustomError(
            "moment", "Must be an RFC 3339 date or date-time, such as 2026-11-23 or 2026-11-23T09:00:00Z."
        ) from None
    return value.upper()


def _check_date(value: str) -> str:
    try:
        if _DATE.fullmatch(value):
            date.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise PydanticCustomError("date", "Must be a date such as 2026-11-23.")


def _check_jurisdiction(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise PydanticCustomError("jurisdiction", "Must be two capital letters, such as RU or UN.")
    return value


def _check_web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or _URL_LEFT_OUT.search(value):
        raise PydanticCustomError("web_address", "Must be an http or https URL.")
    return value


def _check_metadata(value: dict[str, Any]) -> dict[str, Any]:
    layer: list[Any] = [value]
    for _ in range(DEEPEST_METADATA):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if layer:
        raise PydanticCustomError("metadata_depth", "Must be nested at most 16 levels deep.")
    if len(orjson.dumps(value)) > LONGEST_METADATA_BYTES:  # after the depth: orjson itself refuses 255 levels
        raise PydanticCustomError("metadata_size", "Must have at most 8192 bytes as JSON.")
    return value


def _check_label(value: str) -> str:
    if value not in LABELS:
        raise PydanticCustomError("label", "There is no such label.")
    return value


def plain_number(value: Any) -> Any:
    """ "20", but neither "2_0", " 20" nor "2e1", which Python would also take."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,6}", value):
        raise PydanticCustomError("number", "Must be a whole number.")
    return value


def _plus(value: Any) -> Any:
    """A zone's plus that was not written %2B reaches us as a space."""
    return re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", value) if isinstance(value, str) else value


Jurisdiction = Annotated[str, AfterValidator(_check_jurisdiction)]
Moment = Annotated[str, AfterValidator(_check_moment)]
WebAddress = Annotated[str, Field(max_length=LONGEST_URL), AfterValidator(_check_web_address)]
Metadata = Annotated[dict[str, Any], AfterValidator(_check_metadata)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_CODE_POINTS)]
Html = Annotated[str, Field(min_length=1, max_length=MAX_HTML_CODE_POINTS)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


def _hide_null(schema: dict[str, Any]) -> None:
    """An address has no null: a parameter is there or left out."""
    for name, described in schema["properties"].items():
        options = [option for option in described.pop("anyOf", []) if option != {"type": "null"}]
        if len(options) == 1:
            schema["properties"][name] = {**options[0], **described}
        elif options:
            described["anyOf"] = options
        if schema["properties"][name].get("default", "") is None:
            del schema["properties"][name]["default"]


def _require_one_text(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("text", "html")]


class Body(BaseModel):
    """A field that may be left out may be null too, which says the same unless the field says otherwise."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ArticleIn(Body):
    """One article. Exactly one of `text` and `html`; the text is kept code point for code point."""

    model_config = ConfigDict(json_schema_extra=_require_one_text)

    text: Text | None = Field(None, description="1 to 200,000 code points.")
    html: Html | None = Field(
        None, description="A web page; at most 1,000,000 code points, its article 200,000. Answers give its `text`."
    )
    title: Annotated[str, Field(max_length=1_000)] | None = Field(None, description="If absent, what `html` says.")
    url: WebAddress | None = Field(None, description="Where the article stands.")
    source: Annotated[str, Field(max_length=300)] | None = Field(
        None, description="Outlet name or domain. If absent, what `html` says."
    )
    language: Literal["en", "ru"] | None = Field(None, description="Detected if absent.")
    published_at: Moment | None = Field(None, description="RFC 3339; decides which designations were in force.")
    external_id: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None, description="Yours. The same content under the same id of the same API key is read once."
    )
    metadata: Metadata | None = Field(None, description="Yours; at most 8 kB. Kept, never read.")
    callback_url: str | None = Field(None, description="One-off webhook for this article.")
    priority: Literal["normal", "low"] | None = Field(
        None, description="`low`: read after all others of your key; `normal` if absent."
    )

    @model_validator(mode="after")
    def _check_one_text(self) -> "ArticleIn":
        if (self.text is None) == (self.html is None):
            raise PydanticCustomError("one_text", "Give exactly one of text and html.")
        return self


class BatchIn(Body):
    """Up to 100 articles; 16 MiB in all. Each is checked on its own: a bad one harms no other."""

    articles: list[SkipValidation[ArticleIn]] = Field(min_length=1, max_length=MOST_ARTICLES)


FindingDecision = Literal["upheld", "overturned", "unsure"]
PlainInt = Annotated[int, Field(ge=0, le=MAX_CODE_POINTS, strict=True)]


class MissedSpan(Body):
    """Words that nobody found."""

    start: PlainInt = Field(description="In code points.")
    end: PlainInt
    label: str = Field(description="The label of a finding, such as `violence.killing`.")


class DecisionIn(Body):
    """A decision: an action for the article, or decisions on its findings and their spans, or all of them."""

    action: Action | None = Field(None, description="Closes the review.")
    findings: dict[str, FindingDecision] | None = Field(
        None, description="`classifier/index` to decision, such as `violence/0`."
    )
    evidence: dict[str, FindingDecision] | None = Field(
        None, description="`classifier/index/span` to decision, such as `violence/0/1`: single spans of a finding."
    )
    labels: dict[str, str] | None = Field(
        None, description="`classifier/index` to the label that the finding should have."
    )
    missed: Annotated[list[MissedSpan], Field(max_length=MOST_MISSED)] | None = Field(
        None, description="Spans that nobody found."
    )
    note: Note | None = None
    kind: Literal["decision", "escalation", "second_opinion"] | None = Field(
        None, description="To hand the article on, without an action: to somebody senior, or to another reviewer."
    )
    undoes: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="The newest decision that stands, to be taken back; with nothing else but a note."
    )

    @model_validator(mode="after")
    def _check_undo(self) -> "DecisionIn":
        others = self.model_dump(exclude={"undoes", "note"}, exclude_none=True)
        if self.undoes is not None and others:
            raise PydanticCustomError("undo_alone", "Taking a decision back goes with nothing else but a note.")
        return self


class AppealIn(Body):
    """Why somebody asks for another look."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    appellant: Annotated[str, Field(min_length=1, max_length=LONGEST_APPELLANT)] | None = Field(
        None, description="Who appeals: a name or an id of your own."
    )


class RulingIn(Body):
    """What becomes of an appeal."""

    ruling: Literal["upheld", "overturned"] = Field(description="Of the decision that is appealed.")
    action: Action | None = Field(None, description="The new one, of a decision that is overturned.")
    note: Note | None = None


class PolicyRuleIn(Body):
    """An article with this label, at this score or above, calls for this action; the gravest wins."""

    label: str = Field(description="A label of articles or of findings.", json_schema_extra={"enum": list(RULE_LABELS)})
    action: Action
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.5


class PolicyIn(Body):
    """A whole policy: it takes the place of the one in force."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern="^[A-Za-z0-9._-]+$")
    rules: Annotated[list[PolicyRuleIn], Field(max_length=MOST_RULES)]
    version: Annotated[int, Field(ge=1)] | None = Field(
        None, description="The version that it takes the place of: 412 where another is in force."
    )
    note: Annotated[str, Field(max_length=LONGEST_POLICY_NOTE)] | None = Field(None, description="Why it is changed.")


class PolicyPreviewIn(PolicyIn):
    """A policy to try on the newest articles."""

    last: Annotated[int, Field(ge=1, le=MOST_PREVIEWED)] = Field(100, description="How many articles to look at.")


Headers = Annotated[dict[str, str], Field(max_length=MOST_HEADERS)]


class EndpointIn(Body):
    """A receiver of webhooks."""

    url: str = Field(description="https, port 443, no private address.")
    events: list[str] = Field(
        [name for name in EVENT_TYPES if name.startswith("article.")],
        min_length=1,
        max_length=20,
        description="Event types; all about articles if absent.",
    )
    description: Annotated[str, Field(max_length=500)] | None = None
    headers: Headers = Field(
        {}, description="Sent with each webhook, such as `Authorization`; answers show `***` for the values."
    )


class EndpointChange(Body):
    """What to change; all else stays."""

    url: str | None = None
    events: Annotated[list[str], Field(min_length=1, max_length=20)] | None = None
    description: Annotated[str, Field(max_length=500)] | None = Field(None, description="null: none.")
    headers: Headers | None = Field(
        None, description="Takes the place of all that are there; the value `***` keeps the one of that name."
    )
    is_enabled: bool | None = Field(None, description="Switched off, it misses what happens meanwhile.")
    is_paused: bool | None = Field(None, description="Paused, it gets what happens meanwhile when it goes on.")


class Redelivery(Body):
    """Which deliveries of an endpoint to send again; all that failed if nothing is given."""

    state: Literal["failed", "delivered"] = "failed"
    since: Moment | None = Field(None, description="Made at or after: an RFC 3339 date or date-time.")
    until: Moment | None = Field(None, description="Made before: an RFC 3339 date or date-time.")


class Query(BaseModel):
    """Query parameters. An empty one (`?state=`) counts as not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_hide_null)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, given: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in given.items() if value != ""}


class SpanQuery(Query):
    offset_unit: Literal["code_point", "utf16"] = Field("code_point", description="What every span counts.")


class ListQuery(SpanQuery):
    limit: Annotated[int, BeforeValidator(plain_number)] = Field(20, ge=1, le=100)
    cursor: Annotated[str, Field(max_length=100)] | None = Field(None, description="`next_cursor` of the page before.")


class DeliveryListQuery(ListQuery):
    state: Literal["pending", "delivered", "failed"] | None = None
    endpoint_id: Annotated[str, Field(max_length=100)] | None = None


class LabelledQuery(SpanQuery):
    jurisdiction: Jurisdiction | None = Field(
        None, description="Whose labels are due; the first of `OBELUS_LABEL_DUTY` if absent."
    )
    format: Literal["text", "html"] = "text"


class OrganisationListQuery(ListQuery):
    q: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="Part of a name; capitals, ё, quotes and hyphens do not matter."
    )
    jurisdiction: Jurisdiction | None = Field(None, description="Only what is listed there.")
    on: Annotated[str, AfterValidator(_check_date)] | None = Field(
        None, description="YYYY-MM-DD: only what was in force that day, as of that day."
    )


class ArticleListQuery(ListQuery):
    state: Literal["queued", "classified", "failed"] | None = None
    label: Annotated[str, AfterValidator(_check_label)] | None = Field(None, json_schema_extra={"enum": list(LABELS)})
    action: Action | None = None
    review_state: Literal["not_needed", "open", "escalated", "closed"] | None = None
    source: Annotated[str, Field(max_length=300)] | None = Field(None, description="As it was sent, letter for letter.")
    language: Annotated[str, Field(pattern="^[a-z]{2,3}$")] | None = Field(
        None, description="That of the report; until there is one, the one that was sent."
    )
    external_id: Annotated[str, Field(max_length=255)] | None = Field(
        None, description="All that was sent under it: an edited text is an article of its own."
    )
    organisation: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Id of an organisation that the article mentions, such as `islamic-state`."
    )
    created_after: Annotated[str, BeforeValidator(_plus), AfterValidator(_check_moment)] | None = Field(
        None, description="RFC 3339 date or date-time."
    )
    created_before: Annotated[str, BeforeValidator(_plus), AfterValidator(_check_moment)] | None = Field(
        None, description="RFC 3339 date or date-time."
    )
