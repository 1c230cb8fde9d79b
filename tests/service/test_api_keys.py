"""``/v1/keys``: made and shown once, changed, rotated, revoked; an admin stays, and each deed is in the audit log."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from apiflask import APIFlask
from pydantic import SecretStr
from sqlalchemy import select, update

from service.api.schemas import read_moment
from service.app import create_app
from store import audit, clock, keys
from store.database import Database
from store.settings import Settings
from store.tables import ApiKeyRow, RetiredKeyRow
from tests.service.conftest import Api, assert_problem, make_caller

KEY_FIELDS = [
    "id", "name", "prefix", "scopes", "sees", "limits", "is_bootstrap", "created_at", "last_used_at", "rotated_at",
    "old_key_until", "expires_at", "revoked_at",
]  # fmt: skip
NO_LIMITS = {
    "articles_per_minute": None,
    "characters_per_minute": None,
    "requests_per_minute": None,
    "burst_seconds": None,
}


def make(admin: Api, **fields: Any) -> dict[str, Any]:
    answer = admin.post("/v1/keys", json={"name": "wire desk", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def with_key(admin: Api, key: str) -> Api:
    return Api(admin.app, admin.database, key, "")


def entries(database: Database) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return [(row.action, row.actor, row.subject) for row in audit.list_entries(session, limit=100)][::-1]


# --- making ---------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_works(admin: Api) -> None:
    answer = admin.post("/v1/keys", json={"name": "wire desk"})
    made = answer.get_json()
    assert list(made) == [*KEY_FIELDS, "key"]
    assert answer.headers["Location"] == f"/v1/keys/{made['id']}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (made["scopes"], made["sees"], made["limits"]) == (["read", "submit"], "own", NO_LIMITS)
    assert made["key"].startswith(made["prefix"])
    assert with_key(admin, made["key"]).submit().status_code == 202

    shown = admin.get(f"/v1/keys/{made['id']}")
    assert list(shown.get_json()) == KEY_FIELDS
    assert shown.get_json()["last_used_at"] is not None
    for answer in (shown, admin.get("/v1/keys")):
        assert made["key"] not in answer.text
        assert keys.hash_token(made["key"]) not in answer.text
    assert entries(admin.database)[-1] == ("key_added", admin.key_id, made["id"])
    with admin.database.reading() as session:
        assert made["key"] not in "".join(row.details for row in audit.list_entries(session, limit=100))


def test_all_that_a_key_may_can_be_said(admin: Api) -> None:
    limits = {"articles_per_minute": 60, "characters_per_minute": 0, "burst_seconds": 10}
    made = make(admin, scopes=["review", "read"], sees="own", limits=limits, expires_at="2999-01-01")
    assert (made["scopes"], made["sees"], made["expires_at"]) == (
        ["read", "review"],
        "own",
        "2999-01-01T00:00:00.000Z",
    )
    assert made["limits"] == NO_LIMITS | limits
    assert make(admin, scopes=["read"])["sees"] == "all"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": None}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["write"]}, "/scopes/0"),
        ({"scopes": "read"}, "/scopes"),
        ({"sees": "some"}, "/sees"),
        ({"limits": {"articles_per_minute": -1}}, "/limits/articles_per_minute"),
        ({"limits": {"articles_per_minute": True}}, "/limits/articles_per_minute"),
        ({"limits": {"articles_per_minute": "60"}}, "/limits/articles_per_minute"),
        ({"limits": {"articles_per_hour": 1}}, "/limits/articles_per_hour"),
        ({"limits": {"burst_seconds": 0}}, "/limits/burst_seconds"),
        ({"expires_at": "2020-01-01"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"key": "my-own-secret"}, "/key"),
    ],
    ids=str,
)
def test_what_a_key_cannot_be_is_refused(admin: Api, fields: dict[str, Any], pointer: str) -> None:
    problem = assert_problem(admin.post("/v1/keys", json={"name": "wire desk"} | fields), 422, "invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert len(admin.get("/v1/keys").get_json()["data"]) == 1


def test_a_list_goes_page_by_page_newest_first(admin: Api) -> None:
    made = sorted([make(admin)["id"] for _ in range(3)], reverse=True)
    first = admin.get("/v1/keys?limit=2")
    assert [row["id"] for row in first.get_json()["data"]] == made[:2]
    assert 'rel="next"' in first.headers["Link"]
    second = admin.get(f"/v1/keys?limit=2&cursor={first.get_json()['next_cursor']}").get_json()
    assert [row["id"] for row in second["data"]] == [made[2], admin.key_id]
    assert second["next_cursor"] is None
    assert_problem(admin.get("/v1/keys?cursor=x"), 422, "invalid")


# --- changing -------------------------------------------------------------------------------------


def test_a_change_holds_from_the_next_request_on(admin: Api) -> None:
    made = make(admin, limits={"articles_per_minute": 5, "burst_seconds": 9})
    caller = with_key(admin, made["key"])
    changes = {"name": "desk", "scopes": ["read"], "sees": "all", "limits": {"articles_per_minute": None}}
    answer = admin.request("PATCH", f"/v1/keys/{made['id']}", json=changes)
    changed = answer.get_json()
    assert (changed["name"], changed["scopes"], changed["sees"]) == ("desk", ["read"], "all")
    assert changed["limits"] == NO_LIMITS | {"burst_seconds": 9}, "what is not named stays"
    assert_problem(caller.submit(), 403, "insufficient_scope")
    assert entries(admin.database)[-1] == ("key_changed", admin.key_id, made["id"])
    with admin.database.reading() as session:
        details = orjson.loads(audit.list_entries(session, limit=1)[0].details)
    assert details == {"name": "desk", "scopes": ["read"], "sees": "all", "limits": {"burst_seconds": 9}}


def test_an_end_is_set_kept_and_taken_away(admin: Api) -> None:
    path = f"/v1/keys/{make(admin)['id']}"
    for body, expected in (
        ({"expires_at": "2999-01-01T00:00:00+03:00"}, "2998-12-31T21:00:00.000Z"),
        ({"name": "x", "scopes": None}, "2998-12-31T21:00:00.000Z"),
        ({"expires_at": None}, None),
    ):
        assert admin.request("PATCH", path, json=body).get_json()["expires_at"] == expected


def test_a_key_that_has_ended_opens_nothing(admin: Api) -> None:
    made = make(admin, expires_at="2999-01-01")
    with admin.database.writing() as session:
        session.execute(update(ApiKeyRow).where(ApiKeyRow.id == made["id"]).values(expires_at=clock.now()))
    assert_problem(with_key(admin, made["key"]).get("/v1/articles"), 401, "no_key")


# --- rotating and revoking ------------------------------------------------------------------------


def test_a_rotated_key_keeps_its_articles_and_for_a_day_its_old_secret(admin: Api) -> None:
    made = make(admin)
    article_id = with_key(admin, made["key"]).submit_id()
    answer = admin.post(f"/v1/keys/{made['id']}/rotate")
    rotated = answer.get_json()
    assert answer.status_code == 200
    assert list(rotated) == [*KEY_FIELDS, "key"]
    assert (rotated["id"], rotated["name"]) == (made["id"], "wire desk")
    assert rotated["key"] not in (made["key"], None)
    assert rotated["key"].startswith(rotated["prefix"])
    assert rotated["rotated_at"] is not None
    left = read_moment(rotated["old_key_until"]) - clock.now()
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
    for key in (made["key"], rotated["key"]):
        assert with_key(admin, key).get(f"/v1/articles/{article_id}").status_code == 200
    assert entries(admin.database)[-1] == ("key_rotated", admin.key_id, made["id"])

    with admin.database.writing() as session:
        session.execute(update(RetiredKeyRow).values(good_until=clock.now()))
    assert_problem(with_key(admin, made["key"]).get("/v1/articles"), 401, "no_key")
    assert with_key(admin, rotated["key"]).get("/v1/articles").status_code == 200
    assert admin.get(f"/v1/keys/{made['id']}").get_json()["old_key_until"] is None


def test_a_leaked_key_is_replaced_at_once(admin: Api) -> None:
    made = make(admin)
    rotated = admin.post(f"/v1/keys/{made['id']}/rotate?grace_seconds=0").get_json()
    assert rotated["old_key_until"] is None
    assert_problem(with_key(admin, made["key"]).get("/v1/articles"), 401, "no_key")


@pytest.mark.parametrize("grace", ["-1", "2592001", "1.5", "x"])
def test_a_grace_has_bounds(admin: Api, grace: str) -> None:
    made = make(admin)
    assert_problem(admin.post(f"/v1/keys/{made['id']}/rotate?grace_seconds={grace}"), 422, "invalid")
    assert with_key(admin, made["key"]).get("/v1/articles").status_code == 200


def test_a_key_may_rotate_itself(admin: Api) -> None:
    rotated = admin.post(f"/v1/keys/{admin.key_id}/rotate?grace_seconds=0").get_json()
    assert_problem(admin.get("/v1/keys"), 401, "no_key")
    assert with_key(admin, rotated["key"]).get("/v1/keys").status_code == 200


def test_a_revoked_key_opens_nothing_and_is_not_changed_again(admin: Api) -> None:
    made = make(admin)
    rotated = admin.post(f"/v1/keys/{made['id']}/rotate").get_json()
    path = f"/v1/keys/{made['id']}"
    assert admin.request("DELETE", path).status_code == 204
    for key in (made["key"], rotated["key"]):
        assert_problem(with_key(admin, key).get("/v1/articles"), 401, "no_key")
    assert admin.get(path).get_json()["revoked_at"] is not None
    before = entries(admin.database)
    assert before[-1] == ("key_revoked", admin.key_id, made["id"])
    assert admin.request("DELETE", path).status_code == 204, "as it is already"
    assert_problem(admin.request("PATCH", path, json={"name": "x"}), 409, "conflict")
    assert_problem(admin.post(f"{path}/rotate"), 409, "conflict")
    assert entries(admin.database) == before


# --- always an admin ------------------------------------------------------------------------------


def test_the_last_admin_key_is_neither_revoked_nor_weakened(admin: Api) -> None:
    path = f"/v1/keys/{admin.key_id}"
    make(admin, scopes=["admin"], expires_at="2999-01-01")
    assert_problem(admin.request("DELETE", path), 409, "last_admin_key")
    for changes in ({"scopes": ["read"]}, {"expires_at": "2999-01-01"}):
        problem = assert_problem(admin.request("PATCH", path, json=changes), 409, "last_admin_key")
        assert "make another one first" in problem["detail"]
    assert admin.get("/v1/keys").status_code == 200
    second = make(admin, scopes=["admin"])
    assert with_key(admin, second["key"]).request("DELETE", path).status_code == 204


# --- the key of OBELUS_API_KEY --------------------------------------------------------------------


def test_the_bootstrap_key_is_marked_also_after_a_rotation(database: Database, tmp_path: Path) -> None:
    """Whoever rotates it must know that the setting has to follow."""
    made = Settings(
        data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock", api_key=SecretStr("key-of-boot-0123456789")
    )
    app: APIFlask = create_app(made, database=database)
    boot = make_caller(app, database, "boot", [*keys.SCOPES])
    make(boot)
    rotated = boot.post(f"/v1/keys/{boot.key_id}/rotate").get_json()
    assert rotated["is_bootstrap"] is True
    listed = with_key(boot, rotated["key"]).get("/v1/keys").get_json()["data"]
    assert {row["id"]: row["is_bootstrap"] for row in listed}[boot.key_id] is True
    assert [row["is_bootstrap"] for row in listed].count(True) == 1


def test_no_secret_reaches_the_log(admin: Api, capfd: pytest.CaptureFixture[str]) -> None:
    made = make(admin)
    rotated = admin.post(f"/v1/keys/{made['id']}/rotate").get_json()
    with_key(admin, rotated["key"]).get("/v1/articles")
    written = "".join(capfd.readouterr())
    assert made["key"] not in written
    assert rotated["key"] not in written
    with admin.database.reading() as session:
        stored = "".join(map(str, session.execute(select(*ApiKeyRow.__table__.columns)).all()))
    assert made["key"] not in stored
