"""Perspective in its shape: scores and spans in UTF-16 units, its error types, its clients' recorded requests."""

import logging
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.designations import labels as designation_labels
from models.source_bias import labels as bias_labels
from models.violence import labels as violence_labels
from service.compat.perspective_attributes import ATTRIBUTES, NOT_SCORED, attribute_name, attribute_table
from store.database import Database
from store.interactive import LONGEST_TEXT
from store.policy import LABELS
from store.tables import SuggestionRow
from tests.service.compat.conftest import SHELLED, Worker, plain_report
from tests.service.compat.test_openai import count_rows
from tests.service.conftest import Api, make_caller, wait_until

ANALYZE = "/compat/perspective/v1alpha1/comments:analyze"
SUGGEST = "/compat/perspective/v1alpha1/comments:suggestscore"
ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"


def post(api: Api, path: str, body: Any, *, key: str | None = None) -> TestResponse:
    """As their clients do: the key in the address, no header."""
    return api.app.test_client().post(path, json=body, query_string={"key": key or api.key})


def comment(text: str = SHELLED, **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"VIOLENCE": {}}, **more}


def analyze(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    answer = post(api, ANALYZE, body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def assert_error(answer: TestResponse, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    error: dict[str, Any] = answer.get_json()["error"]
    assert (error["code"], error["status"]) == (status, name)
    assert isinstance(error["message"], str)
    return error


def assert_error_type(answer: TestResponse, error_type: str) -> dict[str, Any]:
    error = assert_error(answer, 400, "INVALID_ARGUMENT")
    (detail,) = error["details"]
    assert detail["@type"] == ERROR
    assert detail["errorType"] == error_type
    found: dict[str, Any] = detail
    return found


# --- scores ---------------------------------------------------------------------------------------


def test_a_comment_is_scored_whole(compat: Api) -> None:
    """Without spans asked for there is one, of the whole text, as Perspective gives it."""
    body = analyze(compat, comment(clientToken="comment:7", sessionId="s", communityId="c"))

    score = {"value": 0.9, "type": "PROBABILITY"}
    length = len(SHELLED) + 1  # the emoji is two UTF-16 code units
    assert body == {
        "attributeScores": {
            "VIOLENCE": {"summaryScore": score, "spanScores": [{"begin": 0, "end": length, "score": score}]}
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "comment:7",
    }


def test_spans_are_sentences_or_the_words_that_count_in_utf16_units(compat: Api) -> None:
    text = "😀 Hello there. 😀 It was shelled."
    asked = {"requestedAttributes": {"VIOLENCE": {}, "VIOLENCE_BOMBING": {}}, "spanAnnotations": True}
    scores = analyze(compat, comment(text) | asked)["attributeScores"]

    def words(name: str) -> list[tuple[str, float]]:
        units = text.encode("utf-16-le")
        return [
            (units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le"), span["score"]["value"])
            for span in scores[name]["spanScores"]
        ]

    assert words("VIOLENCE") == [("😀 Hello there", 0.1), ("😀 It was shelled.", 0.9)]
    assert words("VIOLENCE_BOMBING") == [("shelled", 0.9)]
    assert scores["VIOLENCE_BOMBING"]["summaryScore"]["value"] == 0.9


def test_a_label_that_was_not_found_scores_zero(compat: Api) -> None:
    scores = analyze(compat, comment(requestedAttributes={"VIOLENCE_TORTURE": {}}, spanAnnotations=True))

    assert scores["attributeScores"]["VIOLENCE_TORTURE"] == {
        "spanScores": [],
        "summaryScore": {"value": 0.0, "type": "PROBABILITY"},
    }


def test_scores_below_a_threshold_are_left_out(compat: Api) -> None:
    asked = {
        "VIOLENCE": {"scoreThreshold": 0.5},
        "INCITEMENT": {"scoreThreshold": 0.5},
        "BIAS": {"scoreType": "PROBABILITY"},
    }
    scores = analyze(compat, comment("Quiet. Shelled, shelled.", requestedAttributes=asked, spanAnnotations=True))

    assert set(scores["attributeScores"]) == {"VIOLENCE", "BIAS"}
    assert [span["score"]["value"] for span in scores["attributeScores"]["VIOLENCE"]["spanScores"]] == [0.9]


def test_every_label_of_ours_is_an_attribute() -> None:
    """Of findings and of articles; two of the latter say how a text was read, not what is in it."""
    labels = {**violence_labels.LABELS, **designation_labels.LABELS, **bias_labels.LABELS, **LABELS}
    of_reading = {"unsupported_language", "classifier_failed"}

    assert {attribute_name(label) for label in labels.keys() - of_reading} <= set(ATTRIBUTES)
    assert {"THREAT", "VIOLENCE", "INCITEMENT", "GRAPHIC", "BIAS", "BIAS_TECHNIQUE_LOADED_LANGUAGE"} <= set(ATTRIBUTES)
    assert not NOT_SCORED & set(ATTRIBUTES)


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_every_attribute_can_be_asked_for(compat: Api, name: str) -> None:
    body = analyze(compat, comment(requestedAttributes={name: {}}, spanAnnotations=True))

    assert 0 <= body["attributeScores"][name]["summaryScore"]["value"] <= 1


def test_both_spellings_of_googles_json_are_read(compat: Api) -> None:
    body = {
        "comment": {"text": SHELLED, "type": "PLAIN_TEXT"},
        "requested_attributes": {"VIOLENCE": {"score_type": "PROBABILITY", "score_threshold": 0}},
        "client_token": "t",
        "do_not_store": True,
    }
    assert analyze(compat, body)["clientToken"] == "t"


# --- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "handed_on"), [(["en"], ["en"]), (["ru-RU", "en_US"], ["ru", "en"]), (None, [])])
def test_languages_are_handed_on_and_come_back_as_sent(
    compat: Api, worker: Worker, given: list[str] | None, handed_on: list[str]
) -> None:
    body = analyze(compat, comment() | ({"languages": given} if given else {}))

    assert worker.asked[0]["languages"] == handed_on
    assert body["languages"] == (given or ["en"])
    assert body["detectedLanguages"] == ["en"]


def test_a_language_that_is_not_read_is_an_error_of_their_kind(compat: Api, worker: Worker) -> None:
    detail = assert_error_type(post(compat, ANALYZE, comment(languages=["ja"])), "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE")
    assert detail["languageNotSupportedByAttributeError"] == {"detectedLanguages": ["ja"], "attribute": "VIOLENCE"}
    assert worker.asked == []


def read_in(language: str) -> Any:
    def read(text: str) -> dict[str, Any]:
        report = plain_report(text)
        report["language"] = {"code": language, "score": 0.9, "supported": False}
        for name in ("violence", "source_bias"):
            report[name] |= {"status": "unsupported_language", "score": None}
        return report

    return read


@pytest.mark.parametrize(
    ("language", "error_type"),
    [("de", "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"), ("und", "LANGUAGE_DETECTION_FAILED")],
)
def test_so_is_one_that_is_found_in_the_text(compat: Api, worker: Worker, language: str, error_type: str) -> None:
    """Never a score of zero for what was not read."""
    worker.read = read_in(language)
    assert_error_type(post(compat, ANALYZE, comment()), error_type)


def test_unless_such_attributes_may_be_dropped(compat: Api, worker: Worker) -> None:
    worker.read = read_in("de")
    asked = {"requestedAttributes": {"VIOLENCE": {}, "DESIGNATION": {}}, "dropUnsupportedAttributes": True}
    body = analyze(compat, comment() | asked)

    assert set(body["attributeScores"]) == {"DESIGNATION"}
    assert body["obelus"] == {"not_scored": ["VIOLENCE"]}


# --- what is not scored ---------------------------------------------------------------------------


def test_toxicity_is_refused_and_not_called_zero(shared: Api) -> None:
    """Coral asks for one attribute: an error in its log is better than a site where nothing is ever toxic."""
    answer = post(shared, ANALYZE, comment(requestedAttributes={"TOXICITY": {}}))
    assert_error_type(answer, "INVALID_REQUEST")
    assert "TOXICITY is not scored" in answer.get_json()["error"]["message"]


def test_or_left_out_and_named_where_the_caller_allows_it(compat: Api) -> None:
    asked = {"requestedAttributes": {"TOXICITY": {}, "VIOLENCE": {}}, "dropUnsupportedAttributes": True}
    body = analyze(compat, comment() | asked)

    assert set(body["attributeScores"]) == {"VIOLENCE"}
    assert body["obelus"] == {"not_scored": ["TOXICITY"]}


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "error_type"),
    [
        ({"requestedAttributes": {"VIOLENCE": {}}}, "COMMENT_EMPTY"),
        (comment(""), "COMMENT_EMPTY"),
        (comment(" \n"), "COMMENT_EMPTY"),
        (comment("x" * (LONGEST_TEXT + 1)), "COMMENT_TOO_LONG"),
        ({"comment": {"text": "a"}}, "NO_REQUESTED_ATTRIBUTES"),
        (comment(requestedAttributes={}), "NO_REQUESTED_ATTRIBUTES"),
        (comment(requestedAttributes={"VIOLENSE": {}}), "INVALID_REQUEST"),
        (comment(requestedAttributes={"VIOLENSE": {}}, dropUnsupportedAttributes=True), "INVALID_REQUEST"),
        (comment(requestedAttributes={"VIOLENCE": {"scoreType": "PERCENTILE"}}), "INVALID_REQUEST"),
        ({**comment(), "comment": {"text": "<b>a</b>", "type": "HTML"}}, "INVALID_REQUEST"),
    ],
)  # fmt: skip
def test_a_bad_comment_has_an_error_type(compat: Api, body: dict[str, Any], error_type: str) -> None:
    assert_error_type(post(compat, ANALYZE, body), error_type)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (comment(unknownName=1), "unknownName"),
        (comment(languages="en"), "languages"),
        (comment(spanAnnotations="yes"), "spanAnnotations"),
        ({"comment": "a", "requestedAttributes": {"VIOLENCE": {}}}, "comment"),
        ({"comment": {"text": 7}, "requestedAttributes": {"VIOLENCE": {}}}, "comment.text"),
        (comment("nul \x00 here"), "comment"),
    ],
)
def test_a_bad_field_is_named_and_its_value_is_not(shared: Api, body: dict[str, Any], field: str) -> None:
    error = assert_error(post(shared, ANALYZE, body), 400, "INVALID_ARGUMENT")
    (detail,) = error["details"]
    assert detail["fieldViolations"][0]["field"] == field


def test_a_key_is_needed_in_one_of_googles_places(compat: Api) -> None:
    client = compat.app.test_client()
    assert_error(client.post(ANALYZE, json=comment()), 403, "PERMISSION_DENIED")

    error = assert_error(post(compat, ANALYZE, comment(), key="wrong"), 400, "INVALID_ARGUMENT")
    assert error["details"][0]["reason"] == "API_KEY_INVALID"
    assert client.post(ANALYZE, json=comment(), headers={"x-goog-api-key": compat.key}).status_code == 200

    reader = make_caller(compat.app, compat.database, "reads", ["read"])
    assert_error(post(reader, ANALYZE, comment()), 403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "case",
    [
        ("GET", ANALYZE, {}, 405, "UNIMPLEMENTED"),
        ("POST", "/compat/perspective/v1alpha1/comments:translate", {"json": {}}, 404, "NOT_FOUND"),
        ("GET", "/compat/perspective/$discovery/rest?version=v2", {}, 404, "NOT_FOUND"),
        ("POST", ANALYZE, {"data": "{", "content_type": "application/json"}, 400, "INVALID_ARGUMENT"),
        ("POST", ANALYZE, {"data": "a=b"}, 415, "INVALID_ARGUMENT"),
        ("POST", ANALYZE, {"data": b" " * 4_200_000, "content_type": "application/json"}, 413, "INVALID_ARGUMENT"),
    ],
)  # fmt: skip
def test_what_no_route_answers_has_their_shape_too(shared: Api, case: tuple[str, str, Any, int, str]) -> None:
    method, path, options, status, name = case
    extra = {} if "?" in path else {"query_string": {"key": shared.key}}
    assert_error(shared.app.test_client().open(path, method=method, **extra, **options), status, name)


def test_with_redis_away_it_is_503(api: Api) -> None:
    answer = post(api, ANALYZE, comment())
    assert_error(answer, 503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    assert "shelled" not in answer.text


def test_the_key_in_the_address_reaches_no_log(compat: Api, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        analyze(compat, comment())
        post(compat, ANALYZE, comment(requestedAttributes={}))

    assert compat.key not in caplog.text
    assert "shelled" not in caplog.text


# --- storing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("do_not_store", [True, False, None])
def test_an_analysed_comment_is_never_stored(
    compat: Api, database: Database, worker: Worker, do_not_store: bool | None
) -> None:
    analyze(compat, comment())  # notes when the key was used
    before = count_rows(database)
    analyze(compat, comment(doNotStore=do_not_store))

    assert count_rows(database) == before
    wait_until(lambda: worker.lane.redis.keys("*") == [])  # counts of quotas go when they are whole again


def suggestion(**more: Any) -> dict[str, Any]:
    return {
        "comment": {"text": SHELLED},
        "attributeScores": {"VIOLENCE": {"summaryScore": {"value": 1}}},
        "communityId": "newsroom",
        "clientToken": "comment:7",
        **more,
    }


def test_a_suggested_score_is_kept_for_reviewers(live: Api, database: Database) -> None:
    answer = post(live, SUGGEST, suggestion(languages=["en"]))

    assert answer.get_json() == {"clientToken": "comment:7", "requestedLanguages": ["en"]}
    with database.reading() as session:
        row = session.scalars(select(SuggestionRow)).one()
    assert row.text == SHELLED
    assert row.scores == {"VIOLENCE": {"summaryScore": {"value": 1.0}}}
    assert (row.api_key_id, row.community, row.client_token, row.languages) == (
        live.key_id,
        "newsroom",
        "comment:7",
        ["en"],
    )


def test_without_its_text_where_that_is_not_to_be_stored(live: Api, database: Database) -> None:
    """Its hash tells which of the sender's comments it was."""
    assert post(live, SUGGEST, suggestion(doNotStore=True)).status_code == 200
    with database.reading() as session:
        row = session.scalars(select(SuggestionRow)).one()
    assert row.text is None
    assert len(row.text_sha256) == 64


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {},
        {"VIOLENCE": {}},
        {"VIOLENCE": {"summaryScore": {"value": 2}}},
        {"VIOLENSE": {"summaryScore": {"value": 1}}},
        {"TOXICITY": {"summaryScore": {"value": 1}}},
    ],
)
def test_a_suggestion_that_says_nothing_is_refused(live: Api, database: Database, scores: Any) -> None:
    assert_error(post(live, SUGGEST, suggestion(attributeScores=scores)), 400, "INVALID_ARGUMENT")
    with database.reading() as session:
        assert session.scalars(select(SuggestionRow)).all() == []


# --- what clients send ----------------------------------------------------------------------------

# Written by hand after what is publicly known of each: Coral's toxic-comment phase with `model` set to one of ours and
# its feedback after a moderator's decision, Discourse's plugin with its attributes set to ours.
RECORDED = {
    "coral": (
        ANALYZE,
        {
            "comment": {"text": "You will regret this."},
            "doNotStore": True,
            "languages": ["en"],
            "sessionId": "Coral:newsroom",
            "requestedAttributes": {"INCITEMENT": {}},
        },
    ),
    "coral feedback": (
        SUGGEST,
        {
            "comment": {"text": "You will regret this."},
            "attributeScores": {"INCITEMENT": {"summaryScore": {"value": 0}}},
            "context": {"entries": [{"text": "https://news.example.org/story"}]},
            "languages": ["en"],
            "communityId": "Coral:newsroom",
            "clientToken": "comment:5f9c1a",
        },
    ),
    "discourse": (
        ANALYZE,
        {
            "comment": {"text": "You will regret this."},
            "doNotStore": True,
            "sessionId": "forum.example.org_post_17",
            "requestedAttributes": {"THREAT": {"scoreType": "PROBABILITY"}, "GRAPHIC": {"scoreType": "PROBABILITY"}},
        },
    ),
}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_requests_are_answered(compat: Api, name: str) -> None:
    path, body = RECORDED[name]
    answer = post(compat, path, body)

    assert answer.status_code == 200, answer.text
    for attribute in body.get("requestedAttributes", {}):  # type: ignore[attr-defined]
        assert 0 <= answer.get_json()["attributeScores"][attribute]["summaryScore"]["value"] <= 1


# --- discovery and documentation ------------------------------------------------------------------


def test_the_discovery_document_leads_back_here(shared: Api) -> None:
    answer = shared.app.test_client().get("/compat/perspective/$discovery/rest?version=v1alpha1")
    document = answer.get_json()

    assert document["rootUrl"] == "http://localhost/compat/perspective/"
    assert set(document["resources"]["comments"]["methods"]) == {"analyze", "suggestscore"}
    known = set(document["schemas"])
    assert all(reference in known for reference in references(document))


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [found for item in value for found in references(item)] if isinstance(value, list) else []


def test_the_guide_names_every_attribute(root: Any) -> None:
    page = (root / "docs" / "migrate-from-perspective.md").read_text("utf-8")
    assert attribute_table() in page
    assert all(f"`{name}`" in page for name in ("TOXICITY", "INSULT", "IDENTITY_ATTACK", "PROFANITY"))
