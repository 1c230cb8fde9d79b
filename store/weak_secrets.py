"""Secrets that are none: what everybody tries first. A value itself is never part of a message."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

SHORTEST_KEY_IN_PUBLIC = 32
SHORTEST_PASSWORD_IN_PUBLIC = 12
_FEWEST_CHARACTERS = 5  # different ones
# Words that people put where a secret belongs, alone, joined, and with a number behind.
_WORDS = (
    "access", "admin", "administrator", "api", "asdf", "change", "changeit", "changeme", "default", "demo", "dev",
    "example", "first", "foobar", "guest", "hello", "here", "iloveyou", "insecure", "it", "key", "letmein", "login",
    "master", "me", "moderator", "my", "newsroom", "none", "obelus", "obk", "pass", "passw0rd", "passwd", "passwort",
    "password", "please", "postgres", "production", "qwerty", "qwertyuiop", "redis", "replace", "root", "secret",
    "staging", "supersecret", "system", "temp", "test", "testing", "the", "this", "to", "todo", "token", "user",
    "valkey", "very", "welcome", "with", "your", "админ", "ключ", "пароль", "секрет", "йцукен",
)  # fmt: skip
# Atomic: "changeme" is looked at in one way only, so that a long value takes no longer than it is long.
_WORDS_ALONE = re.compile(rf"(?>{'|'.join(sorted(_WORDS, key=len, reverse=True))})*+\d*")
_BETWEEN = re.compile(r"[\W_]+")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef" * 4)


def is_weak(secret: str) -> bool:
    """Whether it is a well-known word, a row of them, a run such as 12345678, or hardly more than one character."""
    core = _BETWEEN.sub("", secret.casefold())
    return (
        len(set(core)) < _FEWEST_CHARACTERS
        or any(core in run for run in _RUNS)
        or (_WORDS_ALONE.fullmatch(core) is not None and not core.isdigit())
    )


def check(name: str, value: str, earlier: Mapping[str, Any]) -> None:
    """ValueError where *value* must not be the setting *name*; *earlier* are the settings read before it.

    Refused always: what is weak as a key or a password. Refused where others reach this installation: what is short,
    and a database or Redis whose password is weak or the user's name.
    """
    is_public = _is_public(earlier)
    if name in ("database_url", "redis_url"):
        user, password = _user_and_password(value)
        if is_public and password and (is_weak(password) or password == user):
            raise ValueError("the password in it is one that everybody tries first")
        return
    if is_weak(value):
        raise ValueError("it is one that everybody tries first: make a random one, such as by `openssl rand -hex 24`")
    shortest = SHORTEST_KEY_IN_PUBLIC if name == "api_key" else SHORTEST_PASSWORD_IN_PUBLIC
    if is_public and len(value) < shortest:
        raise ValueError(f"it needs at least {shortest} characters where others reach this installation")


def _user_and_password(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("it is no URL") from None  # the cause would print a part of it
    return unquote(parts.username or ""), unquote(parts.password or "")


def is_open_redis(url: str) -> bool:
    """Whether a Redis on another machine is asked without a password; one name alone is a container beside ours."""
    host = urlsplit(url).hostname or ""
    return not _user_and_password(url)[1] and ("." in host or ":" in host) and not _is_loopback(host)


def _is_public(settings: Mapping[str, Any]) -> bool:
    """Whether it listens beyond this machine, or stands behind an https address."""
    if str(settings.get("public_url") or "").startswith("https://"):
        return True
    return not _is_loopback(str(settings.get("host") or "localhost").strip("[]"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
