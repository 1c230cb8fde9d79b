"""API keys as they are sent and answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from service.api.schemas import Body, Moment, Query, plain_number, read_moment
from store import clock, keys
from store.settings import Settings
from store.tables import ApiKeyRow

Scope = Literal["submit", "read", "review", "admin"]
Sees = Literal["own", "all"]


def _check_name(value: str) -> str:
    try:
        return keys.check_name(value)
    except ValueError:
        raise PydanticCustomError("key_name", "Must have 1 to 200 characters, in one line.") from None


def _check_end(value: str) -> str:
    try:
        keys.check_end(read_moment(value))
    except ValueError:
        raise PydanticCustomError("key_end", "Must lie in the future.") from None
    return value


def _limit(name: str, meaning: str) -> Any:
    least, most = keys.LIMITS[name]
    return Field(None, ge=least, le=most, description=meaning)


Name = Annotated[str, Field(min_length=1, max_length=keys.LONGEST_NAME), AfterValidator(_check_name)]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(keys.SCOPES))]
End = Annotated[Moment, AfterValidator(_check_end)]


class KeyLimits(Body):
    """Limits of one key; what is absent or null follows the settings."""

    articles_per_minute: int | None = _limit("articles_per_minute", "0: no limit.")
    characters_per_minute: int | None = _limit("characters_per_minute", "Code points of text; 0: no limit.")
    requests_per_minute: int | None = _limit("requests_per_minute", "Of each web process; 0: no limit.")
    burst_seconds: int | None = _limit(
        "burst_seconds", "What these limits allow in so many seconds may be used at once."
    )


class KeyIn(Body):
    """An API key to be made."""

    name: Name = Field(description="For people: who uses it, for what.", examples=["wire desk"])
    scopes: Scopes = Field(["submit", "read"], description="What it may; `submit` and `read` if absent.")
    sees: Sees | None = Field(
        None,
        description="Whose articles it sees, lists and decides on: those it sent, or every caller's. If absent: "
        "`own` for a key with the scope `submit`, else `all`. A key with the scope `admin` sees all.",
    )
    limits: KeyLimits | None = None
    expires_at: End | None = Field(None, description="From then on it opens nothing; an RFC 3339 date or date-time.")


class KeyChange(Body):
    """What to change; all else stays."""

    name: Name | None = None
    scopes: Scopes | None = None
    sees: Sees | None = None
    limits: KeyLimits | None = Field(None, description="Those that are given change; null takes one back.")
    expires_at: End | None = Field(None, description="null: it has no end.")


class RotationQuery(Query):
    grace_seconds: Annotated[int, BeforeValidator(plain_number)] = Field(
        int(keys.GRACE.total_seconds()),
        ge=0,
        le=int(keys.LONGEST_GRACE.total_seconds()),
        description="How long the key before is good beside the new one.",
    )


class Limits(BaseModel):
    articles_per_minute: int | None
    characters_per_minute: int | None
    requests_per_minute: int | None
    burst_seconds: int | None


class Key(BaseModel):
    """An API key, without its secret."""

    id: str = Field(examples=["key_01936b1f7a5c0123456789abcdef0123"])
    name: str
    prefix: str = Field(description="How the secret begins.", examples=["obk_Yx3k"])
    scopes: list[Scope]
    sees: Sees
    limits: Limits = Field(description="null: as the settings say.")
    is_bootstrap: bool = Field(
        description="`OBELUS_API_KEY` holds its secret, or one it had before a rotation. Where that is good no more, "
        "put another one there before the next start, which is refused otherwise."
    )
    created_at: str
    last_used_at: str | None = Field(description="To the minute.")
    rotated_at: str | None
    old_key_until: str | None = Field(description="Until then the key before the last rotation is good too.")
    expires_at: str | None
    revoked_at: str | None


class NewKey(Key):
    key: str = Field(description="The key itself. Shown once.")


class KeyList(BaseModel):
    data: list[Key]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What the rows of keys do not say themselves: the ends of graces, by key, and the key of `OBELUS_API_KEY`."""

    graces: Mapping[str, datetime]
    bootstrap_id: str | None


def read_around(session: Session, rows: Iterable[ApiKeyRow], settings: Settings) -> Around:
    given = settings.api_key
    owner = keys.find_owner(session, given.get_secret_value()) if given is not None else None
    return Around(keys.list_graces(session, rows), owner.id if owner is not None else None)


def describe_key(row: ApiKeyRow, around: Around) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "sees": row.sees,
        "limits": {name: row.limits.get(name) for name in Limits.model_fields},
        "is_bootstrap": row.id == around.bootstrap_id,
        "created_at": clock.isoformat(row.created_at),
        "last_used_at": clock.isoformat(row.last_used_at),
        "rotated_at": clock.isoformat(row.rotated_at),
        "old_key_until": clock.isoformat(around.graces.get(row.id)),
        "expires_at": clock.isoformat(row.expires_at),
        "revoked_at": clock.isoformat(row.revoked_at),
    }
