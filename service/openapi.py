"""The OpenAPI 3.1 document: what APIFlask makes of the routes, with our errors and short names.

``python -m service.openapi`` prints it; ``docs/openapi.json`` is kept equal to it.
"""

import sys
import threading
from typing import Any, cast

import orjson
from apiflask import APIFlask
from sqlalchemy import create_engine

from service.deprecation import DEPRECATED, Table
from service.openapi_details import add_details, codes_of, operations, problem_answer
from service.openapi_vendors import ERRORS, PREFIX, add_vendor_errors

API_VERSION = "1.0.0"
DESCRIPTION = (
    "Send an article; get a report in which every score comes with the exact words that caused it. "
    "Spans are half-open ranges of Unicode code points, or of UTF-16 code units with `?offset_unit=utf16`. "
    "Errors are problem+json after RFC 9457. "
    "What is read has an `ETag`; `If-None-Match` with it answers 304. Answers of 1 kB and more go out as gzip to who "
    "accepts it. `X-Request-ID`, yours if it is up to 64 letters, figures, `.`, `_` or `-`, is in every answer and log "
    "line."
)
_IF_MATCH = "An `ETag` from before: 412 where it is no longer so. Absent: nothing is checked."
_IF_NONE_MATCH = "An `ETag` from before: 304 where it is still so."
_PREFER = "`wait=SECONDS`, at most 30: answer with the finished article if it is read in time."
_IDEMPOTENCY_KEY = "The same key with the same body gets the first answer again, for 24 hours."
_making = threading.Lock()
_PREFIX = "#/components/schemas/"


def finish_document(document: dict[str, Any], deprecated: Table = DEPRECATED) -> dict[str, Any]:
    """Errors of every route, request headers that are no parameters to APIFlask, and one copy of each schema.

    KeyError where *deprecated* names an operation that is not there.
    """
    from service.api.answers import ProblemAnswer

    problem = ProblemAnswer.model_json_schema(ref_template=_PREFIX + "{model}", by_alias=True)
    schemas = document["components"]["schemas"]
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for error in ERRORS:
        shape = error.model_json_schema(ref_template=_PREFIX + "{model}")
        schemas.update(shape.pop("$defs"))
        schemas[error.__name__] = shape
    for path, method, operation in operations(document):
        if path.startswith(PREFIX):
            add_vendor_errors(path, operation)
        for status in _error_statuses(path, method, operation):
            if codes := codes_of(operation, status):
                operation["responses"][str(status)] = problem_answer(codes, status)
        if "requestBody" in operation:
            operation["requestBody"]["required"] = True
        if method == "get" and path.startswith("/v1"):
            _describe_tag(operation)
    for method, path in deprecated:
        document["paths"][path][method]["deprecated"] = True
    _describe_submission(document["paths"]["/v1/articles"]["post"])
    _describe_batch(document["paths"]["/v1/articles/batch"]["post"], document["paths"]["/v1/articles"]["post"])
    _describe_conditional(document)
    _describe_labelled(document["paths"]["/v1/articles/{article_id}/labelled"]["get"])
    metrics = document["paths"]["/metrics"]["get"]["responses"]["200"]
    metrics["content"] = {"text/plain": {"schema": {"type": "string"}}}
    short = _with_short_names(document)
    add_details(short)
    return short


def _error_statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    if path.startswith(PREFIX):
        return []  # in the vendor's shape: service/openapi_vendors.py
    statuses = [503] if path.startswith("/v1") or path == "/readyz" else []
    if operation.get("security"):
        statuses += [401, 403, 429]
    if "{" in path:
        statuses += [404]
    if "requestBody" in operation:
        statuses += [400, 413, 415, 422]
    elif any(parameter["in"] == "query" for parameter in operation["parameters"]):
        statuses += [422]
    if _is_conditional(path, method):
        statuses += [412]
    is_change = method in ("post", "put", "delete") and path.startswith("/v1/organisations")
    is_change |= method in ("patch", "delete") and path.startswith("/v1/keys")
    is_change |= (method, path) == ("put", "/v1/policy")
    if (
        (method == "post" and (path.startswith("/v1/articles") or "{" in path))
        or is_change
        or (method, path) in _SPANS_OF_ERASED
    ):
        statuses += [409]
    return sorted(statuses)


# The words of an erased article are needed to label it, or to count spans otherwise.
_SPANS_OF_ERASED = {("get", "/v1/articles/{article_id}"), ("get", "/v1/articles/{article_id}/labelled")}
_CONDITIONAL = {
    ("put", "/v1/policy"),
    ("post", "/v1/articles/{article_id}/decisions"),
    ("post", "/v1/articles/{article_id}/appeals/{appeal_id}/ruling"),
}


def _is_conditional(path: str, method: str) -> bool:
    return (method, path) in _CONDITIONAL


def _describe_conditional(document: dict[str, Any]) -> None:
    """`If-Match` where it is read, and the `ETag` that it names."""
    for path, method, operation in operations(document):
        if _is_conditional(path, method):
            operation["parameters"].append(_header_parameter("If-Match", _IF_MATCH))
            for status in operation["responses"].keys() & {"200", "201"}:
                headers = operation["responses"][status].setdefault("headers", {})
                headers["ETag"] = {"$ref": "#/components/headers/ETag"}


def _header_parameter(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}


def _describe_submission(operation: dict[str, Any]) -> None:
    operation["parameters"] += [
        {**_header_parameter("Prefer", _PREFER), "example": "wait=10"},
        {
            **_header_parameter("Idempotency-Key", _IDEMPOTENCY_KEY),
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        },
    ]
    accepted = operation["responses"]["202"]
    names = ("Location", "Idempotency-Replayed", "Obelus-Duplicate", "Preference-Applied", "Retry-After")
    accepted["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    operation["responses"]["200"] = {
        "description": "Read in time, or before under the same `external_id`; with the report.",
        "content": {kind: dict(shape) for kind, shape in accepted["content"].items()},
        "headers": {name: accepted["headers"][name] for name in names[:-1]},
    }


def _describe_batch(operation: dict[str, Any], single: dict[str, Any]) -> None:
    operation["parameters"] += [one for one in single["parameters"] if one["name"] == "Idempotency-Key"]
    told = single["responses"]["202"]["headers"]
    operation["responses"]["202"]["headers"] = {name: told[name] for name in ("Idempotency-Replayed", "Retry-After")}


def _describe_tag(operation: dict[str, Any]) -> None:
    operation["parameters"] += [
        _header_parameter("If-None-Match", _IF_NONE_MATCH),
        _header_parameter("If-Match", _IF_MATCH),
    ]
    operation["responses"]["200"]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    operation["responses"]["304"] = {"description": "Unchanged since the answer that `If-None-Match` names."}


def _describe_labelled(operation: dict[str, Any]) -> None:
    answer = operation["responses"]["200"]
    answer["description"] = "The text, labelled."
    answer["content"] = {kind: {"schema": {"type": "string"}} for kind in ("text/plain", "text/html")}


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
