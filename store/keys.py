"""API keys: made, shown once, kept as SHA-256; changed, given a new secret, switched off for good."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from store import audit, clock
from store.database import Database
from store.tables import ApiKeyRow, RetiredKeyRow

SCOPES = {
    "submit": "Send articles.",
    "read": "Read articles, reports and organisations.",
    "review": "Decide on articles.",
    "admin": "All of it: every caller's articles, endpoints, keys and policies.",
}
SEES = {"own": "The articles that the key sent.", "all": "Every caller's articles."}
# What a key may have a limit of its own for: the least and the most. 0: no limit.
LIMITS: Mapping[str, tuple[int, int]] = {
    "articles_per_minute": (0, 1_000_000_000),
    "characters_per_minute": (0, 1_000_000_000),
    "requests_per_minute": (0, 1_000_000_000),
    "burst_seconds": (1, 3_600),
}
LONGEST_NAME = 200
LONGEST_GRACE = timedelta(days=30)
GRACE = timedelta(hours=24)
_SEEN_EVERY = timedelta(minutes=1)  # `last_used_at` is not written at each request


class LastAdminKeyError(ValueError):
    """It would leave no key with the scope `admin` that lasts."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a key may. ``sees`` None: all where it cannot send, for it would see nothing else; own where it can."""

    scopes: Iterable[str]
    sees: str | None = None
    limits: Mapping[str, int | None] = field(default_factory=dict)
    expires_at: datetime | None = None


def make_key() -> str:
    return f"obk_{secrets.token_urlsafe(32)}"


def make_webhook_secret() -> str:
    """``whsec_`` and 32 random bytes in base64 (Standard Webhooks 1.0: 24 to 64 bytes)."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# --- what may be given ----------------------------------------------------------------------------


def check_name(name: str) -> str:
    """Without the spaces around it; ValueError where nothing is left, or what cannot be shown in one line."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name has 1 to {LONGEST_NAME} characters, in one line")
    return name


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """Sorted, each once. ValueError on an unknown one."""
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise ValueError(f"unknown scope: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    return wanted


def check_limits(limits: Mapping[str, int | None]) -> dict[str, int]:
    """Those that differ from the settings. ValueError on an unknown name or a number out of range."""
    for name, value in limits.items():
        if name not in LIMITS:
            raise ValueError(f"unknown limit: {name}; there are {', '.join(LIMITS)}")
        least, most = LIMITS[name]
        if value is not None and not least <= value <= most:
            raise ValueError(f"{name} is a number from {least} to {most}")
    return {name: value for name in LIMITS if (value := limits.get(name)) is not None}


def check_end(moment: datetime | None) -> datetime | None:
    """ValueError on one that has passed."""
    if moment is not None and moment <= clock.now():
        raise ValueError("the end of a key lies in the future")
    return moment


def _check_sees(sees: str) -> str:
    if sees not in SEES:
        raise ValueError(f"a key sees {' or '.join(SEES)}")
    return sees


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "name": check_name,
    "scopes": check_scopes,
    "sees": _check_sees,
    "limits": check_limits,
    "expires_at": check_end,
}


# --- making and changing --------------------------------------------------------------------------


def add_key(session: Session, key: str, *, name: str, scopes: Iterable[str], actor: str = audit.SYSTEM) -> ApiKeyRow:
    """Keep *key*'s hash. *actor* is who makes it. ValueError on an unknown scope."""
    return grant_key(session, key, Grant(scopes), name=name, actor=actor)


def grant_key(session: Session, key: str, grant: Grant, *, name: str, actor: str) -> ApiKeyRow:
    """Keep *key*'s hash, with all that *grant* says. ValueError where that cannot be."""
    scopes = check_scopes(grant.scopes)
    row = ApiKeyRow(
        id=clock.new_id("key"),
        name=check_name(name),
        key_sha256=hash_token(key),
        prefix=_beginning(key),
        scopes=scopes,
        sees=_check_sees(grant.sees or ("own" if "submit" in scopes else "all")),
        limits=check_limits(grant.limits),
        callback_secret=make_webhook_secret(),
        created_at=clock.now(),
        expires_at=check_end(grant.expires_at),
    )
    session.add(row)
    details = _described(row, ("name", "scopes", "sees", "limits", "expires_at"))
    audit.record(session, action="key_added", actor=actor, subject=row.id, details=details)
    return row


def _beginning(key: str) -> str:
    """To tell keys apart by; of a short one, given by the environment, less than helps to guess it."""
    return key[: min(8, len(key) // 4)]


def _described(row: ApiKeyRow, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    return {name: clock.isoformat(value) if isinstance(value, datetime) else value for name, value in values.items()}


def change_key(
    session: Session, row: ApiKeyRow, changes: Mapping[str, Any], *, actor: str, may_end_admins: bool = False
) -> None:
    """Change what is given of `name`, `scopes`, `sees`, `limits` (the whole of them) and `expires_at`.

    It holds from the next request on. ValueError where it cannot be; LastAdminKeyError unless *may_end_admins*.
    """
    given = {name: _CHECKS[name](value) for name, value in changes.items()}
    given = {name: value for name, value in given.items() if getattr(row, name) != value}
    if not given:
        return
    stays_admin = _is_lasting_admin(given.get("scopes", row.scopes), given.get("expires_at", row.expires_at))
    if not stays_admin and not may_end_admins:
        _keep_an_admin(session, row)
    for name, value in given.items():
        setattr(row, name, value)
    session.flush()
    audit.record(session, action="key_changed", actor=actor, subject=row.id, details=_described(row, given))


def rotate_key(session: Session, row: ApiKeyRow, *, grace: timedelta = GRACE, actor: str) -> str:
    """A new secret; the one before is good for *grace* more, and one that was old already ends at once."""
    moment, key = clock.now(), make_key()
    ended = update(RetiredKeyRow).where(RetiredKeyRow.api_key_id == row.id, RetiredKeyRow.good_until > moment)
    session.execute(ended.values(good_until=moment))
    session.add(RetiredKeyRow(key_sha256=row.key_sha256, api_key_id=row.id, good_until=moment + grace))
    row.key_sha256, row.prefix, row.rotated_at = hash_token(key), _beginning(key), moment
    session.flush()
    details = {"grace_seconds": int(grace.total_seconds())}
    audit.record(session, action="key_rotated", actor=actor, subject=row.id, details=details)
    return key


def revoke_key(session: Session, key_id: str, *, actor: str = audit.SYSTEM, may_end_admins: bool = False) -> bool:
    """Switch a key off for good, all its secrets with it. False where it was. LastAdminKeyError unless
    *may_end_admins*."""
    row = session.get(ApiKeyRow, key_id, with_for_update=True)
    if row is None or row.revoked_at is not None:
        return False
    if not may_end_admins:
        _keep_an_admin(session, row)
    row.revoked_at = clock.now()
    session.flush()
    audit.record(session, action="key_revoked", actor=actor, subject=row.id)
    return True


def _is_lasting_admin(scopes: Iterable[str], expires_at: datetime | None) -> bool:
    return "admin" in scopes and expires_at is None


def is_last_admin(session: Session, row: ApiKeyRow) -> bool:
    """Whether *row* alone of all keys has the scope `admin` and no end. In a transaction that writes, two who ask at
    once are told one after the other."""
    if row.revoked_at is not None or not _is_lasting_admin(row.scopes, row.expires_at):
        return False
    query = select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None)).order_by(ApiKeyRow.id).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True))
    return not any(_is_lasting_admin(other.scopes, other.expires_at) for other in found if other.id != row.id)


def _keep_an_admin(session: Session, row: ApiKeyRow) -> None:
    if is_last_admin(session, row):
        raise LastAdminKeyError("it is the last key with the scope admin that lasts: make another one first")


# --- finding --------------------------------------------------------------------------------------


def find_key(session: Session, key: str) -> ApiKeyRow | None:
    """The live key, or None. Looked up by hash, so the time taken tells nothing about the key."""
    digest = hash_token(key)
    row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.key_sha256 == digest)).first()
    if row is None:
        retired = session.get(RetiredKeyRow, digest)
        if retired is None or retired.good_until <= clock.now():
            return None
        row = session.get_one(ApiKeyRow, retired.api_key_id)
    return row if is_live(row) else None


_IN_EACH_REQUEST = select(
    ApiKeyRow.id,
    ApiKeyRow.scopes,
    ApiKeyRow.sees,
    ApiKeyRow.limits,
    ApiKeyRow.callback_secret,
    ApiKeyRow.last_used_at,
    ApiKeyRow.revoked_at,
    ApiKeyRow.expires_at,
).where(ApiKeyRow.key_sha256 == bindparam("digest"))


def look_up_key(database: Database, key: str) -> "ApiKeyRow | Row[Any] | None":
    """As `find_key`, for each request: not kept in memory, since what is changed holds from the next request on, but
    asked for with one prepared statement. Only a secret from before a rotation takes the longer way."""
    with database.looking() as connection:
        row = connection.execute(_IN_EACH_REQUEST, {"digest": hash_token(key)}).first()
    if row is not None:
        return row if is_live(row) else None
    with database.reading() as session:
        return find_key(session, key)


def is_live(row: "ApiKeyRow | Row[Any]") -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > clock.now())


def find_owner(session: Session, key: str) -> ApiKeyRow | None:
    """Whose secret it is or ever was, live or not."""
    digest = hash_token(key)
    row = session.scalars(select(ApiKeyRow).where(ApiKeyRow.key_sha256 == digest)).first()
    retired = session.get(RetiredKeyRow, digest) if row is None else None
    return session.get_one(ApiKeyRow, retired.api_key_id) if retired is not None else row


def why_dead(session: Session, key: str) -> str | None:
    """What was done to a key that is none any more, as a participle; None where it is one, or never was."""
    owner = find_owner(session, key)
    if owner is None or find_key(session, key) is not None:
        return None
    if owner.revoked_at is not None:
        return "revoked"
    return "replaced" if is_live(owner) else "given an end that has passed"


def get_key(session: Session, key_id: str, *, to_change: bool = False) -> ApiKeyRow | None:
    return session.get(ApiKeyRow, key_id, with_for_update=to_change, populate_existing=to_change)


def list_keys(session: Session, *, limit: int | None = None, after_id: str | None = None) -> list[ApiKeyRow]:
    """Newest first, the revoked ones too; *after_id* continues behind that key."""
    query = select(ApiKeyRow).order_by(ApiKeyRow.id.desc()).limit(limit)
    return list(session.scalars(query.where(ApiKeyRow.id < after_id) if after_id is not None else query))


def list_graces(session: Session, rows: Iterable[ApiKeyRow]) -> dict[str, datetime]:
    """Until when the secret before the last rotation is good; keys without such a one are left out."""
    found = select(RetiredKeyRow.api_key_id, RetiredKeyRow.good_until).where(
        RetiredKeyRow.api_key_id.in_([row.id for row in rows if row.rotated_at is not None]),
        RetiredKeyRow.good_until > clock.now(),
    )
    return dict(session.execute(found).all())


def was_seen_lately(row: "ApiKeyRow | Row[Any]") -> bool:
    return row.last_used_at is not None and clock.now() - row.last_used_at < _SEEN_EVERY


def touch_key(session: Session, key_id: str) -> None:
    session.get_one(ApiKeyRow, key_id).last_used_at = clock.now()
