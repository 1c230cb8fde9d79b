"""Headers, request ids, the same-origin check, the access line, and errors that tell nothing."""

import json
import re
from typing import Any

import pytest
from apiflask import APIFlask
from flask import Blueprint
from sqlalchemy import exc, select

from service.app import create_app
from service.errors import Problem
from service.security import require_same_origin
from store.database import Database, open_database
from store.settings import Settings
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, make_caller

CANARY = "Zyzzogeton"


@pytest.mark.parametrize("path", ["/healthz", "/v1/articles", "/nowhere", "/openapi.json", "/docs", "/review/nowhere"])
def test_every_answer_carries_the_headers(shared: Api, path: str) -> None:
    headers = shared.app.test_client().get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Request-ID"].startswith("req_")


def test_pages_may_load_their_own_style_and_nothing_else(shared: Api) -> None:
    policy = shared.app.test_client().get("/docs").headers["Content-Security-Policy"]
    for part in ("script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("trace-1.A_b", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("", False),
        ("a b", False),
        ("<b>", False),
        ("ы", False),
    ],
)
def test_a_sane_request_id_is_kept(shared: Api, sent: str, is_kept: bool) -> None:
    given = shared.app.test_client().get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert (given == sent) == is_kept


def test_the_access_line_holds_ids_and_no_content(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    answer = api.submit(
        content=CANARY, fields={"title": CANARY, "external_id": CANARY}, headers={"X-Request-ID": "r-1"}
    )
    api.get(f"/v1/articles?state={CANARY}")
    api.get(f"/{CANARY}")
    logged = capsys.readouterr().out

    assert CANARY not in logged
    (line,) = [line for line in logged.splitlines() if " request " in line and "r-1" in line]
    for part in (answer.json["id"], api.key_id, "method=POST", "route=/v1/articles", "status=202", "ms="):  # type: ignore[index]
        assert part in line


# --- same origin ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "headers", "is_let_in"),
    [
        ("POST", {}, True),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, True),
        ("POST", {"Sec-Fetch-Site": "none"}, True),
        ("POST", {"Sec-Fetch-Site": "same-site"}, False),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, False),
        ("POST", {"Sec-Fetch-Site": "cross-site", "Origin": "http://desk.example.org"}, False),
        ("POST", {"Sec-Fetch-Site": ""}, False),
        ("POST", {"Origin": "http://desk.example.org"}, True),
        ("POST", {"Origin": "https://desk.example.org"}, True),
        ("POST", {"Origin": "http://DESK.example.org"}, True),
        ("POST", {"Origin": "http://evil.example.org"}, False),
        ("POST", {"Origin": "http://desk.example.org.evil.example.org"}, False),
        ("POST", {"Origin": "http://desk.example.org:8080"}, False),
        ("POST", {"Origin": "null"}, False),
        ("POST", {"Origin": ""}, False),
        ("POST", {"Origin": "http://[broken"}, False),
        ("PUT", {"Sec-Fetch-Site": "cross-site"}, False),
        ("DELETE", {"Sec-Fetch-Site": "cross-site"}, False),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, True),
        ("HEAD", {"Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_state_is_changed_only_from_our_own_pages(
    shared: Api, method: str, headers: dict[str, str], is_let_in: bool
) -> None:
    with shared.app.test_request_context("/review/x", method=method, headers={"Host": "desk.example.org", **headers}):
        if is_let_in:
            require_same_origin()
        else:
            with pytest.raises(Problem, match="cross_site"):
                require_same_origin()


# --- errors ---------------------------------------------------------------------------------------


def test_a_missing_page_is_a_problem_or_a_page(shared: Api) -> None:
    client = shared.app.test_client()
    assert_problem(client.get("/nowhere"), 404, "not_found")
    assert_problem(client.get("/v1/articles/"), 404, "not_found")
    assert_problem(client.get("//v1/articles"), 404, "not_found")
    assert client.get("/review/nowhere").mimetype == "text/html"
    assert client.get("/docs/nowhere").mimetype == "text/html"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/articles", {"GET", "POST", "HEAD", "OPTIONS"}),
        ("PUT", "/v1/articles/art_1", {"GET", "HEAD", "DELETE", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/v1/policy", {"GET", "HEAD", "OPTIONS", "PUT"}),
    ],
)
def test_a_wrong_method_hears_the_right_ones(shared: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = shared.app.test_client().open(path, method=method)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_head_and_options_are_answered(api: Api) -> None:
    whole, head = api.get("/v1/articles"), api.request("HEAD", "/v1/articles")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    options = api.app.test_client().options("/v1/articles")
    assert options.status_code == 200
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def raising(settings: Settings, database: Database, error: Exception) -> APIFlask:
    """The application with two routes more, which fail."""
    app = create_app(settings, database=database)
    failing = Blueprint("failing", __name__)
    failing.enable_openapi = False  # type: ignore[attr-defined]

    @failing.get("/v1/fail")
    @failing.get("/review-of/fail", endpoint="other")
    def fail() -> str:
        raise error

    app.register_blueprint(failing)
    return app


def test_an_unexpected_error_tells_its_id_alone(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message may hold what was sent: neither the answer nor the log repeats it."""
    app = raising(settings, database, RuntimeError(CANARY))
    answer = app.test_client().get("/v1/fail")

    problem = assert_problem(answer, 500, "internal")
    logged = capsys.readouterr().out
    assert CANARY not in answer.text
    assert CANARY not in logged
    assert answer.headers["X-Request-ID"] in problem["detail"]
    assert "RuntimeError" in logged
    assert re.search(r"in fail\b", logged)


@pytest.mark.parametrize(
    "error",
    [
        exc.OperationalError(f"INSERT {CANARY}", {"text": CANARY}, Exception("database is locked")),
        exc.InterfaceError("SELECT", {"text": CANARY}, Exception("connection closed")),
        exc.TimeoutError("pool"),
    ],
)
def test_a_database_that_is_away_gives_503(
    settings: Settings, database: Database, error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = raising(settings, database, error).test_client().get("/v1/fail")

    assert_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert CANARY not in answer.text + capsys.readouterr().out


def test_a_locked_database_gives_503_and_the_article_is_not_acknowledged(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real lock: another connection holds SQLite's only write lock for longer than we wait."""
    monkeypatch.setattr("store.database._BUSY_TIMEOUT_SECONDS", 0.2)
    impatient = open_database(settings.database)
    caller = make_caller(create_app(settings, database=impatient), database, "impatient", ["submit", "read"])
    with database.writing() as session:
        session.execute(select(ArticleRow.id))  # the lock is taken with the first statement
        answer = caller.submit()
        read = caller.get("/v1/articles")
    assert_problem(answer, 503, "database_unavailable")
    assert (read.status_code, read.json) == (200, {"data": [], "next_cursor": None})
    assert caller.submit().status_code == 202
    impatient.dispose()


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Host": "a b/c"}},
        {"headers": {"Host": ""}},
        {"headers": {"Accept": "\x00"}},
        {"query_string": "%ff=%ff&%00"},
        {"query_string": "a" * 10_000},
        {"path": "/v1/%ff%fe/%00"},
        {"path": "/" + "a/" * 5_000},
        {"headers": {"Content-Type": "multipart/form-data"}, "data": b"--"},
    ],
    ids=lambda value: json.dumps(value, default=str)[:40],
)
def test_odd_requests_never_give_a_5xx(shared: Api, options: dict[str, Any]) -> None:
    path = options.pop("path", "/v1/articles")
    assert shared.app.test_client().post(path, **options).status_code < 500
    assert shared.app.test_client().get(path, **{k: v for k, v in options.items() if k != "data"}).status_code < 500
