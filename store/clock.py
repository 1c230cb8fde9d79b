"""Time and ids: UTC only, and ids that sort by the moment they were made."""

import secrets
import time
from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """``art_`` + 12 hex digits of milliseconds + 80 random bits: sorts by time, cannot be guessed."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def isoformat(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, such as ``2026-11-23T09:00:00.000Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
