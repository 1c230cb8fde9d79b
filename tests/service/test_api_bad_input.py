"""Bad input: a clear problem each, never a 5xx, never the text, never an article."""

from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.errors import PROBLEMS
from service.requests import MAX_BODY_BYTES
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "bad_articles.yaml").read_text("utf-8"))
CANARY = "Zyzzogeton"
JSON = {"Content-Type": "application/json"}


def send(api: Api, body: bytes | str, **headers: str) -> TestResponse:
    return api.post("/v1/articles", data=body, headers={**JSON, **headers})


def count_articles(api: Api) -> int:
    with api.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_bad_submissions_are_refused(shared: Api, case: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    body = orjson.dumps(case["json"]) if "json" in case else case["body"].encode("latin-1")

    answer = send(shared, body.replace(b"CANARY", CANARY.encode()))

    problem = assert_problem(answer, case["status"], case["code"])
    if "pointers" in case:
        assert [error["pointer"] for error in problem["errors"]] == case["pointers"]
    assert CANARY not in answer.text
    logged = capsys.readouterr()
    assert "request" in logged.out
    assert CANARY not in logged.out + logged.err
    assert count_articles(shared) == 0


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("text", "ю" * 200_001, "/text"),
        ("text", "😀" * 200_001, "/text"),
        ("title", "x" * 1_001, "/title"),
        ("source", "x" * 301, "/source"),
        ("external_id", "x" * 256, "/external_id"),
        ("url", "https://example.org/" + "x" * 2_048, "/url"),
        ("callback_url", "https://example.org/" + "x" * 2_048, "/callback_url"),
        ("metadata", {"a": "x" * 8_192}, "/metadata"),
        ("x" * 65, 1, ""),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_too_long_is_refused(shared: Api, field: str, value: object, pointer: str) -> None:
    """A field's name that is as long as a text is not repeated either."""
    problem = assert_problem(send(shared, orjson.dumps({"text": "One.", field: value})), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("brackets", [(b'{"a":', b"}"), (b"[", b"]")], ids=["objects", "arrays"])
@pytest.mark.parametrize(
    ("depth", "code"),
    [(15, None), (17, "invalid"), (300, "invalid"), (1_000, "invalid"), (2_000, "not_json"), (500_000, "not_json")],
)
def test_deep_nesting_is_refused(api: Api, brackets: tuple[bytes, bytes], depth: int, code: str | None) -> None:
    opening, closing = brackets
    nested = opening * depth + b"1" + closing * depth
    answer = send(api, b'{"text":"One.","metadata":{"a":' + nested + b"}}")

    if code is None:
        assert answer.status_code == 202
    else:
        assert_problem(answer, PROBLEMS[code].status, code)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "application/jsonp",
     "application/json; charset=utf-16", "application/json; charset=latin-1", "*/*", ";", ""],
)  # fmt: skip
def test_only_json_in_utf8_is_read(shared: Api, content_type: str) -> None:
    answer = shared.post("/v1/articles", data=b'{"text":"One."}', headers={"Content-Type": content_type})
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "APPLICATION/JSON", "application/json; charset=UTF-8", "application/vnd.news+json"],
)
def test_json_by_any_of_its_names_is_read(api: Api, content_type: str) -> None:
    answer = api.post("/v1/articles", data=b'{"text":"One."}', headers={"Content-Type": content_type})
    assert answer.status_code == 202


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "gzip, identity", "CANARY"])
def test_coded_bodies_are_refused(shared: Api, coding: str) -> None:
    assert_problem(send(shared, b"\x1f\x8b\x08", **{"Content-Encoding": coding}), 415, "unsupported_media_type")


def test_a_body_of_50_mb_is_refused(shared: Api) -> None:
    assert_problem(send(shared, b'{"text":"' + b"a" * 50_000_000 + b'"}'), 413, "too_large")


@pytest.mark.parametrize("size", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES])
def test_a_body_without_a_length_is_counted_too(shared: Api, size: int) -> None:
    """Chunked, and valid JSON if cut at the limit: it must not be cut."""
    body = b'{"text":"One."}'
    answer = shared.post(
        "/v1/articles",
        input_stream=BytesIO(body + b" " * (size - len(body))),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
        headers=JSON,
    )
    assert_problem(answer, 413, "too_large")
    assert count_articles(shared) == 0


def test_a_body_just_under_the_limit_is_read(api: Api) -> None:
    body = b'{"text":"One."}'
    assert send(api, body + b" " * (MAX_BODY_BYTES - len(body))).status_code == 202


def test_bad_json_elsewhere_is_refused_alike(admin: Api) -> None:
    article_id = admin.submit_id()
    for method, path in (
        ("POST", "/v1/endpoints"),
        ("PATCH", f"/v1/endpoints/ep_{'0' * 32}"),
        ("POST", f"/v1/articles/{article_id}/decisions"),
    ):
        assert_problem(admin.request(method, path, data=b"[", headers=JSON), 400, "not_json")
        assert_problem(admin.request(method, path, data=b"[]", headers=JSON), 422, "invalid")
        assert_problem(admin.request(method, path, data=b"{}"), 415, "unsupported_media_type")
        assert_problem(admin.request(method, path, json={"canary": 1}), 422, "invalid")
