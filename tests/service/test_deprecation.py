"""Operations on their way out say so in their answers and in the document."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from apiflask import APIFlask
from flask import abort

from service.deprecation import DEPRECATED, Deprecation, register_deprecations
from service.openapi import finish_document, get_document
from tests.service.conftest import Api

SINCE, END = datetime(2026, 11, 24, tzinfo=UTC), datetime(2027, 6, 1, 2, tzinfo=timezone(timedelta(hours=2)))
TABLE = {
    ("get", "/old/{thing_id}"): Deprecation(SINCE, END, "https://example.org/docs#old"),
    ("post", "/old/{thing_id}"): Deprecation(SINCE),
}


@pytest.fixture
def app() -> APIFlask:
    app = APIFlask("deprecated")
    register_deprecations(app, TABLE)

    @app.route("/old/<thing_id>", methods=["GET", "POST", "PUT"])
    def old(thing_id: str) -> Any:
        if thing_id == "missing":
            abort(404)
        return "", 200, {"Link": '</old/2>; rel="next"'}

    return app


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/old/1", "/old/missing"])
def test_headers_say_since_when_and_until_when(app: APIFlask, method: str, path: str) -> None:
    headers = app.test_client().open(path, method=method).headers
    assert headers["Deprecation"] == "@1795478400"  # RFC 9745: a date of structured fields
    assert headers["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
    links = headers.getlist("Link")
    assert '<https://example.org/docs#old>; rel="deprecation"' in links
    assert len(links) == (2 if path == "/old/1" else 1)


def test_what_has_no_end_yet_names_none(app: APIFlask) -> None:
    headers = app.test_client().post("/old/1").headers
    assert headers["Deprecation"] == "@1795478400"
    assert "Sunset" not in headers


def test_other_operations_say_nothing(app: APIFlask) -> None:
    client = app.test_client()
    for answer in (client.put("/old/1"), client.get("/nowhere"), client.delete("/old/1"), client.options("/old/1")):
        assert not {"Deprecation", "Sunset"} & set(answer.headers.keys())


def test_nothing_ends_before_it_is_deprecated() -> None:
    with pytest.raises(ValueError, match="before"):
        Deprecation(END, SINCE)


def test_the_document_follows_the_table(shared: Api) -> None:
    """And a table that names what is not there cannot be used."""
    raw = shared.app.test_client().get("/openapi.json").get_json()
    assert not any(operation.get("deprecated") for item in raw["paths"].values() for operation in item.values())
    table = {("get", "/v1/policy"): Deprecation(SINCE)}
    document = finish_document(raw, table)
    marked = {
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("deprecated")
    }
    assert marked == set(table)
    with pytest.raises(KeyError):
        finish_document(get_document(shared.app), {("get", "/v1/nowhere"): Deprecation(SINCE)})


def test_each_entry_of_the_table_is_an_operation(shared: Api) -> None:
    paths = get_document(shared.app)["paths"]
    assert all(method in paths[path] for method, path in DEPRECATED)
