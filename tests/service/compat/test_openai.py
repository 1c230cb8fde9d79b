"""OpenAI's Moderations in its shape: what a client of theirs requires, honest zeros, and their errors."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.compat.openai_answer import CATEGORIES, Part, describe_result, mapping_table
from service.vendors import openai_rate_headers
from store.database import Database
from store.interactive import LONGEST_TEXT
from store.tables import Base
from tests.service.compat.conftest import SHELLED, Worker, plain_report
from tests.service.conftest import Api, wait_until

PATH = "/compat/openai/v1/moderations"
CATEGORY_NAMES = {
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
}  # fmt: skip


def moderate(api: Api, given: Any, **fields: Any) -> dict[str, Any]:
    answer = api.post(PATH, json={"input": given, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def assert_error(answer: TestResponse, status: int, kind: str = "invalid_request_error") -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert list(error) == ["message", "type", "param", "code"]
    assert error["type"] == kind
    assert isinstance(error["message"], str)
    assert answer.headers["x-request-id"]
    assert answer.headers["openai-processing-ms"].isdigit()
    return error


# --- the answer -----------------------------------------------------------------------------------


def test_a_text_has_every_field_that_a_client_requires(compat: Api) -> None:
    body = moderate(compat, SHELLED, model="omni-moderation-latest")

    assert body["id"].startswith("modr-")
    assert body["model"] == "obelus-1.0.0"  # what answered, whatever was asked for
    (result,) = body["results"]
    assert result["flagged"] is True
    for table in ("categories", "category_scores", "category_applied_input_types"):
        assert set(result[table]) == CATEGORY_NAMES
    assert {name for name, flag in result["categories"].items() if flag} == {"violence"}
    assert result["category_scores"]["violence"] == 0.9
    assert result["category_applied_input_types"]["violence"] == ["text"]


def test_what_is_not_scored_is_zero_and_named(compat: Api) -> None:
    (result,) = moderate(compat, SHELLED)["results"]

    scored = {"violence", "violence/graphic"}
    assert set(result["obelus"]["not_scored"]) == CATEGORY_NAMES - scored
    for name in CATEGORY_NAMES - scored:
        assert result["categories"][name] is False
        assert result["category_scores"][name] == 0.0
        assert result["category_applied_input_types"][name] == []


def test_evidence_comes_along_in_the_unit_asked_for(compat: Api) -> None:
    def evidence(query: str) -> dict[str, Any]:
        answer = compat.post(PATH + query, json={"input": SHELLED})
        (finding,) = answer.get_json()["results"][0]["obelus"]["parts"][0]["findings"]
        found: dict[str, Any] = finding["evidence"][0]
        return found

    plain, utf16 = evidence(""), evidence("?offset_unit=utf16")
    assert SHELLED[plain["start"] : plain["end"]] == plain["text"] == "shelled"
    assert utf16["start"] == plain["start"] + 1  # the emoji is two code units


def test_a_list_has_a_result_for_each_and_typed_parts_have_one(compat: Api, worker: Worker) -> None:
    results = moderate(compat, ["Quiet.", SHELLED, ""])["results"]
    assert [result["flagged"] for result in results] == [False, True, False]

    parts = [{"type": "text", "text": "Quiet."}, {"type": "text", "text": SHELLED}]
    (result,) = moderate(compat, parts)["results"]
    assert result["flagged"] is True
    assert len(result["obelus"]["parts"]) == 2
    assert worker.texts == ["Quiet.", SHELLED, "", "Quiet.", SHELLED]


def test_a_language_that_is_not_read_is_not_passed_off_as_clean(compat: Api, worker: Worker) -> None:
    def read(text: str) -> dict[str, Any]:
        report = plain_report(text)
        report["language"] = {"code": "de", "score": 0.9, "supported": False}
        report["violence"] |= {"status": "unsupported_language", "score": None, "graphic": None, "inciting": None}
        return report

    worker.read = read
    (result,) = moderate(compat, "Guten Tag.")["results"]
    assert result["flagged"] is False
    assert set(result["obelus"]["not_scored"]) == CATEGORY_NAMES
    assert result["category_applied_input_types"]["violence"] == []
    assert result["obelus"]["parts"][0]["language"]["supported"] is False


@pytest.mark.parametrize(("score", "inciting", "expected"), [(0.2, 0.8, 0.8), (0.7, 0.1, 0.7), (0.7, None, 0.7)])
def test_violence_is_what_describes_or_what_incites(score: float, inciting: float | None, expected: float) -> None:
    report = plain_report("Quiet.")
    report["violence"] |= {"score": score, "inciting": inciting}

    result = describe_result([Part("Quiet.", report)], unit="code_point")
    assert result["category_scores"]["violence"] == expected


def test_nothing_of_a_moderated_text_is_stored(compat: Api, database: Database, worker: Worker) -> None:
    """Not a row in any table more than before, and nothing in Redis."""
    moderate(compat, "Warm up.")
    before = count_rows(database)
    moderate(compat, SHELLED)

    assert count_rows(database) == before
    wait_until(lambda: worker.lane.redis.keys("*") == [])  # counts of quotas go when they are whole again


def count_rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": None}, "input"),
        ({"input": ["a", 7]}, "input.0"),
        ({"input": [{"type": "text"}]}, "input.0"),
        ({"input": [{"type": "text", "text": "a"}, {"type": "audio", "text": "b"}]}, "input.1"),
        ({"input": [[1, 2]]}, "input.0"),
        ({"input": ["a"] * 257}, "input"),
        ({"input": "x" * (LONGEST_TEXT + 1)}, "input"),
        ({"input": "a", "modle": "b"}, "modle"),
        ({"input": "nul \x00 here"}, "input"),
    ],
)  # fmt: skip
def test_a_bad_request_names_its_field(shared: Api, body: dict[str, Any], param: str) -> None:
    error = assert_error(shared.post(PATH, json=body), 400)
    assert error["param"] == param


def test_images_are_said_not_to_be_read(shared: Api) -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://images.example/1.png"}}]
    error = assert_error(shared.post(PATH, json={"input": parts}), 400)

    assert "Images are not read" in error["message"]
    assert error["param"] == "input.1"


def test_an_unknown_model_is_not_found(shared: Api) -> None:
    error = assert_error(shared.post(PATH, json={"input": "a", "model": "gpt-9"}), 404)
    assert (error["param"], error["code"]) == ("model", "model_not_found")


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer wrong"}, {"Authorization": ""}, {"Authorization": "Basic eDp5"}]
)
def test_a_wrong_key_is_refused_in_their_words(shared: Api, headers: dict[str, str]) -> None:
    error = assert_error(shared.post(PATH, json={"input": "a"}, headers=headers), 401)
    assert error["code"] == "invalid_api_key"


def test_a_key_without_the_scope_is_refused(live: Api) -> None:
    from tests.service.conftest import make_caller

    reader = make_caller(live.app, live.database, "reads", ["read"])
    assert_error(reader.post(PATH, json={"input": "a"}), 403)


@pytest.mark.parametrize(
    "case",
    [
        ("GET", PATH, {}, 405),
        ("POST", "/compat/openai/v1/chat/completions", {"json": {}}, 404),
        ("POST", PATH, {"data": "{", "content_type": "application/json"}, 400),
        ("POST", PATH, {"data": "[]", "content_type": "application/json"}, 400),
        ("POST", PATH, {"data": "input=a", "content_type": "application/x-www-form-urlencoded"}, 415),
        ("POST", PATH, {"data": b"{" + b" " * 4_200_000 + b"}", "content_type": "application/json"}, 413),
        ("POST", PATH + "?offset_unit=bytes", {"json": {"input": "a"}}, 400),
    ],
)
def test_what_no_route_answers_has_their_shape_too(shared: Api, case: tuple[str, str, dict[str, Any], int]) -> None:
    method, path, options, status = case
    assert_error(shared.request(method, path, **options), status)


def test_with_redis_away_it_is_503_and_says_when_to_come_back(api: Api) -> None:
    answer = api.post(PATH, json={"input": SHELLED})

    assert_error(answer, 503, "server_error")
    assert answer.headers["Retry-After"] == "1"
    assert "shelled" not in answer.text


def test_a_text_that_cannot_be_read_is_503(compat: Api, worker: Worker) -> None:
    def refuse(_text: str) -> dict[str, Any]:
        raise ValueError(_text)

    worker.read = refuse
    answer = compat.post(PATH, json={"input": SHELLED})
    error = assert_error(answer, 503, "server_error")
    assert "ValueError" in error["message"]


def test_a_classifier_that_failed_is_never_clean(compat: Api, worker: Worker) -> None:
    def fail(text: str) -> dict[str, Any]:
        report = plain_report(text)
        report["violence"]["status"] = "failed"
        return report

    worker.read = fail
    assert_error(compat.post(PATH, json={"input": SHELLED}), 503, "server_error")


# --- headers and documentation --------------------------------------------------------------------


def test_our_limits_are_told_in_their_headers() -> None:
    made = openai_rate_headers(
        {
            "RateLimit": '"articles";r=57;t=23, "characters";r=900;t=23',
            "RateLimit-Policy": '"articles";q=100;w=60, "characters";q=1000;w=60',
        }
    )

    assert made == {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "57",
        "x-ratelimit-reset-requests": "23s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "900",
        "x-ratelimit-reset-tokens": "23s",
    }
    assert openai_rate_headers({}) == {}


def test_the_guide_shows_the_mapping_in_force(root: Path) -> None:
    assert set(CATEGORIES) == CATEGORY_NAMES
    assert mapping_table() in (root / "docs" / "migrate-from-openai.md").read_text("utf-8")
