"""The policy through the API: read, changed by versions, tried before it is changed."""

from typing import Any

import pytest

from store.policy import DEFAULT_POLICY
from tests.service.conftest import Api, assert_problem, finish

PATH = "/v1/policy"
RULES = [{"label": "violence", "action": "block", "min_score": 0.6}, {"label": "bias", "action": "label"}]


def put(api: Api, **options: Any) -> Any:
    fields = options.pop("fields", {})
    return api.request("PUT", PATH, json={"name": "house", "rules": RULES, **fields}, **options)


def test_the_policy_in_force_is_shown(api: Api) -> None:
    answer = api.get(PATH)
    assert (answer.json["name"], answer.json["version"]) == ("default", 1)  # type: ignore[index]
    assert {"label": "designation.unmarked", "action": "review", "min_score": 0.5} in answer.json["rules"]  # type: ignore[index]
    assert answer.headers["ETag"] == '"default@1"'


def test_a_change_is_the_next_version_and_is_read_back(admin: Api) -> None:
    answer = put(admin)
    assert answer.status_code == 200
    assert answer.json == {
        "name": "house",
        "version": 2,
        "rules": [RULES[0], {**RULES[1], "min_score": 0.5}],
    }
    assert answer.headers["ETag"] == '"house@2"'
    assert admin.get(PATH).json == answer.json


def test_what_get_answered_can_be_put_back_once(admin: Api) -> None:
    """Its version is the one that must still be in force."""
    body = admin.get(PATH).get_json()
    body["rules"] = body["rules"][1:]
    assert admin.request("PUT", PATH, json=body).json["version"] == 2  # type: ignore[index]
    assert_problem(admin.request("PUT", PATH, json=body), 412, "precondition_failed")


def test_if_match_keeps_two_people_from_overwriting_each_other(admin: Api) -> None:
    assert put(admin, headers={"If-Match": '"default@1"'}).status_code == 200
    assert_problem(put(admin, headers={"If-Match": '"default@1"'}), 412, "precondition_failed")
    assert_problem(put(admin, headers={"If-Match": "default@2"}), 412, "precondition_failed")
    assert put(admin, headers={"If-Match": "*"}).status_code == 200
    assert admin.get(PATH).json["version"] == 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": "a b"}, "/name"),
        ({"name": ""}, "/name"),
        ({"rules": None}, "/rules"),
        ({"rules": [{"label": "violense", "action": "block"}]}, "/rules/0/label"),
        ({"rules": [{"label": "violence", "action": "delete"}]}, "/rules/0/action"),
        ({"rules": [{"label": "violence", "action": "block", "min_score": 2}]}, "/rules/0/min_score"),
        ({"rules": [{"label": "violence", "action": "block", "min_score": "0.5"}]}, "/rules/0/min_score"),
        ({"rules": [{"label": "violence"}]}, "/rules/0/action"),
        ({"rules": [RULES[0], RULES[0]]}, "/rules/1"),
        ({"rules": RULES * 101}, "/rules"),
        ({"version": 0}, "/version"),
        ({"note": "x" * 501}, "/note"),
        ({"sort": 1}, "/sort"),
    ],
)
def test_a_policy_that_cannot_be_taken_says_where(admin: Api, fields: dict[str, Any], pointer: str) -> None:
    problem = assert_problem(put(admin, fields=fields), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert admin.get(PATH).json["version"] == 1  # type: ignore[index]


def test_versions_tell_who_and_when(admin: Api, api: Api) -> None:
    put(admin, fields={"note": "as the board decided"})
    body = api.get(f"{PATH}/versions").get_json()
    newest, built_in = body["data"]
    assert body["next_cursor"] is None
    assert (newest["version"], newest["note"], newest["changed_by"]) == (2, "as the board decided", admin.key_id)
    assert newest["created_at"].endswith("Z")
    assert (built_in["version"], built_in["changed_by"], built_in["created_at"]) == (1, None, None)
    assert len(built_in["rules"]) == len(DEFAULT_POLICY.rules)
    first = api.get(f"{PATH}/versions?limit=1").get_json()
    second = api.get(f"{PATH}/versions?limit=1&cursor={first['next_cursor']}").get_json()
    assert [first["data"], second["data"], second["next_cursor"]] == [[newest], [built_in], None]
    assert_problem(api.get(f"{PATH}/versions?cursor=x"), 422, "invalid")


def test_a_preview_changes_nothing(admin: Api) -> None:
    article_id = admin.submit_id()
    finish(admin.database, article_id)
    answer = admin.post(f"{PATH}/preview", json={"name": "house", "rules": RULES, "last": 10})
    assert answer.json == {
        "articles": 1,
        "changed": 1,
        "by_action": [{"before": "label", "after": "block", "count": 1}],
        "changes": [{"article_id": article_id, "before": "label", "after": "block"}],
    }
    assert admin.get(PATH).json["version"] == 1  # type: ignore[index]
    assert_problem(admin.post(f"{PATH}/preview", json={"name": "house", "rules": [], "last": 501}), 422, "invalid")
