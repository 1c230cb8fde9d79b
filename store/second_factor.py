"""A second factor: codes of an app (RFC 6238), each good once, and ten recovery codes for who lost the app."""

import base64
import re
import secrets
import time

import pyotp
from sqlalchemy.orm import Session

from store import audit, users
from store.keys import hash_token
from store.tables import UserRow

STEP_SECONDS = 30
RECOVERY_CODES = 10
_DRIFT_STEPS = 1  # a clock may be half a minute off
_CODE = re.compile(r"[0-9]{6}")
_SECRET = re.compile(r"[A-Z2-7]{32}")
_BETWEEN = re.compile(r"[\s-]+")


def make_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def is_secret(value: str) -> bool:
    """Whether it has the form of one made here."""
    return _SECRET.fullmatch(value) is not None


def make_uri(secret: str, name: str) -> str:
    """What apps read: ``otpauth://totp/…``."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Obelus")


def enable(session: Session, user: UserRow, *, secret: str, code: str) -> list[str]:
    """Set it up and end every sign-in. Returns the recovery codes, which are shown once.

    ValueError where the code is not one of this secret: nobody may lock themselves out by a slip.
    """
    step = _find_step(secret, _tidy(code), after=None) if is_secret(secret) else None
    if step is None:
        raise ValueError("The code is not right.")
    codes = [_make_recovery_code() for _ in range(RECOVERY_CODES)]
    user.totp_secret, user.totp_last_step = secret, step
    user.totp_recovery = [hash_token(_tidy(code)) for code in codes]
    users.end_sign_ins(session, user)
    audit.record(session, action="second_factor_enabled", actor=user.id, subject=user.id)
    return codes


def disable(session: Session, user: UserRow, *, actor: str) -> None:
    """Take it off; the log tells the person's own wish from a reset. ValueError where there is none."""
    if user.totp_secret is None:
        raise ValueError(f"{user.name} has no second factor")
    user.totp_secret, user.totp_last_step, user.totp_recovery = None, None, None
    action = "second_factor_disabled" if actor == user.id else "second_factor_reset"
    audit.record(session, action=action, actor=actor, subject=user.id)


def use_code(session: Session, user: UserRow, code: str) -> bool:
    """Whether it is a code of the app that was not used yet, or a recovery code. It is used up, if the caller commits.

    The row is locked, so that of two requests with one code only the first gets in.
    """
    session.refresh(user, ["totp_secret", "totp_last_step", "totp_recovery"], with_for_update=True)
    code = _tidy(code)
    if user.totp_secret is None:
        return False
    if not _CODE.fullmatch(code):
        return _use_recovery_code(session, user, code)
    step = _find_step(user.totp_secret, code, after=user.totp_last_step)
    if step is not None:
        user.totp_last_step = step
    return step is not None


def _find_step(secret: str, code: str, *, after: int | None) -> int | None:
    """The time step whose code it is, later than *after*; now, the one before and the one to come are looked at."""
    now = int(time.time()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = [
        step
        for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1)
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace"))
    ]
    return next((step for step in found if after is None or step > after), None)


def _use_recovery_code(session: Session, user: UserRow, code: str) -> bool:
    wanted, kept = hash_token(code), list(user.totp_recovery or ())
    if wanted not in kept:
        return False
    kept.remove(wanted)
    user.totp_recovery = kept
    audit.record(session, action="recovery_code_used", actor=user.id, subject=user.id, details={"left": len(kept)})
    return True


def _make_recovery_code() -> str:
    """80 random bits: ``ABCD-EFGH-IJKL-MNOP``."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _tidy(code: str) -> str:
    """As it is compared: people type spaces, hyphens and small letters."""
    return _BETWEEN.sub("", code).upper()
