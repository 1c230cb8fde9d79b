"""API keys: shown once, kept as a hash, switched off for good."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import clock, keys
from store.database import Database
from store.tables import ApiKeyRow


def test_keys_are_random_and_recognisable() -> None:
    """A prefix lets secret scanners find a leaked one."""
    made = {keys.make_key() for _ in range(100)}
    assert len(made) == 100
    assert all(key.startswith("obk_") and len(key) == 47 for key in made)


def test_the_database_holds_only_the_hash(database: Database) -> None:
    key = keys.make_key()
    with database.writing() as session:
        keys.add_key(session, key, name="one", scopes=["read"])
    with database.reading() as session:
        (row,) = session.execute(text("SELECT * FROM api_keys")).mappings()
    assert row["key_sha256"] == hashlib.sha256(key.encode()).hexdigest()
    assert row["prefix"] == key[:8]
    assert not any(key in str(value) or key[8:] in str(value) for value in row.values())


@pytest.mark.parametrize(("key", "shown"), [("12345678", "12"), ("obk_" + "x" * 43, "obk_xxxx")])
def test_no_more_than_a_quarter_of_a_key_is_kept_to_be_shown(session: Session, key: str, shown: str) -> None:
    """An `OBELUS_API_KEY` may have eight characters."""
    assert keys.add_key(session, key, name="one", scopes=["read"]).prefix == shown


@pytest.mark.parametrize("scopes", [["read"], ["submit", "read", "read"], list(keys.SCOPES), []], ids=str)
def test_scopes_are_kept_sorted_and_once(session: Session, scopes: list[str]) -> None:
    assert keys.add_key(session, keys.make_key(), name="one", scopes=scopes).scopes == sorted(set(scopes))


@pytest.mark.parametrize("scope", ["", "Read", "admin ", "*"])
def test_an_unknown_scope_is_refused(session: Session, scope: str) -> None:
    with pytest.raises(ValueError, match="unknown scope"):
        keys.add_key(session, keys.make_key(), name="one", scopes=["read", scope])
    assert keys.list_keys(session) == []


def test_every_scope_is_described() -> None:
    assert all(sentence.endswith(".") for sentence in keys.SCOPES.values())


@pytest.mark.parametrize("wrong", ["", "obk_", "OBK_SOMETHING", "a key\0", "\ud800", "ключ", "x" * 100_000])
def test_only_the_key_itself_is_found(session: Session, wrong: str) -> None:
    keys.add_key(session, "the key itself", name="one", scopes=["read"])
    assert keys.find_key(session, "the key itself") is not None
    assert keys.find_key(session, wrong) is None


def test_the_same_key_is_not_added_twice(database: Database) -> None:
    with database.writing() as session:
        keys.add_key(session, "the key itself", name="one", scopes=["read"])
    with pytest.raises(IntegrityError), database.writing() as session:
        keys.add_key(session, "the key itself", name="two", scopes=["admin"])


def test_a_revoked_key_opens_nothing_and_stays_listed(session: Session) -> None:
    row = keys.add_key(session, "the key itself", name="one", scopes=["read"])
    assert keys.why_dead(session, "the key itself") is None
    assert keys.why_dead(session, "never a key") is None
    assert keys.revoke_key(session, row.id) is True
    first = row.revoked_at
    assert keys.find_key(session, "the key itself") is None
    assert keys.why_dead(session, "the key itself") == "revoked"
    assert keys.revoke_key(session, row.id) is False
    assert keys.revoke_key(session, "key_missing") is False
    assert [(one.id, one.revoked_at) for one in keys.list_keys(session)] == [(row.id, first)]


@pytest.mark.parametrize(("seconds", "lately"), [(None, False), (30, True), (90, False)])
def test_the_last_use_is_not_written_at_each_request(session: Session, seconds: int | None, lately: bool) -> None:
    row = keys.add_key(session, "the key itself", name="one", scopes=["read"])
    row.last_used_at = None if seconds is None else clock.now() - timedelta(seconds=seconds)
    assert keys.was_seen_lately(row) is lately
    keys.touch_key(session, row.id)
    assert keys.was_seen_lately(session.get_one(ApiKeyRow, row.id))
