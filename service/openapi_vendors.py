"""What the OpenAPI document says of /compat: errors in the shape of each vendor, made by the code that answers them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response
from pydantic import BaseModel

from service import vendors
from service.compat import perspective
from service.compat.openai_schemas import OpenAIError
from service.compat.perspective_discovery import make_discovery
from service.compat.perspective_schemas import GoogleError
from service.errors import PROBLEMS

PREFIX = "/compat/"
ERRORS: tuple[type[BaseModel], ...] = (OpenAIError, GoogleError)
_SCHEMA = "#/components/schemas/"
# The problems that an operation may have, each with the field that it is about.
_ALL: Mapping[str, str | None] = {
    "not_json": None, "no_key": None, "insufficient_scope": None, "too_large": None, "unsupported_media_type": None,
    "too_many_requests": None, "database_unavailable": None,
}  # fmt: skip
_COMMENT: Mapping[str, str | None] = {**_ALL, "invalid": "comment.text", "forbidden": None}
_PROBLEMS: Mapping[str, Mapping[str, str | None]] = {
    "moderate": {**_ALL, "invalid": "input", "not_found": "model", "unavailable": None},
    "analyzeComment": {**_COMMENT, "unavailable": None},
    "suggestCommentScore": _COMMENT,
    "discover": {"not_found": None},
}
_COMMENT_ERRORS = (
    perspective.CommentError("COMMENT_EMPTY", "Comment must be non-empty."),
    perspective.CommentError("INVALID_REQUEST", "There is no attribute VIOLENSE."),
    perspective.not_in_language("VIOLENCE", "de"),
)
_RATE_HEADERS = tuple(
    f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining", "reset") for unit in ("requests", "tokens")
)
HEADERS: Mapping[str, str] = {
    "openai-processing-ms": "How long it took here.",
    **dict.fromkeys(_RATE_HEADERS, "As `RateLimit` says, in OpenAI's words; `tokens` are characters."),
}


def add_vendor_errors(path: str, operation: dict[str, Any]) -> None:
    """Every error of an operation under /compat, by the status that its vendor gives it; and the discovery document."""
    found: dict[str, dict[str, Any]] = {}
    for code, field in _PROBLEMS[operation["operationId"]].items():
        kind = PROBLEMS[code]
        failure = vendors.Failure(kind.status, code, kind.title, field, {})
        answer = vendors.answer_in_shape(path, failure)
        if answer is None:
            raise ValueError(f"{path} is no vendor's")
        _keep(found, code, kind.title, answer)
    if path.startswith(vendors.PERSPECTIVE) and "requestBody" in operation:
        for error in _COMMENT_ERRORS:
            _keep(found, str(error), error.message, perspective.answer_comment_error(error))
    shape = OpenAIError if path.startswith(vendors.OPENAI) else GoogleError
    for status, examples in found.items():
        content = {"schema": {"$ref": _SCHEMA + shape.__name__}, "examples": examples}
        phrase = HTTPStatus(int(status)).phrase
        operation["responses"][status] = {"description": f"{phrase}.", "content": {"application/json": content}}
    if operation["operationId"] == "discover":
        value = make_discovery("https://obelus.example.org/compat/perspective/")
        content = operation["responses"]["200"]["content"]["application/json"]
        content["examples"] = {"example": {"summary": "The document", "value": value}}


def _keep(found: dict[str, dict[str, Any]], name: str, summary: str, answer: Response) -> None:
    example = {"summary": summary, "value": orjson.loads(answer.data)}
    found.setdefault(str(answer.status_code), {})[name] = example


def header_names(operation: Mapping[str, Any], status: str) -> tuple[str, ...]:
    """The headers that OpenAI's clients read, beside ours."""
    if "OpenAI" not in operation["tags"]:
        return ()
    return ("openai-processing-ms", *(_RATE_HEADERS if status < "300" or status == "429" else ()))
