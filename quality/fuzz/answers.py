"""What every answer must be, whatever was asked."""

import json
from dataclasses import dataclass
from typing import Any

from service.errors import PROBLEMS

_MEMBERS = ["type", "title", "status", "detail", "instance", "code", "errors"]
_PAGES = ("/review", "/docs")
LONGEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    seconds: float


def fault_of(method: str, target: str, answer: Answer) -> str | None:
    """Why an answer must not be; None where all is well."""
    if answer.status >= 500 and not (answer.status == 503 and answer.headers.get("retry-after", "").isdigit()):
        return f"answered {answer.status}"
    if answer.status < 200:
        return f"answered {answer.status}"
    if answer.status < 400:
        return None
    if answer.status == 405 and not answer.headers.get("allow"):
        return "405 without Allow"
    if answer.status == 401 and target.startswith("/v1/") and not answer.headers.get("www-authenticate"):
        return "401 without WWW-Authenticate"
    if answer.status == 429 and not answer.headers.get("retry-after"):
        return "429 without Retry-After"
    if target.startswith(_PAGES):
        return None  # errors of pages are pages
    if method == "HEAD":
        return "an answer to HEAD has a body" if answer.body else None
    return _vendor_fault(answer) if target.startswith("/compat/") else _problem_fault(answer)


def _problem_fault(answer: Answer) -> str | None:
    if answer.headers.get("content-type", "").split(";")[0] != "application/problem+json":
        return f"{answer.status} is no problem+json"
    body = _read(answer)
    if not isinstance(body, dict) or list(body) != _MEMBERS:
        return f"{answer.status} lacks members of a problem"
    strings = ("type", "title", "detail", "instance", "code")
    if not all(isinstance(body[name], str) and body[name] for name in strings):
        return f"{answer.status} has an empty member"
    if body["status"] != answer.status:
        return f"{answer.status} says {body['status']}"
    code = body["code"]
    if PROBLEMS[code].status != answer.status if code in PROBLEMS else code != f"http_{answer.status}":
        return f"{answer.status} has the code {code}"
    if not all({"pointer", "detail"} <= error.keys() for error in body["errors"]):
        return f"{answer.status} has errors without pointer or detail"
    return None


def _vendor_fault(answer: Answer) -> str | None:
    """Both vendors answer ``{"error": {"message": …}}``; a path that is no vendor's is a problem of ours."""
    body = _read(answer)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        message = body["error"].get("message")
        return None if isinstance(message, str) and message else "an error without a message"
    return _problem_fault(answer)


def _read(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None
