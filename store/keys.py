"""API keys: made once, shown once, kept as SHA-256."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import clock
from store.tables import ApiKeyRow

SCOPES = {
    "submit": "Send articles.",
    "read": "Read articles, reports and organisations.",
    "review": "Decide on articles.",
    "admin": "All of it: every caller's articles, endpoints, keys and policies.",
}
_SEEN_EVERY = timedelta(minutes=1)  # `last_used_at` is not written at each request


def make_key() -> str:
    return f"obk_{secrets.token_urlsafe(32)}"


def make_webhook_secret() -> str:
    """``whsec_`` and 32 random bytes in base64 (Standard Webhooks 1.0: 24 to 64 bytes)."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def add_key(session: Session, key: str, *, name: str, scopes: Iterable[str]) -> ApiKeyRow:
    """Keep *key*'s hash. ValueError on an unknown scope."""
    wanted = sorted(set(scopes))
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise ValueError(f"unknown scope: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    row = ApiKeyRow(
        id=clock.new_id("key"),
        name=name,
        key_sha256=hash_token(key),
        prefix=key[:8],
        scopes=wanted,
        callback_secret=make_webhook_secret(),
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def find_key(session: Session, key: str) -> ApiKeyRow | None:
    """The live key, or None. Looked up by hash, so the time taken tells nothing about the key."""
    return session.scalars(
        select(ApiKeyRow).where(ApiKeyRow.key_sha256 == hash_token(key), ApiKeyRow.revoked_at.is_(None))
    ).first()


def was_revoked(session: Session, key: str) -> bool:
    query = select(ApiKeyRow.id).where(ApiKeyRow.key_sha256 == hash_token(key), ApiKeyRow.revoked_at.is_not(None))
    return session.scalars(query).first() is not None


def was_seen_lately(row: ApiKeyRow) -> bool:
    return row.last_used_at is not None and clock.now() - row.last_used_at < _SEEN_EVERY


def touch_key(session: Session, key_id: str) -> None:
    session.get_one(ApiKeyRow, key_id).last_used_at = clock.now()


def revoke_key(session: Session, key_id: str) -> bool:
    row = session.get(ApiKeyRow, key_id)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at = clock.now()
    return True


def list_keys(session: Session) -> list[ApiKeyRow]:
    return list(session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.id)))
