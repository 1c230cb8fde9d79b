"""What APIFlask does not know of our routes: headers, examples, the sentences of each error, and the webhooks.

Examples stand in ``service/api/examples/``, one file a blueprint: operation, then ``request`` or a status, then a name.
A route without them fails ``tests/service/test_api_document.py``.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from service import openapi_vendors
from service.errors import PROBLEMS
from store.outbox import EVENT_TYPES

_EXAMPLES = Path(__file__).parent / "api" / "examples"
_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEMA = "#/components/schemas/"
_HEADERS = {
    "X-Request-ID": "Names the request in our logs; the caller's own where it sent a usable one.",
    "Location": "Where the new thing is.",
    "Link": '`<…>; rel="next"`: the next page, where there is one (RFC 8288).',
    "ETag": "Of this content; `If-None-Match` with it answers 304.",
    "Retry-After": "Seconds after which to ask again.",
    "RateLimit": "What is left of the key's allowances, and when they are whole again.",
    "RateLimit-Policy": "The key's allowances.",
    "WWW-Authenticate": "`Bearer`, with what was wrong with the key (RFC 6750).",
    "Idempotency-Replayed": "`true` where this is the first answer again.",
    "Obelus-Duplicate": "`true` where the article was sent before under this `external_id`.",
    "Preference-Applied": "`wait` where the request has waited.",
    "Accept": "What is read here.",
    **openapi_vendors.HEADERS,
}
_NUMBERS = frozenset(["Retry-After"])
# Errors that only some operations have, by operation; a code that is not here may come from any of its status.
_ONLY_OF: Mapping[str, frozenset[str]] = {
    "no_article_text": frozenset(["submitArticle"]),
    "html_unreadable": frozenset(["submitArticle"]),
    "html_not_read": frozenset(),  # of an article in a batch, whose answer is 202
    "idempotency_key_reused": frozenset(["submitArticle", "submitBatch"]),
    "still_running": frozenset(["submitArticle", "submitBatch"]),
    "overloaded": frozenset(["submitArticle", "submitBatch"]),
    "last_admin_key": frozenset(["changeKey", "revokeKey"]),
    "not_ready": frozenset(["readiness"]),
    "conflict": frozenset(
        [
            *("addOrganisation", "changeOrganisation", "deleteOrganisation", "changeKey", "rotateKey", "changePolicy"),
            *("getArticle", "getLabelledText", "decide", "appeal", "ruleOnAppeal"),
            *("testEndpoint", "redeliver", "redeliverAll"),
        ]
    ),
    "bad_request": frozenset(),
    "cross_site": frozenset(),  # pages alone
    "forbidden": frozenset(),
    "unavailable": frozenset(),
}
_TAGS = {
    "Articles": "Send articles and read what was found in them.",
    "Organisations": "Who is listed by whom, since when; and organisations of your own.",
    "Endpoints": "Who hears of what happens, and what became of each delivery.",
    "Keys": "Who may call, what each may do, and how much.",
    "Policy": "Which findings lead to which action; its versions.",
    "Review": "What people decide on an article, and who asks for another look.",
    "OpenAI": "Moderations in OpenAI's shape: its clients move here by an address and a key.",
    "Perspective": "Comments in Perspective's shape, with Google's errors; and what Google's clients are built from.",
    "Operations": "For those who run the service; no key is needed.",
    "Webhooks": "What we send to your endpoints, signed after Standard Webhooks 1.0.",
}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def codes_of(operation: Mapping[str, Any], status: int) -> list[str]:
    """The problems that *operation* may answer with *status*."""
    own = operation["operationId"]
    return [code for code, kind in PROBLEMS.items() if kind.status == status and own in _ONLY_OF.get(code, {own})]


def problem_answer(codes: list[str], status: int) -> dict[str, Any]:
    """The response object of an error, with an example of each code."""
    said = " or ".join(f"`{code}`" for code in codes)
    examples = {code: {"$ref": f"#/components/examples/problem.{code}"} for code in codes}
    content = {"application/problem+json": {"schema": {"$ref": _SCHEMA + "Problem"}, "examples": examples}}
    return {"description": f"{HTTPStatus(status).phrase}; `code` is {said}.", "content": content}


def add_details(document: dict[str, Any]) -> None:
    """Headers, examples, tags and webhooks; errors and schemas are there already."""
    components = document["components"]
    components["headers"] = {name: _header(name, text) for name, text in _HEADERS.items()}
    components["examples"] = {f"problem.{code}": _problem_example(code) for code in PROBLEMS}
    for _, _, operation in operations(document):
        if "ETag" in operation["responses"].get("200", {}).get("headers", {}):
            operation["responses"]["412"] = problem_answer(["precondition_failed"], 412)
        _add_headers(operation)
        _add_examples(operation, read_examples().get(operation["operationId"], {}))
    used = dict.fromkeys(tag for _, _, operation in operations(document) for tag in operation["tags"])
    document["tags"] = [{"name": name, "description": _TAGS.get(name, "")} for name in [*used, "Webhooks"]]
    document["webhooks"] = {name: {"post": _webhook(name)} for name in EVENT_TYPES}
    components["schemas"]["ArticleEvent"] = _article_event(components["schemas"])
    components["schemas"]["EndpointEvent"] = {
        "type": "object",
        "description": "What an event about an endpoint says of it.",
        "properties": {
            "endpoint_id": {"type": "string"},
            "description": {"type": ["string", "null"]},
            "failing_since": {"type": ["string", "null"], "description": "The first failure after the last success."},
            "disabled_reason": {"type": ["string", "null"]},
        },
        "required": ["endpoint_id"],
    }


@cache
def read_examples() -> Mapping[str, Any]:
    """All examples by operation; ValueError where two files name one operation."""
    found: dict[str, Any] = {}
    for path in sorted(_EXAMPLES.glob("*.json")):
        part = orjson.loads(path.read_bytes())
        if twice := found.keys() & part.keys():
            raise ValueError(f"{path.name}: {', '.join(sorted(twice))} has examples in another file too")
        found |= part
    return found


def _header(name: str, text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "integer" if name in _NUMBERS else "string"}}


def _problem_example(code: str) -> dict[str, Any]:
    kind = PROBLEMS[code]
    errors = [{"pointer": "/text", "detail": "Must be a string."}] if code == "invalid" else []
    body = {
        "type": f"https://obelus.example.org/docs#problem-{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title,
        "instance": "/v1/articles",
        "code": code,
        "errors": errors,
    }
    return {"summary": kind.title, "value": body}


def _add_headers(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        names = ["X-Request-ID", *_headers_of(operation, status), *openapi_vendors.header_names(operation, status)]
        headers = answer.setdefault("headers", {})
        for name in names:
            headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _headers_of(operation: Mapping[str, Any], status: str) -> Iterator[str]:
    if operation.get("security") and (status < "300" or status == "429"):
        yield from ("RateLimit", "RateLimit-Policy")
    if status in ("401", "403") and "Perspective" not in operation["tags"]:
        yield "WWW-Authenticate"
    if status in ("429", "503") or (status == "409" and "still_running" in codes_of(operation, 409)):
        yield "Retry-After"
    if status == "415":
        yield "Accept"
    if status == "201":
        yield "Location"
    if status == "200" and operation["operationId"].startswith("list"):
        yield "Link"
    if status in ("304", "412"):
        yield "ETag"


def _add_examples(operation: dict[str, Any], examples: Mapping[str, Any]) -> None:
    bodies = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for place, given in examples.items():
        for content in bodies[place]["content"].values():
            content["examples"] = given


# --- webhooks -------------------------------------------------------------------------------------


def _webhook(name: str) -> dict[str, Any]:
    data = "ArticleEvent" if name.startswith("article.") else "EndpointEvent"
    schema = {
        "type": "object",
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": _SCHEMA + data},
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "operationId": "on" + "".join(part.capitalize() for part in name.split(".")),
        "tags": ["Webhooks"],
        "summary": EVENT_TYPES[name].rstrip("."),
        "description": "Signed after Standard Webhooks 1.0, under 20 kB; any answer but 2xx is tried again.",
        "security": [],
        "parameters": [
            _webhook_header("webhook-id", "The same at each attempt: drop what you have seen.", {"type": "string"}),
            _webhook_header("webhook-timestamp", "Of this attempt, in seconds since 1970.", {"type": "integer"}),
            _webhook_header(
                "webhook-signature",
                "One or more, parted by spaces: `v1,` and the base64 of HMAC-SHA-256 over `id.timestamp.body`.",
                {"type": "string"},
            ),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": read_examples()[name]["request"]}},
        },
        "responses": {
            "2XX": {"description": "Delivered."},
            "410": {"description": "No longer wanted: the endpoint is switched off."},
        },
    }


def _webhook_header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


def _article_event(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """An article without spans, so without their unit; and what the event adds."""
    summary = schemas["ArticleSummary"]
    return {
        "type": "object",
        "description": "What an event about an article says of it; never its text.",
        "properties": {
            **{name: shape for name, shape in summary["properties"].items() if name != "offset_unit"},
            "failure": {"type": "string", "description": "Why it could not be read; `article.failed` alone."},
            "decision": {"type": "object", "description": "Of `article.reviewed`: a Decision, as far as it fits."},
            "appeal": {"type": "object", "description": "Of `article.appealed`: an Appeal."},
            "truncated": {"const": True, "description": "The decision did not fit whole."},
        },
        "required": [name for name in summary["required"] if name != "offset_unit"],
    }
