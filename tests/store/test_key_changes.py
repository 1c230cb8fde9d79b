"""API keys that change: scopes, limits, a new secret, an end; and always an admin left."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import audit, clock, keys
from store.database import Database
from store.keys import Grant, LastAdminKeyError
from store.tables import ApiKeyRow, AuditEntryRow, RetiredKeyRow

LATER = datetime(2999, 1, 1, tzinfo=clock.now().tzinfo)
NO_GRACE = timedelta(0)


def add(session: Session, key: str = "the key itself", **grant: Any) -> ApiKeyRow:
    return keys.grant_key(session, key, Grant(**{"scopes": ["read"]} | grant), name="one", actor="usr_1")


def add_admin(session: Session, key: str = "the key itself", **grant: Any) -> ApiKeyRow:
    return add(session, key, scopes=["admin"], **grant)


def last_entry(session: Session) -> tuple[str, str, str, dict[str, Any]]:
    row = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.seq.desc())).first()
    assert row is not None
    return row.action, row.actor, row.subject, orjson.loads(row.details)


# --- what a key may -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scopes", "sees", "expected"),
    [
        (["submit", "read"], None, "own"),
        (["read"], None, "all"),
        (["review"], None, "all"),
        (["read"], "own", "own"),
        (["submit", "read"], "all", "all"),
    ],
    ids=str,
)
def test_who_cannot_send_sees_what_others_sent(
    session: Session, scopes: list[str], sees: str | None, expected: str
) -> None:
    assert add(session, scopes=scopes, sees=sees).sees == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"sees": "some"},
        {"scopes": ["write"]},
        {"limits": {"articles_per_hour": 1}},
        {"limits": {"articles_per_minute": -1}},
        {"limits": {"characters_per_minute": 1_000_000_001}},
        {"limits": {"burst_seconds": 0}},
        {"limits": {"burst_seconds": 3_601}},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"name": "\u202ename"},
        {"expires_at": datetime(2020, 1, 1, tzinfo=LATER.tzinfo)},
    ],
    ids=str,
)
def test_what_a_key_cannot_be_is_refused_whole(session: Session, wrong: Mapping[str, Any]) -> None:
    row = add(session)
    with pytest.raises(ValueError, match=r"\w"):
        keys.change_key(session, row, {"name": "another", **wrong}, actor="usr_1")
    assert row.name == "one"
    grant = {name: value for name, value in wrong.items() if name != "name"}
    with pytest.raises(ValueError, match=r"\w"):
        keys.grant_key(
            session, "another", Grant(**{"scopes": ["read"], **grant}), name=wrong.get("name", "two"), actor="usr_1"
        )
    assert [one.id for one in keys.list_keys(session)] == [row.id]


def test_a_change_is_kept_and_told(session: Session) -> None:
    row = add(session, limits={"articles_per_minute": 5, "burst_seconds": None})
    assert row.limits == {"articles_per_minute": 5}
    assert last_entry(session)[3] == {
        "name": "one",
        "scopes": ["read"],
        "sees": "all",
        "limits": {"articles_per_minute": 5},
        "expires_at": None,
    }
    keys.change_key(
        session,
        row,
        {"name": " two ", "scopes": ["review", "read"], "limits": {"requests_per_minute": 0}, "expires_at": LATER},
        actor="usr_1",
    )
    changed = {
        "name": "two",
        "scopes": ["read", "review"],
        "limits": {"requests_per_minute": 0},
        "expires_at": "2999-01-01T00:00:00.000Z",
    }
    assert last_entry(session) == ("key_changed", "usr_1", row.id, changed)
    session.expire_all()
    kept = keys.get_key(session, row.id)
    assert kept is not None
    assert (kept.name, kept.scopes, kept.limits, kept.expires_at) == (
        "two",
        ["read", "review"],
        {"requests_per_minute": 0},
        LATER,
    )


def test_a_change_that_changes_nothing_leaves_no_trace(session: Session) -> None:
    row = add(session)
    before = audit.read_head(session)
    keys.change_key(session, row, {"name": "one", "scopes": ["read"]}, actor="usr_1")
    assert audit.read_head(session) == before


# --- a new secret ---------------------------------------------------------------------------------


def test_the_old_secret_is_good_for_the_grace_and_no_longer(session: Session) -> None:
    row = add(session)
    new = keys.rotate_key(session, row, grace=timedelta(hours=24), actor="usr_1")
    assert last_entry(session) == ("key_rotated", "usr_1", row.id, {"grace_seconds": 86_400})
    for key in ("the key itself", new):
        found = keys.find_key(session, key)
        assert found is not None
        assert found.id == row.id
    assert row.prefix == new[:8]
    assert keys.why_dead(session, "the key itself") is None
    assert list(keys.list_graces(session, [row])) == [row.id]

    session.execute(update(RetiredKeyRow).values(good_until=clock.now() - timedelta(milliseconds=1)))
    assert keys.find_key(session, "the key itself") is None
    assert keys.why_dead(session, "the key itself") == "replaced"
    assert keys.list_graces(session, [row]) == {}
    assert keys.find_key(session, new) is not None


def test_without_grace_the_old_secret_ends_at_once(session: Session) -> None:
    row = add(session)
    keys.rotate_key(session, row, grace=NO_GRACE, actor="usr_1")
    assert keys.find_key(session, "the key itself") is None


def test_rotated_again_the_oldest_secret_ends_at_once(session: Session) -> None:
    row = add(session)
    second = keys.rotate_key(session, row, actor="usr_1")
    third = keys.rotate_key(session, row, actor="usr_1")
    assert [keys.find_key(session, key) is not None for key in ("the key itself", second, third)] == [False, True, True]
    assert keys.why_dead(session, "the key itself") == "replaced"
    assert len(keys.list_graces(session, [row])) == 1


def test_revoked_no_secret_of_a_key_opens_anything(session: Session) -> None:
    row = add(session)
    new = keys.rotate_key(session, row, actor="usr_1")
    assert keys.revoke_key(session, row.id)
    assert [keys.find_key(session, key) for key in ("the key itself", new)] == [None, None]
    assert keys.why_dead(session, new) == "revoked"


def test_a_key_ends_when_it_was_said_to(session: Session) -> None:
    row = add(session, expires_at=LATER)
    assert keys.find_key(session, "the key itself") is not None
    row.expires_at = clock.now() - timedelta(milliseconds=1)
    session.flush()
    assert keys.find_key(session, "the key itself") is None
    assert keys.why_dead(session, "the key itself") == "given an end that has passed"


def test_lists_go_on_behind_a_key(session: Session) -> None:
    made = sorted((add(session, f"key {number}").id for number in range(3)), reverse=True)
    assert [row.id for row in keys.list_keys(session, limit=2)] == made[:2]
    assert [row.id for row in keys.list_keys(session, after_id=made[1])] == made[2:]


# --- always an admin ------------------------------------------------------------------------------


ENDS: tuple[Mapping[str, Any], ...] = ({"scopes": ["read"]}, {"expires_at": LATER})  # what ends an admin key


def test_the_last_admin_key_stays_one(session: Session) -> None:
    """Keys that end, or were revoked, do not count; what leaves it an admin is allowed."""
    row = add_admin(session)
    add_admin(session, "ends", expires_at=LATER)
    revoked = add_admin(session, "revoked")
    assert keys.revoke_key(session, revoked.id)
    for changes in ENDS:
        with pytest.raises(LastAdminKeyError):
            keys.change_key(session, row, changes, actor="usr_1")
    with pytest.raises(LastAdminKeyError):
        keys.revoke_key(session, row.id)
    assert row.revoked_at is None
    assert keys.is_last_admin(session, row)
    keys.change_key(session, row, {"name": "two", "scopes": ["admin", "read"]}, actor="usr_1")
    assert keys.revoke_key(session, row.id, may_end_admins=True)


def test_beside_another_admin_key_one_may_go(session: Session) -> None:
    first, second = add_admin(session), add_admin(session, "the other")
    keys.change_key(session, first, {"scopes": ["read"]}, actor="usr_1")
    with pytest.raises(LastAdminKeyError):
        keys.revoke_key(session, second.id)
    assert keys.revoke_key(session, first.id)


def test_two_who_revoke_each_other_at_once_leave_one_key(database: Database) -> None:
    with database.writing() as session:
        made = [add_admin(session, f"key {number}").id for number in range(2)]
    gate, refused = threading.Barrier(2), []

    def revoke(key_id: str) -> None:
        gate.wait()
        try:
            with database.writing() as session:
                keys.revoke_key(session, key_id)
        except LastAdminKeyError:
            refused.append(key_id)

    threads = [threading.Thread(target=revoke, args=(key_id,)) for key_id in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with database.reading() as session:
        assert [row.id for row in keys.list_keys(session) if row.revoked_at is None] == refused
