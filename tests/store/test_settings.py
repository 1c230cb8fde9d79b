"""The environment is read once, checked whole, and its secrets stay out of messages."""

import os
import secrets
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from store.keys import make_key
from store.settings import Settings, SettingsError, load_settings
from store.weak_secrets import is_open_redis, is_weak
from tests.conftest import ROOT


def test_nothing_has_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database == f"sqlite:///{tmp_path / 'var' / 'obelus.sqlite3'}"
    assert settings.redis == f"unix://{settings.redis_socket}"
    assert settings.uses_bundled_redis
    assert (settings.api_key, settings.admin_password) == (None, None)
    assert not settings.allow_private_webhooks
    assert settings.rules.jurisdictions == ("RU", "UN", "US", "EU", "GB")
    assert (settings.rules.label_duty, settings.rules.marking) == (("RU",), "every")
    assert list(tmp_path.iterdir()) == [], "reading settings makes no files"


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("OBELUS_JURISDICTIONS", "RU, UN ,US,", "jurisdictions", ("RU", "UN", "US")),
        ("OBELUS_LABEL_DUTY", "", "label_duty", ()),
        ("OBELUS_MARKING", "first", "marking", "first"),
        ("OBELUS_PUBLIC_URL", "https://obelus.example/", "base_url", "https://obelus.example"),
        ("OBELUS_PUBLIC_URL", "", "base_url", "http://127.0.0.1:8000"),
        ("OBELUS_REDIS_URL", "redis://127.0.0.1:6379/1", "uses_bundled_redis", False),
        ("OBELUS_REDIS_URL", "", "uses_bundled_redis", True),
        ("OBELUS_DATABASE_URL", "postgresql://a@b/c", "database", "postgresql://a@b/c"),
        ("OBELUS_API_KEY", "", "api_key", None),
        ("OBELUS_VIOLENCE_MODEL", "", "violence_model", None),
        ("OBELUS_VIOLENCE_MODEL", "/models/ours", "violence_model", Path("/models/ours")),
        ("OBELUS_VIOLENCE_LABELS", "", "violence_labels", None),
        ("OBELUS_ALLOW_PRIVATE_WEBHOOKS", "true", "allow_private_webhooks", True),
        ("OBELUS_RETENTION_DAYS", "", "retention_days", None),
        ("OBELUS_RETENTION_DAYS", "30", "retention_days", 30),
        ("OBELUS_MAX_WAITING", "0", "max_waiting", 0),
        ("OBELUS_NO_SUCH_SETTING", "1", "port", 8000),
    ],
)
def test_values_are_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, attribute: str, expected: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(load_settings(), attribute) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OBELUS_PORT", "http"),
        ("OBELUS_PORT", "0"),
        ("OBELUS_PORT", "65536"),
        ("OBELUS_JURISDICTIONS", "RU,Russia"),
        ("OBELUS_LABEL_DUTY", "ru"),
        ("OBELUS_MARKING", "none"),
        ("OBELUS_WEIGHTS", "all"),
        ("OBELUS_API_KEY", "hush-me"),
        ("OBELUS_DATABASE_URL", "mysql://hush-me@b/c"),
        ("OBELUS_DATABASE_URL", "postgres://hush-me@b/c"),
        ("OBELUS_REDIS_URL", "127.0.0.1:6379"),
        ("OBELUS_LEASE_SECONDS", "4"),
        ("OBELUS_ARTICLES_PER_CLAIM", "0"),
        ("OBELUS_RETENTION_DAYS", "0"),
        ("OBELUS_MAX_WAITING", "-1"),
        ("OBELUS_DELIVERY_THREADS", "0"),
        ("OBELUS_DELIVERIES_PER_RECEIVER", "0"),
        ("OBELUS_LOG_LEVEL", "loud"),
        ("OBELUS_VIOLENCE_LABELS", "labels-of-no-model.json"),
        ("OBELUS_ALLOW_PRIVATE_WEBHOOKS", "perhaps"),
    ],
)
def test_a_wrong_value_names_its_variable_and_not_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The value may be a secret, and messages end up in logs."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert "hush-me" not in message
    assert caught.value.__suppress_context__


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBELUS_PORT", "x")
    monkeypatch.setenv("OBELUS_MARKING", "x")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == ["OBELUS_PORT", "OBELUS_MARKING"]


def test_secrets_are_not_printed() -> None:
    settings = Settings(api_key="a-key-nobody-may-see", admin_password="a-password-nobody-may-see")
    assert "nobody-may-see" not in repr(settings) + str(settings)


@pytest.mark.parametrize("depth", [1, 12], ids=["a short folder", "a folder too long for a socket address"])
def test_the_socket_path_always_fits(tmp_path: Path, depth: int) -> None:
    """sockaddr_un holds 104 bytes on macOS; bytes count, not characters."""
    data_dir = tmp_path.joinpath(*["редакция"] * depth)
    socket = Settings(data_dir=data_dir).redis_socket
    assert len(str(socket).encode()) <= 100
    assert socket == Settings(data_dir=data_dir).redis_socket, "every process finds the same one"
    assert socket != Settings(data_dir=data_dir / "other").redis_socket


# --- secrets that are none ------------------------------------------------------------------------

WEAK = [
    "changeme1", "change-me-please", "CHANGEME!", "password", "P a s s w o r d 1 2 3", "adminadmin", "admin12345",
    "obelus-secret", "obelus-api-key-2026", "12345678", "1234567890", "abcdefghij", "aaaaaaaaaaaa", "abababababab",
    "your-api-key-here", "obk_changeme", "secretsecret", "letmein123", "qwertyuiop", "парольпароль", "--------",
    "testtest1", "postgrespostgres", "supersecretpassword",
]  # fmt: skip


@pytest.mark.parametrize("value", WEAK)
@pytest.mark.parametrize("name", ["OBELUS_API_KEY", "OBELUS_ADMIN_PASSWORD"])
def test_a_secret_that_everybody_tries_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Also on a machine of one's own: what runs on a laptop is copied to a server."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert value not in str(caught.value)


def test_no_random_secret_is_taken_for_a_weak_one() -> None:
    assert not any(is_weak(make_key()) or is_weak(secrets.token_hex(12)) for _ in range(20_000))


def test_a_long_value_takes_no_longer_than_it_is_long() -> None:
    started = time.monotonic()
    is_weak("changeme" * 10_000 + "!x")
    assert time.monotonic() - started < 1


PUBLIC = [{"host": "0.0.0.0"}, {"host": "192.0.2.1"}, {"host": "obelus.example"}, {"public_url": "https://o.example"}]
LOCAL = [{}, {"host": "127.0.0.2"}, {"host": "::1"}, {"host": "localhost"}, {"public_url": "http://127.0.0.1:8000"}]
SHORT = [
    {"api_key": "k7#mQ2vx" * 3},
    {"admin_password": "k7#mQ2vx.."},
    {"database_url": "postgresql://obelus:obelus@db/obelus"},
    {"database_url": "postgresql://app:postgres@db/obelus"},
    {"database_url": "postgresql://kolibri:kolibri@db/obelus"},
    {"redis_url": "redis://:redis@cache.example:6379/0"},
]
ENOUGH = [
    {"api_key": "k7#mQ2vx" * 4},
    {"admin_password": "k7#mQ2vx...."},
    {"database_url": "postgresql://obelus@db/obelus"},
    {"database_url": "postgresql://obelus:k7%23mQ2vxPq@db/obelus"},
    {"redis_url": "redis://redis:6379/0"},
]


@pytest.mark.parametrize("where", PUBLIC, ids=str)
@pytest.mark.parametrize("given", SHORT, ids=str)
def test_where_others_reach_it_more_is_asked(where: dict[str, str], given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**where, **given)
    assert next(iter(given.values())) not in str(caught.value)


@pytest.mark.parametrize(("where", "given"), [*product(LOCAL, SHORT), *product(PUBLIC, ENOUGH)], ids=str)
def test_what_is_long_enough_for_its_place_is_taken(where: dict[str, str], given: dict[str, str]) -> None:
    Settings(**where, **given)


def test_a_url_that_is_none_is_not_printed() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(database_url="postgresql://obelus:hush-me@[db/obelus")
    assert "hush-me" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "is_open"),
    [
        ("redis://redis.example:6379/0", True), ("rediss://192.0.2.1/0", True),
        ("redis://:k7mQ2vx@redis.example/0", False),
        ("redis://redis:6379/0", False), ("redis://127.0.0.1:6379/0", False), ("redis://[::1]:6379/0", False),
        ("unix:///run/redis.sock", False),
    ],
)  # fmt: skip
def test_a_redis_elsewhere_without_a_password_is_known(url: str, is_open: bool) -> None:
    assert is_open_redis(url) is is_open


def test_a_refused_secret_ends_every_program_with_a_status(tmp_path: Path) -> None:
    for program in (["store", "set-up"], ["workers", "run"], ["workers", "classify"]):
        ended = subprocess.run(
            [sys.executable, "-m", *program],
            cwd=ROOT,
            env=os.environ | {"OBELUS_API_KEY": "changeme1", "OBELUS_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 2, program
        assert "OBELUS_API_KEY: it is one that everybody tries first" in ended.stderr
        assert "changeme1" not in ended.stdout + ended.stderr
