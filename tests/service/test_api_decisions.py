"""Decisions through the API."""

from typing import Any

import pytest
from sqlalchemy import select

from store import review_claims
from store.tables import EventRow
from tests.service.conftest import Api, assert_problem, finish


@pytest.fixture
def article_id(api: Api) -> str:
    made = api.submit_id()
    finish(api.database, made)
    return made


def test_a_decision_is_recorded_and_closes_the_review(api: Api, article_id: str) -> None:
    path = f"/v1/articles/{article_id}"
    first = api.post(f"{path}/decisions", json={"findings": {"violence/0": "overturned"}, "note": "a film review"})
    second = api.post(f"{path}/decisions", json={"action": "allow"})

    assert (first.status_code, second.status_code) == (201, 201)
    made = first.get_json()
    assert (made["reviewer"], made["action"], made["findings"], made["note"]) == (
        api.key_id, None, {"violence/0": "overturned"}, "a film review",
    )  # fmt: skip
    assert api.get(f"{path}/decisions").json == {"data": [made, second.get_json()], "next_cursor": None}
    article = api.get(path).get_json()
    assert (article["action"], article["review_state"]) == ("allow", "closed")
    with api.database.reading() as session:
        types = session.scalars(select(EventRow.type).where(EventRow.article_id == article_id)).all()
    assert sorted(types) == ["article.classified", "article.reviewed", "article.reviewed"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "delete"},
        {"action": "allow", "reviewer": "somebody"},
        {"findings": {"violence/0": "right"}},
        {"findings": {"violence/99": "upheld"}},
        {"findings": {"x" * 500: "upheld"}},
        {"findings": ["violence/0"]},
        {"action": "allow", "note": "x" * 2_001},
        {"action": "allow", "note": "\u0000"},
    ],
    ids=str,
)
def test_bad_decisions_are_refused(api: Api, article_id: str, fields: dict[str, Any]) -> None:
    assert_problem(api.post(f"/v1/articles/{article_id}/decisions", json=fields), 422, "invalid")
    assert api.get(f"/v1/articles/{article_id}/decisions").get_json()["data"] == []


def test_an_article_that_was_not_read_cannot_be_decided_on(api: Api) -> None:
    path = f"/v1/articles/{api.submit_id()}/decisions"
    assert_problem(api.post(path, json={"action": "allow"}), 409, "conflict")


# --- spans, handing on, taking back ----------------------------------------------------------------


def test_single_spans_are_decided_on_and_missed_ones_added(api: Api, article_id: str) -> None:
    body = {
        "evidence": {"violence/1/0": "upheld", "violence/1/1": "overturned"},
        "labels": {"violence/0": "violence.armed_attack"},
        "missed": [{"start": 0, "end": 3, "label": "violence.assault"}],
    }
    made = api.post(f"/v1/articles/{article_id}/decisions", json=body)
    assert made.status_code == 201, made.text
    assert {name: made.json[name] for name in body} == body  # type: ignore[index]
    assert made.json["kind"] == "decision"  # type: ignore[index]
    assert api.get(f"/v1/articles/{article_id}").json["review_state"] == "open"  # type: ignore[index]


@pytest.mark.parametrize(
    "fields",
    [
        {"evidence": {"violence/0/9": "upheld"}},
        {"evidence": {"violence/0": "upheld"}},
        {"labels": {"violence/0": "bias.hedge"}},
        {"labels": {"violence/0": 1}},
        {"missed": [{"start": 5, "end": 2, "label": "violence.assault"}]},
        {"missed": [{"start": "5", "end": 9, "label": "violence.assault"}]},
        {"missed": [{"start": 5, "end": 9_999, "label": "violence.assault"}]},
        {"missed": [{"start": 5, "end": 9, "label": "rude"}]},
        {"missed": [{"start": 5, "end": 9}]},
        {"kind": "escalation", "action": "allow"},
        {"kind": "ruling", "action": "allow"},
        {"undoes": "dec_1", "action": "allow"},
        {"undoes": "dec_1"},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(api: Api, article_id: str, fields: dict[str, Any]) -> None:
    assert_problem(api.post(f"/v1/articles/{article_id}/decisions", json=fields), 422, "invalid")
    assert api.get(f"/v1/articles/{article_id}/decisions").get_json()["data"] == []


def test_if_match_keeps_a_decision_off_what_was_changed(api: Api, article_id: str) -> None:
    path = f"/v1/articles/{article_id}"
    seen = {"If-Match": api.get(path).headers["ETag"]}
    first = api.post(f"{path}/decisions", json={"action": "allow"}, headers=seen)
    assert first.status_code == 201
    assert first.headers["ETag"] == api.get(path).headers["ETag"] != seen["If-Match"]
    assert_problem(api.post(f"{path}/decisions", json={"action": "block"}, headers=seen), 412, "precondition_failed")
    assert api.get(path).json["action"] == "allow"  # type: ignore[index]


def test_a_decision_is_taken_back_by_another(api: Api, article_id: str) -> None:
    path = f"/v1/articles/{article_id}"
    made = api.post(f"{path}/decisions", json={"action": "allow"}).get_json()
    back = api.post(f"{path}/decisions", json={"undoes": made["id"], "note": "the wrong one"})
    assert (back.status_code, back.json["kind"], back.json["undoes"]) == (201, "undo", made["id"])  # type: ignore[index]
    article = api.get(path).get_json()
    assert (article["action"], article["review_state"]) == ("review", "open")
    assert_problem(api.post(f"{path}/decisions", json={"undoes": made["id"]}), 422, "invalid")


def test_an_article_that_another_has_claimed_is_left_alone(api: Api, article_id: str) -> None:
    with api.database.writing() as session:
        assert review_claims.claim(session, article_id, "usr_1") is not None
    path = f"/v1/articles/{article_id}/decisions"
    assert_problem(api.post(path, json={"action": "allow"}), 409, "conflict")


# --- appeals --------------------------------------------------------------------------------------


def test_an_appeal_is_recorded_and_ruled_on(api: Api, article_id: str) -> None:
    path = f"/v1/articles/{article_id}"
    api.post(f"{path}/decisions", json={"action": "block"})
    made = api.post(f"{path}/appeals", json={"reason": "It was a quotation.", "appellant": "the author"})
    assert made.status_code == 201
    appeal = made.get_json()
    assert (appeal["state"], appeal["reason"], appeal["recorded_by"]) == ("appealed", "It was a quotation.", api.key_id)
    assert api.get(path).json["review_state"] == "escalated"  # type: ignore[index]
    assert_problem(api.post(f"{path}/appeals", json={"reason": "Once more."}), 409, "conflict")

    ruling = f"{path}/appeals/{appeal['id']}/ruling"
    assert_problem(api.post(ruling, json={"ruling": "overturned"}), 422, "invalid")
    assert_problem(api.post(ruling, json={"ruling": "upheld"}, headers={"If-Match": '"x"'}), 412, "precondition_failed")
    ruled = api.post(ruling, json={"ruling": "overturned", "action": "label", "note": "A quotation."})
    assert (ruled.json["state"], ruled.json["ruling"]) == ("ruled", "overturned")  # type: ignore[index]
    article = api.get(path).get_json()
    assert (article["action"], article["review_state"]) == ("label", "closed")
    assert api.get(f"{path}/appeals").json == {"data": [ruled.get_json()], "next_cursor": None}
    assert_problem(api.post(ruling, json={"ruling": "upheld"}), 409, "conflict")
    last = api.get(f"{path}/decisions").get_json()["data"][-1]
    assert (last["kind"], last["action"], last["id"]) == ("ruling", "label", ruled.get_json()["decision_id"])
    with api.database.reading() as session:
        types = session.scalars(select(EventRow.type).where(EventRow.article_id == article_id)).all()
    assert sorted(types) == ["article.appealed", "article.classified", "article.reviewed", "article.reviewed"]


@pytest.mark.parametrize("fields", [{}, {"reason": ""}, {"reason": " "}, {"reason": "x" * 2_001}, {"reason": 1}])
def test_an_appeal_needs_a_reason(api: Api, article_id: str, fields: dict[str, Any]) -> None:
    assert_problem(api.post(f"/v1/articles/{article_id}/appeals", json=fields), 422, "invalid")


def test_what_was_not_read_cannot_be_appealed(api: Api) -> None:
    assert_problem(api.post(f"/v1/articles/{api.submit_id()}/appeals", json={"reason": "Why?"}), 409, "conflict")
