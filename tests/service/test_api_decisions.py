"""Decisions through the API."""

from typing import Any

import pytest
from sqlalchemy import select

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
