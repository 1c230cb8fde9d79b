"""The OpenAPI document is valid and whole: a route without examples, errors, headers or security fails here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.errors import PROBLEMS
from service.openapi import make_document
from service.openapi_details import read_examples
from store import articles, outbox, reviews
from store.database import Database
from store.outbox import EVENT_TYPES
from store.tables import ArticleRow, EventRow
from tests.service.conftest import Api, finish

DOCUMENT: dict[str, Any] = json.loads(make_document())
OPERATIONS = [
    (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post", "put", "patch", "delete")
]
each_operation = pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{method} {path}" for path, method, _ in OPERATIONS]
)
WITHOUT_KEY = {"/healthz", "/readyz", "/metrics", "/compat/perspective/$discovery/rest"}
LANGUAGES = {"english", "russian"}
NEVER_IN_API = {"bad_request", "cross_site", "forbidden", "unavailable", "internal", "method_not_allowed"}
# Any request may have them, before it is known which operation is meant.
NEVER_IN_API |= {"uri_too_long", "expectation_failed", "headers_too_large"}
NEVER_IN_API |= {"html_not_read"}  # stands in the answer to a batch, for one of its articles


def find(reference: Any) -> Any:
    """What a `$ref` of the document stands for, or the thing itself."""
    while isinstance(reference, dict) and "$ref" in reference:
        at: Any = DOCUMENT
        for part in reference["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        reference = at
    return reference


def faults(schema: Any, value: Any) -> list[str]:
    """What of *value* is not as *schema* of the document says."""
    whole = {**schema, "components": DOCUMENT["components"]}  # where its references lead
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)]


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Place (`request` or a status), type and content of every body of an operation."""
    bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for place, body in bodies.items():
        for kind, content in find(body).get("content", {}).items():
            yield place, kind, content


def test_it_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


@each_operation
def test_an_operation_says_what_it_does(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"].strip()
    assert operation["operationId"]
    assert operation["tags"]
    assert set(operation["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    for parameter in operation.get("parameters", []):
        found = find(parameter)
        assert found["schema"], found["name"]
        assert found["in"] == "path" or found.get("description") or found["schema"].keys() - {"type"}, found["name"]


def test_every_tag_is_described() -> None:
    assert [tag["name"] for tag in DOCUMENT["tags"] if not tag.get("description")] == []


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert sorted(set(names)) == sorted(names)


@each_operation
def test_an_operation_says_who_may(path: str, method: str, operation: dict[str, Any]) -> None:
    needs = operation.get("security", [])
    if path in WITHOUT_KEY:
        assert not needs
        return
    assert needs, "a route for everybody must be named in WITHOUT_KEY"
    assert all(name in DOCUMENT["components"]["securitySchemes"] for need in needs for name in need)
    if path.startswith(("/v1/", "/compat/")):
        assert all(scopes for need in needs for scopes in need.values()), "a key's scope"


@each_operation
def test_an_operation_says_what_can_go_wrong(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = set(operation["responses"])
    expected = {"401", "403", "429", "503"} if operation.get("security") else set()
    if "{" in path:
        expected.add("404")
    if "requestBody" in operation:
        expected |= {"400", "413", "415", "422"}
    if path.startswith("/compat/"):
        expected -= {"422"}  # 400 at OpenAI and at Google
    if path.startswith("/compat/perspective/"):
        expected -= {"401"}  # Google says 400 of a wrong key, and 403 of none
    assert expected <= statuses
    for status, answer in operation["responses"].items():
        if status >= "400":
            kind = "application/json" if path.startswith("/compat/") else "application/problem+json"
            assert list(answer["content"]) == [kind]
            assert answer["content"][kind]["examples"], status


@each_operation
def test_an_operation_has_examples_that_fit(path: str, method: str, operation: dict[str, Any]) -> None:
    """Of every body that is sent or answered; in both languages where it is sent."""
    for place, kind, content in contents(operation):
        examples = content.get("examples", {})
        assert examples, f"{place} of {operation['operationId']} has no example in service/api/examples/"
        if place == "request":
            assert examples.keys() >= LANGUAGES
        for name, example in examples.items():
            assert find(example)["summary"]
            assert faults(content["schema"], find(example)["value"]) == [], f"{place}, {kind}, {name}"


@each_operation
def test_an_operation_names_its_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        headers = answer["headers"]
        assert "X-Request-ID" in headers
        assert ("Retry-After" in headers) or status not in ("429", "503")
        assert ("WWW-Authenticate" in headers) or status != "401"
        assert ("Location" in headers) or status != "201" or path.endswith("/decisions")
        assert ({"RateLimit", "RateLimit-Policy"} <= headers.keys()) or status != "429"
        lists = "next_cursor" in json.dumps(find(next(iter(answer.get("content", {}).values()), {}).get("schema", {})))
        assert ("Link" in headers) or not (lists and status == "200" and method == "get")
        assert all(find(header)["description"] and find(header)["schema"] for header in headers.values())


def test_no_example_is_left_over() -> None:
    known = {operation["operationId"] for _, _, operation in OPERATIONS} | EVENT_TYPES.keys()
    assert read_examples().keys() - known == set()


def test_every_error_is_told_of_by_some_operation() -> None:
    told = {
        name.removeprefix("#/components/examples/problem.")
        for _, _, operation in OPERATIONS
        for _, _, content in contents(operation)
        for name in (example.get("$ref", "") for example in content.get("examples", {}).values())
    }
    assert PROBLEMS.keys() - told - NEVER_IN_API == set()


@each_operation
def test_an_operation_names_the_conditions_that_it_reads(path: str, method: str, operation: dict[str, Any]) -> None:
    names = {find(one)["name"] for one in operation.get("parameters", []) if find(one)["in"] == "header"}
    if method == "get" and path.startswith("/v1/"):
        assert {"If-None-Match", "If-Match"} <= names
    assert ("412" in operation["responses"]) == ("If-Match" in names)


def test_spans_of_the_examples_are_those_of_their_texts() -> None:
    texts = {
        name: example["value"]["text"]
        for name, example in read_examples()["submitArticle"]["request"].items()
        if "text" in example["value"]
    }
    assert texts.keys() == LANGUAGES
    for name, text in texts.items():
        report = read_examples()["getArticle"]["200"][name]["value"]["report"]
        spans = list(_spans(report))
        assert spans
        assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)


def test_spans_of_the_vendors_examples_are_those_of_their_texts() -> None:
    for language in LANGUAGES:
        moderated = read_examples()["moderate"]
        text = moderated["request"][language]["value"]["input"]
        spans = list(_spans(moderated["200"][language]["value"]))
        assert spans
        assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)

        scored = read_examples()["analyzeComment"]
        units = len(scored["request"][language]["value"]["comment"]["text"].encode("utf-16-le")) // 2
        (span,) = scored["200"][language]["value"]["attributeScores"]["THREAT"]["spanScores"]
        assert (span["begin"], span["end"]) == (0, units)


def _spans(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"start", "end", "text"} <= value.keys():
            yield value
        for item in value.values():
            yield from _spans(item)
    elif isinstance(value, list):
        for item in value:
            yield from _spans(item)


# --- webhooks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_event_is_a_webhook_with_examples_that_fit(name: str) -> None:
    operation = DOCUMENT["webhooks"][name]["post"]
    (content,) = operation["requestBody"]["content"].values()
    assert {parameter["name"] for parameter in operation["parameters"]} == {
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip
    assert content["examples"]
    for example in content["examples"].values():
        assert faults(content["schema"], example["value"]) == []


def test_real_events_are_as_the_document_says(api: Api, database: Database) -> None:
    article_id = api.submit_id()
    finish(database, article_id)
    with database.writing() as session:
        new = reviews.NewDecision(reviewer="key_1", action="label", findings={}, note="Checked.")
        reviews.add_decision(session, session.get_one(ArticleRow, article_id), new)
        outbox.add_event(
            session, type_="article.failed", subject=session.get_one(ArticleRow, article_id),
            data=_failed(session.get_one(ArticleRow, article_id)),
        )  # fmt: skip
    with database.reading() as session:
        events = {event.type: json.loads(event.body) for event in session.query(EventRow)}
    assert events.keys() == {"article.classified", "article.reviewed", "article.failed"}
    for name, body in events.items():
        (content,) = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"].values()
        assert faults(content["schema"], body) == []


def _failed(row: ArticleRow) -> dict[str, Any]:
    return {**articles.summary(row), "failure": "reading it raised MemoryError"}


def test_the_reference_page_shows_every_operation_and_example(app: APIFlask) -> None:
    page = app.test_client().get("/docs").text
    for _, _, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in page
    assert all(f'id="problem-{code}"' in page for code in PROBLEMS)
