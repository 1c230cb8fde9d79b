"""Time and ids: UTC only, and ids that sort by the moment they were made."""

import secrets
import time
from datetime import UTC, datetime

from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.orm import Session

from store.database import UTCDateTime


def now() -> datetime:
    return datetime.now(UTC)


def database_now(session: Session) -> datetime:
    """The database's clock, asked anew at each call: the one clock by which leases end, whoever compares them.

    To the microsecond on PostgreSQL. On SQLite, to the millisecond, it is the clock of the one host.
    """
    moment = session.scalar(_MOMENTS[session.get_bind().dialect.name])
    assert moment is not None  # noqa: S101 - neither function knows NULL
    return moment


_MOMENTS: dict[str, Select[datetime]] = {
    "postgresql": select(type_coerce(func.clock_timestamp(), UTCDateTime)),  # now() stands still in a transaction
    "sqlite": select(type_coerce(func.strftime("%Y-%m-%d %H:%M:%f", "now"), UTCDateTime)),
}


def new_id(prefix: str) -> str:
    """``art_`` + 12 hex digits of milliseconds, 4 of their fraction, 64 random bits: sorts by time, is not guessed."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    return f"{prefix}_{milliseconds:012x}{(rest << 16) // 1_000_000:04x}{secrets.token_hex(8)}"


def first_id(prefix: str, moment: datetime, *, shift_seconds: int = 0) -> str:
    """Not above any id made at *moment*, shifted, or later; above every earlier one."""
    milliseconds = max(0, int((moment.timestamp() + shift_seconds) * 1_000))
    return f"{prefix}_{milliseconds:012x}"


def moment_of(made_id: str) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp(int(made_id.partition("_")[2][:12], 16) / 1_000, UTC)


def mark() -> str:
    """The present moment as ids begin with it, to be asked later what came since."""
    return f"{time.time_ns() // 1_000_000:012x}"


def isoformat(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, such as ``2026-11-23T09:00:00.000Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
