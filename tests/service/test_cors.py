"""Pages of others: shut out unless their origin is named, and never with cookies."""

from pathlib import Path

import pytest
from apiflask import APIFlask
from werkzeug.test import TestResponse

from service.app import create_app
from store.database import Database
from store.settings import Settings, SettingsError, load_settings
from tests.service.conftest import Api, make_caller, resolve

DESK = "https://desk.example.org"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}


@pytest.fixture
def open_app(settings: Settings, database: Database) -> APIFlask:
    named = settings.model_copy(update={"cors_origins": (DESK, "http://localhost:5173")})
    return create_app(named, database=database, resolve=resolve)


@pytest.fixture
def opened(open_app: APIFlask, database: Database) -> Api:
    return make_caller(open_app, database, "page", ["submit", "read"])


def cors_headers(answer: TestResponse) -> set[str]:
    return {name for name, _ in answer.headers if name.startswith("Access-Control")}


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_off_by_default(api: Api, method: str) -> None:
    answer = api.request(method, "/v1/articles", headers={"Origin": DESK, **PREFLIGHT})
    assert cors_headers(answer) == set()
    assert "Origin" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("origin", [DESK, "http://localhost:5173"])
def test_a_named_origin_may_read_and_send(opened: Api, origin: str) -> None:
    for answer in (
        opened.get("/v1/articles", headers={"Origin": origin}),
        opened.submit(headers={"Origin": origin}),
        opened.get("/v1/articles/x", headers={"Origin": origin}),
        opened.get("/v1/nowhere", headers={"Origin": origin}),
        opened.app.test_client().get("/v1/articles", headers={"Origin": origin}),  # 401
        opened.get("/compat/nowhere", headers={"Origin": origin}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert {"ETag", "Location", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.org", "http://desk.example.org", f"{DESK}:8443", f"{DESK}.evil.org", f"{DESK}/", "null", "*",
     "", "HTTPS://DESK.EXAMPLE.ORG"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_any_other_origin_may_not(opened: Api, origin: str, method: str) -> None:
    answer = opened.request(method, "/v1/articles", headers={"Origin": origin, **PREFLIGHT})
    assert cors_headers(answer) == set()
    assert "Origin" in answer.headers["Vary"], "a cache must not give one origin's answer to another"


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v1/articles", {"GET", "HEAD", "POST", "OPTIONS"}), ("/v1/articles/x", {"GET", "HEAD", "DELETE", "OPTIONS"}),
     ("/v1/articles/x/decisions", {"GET", "HEAD", "POST", "OPTIONS"})],
)  # fmt: skip
def test_a_preflight_is_answered_without_a_key(open_app: APIFlask, path: str, methods: set[str]) -> None:
    answer = open_app.test_client().options(path, headers={"Origin": DESK, **PREFLIGHT})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == DESK
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == methods
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {"authorization", "content-type", "idempotency-key", "if-none-match", "if-match", "prefer"} <= set(allowed)
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_preflight_for_nothing_is_404(open_app: APIFlask) -> None:
    assert open_app.test_client().options("/v1/nowhere", headers={"Origin": DESK, **PREFLIGHT}).status_code == 404


@pytest.mark.parametrize("path", ["/review/sign-in", "/healthz", "/metrics", "/docs", "/openapi.json", "/v1"])
def test_nothing_but_the_api_is_opened(open_app: APIFlask, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = open_app.test_client().open(path, method=method, headers={"Origin": DESK, **PREFLIGHT})
        assert cors_headers(answer) == set()


@pytest.mark.parametrize(
    ("given", "is_good"),
    [
        (DESK, True), (f"{DESK}, http://localhost:5173", True), ("http://[::1]:3000", True), ("", True),
        ("*", False), ("null", False), (f"{DESK}/", False), ("https://Desk.example.org", False),
        ("desk.example.org", False), ("https://*.example.org", False), ("ftp://desk.example.org", False),
        ("https://user:pw@desk.example.org", False),
    ],
)  # fmt: skip
def test_origins_are_written_as_browsers_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, is_good: bool
) -> None:
    monkeypatch.setenv("OBELUS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OBELUS_CORS_ORIGINS", given)
    if is_good:
        assert load_settings().cors_origins == tuple(part.strip() for part in given.split(",") if part)
    else:
        with pytest.raises(SettingsError, match="OBELUS_CORS_ORIGINS"):
            load_settings()
