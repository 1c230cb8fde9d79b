"""Entity tags with 304, gzip, and what is never compressed."""

import gzip
from typing import Any

import pytest
from apiflask import APIFlask

from tests.service.conftest import Api, assert_problem, finish
from tests.store import makers

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def article(api: Api) -> str:
    article_id = api.submit_id()
    finish(api.database, article_id)
    return f"/v1/articles/{article_id}"


@pytest.mark.parametrize(
    "path",
    ["", "?offset_unit=utf16", "/labelled", "/decisions", "LIST", "/v1/policy", "/v1/organisations?limit=2",
     "/v1/organisations/islamic-state", "/openapi.json"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_is_read_has_a_tag_that_saves_the_next_answer(api: Api, article: str, path: str, encoding: str) -> None:
    path = "/v1/articles?limit=1" if path == "LIST" else path if path.startswith(("/v1", "/open")) else article + path
    headers = {"Accept-Encoding": encoding}
    first = api.get(path, headers=headers)
    tag = first.headers["ETag"]
    assert first.status_code == 200
    assert tag.startswith('"'), "strong: it stands for these bytes"

    plain = tag.replace("-gzip", "")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*", plain, plain.replace('"', "") and plain[:-1] + '-gzip"'):
        again = api.get(path, headers={**headers, "If-None-Match": known})
        assert (again.status_code, again.data) == (304, b""), known
        assert again.headers["ETag"] == tag
        assert again.headers.get("Vary") == first.headers.get("Vary")
        assert "Content-Type" not in again.headers
    for other in ('"other"', '""', 'W/""', plain.strip('"') + "x", f'"{plain.strip(chr(34))}-other"'):
        assert api.get(path, headers={**headers, "If-None-Match": other}).status_code == 200


def test_a_change_is_a_new_tag(api: Api, article: str) -> None:
    tag = api.get(article).headers["ETag"]
    listed = api.get("/v1/articles").headers["ETag"]
    assert api.post(f"{article}/decisions", json={"action": "allow"}).status_code == 201
    assert api.get(article, headers={"If-None-Match": tag}).status_code == 200
    assert api.get("/v1/articles", headers={"If-None-Match": listed}).status_code == 200


def test_errors_and_writes_have_no_tag(api: Api) -> None:
    assert "ETag" not in api.get("/v1/articles/x").headers
    assert "ETag" not in api.submit().headers
    assert "ETag" not in api.get("/healthz").headers
    assert_problem(api.get("/v1/articles/x", headers={"If-None-Match": "*"}), 404, "not_found")


def test_a_tag_does_not_let_a_stranger_know(api: Api, stranger: Api, article: str) -> None:
    tag = api.get(article).headers["ETag"]
    assert_problem(stranger.get(article, headers={"If-None-Match": tag}), 404, "not_found")


def test_head_tells_what_get_would(api: Api, article: str) -> None:
    for headers in ({}, GZIP):
        got, head = api.get(article, headers=headers), api.request("HEAD", article, headers=headers)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Content-Length", "Content-Type", "Content-Encoding", "Vary"):
            assert head.headers.get(name) == got.headers.get(name), name
    tag = api.get(article).headers["ETag"]
    assert api.request("HEAD", article, headers={"If-None-Match": tag}).status_code == 304


# --- If-Match -------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, GZIP])
def test_a_decision_may_ask_that_nothing_has_changed(both: Api, headers: dict[str, str]) -> None:
    article_id = both.submit_id()
    finish(both.database, article_id)
    article = f"/v1/articles/{article_id}"
    tags = [both.get(article + unit, headers=headers).headers["ETag"] for unit in ("", "?offset_unit=utf16")]

    def decide(tag: str) -> Any:
        return both.post(f"{article}/decisions", json={"action": "label"}, headers={"If-Match": tag})

    assert_problem(decide('"other"'), 412, "precondition_failed")
    assert_problem(decide(f"W/{tags[0]}"), 412, "precondition_failed")
    assert decide(tags[1]).status_code == 201
    assert_problem(decide(tags[0]), 412, "precondition_failed")
    assert decide("*").status_code == 201
    assert len(both.get(f"{article}/decisions").get_json()["data"]) == 2


@pytest.mark.parametrize("headers", [{}, GZIP])
@pytest.mark.parametrize("path", ["", "/labelled", "/decisions"])
def test_what_is_read_may_be_asked_to_be_what_it_was(
    api: Api, article: str, path: str, headers: dict[str, str]
) -> None:
    tag = api.get(article + path, headers=headers).headers["ETag"]

    def get(asked: str, **more: str) -> Any:
        return api.get(article + path, headers={**headers, "If-Match": asked, **more})

    assert [get(one).status_code for one in (tag, f'"other", {tag}', "*")] == [200, 200, 200]
    for other in ('"other"', f"W/{tag}"):
        answer = get(other, **{"If-None-Match": tag})
        assert_problem(answer, 412, "precondition_failed")
        assert answer.headers["ETag"] == tag


# --- gzip -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True), ("GZIP", True), ("gzip, deflate, br", True), ("gzip;q=0.5", True), ("*", True),
        ("identity;q=0.5, gzip", True), ("", False), ("identity", False), ("br", False), ("gzip;q=0", False),
        ("*, gzip;q=0", False), ("gzip;q=0.5, identity", False), ("gzip;q=x", False), ("ы", False),
    ],
)  # fmt: skip
def test_gzip_goes_to_who_accepts_it(api: Api, article: str, accepted: str, is_compressed: bool) -> None:
    plain, answer = api.get(article), api.get(article, headers={"Accept-Encoding": accepted})
    assert len(plain.data) >= 1_024
    assert ("Content-Encoding" in answer.headers) == is_compressed
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(answer.data) if is_compressed else answer.data) == plain.data
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert (answer.headers["ETag"] != plain.headers["ETag"]) == is_compressed
    if is_compressed:
        assert len(answer.data) < len(plain.data)


def test_what_is_small_is_sent_as_it_is(api: Api) -> None:
    answer = api.get("/v1/articles", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert "Accept-Encoding" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("path", ["/docs", "/metrics", "/openapi.json", "/review/sign-in"])
def test_pages_are_compressed_too(shared: Api, path: str) -> None:
    client = shared.app.test_client()
    plain, answer = client.get(path), client.get(path, headers=GZIP)
    assert len(plain.data) >= 1_024
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    if path != "/metrics":  # counts itself
        assert gzip.decompress(answer.data) == plain.data


def test_a_problem_is_compressed_as_well(api: Api) -> None:
    answer = api.submit(fields={f"unknown_{number}": 1 for number in range(50)}, headers=GZIP)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert "Content-Encoding" not in answer.headers, "the answer to a POST, which no view has spoken for"


def test_an_answer_with_a_secret_is_never_compressed(live: Api) -> None:
    """Its length would give the secret away, guess by guess, where another may choose a part of it."""
    fields = {"external_id": "x" * 255}
    options: dict[str, Any] = {"headers": GZIP}
    first = live.submit(makers.TEXT, fields=fields)
    finish(live.database, first.get_json()["id"])

    without = live.submit(makers.TEXT, fields=fields, **options)
    assert (without.status_code, without.headers["Content-Encoding"]) == (200, "gzip")
    with_secret = live.submit(
        makers.TEXT, fields={**fields, "callback_url": "https://receiver.example.org/a"}, **options
    )
    assert with_secret.status_code == 200
    assert "callback_secret" in with_secret.get_json()
    assert "Content-Encoding" not in with_secret.headers


def test_the_page_with_the_key_of_a_second_factor_is_not_compressed(app: APIFlask) -> None:
    with app.test_request_context("/review/second-factor", headers=GZIP):
        answer = app.process_response(app.response_class("<p>secret</p>" * 200, mimetype="text/html"))
    assert "Content-Encoding" not in answer.headers
