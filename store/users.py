"""People who sign in: argon2id hashes, server-side sign-ins (30 minutes idle, 8 hours in all)."""

import secrets
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from store import clock
from store.keys import hash_token
from store.tables import SignInRow, UserRow

ROLES = ("moderator", "lead", "admin", "auditor")
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000  # argon2 reads it all: a bound keeps sign-in cheap

# Above OWASP's least for argon2id (19 MiB, two passes); the web process hashes two at once within 150 MB.
_hasher = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody_hash() -> str:
    """Verified when the name is unknown, so that an unknown name takes as long as a wrong password."""
    return _hasher.hash(secrets.token_hex(16))


def add_user(
    session: Session, name: str, password: str, *, role: str = "moderator", is_one_time: bool = False
) -> UserRow:
    """ValueError on an unknown role, or a password that is too short or too long."""
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; there are {', '.join(ROLES)}")
    _check_length(password)
    row = UserRow(
        id=clock.new_id("usr"),
        name=name,
        password_hash=_hasher.hash(password),
        is_password_one_time=is_one_time,
        role=role,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def find_user(session: Session, name: str) -> UserRow | None:
    return session.scalars(select(UserRow).where(UserRow.name == name)).first()


def set_password(session: Session, user: UserRow, password: str, *, is_one_time: bool = False) -> None:
    """ValueError, with a sentence for the person, where the password is too short or too long."""
    _check_length(password)
    user.password_hash = _hasher.hash(password)
    user.is_password_one_time = is_one_time
    session.execute(delete(SignInRow).where(SignInRow.user_id == user.id))


def _check_length(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")


def check_password(user: UserRow | None, password: str) -> bool:
    try:
        _hasher.verify(user.password_hash if user else _nobody_hash(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return user is not None


def start_sign_in(session: Session, user: UserRow) -> str:
    """A fresh token for the cookie; the table keeps its hash."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.add(SignInRow(token_sha256=hash_token(token), user_id=user.id, created_at=moment, seen_at=moment))
    return token


def find_signed_in(session: Session, token: str) -> UserRow | None:
    """The user of a live sign-in; marks it as seen."""
    row = session.get(SignInRow, hash_token(token))
    moment = clock.now()
    if row is None or moment - row.seen_at > IDLE or moment - row.created_at > ABSOLUTE:
        return None
    if moment - row.seen_at > timedelta(minutes=1):
        row.seen_at = moment
    return session.get(UserRow, row.user_id)


def end_sign_in(session: Session, token: str) -> None:
    session.execute(delete(SignInRow).where(SignInRow.token_sha256 == hash_token(token)))


def forget_ended_sign_ins(session: Session) -> None:
    moment = clock.now()
    session.execute(
        delete(SignInRow).where(or_(SignInRow.seen_at < moment - IDLE, SignInRow.created_at < moment - ABSOLUTE))
    )
