"""The error shape and the headers of each vendor, chosen by path: also for what no route of theirs has answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from service.answers import json_answer

OPENAI = "/compat/openai/"
PERSPECTIVE = "/compat/perspective/"
INVALID_REQUEST = "invalid_request_error"
# google.rpc.Code by HTTP status (https://cloud.google.com/apis/design/errors)
_GOOGLE_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 405: "UNIMPLEMENTED",
    413: "INVALID_ARGUMENT", 415: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
_OPENAI_CODE = {401: "invalid_api_key", 405: "method_not_supported", 429: "rate_limit_exceeded"}
_LEFT = re.compile(r'"?([\w.-]+)"?;\s*r=(\d+);\s*t=(\d+)')
_QUOTA = re.compile(r'"?([\w.-]+)"?;\s*q=(\d+)')


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of ours, before it takes a vendor's shape. ``field``: which one is wrong, such as ``input``."""

    status: int
    code: str
    message: str
    field: str | None
    headers: Mapping[str, str]


def answer_in_shape(path: str, failure: Failure) -> Response | None:
    """None where *path* is none of a vendor's."""
    for prefix, shape in _SHAPES.items():
        if path.startswith(prefix):
            return shape(failure)
    return None


def _openai(failure: Failure) -> Response:
    status = 400 if failure.status == 422 else failure.status
    code = "model_not_found" if failure.field == "model" and status == 404 else _OPENAI_CODE.get(status)
    kind = "requests" if status == 429 else INVALID_REQUEST if status < 500 else "server_error"
    error = {"message": failure.message, "type": kind, "param": failure.field, "code": code}
    return json_answer({"error": error}, status=status, headers=failure.headers)


def _perspective(failure: Failure) -> Response:
    headers = {name: value for name, value in failure.headers.items() if name.lower() != "www-authenticate"}
    if failure.code == "no_key":  # what Google's front end says of a key that is none
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
        return google_error(400, failure.message, [info], headers=headers)
    status = 400 if failure.status == 422 else failure.status
    details = []
    if status == 400 and failure.field is not None:
        violation = {"field": failure.field, "description": failure.message}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    return google_error(status, failure.message, details, headers=headers)


def google_error(
    status: int, message: str, details: list[dict[str, Any]], *, headers: Mapping[str, str] | None = None
) -> Response:
    """``google.rpc.Status`` as Google's APIs send it."""
    error = {"code": status, "message": message, "status": _GOOGLE_STATUS.get(status, "UNKNOWN")}
    return json_answer({"error": error | ({"details": details} if details else {})}, status=status, headers=headers)


_SHAPES: Mapping[str, Callable[[Failure], Response]] = {OPENAI: _openai, PERSPECTIVE: _perspective}


def add_headers(path: str, response: Response, *, seconds: float) -> None:
    """The headers that OpenAI's clients read, on every answer under its path. Called when all others are set."""
    if not path.startswith(OPENAI):
        return
    response.headers["openai-processing-ms"] = str(round(seconds * 1000))
    response.headers.update(openai_rate_headers(dict(response.headers)))


def openai_rate_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """``x-ratelimit-*`` in OpenAI's words, from our ``RateLimit`` and ``RateLimit-Policy`` where an answer has them.

    A policy whose name speaks of characters is given as tokens, any other as requests. Times are written as ``1s``.
    """
    made: dict[str, str] = {}
    for name, left, seconds in _LEFT.findall(headers.get("RateLimit", "")):
        made[f"x-ratelimit-remaining-{_unit(name)}"] = left
        made[f"x-ratelimit-reset-{_unit(name)}"] = f"{seconds}s"
    for name, quota in _QUOTA.findall(headers.get("RateLimit-Policy", "")):
        made[f"x-ratelimit-limit-{_unit(name)}"] = quota
    return made


def _unit(name: str) -> str:
    return "tokens" if "char" in name else "requests"
