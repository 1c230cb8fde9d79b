"""The OpenAPI 3.1 document: what APIFlask makes of the routes, with our errors and short names.

``python -m service.openapi`` prints it; ``docs/openapi.json`` is kept equal to it.
"""

import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

import orjson
from apiflask import APIFlask
from sqlalchemy import create_engine

from service.errors import PROBLEMS

API_VERSION = "1.0.0"
DESCRIPTION = (
    "Send an article; get a report in which every score comes with the exact words that caused it. "
    "Spans are half-open ranges of Unicode code points, or of UTF-16 code units with `?offset_unit=utf16`. "
    "Errors are problem+json after RFC 9457."
)
_making = threading.Lock()
_METHODS = ("get", "post", "put", "patch", "delete")
_PREFIX = "#/components/schemas/"


def finish_document(document: dict[str, Any]) -> dict[str, Any]:
    """Errors of every route, request headers that are no parameters to APIFlask, and one copy of each schema."""
    from service.api.answers import ProblemAnswer

    problem = ProblemAnswer.model_json_schema(ref_template=_PREFIX + "{model}", by_alias=True)
    schemas = document["components"]["schemas"]
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path, method, operation in _operations(document):
        for status in _error_statuses(path, method, operation):
            codes = [code for code, kind in PROBLEMS.items() if kind.status == status]
            operation["responses"][str(status)] = {
                "description": f"{HTTPStatus(status).phrase}; `code` is {' or '.join(f'`{code}`' for code in codes)}.",
                "content": {"application/problem+json": {"schema": {"$ref": _PREFIX + "Problem"}}},
            }
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
    _describe_submission(document["paths"]["/v1/articles"]["post"])
    _describe_labelled(document["paths"]["/v1/articles/{article_id}/labelled"]["get"])
    metrics = document["paths"]["/metrics"]["get"]["responses"]["200"]
    metrics["content"] = {"text/plain": {"schema": {"type": "string"}}}
    return _with_short_names(document)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _error_statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    statuses = [503] if path.startswith("/v1") or path == "/readyz" else []
    if operation.get("security"):
        statuses += [401, 403]
    if "{" in path:
        statuses += [404]
    if "requestBody" in operation:
        statuses += [400, 413, 415, 422]
    elif any(parameter["in"] == "query" for parameter in operation["parameters"]):
        statuses += [422]
    is_change = method in ("post", "put", "delete") and path.startswith("/v1/organisations")
    if (method == "post" and (path == "/v1/articles" or "{" in path)) or is_change or path.endswith("/labelled"):
        statuses += [409]
    return sorted(statuses)


def _describe_submission(operation: dict[str, Any]) -> None:
    operation["parameters"] += [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": "`wait=SECONDS`, at most 30: answer with the finished article if it is read in time.",
            "schema": {"type": "string"},
            "example": "wait=10",
        },
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key with the same body gets the first answer again, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
    ]
    accepted = operation["responses"]["202"]
    location = {"description": "The article.", "schema": {"type": "string"}}
    replayed = {"description": "`true` where this is the first answer again.", "schema": {"type": "string"}}
    applied = {"description": "`wait` where the request has waited.", "schema": {"type": "string"}}
    accepted["headers"] = {
        "Location": location,
        "Idempotency-Replayed": replayed,
        "Preference-Applied": applied,
        "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}},
    }
    operation["responses"]["200"] = {
        "description": "Read in time; with the report.",
        "content": accepted["content"],
        "headers": {name: accepted["headers"][name] for name in accepted["headers"] if name != "Retry-After"},
    }


def _describe_labelled(operation: dict[str, Any]) -> None:
    operation["responses"]["200"] = {
        "description": "The text, labelled.",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/plain", "text/html")},
        "headers": {"ETag": {"description": "Of these very bytes.", "schema": {"type": "string"}}},
    }
    operation["responses"]["304"] = {"description": "Unchanged since the answer that `If-None-Match` names."}


def _with_short_names(document: dict[str, Any]) -> dict[str, Any]:
    """APIFlask copies a nested schema once per parent, as ``Parent.Child``; equal copies become one ``Child``."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    short = {name: name.rsplit(".", 1)[-1] for name in schemas}
    renamed: dict[str, Any] = _renamed(document, short)
    merged: dict[str, Any] = {}
    for name, schema in schemas.items():
        body = _renamed(schema, short)
        if merged.setdefault(short[name], body) != body:
            raise ValueError(f"two different schemas are called {short[name]}")
    renamed["components"]["schemas"] = dict(sorted(merged.items()))
    return renamed


def _renamed(value: Any, short: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _PREFIX + short[item.removeprefix(_PREFIX)]
            if key == "$ref" and isinstance(item, str) and item.startswith(_PREFIX)
            else _renamed(item, short)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_renamed(item, short) for item in value]
    return value


def get_document(app: APIFlask) -> dict[str, Any]:
    """The document of *app*, made once.

    `app.spec` would make it anew each time; and two threads that make it at once disturb each other, for APIFlask
    remembers in the application which security schemes it has seen.
    """
    with _making:
        return cast("dict[str, Any]", app._get_spec("json"))


def make_document() -> bytes:
    """The document as it is kept in ``docs/openapi.json``; it depends on no setting."""
    from service.app import create_app
    from store.database import Database
    from store.settings import Settings

    app = create_app(Settings(), database=Database(create_engine("sqlite://")))
    return orjson.dumps(get_document(app), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.stdout.buffer.write(make_document())
