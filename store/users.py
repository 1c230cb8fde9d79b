"""People who sign in: argon2id hashes, server-side sign-ins (30 minutes idle, 8 hours in all)."""

import secrets
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from store import audit, clock
from store.keys import hash_token
from store.roles import ROLES
from store.tables import SignInRow, UserRow

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
AWAITING_CODE = timedelta(minutes=5)  # between the password and the code of the second factor
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000  # argon2 reads it all: a bound keeps sign-in cheap

# Above OWASP's least for argon2id (19 MiB, two passes); the web process hashes two at once within 150 MB.
_hasher = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


@cache
def _nobody_hash() -> str:
    """Verified when the name is unknown, so that an unknown name takes as long as a wrong password."""
    return _hasher.hash(secrets.token_hex(16))


def add_user(  # noqa: PLR0913 - half of them by name, with the usual default
    session: Session,
    name: str,
    password: str,
    *,
    role: str = "moderator",
    is_one_time: bool = False,
    actor: str = audit.SYSTEM,
) -> UserRow:
    """ValueError on an unknown role, or a password that is too short or too long."""
    _check_role(role)
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
    audit.record(session, action="user_added", actor=actor, subject=row.id, details={"name": name, "role": role})
    return row


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; there are {', '.join(ROLES)}")


def find_user(session: Session, name: str) -> UserRow | None:
    return session.scalars(select(UserRow).where(UserRow.name == name)).first()


def list_users(session: Session) -> list[UserRow]:
    return list(session.scalars(select(UserRow).order_by(UserRow.name)))


def set_password(
    session: Session, user: UserRow, password: str, *, is_one_time: bool = False, actor: str = audit.SYSTEM
) -> None:
    """Ends every sign-in. ValueError, with a sentence for the person, where it is too short or too long."""
    _check_length(password)
    user.password_hash = _hasher.hash(password)
    user.is_password_one_time = is_one_time
    end_sign_ins(session, user)
    audit.record(session, action="password_changed", actor=actor, subject=user.id)


def set_role(session: Session, user: UserRow, role: str, *, actor: str) -> None:
    """Holds from the person's next request on. ValueError on an unknown role."""
    _check_role(role)
    details = {"from": user.role, "to": role}
    user.role = role
    audit.record(session, action="user_role_changed", actor=actor, subject=user.id, details=details)


def disable(session: Session, user: UserRow, *, actor: str) -> None:
    """Ends every sign-in and lets in no other; what the person did keeps its name."""
    user.disabled_at = clock.now()
    end_sign_ins(session, user)
    audit.record(session, action="user_disabled", actor=actor, subject=user.id)


def enable(session: Session, user: UserRow, *, actor: str) -> None:
    user.disabled_at = None
    audit.record(session, action="user_enabled", actor=actor, subject=user.id)


def _check_length(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")


def check_password(user: UserRow | None, password: str) -> bool:
    """False also for nobody, and for whoever is switched off; each takes as long as the others."""
    try:
        _hasher.verify(user.password_hash if user else _nobody_hash(), password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return user is not None and user.disabled_at is None


# --- sign-ins -------------------------------------------------------------------------------------


def start_sign_in(session: Session, user: UserRow, *, awaits_code: bool = False) -> str:
    """A fresh token for the cookie; the table keeps its hash. With *awaits_code* it opens the page for the code."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    session.add(
        SignInRow(
            token_sha256=hash_token(token),
            user_id=user.id,
            created_at=moment,
            seen_at=moment,
            awaits_code=awaits_code,
        )
    )
    return token


def find_signed_in(session: Session, token: str) -> UserRow | None:
    """The user of a live sign-in; marks it as seen."""
    row = session.get(SignInRow, hash_token(token))
    moment = clock.now()
    if row is None or row.awaits_code or moment - row.seen_at > IDLE or moment - row.created_at > ABSOLUTE:
        return None
    if moment - row.seen_at > timedelta(minutes=1):
        row.seen_at = moment
    return _find_enabled(session, row.user_id)


def find_awaiting_code(session: Session, token: str) -> UserRow | None:
    """The user whose password was right a moment ago, and whose code is to come."""
    row = session.get(SignInRow, hash_token(token))
    if row is None or not row.awaits_code or clock.now() - row.created_at > AWAITING_CODE:
        return None
    return _find_enabled(session, row.user_id)


def _find_enabled(session: Session, user_id: str) -> UserRow | None:
    user = session.get(UserRow, user_id)
    return user if user is not None and user.disabled_at is None else None


def end_sign_in(session: Session, token: str) -> None:
    session.execute(delete(SignInRow).where(SignInRow.token_sha256 == hash_token(token)))


def end_sign_ins(session: Session, user: UserRow) -> None:
    """In every browser."""
    session.execute(delete(SignInRow).where(SignInRow.user_id == user.id))


def forget_ended_sign_ins(session: Session) -> None:
    moment = clock.now()
    session.execute(
        delete(SignInRow).where(or_(SignInRow.seen_at < moment - IDLE, SignInRow.created_at < moment - ABSOLUTE))
    )
