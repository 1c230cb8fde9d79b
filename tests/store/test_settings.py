"""The environment is read once, checked whole, and its secrets stay out of messages."""

from pathlib import Path

import pytest

from store.settings import Settings, SettingsError, load_settings


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
        ("OBELUS_ALLOW_PRIVATE_WEBHOOKS", "true", "allow_private_webhooks", True),
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
        ("OBELUS_LOG_LEVEL", "loud"),
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
