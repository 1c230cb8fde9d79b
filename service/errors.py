"""One shape for every error: RFC 9457 problem+json for programs, a plain page for people. Never the text sent to us."""

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, g, request
from gunicorn.http.errors import ParseException
from markupsafe import escape
from pydantic import ValidationError
from sqlalchemy import exc as database_errors
from werkzeug.exceptions import HTTPException

from service import vendors
from service.answers import json_answer
from service.context import context

_log = structlog.get_logger("service.errors")
_LONGEST_NAME = 64  # a longer field name is not repeated in an answer
_RETRY_SECONDS = 5
_NOT_MIGRATED = ("42P01", "42703")  # undefined_table, undefined_column


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """What a ``code`` stands for: its HTTP status, and one sentence for people."""

    status: int
    title: str


PROBLEMS: Mapping[str, ProblemKind] = {
    "bad_request": ProblemKind(400, "The request cannot be read."),
    "not_json": ProblemKind(400, "The body is not JSON."),
    "no_key": ProblemKind(401, "A valid API key is needed."),
    "insufficient_scope": ProblemKind(403, "The API key lacks the scope for this."),
    "cross_site": ProblemKind(403, "The request came from another site."),
    "forbidden": ProblemKind(403, "This is not allowed."),
    "not_found": ProblemKind(404, "There is nothing here."),
    "method_not_allowed": ProblemKind(405, "The method is not allowed here."),
    "precondition_failed": ProblemKind(412, "The thing has changed since it was read."),
    "conflict": ProblemKind(409, "The state of the thing does not allow this."),
    "still_running": ProblemKind(409, "The first request with this Idempotency-Key is still being answered."),
    "last_admin_key": ProblemKind(409, "No API key with the scope admin would be left."),
    "too_large": ProblemKind(413, "The body is too large."),
    "uri_too_long": ProblemKind(414, "The address is too long."),
    "unsupported_media_type": ProblemKind(415, "The body is not of a type that is read here."),
    "invalid": ProblemKind(422, "The request has fields that cannot be accepted."),
    "no_article_text": ProblemKind(422, "The HTML holds no text of an article."),
    "html_unreadable": ProblemKind(422, "The HTML is too large, too deep or too broken to be read."),
    "html_not_read": ProblemKind(422, "No time was left to read the HTML."),
    "idempotency_key_reused": ProblemKind(422, "The Idempotency-Key was used for another body."),
    "expectation_failed": ProblemKind(417, "What the header Expect asks for is not done here."),
    "too_many_requests": ProblemKind(429, "Too many requests."),
    "headers_too_large": ProblemKind(431, "The headers are too many or too long."),
    "internal": ProblemKind(500, "Something went wrong on our side."),
    "database_unavailable": ProblemKind(503, "The database cannot be reached now."),
    "overloaded": ProblemKind(503, "Too many articles are waiting to be read."),
    "not_ready": ProblemKind(503, "The service cannot do its work now."),
    "unavailable": ProblemKind(503, "The service cannot answer now."),
}
_CODE_OF_STATUS = {
    400: "bad_request", 401: "no_key", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 412: "precondition_failed", 413: "too_large", 414: "uri_too_long", 415: "unsupported_media_type",
    417: "expectation_failed", 422: "invalid", 429: "too_many_requests", 431: "headers_too_large", 500: "internal",
    503: "unavailable",
}  # fmt: skip

# Sentences for pydantic's error types; all others keep pydantic's own, which never hold the input.
_SENTENCES = {
    "missing": "This field is required.",
    "extra_forbidden": "There is no such field.",
    "string_type": "Must be a string.",
    "string_too_long": "Must have at most {max_length} characters.",
    "string_too_short": "Must have at least {min_length} character(s).",
    "dict_type": "Must be an object.",
    "list_type": "Must be an array.",
    "bool_type": "Must be true or false.",
    "literal_error": "Must be {expected}.",
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Raised anywhere in a request; answered as problem+json, or as a page under /review."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = [dict(error) for error in errors]
        self.headers = dict(headers or {})


def fault(pointer: str, detail: str, *, place: str | None = None) -> dict[str, str]:
    """One entry of ``errors``: a JSON Pointer (RFC 6901) and a sentence; *place* is ``query`` or ``header``."""
    return {"pointer": pointer, "detail": detail} | ({"in": place} if place else {})


def invalid_field(name: str, detail: str, *, place: str | None = None) -> Problem:
    return Problem("invalid", errors=[fault(f"/{name}", detail, place=place)])


def register_errors(app: APIFlask) -> None:
    """Make every error of *app* answer in our shape."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPError, _answer_api_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    for kind in (
        database_errors.OperationalError,
        database_errors.InterfaceError,
        database_errors.TimeoutError,
    ):
        app.register_error_handler(kind, _answer_database_error)
    app.register_error_handler(database_errors.ProgrammingError, _answer_programming_error)
    app.register_error_handler(ParseException, _answer_broken_body)
    app.after_request(_describe_precondition)
    app.register_error_handler(Exception, _answer_unexpected)


def _describe_precondition(response: Response) -> Response:
    """Werkzeug only sets the status where `If-Match` names another version."""
    if response.status_code == 412 and response.mimetype != "application/problem+json":
        return answer_problem(Problem("precondition_failed"))
    return response


def is_page() -> bool:
    """Whether the request is for a page that people read, not for the API."""
    return request.path in ("/review", "/docs") or request.path.startswith(("/review/", "/docs/"))


def answer_problem(problem: Problem) -> Response:
    kind = PROBLEMS[problem.code]
    return _answer(kind.status, problem.code, title=kind.title, problem=problem)


def _answer(status: int, code: str, *, title: str, problem: Problem) -> Response:
    if is_page():
        return _page(status, title, problem)
    if (shaped := vendors.answer_in_shape(request.path, _failure(status, code, title, problem))) is not None:
        return shaped
    body = _describe(status, code, title=title, problem=problem)
    answer = json_answer(body, status=status, headers=problem.headers)
    answer.mimetype = "application/problem+json"
    return answer


def describe_problem(problem: Problem) -> dict[str, Any]:
    """The body of its answer, for where it is a part of another one."""
    kind = PROBLEMS[problem.code]
    return _describe(kind.status, problem.code, title=kind.title, problem=problem)


def _describe(status: int, code: str, *, title: str, problem: Problem) -> dict[str, Any]:
    return {
        "type": f"{context().settings.base_url}/docs#problem-{code}",
        "title": title,
        "status": status,
        "detail": problem.detail or title,
        "instance": quote(request.path),
        "code": code,
        "errors": problem.errors,
    }


def _failure(status: int, code: str, title: str, problem: Problem) -> vendors.Failure:
    first = problem.errors[0] if problem.errors else {}
    message = problem.detail or first.get("detail") or title
    field = first.get("pointer", "").removeprefix("/").replace("/", ".") or None
    return vendors.Failure(status, code, message, field, problem.headers)


def _page(status: int, title: str, problem: Problem) -> Response:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{status}</title>'
        f"<h1>{status}</h1><p>{escape(title)}</p><p>{escape(problem.detail or '')}</p>"
        '<p><a href="/review/">To the dashboard</a></p></html>'
    )
    return Response(html, status=status, headers=problem.headers, mimetype="text/html")


def _answer_http_error(error: HTTPException) -> Response:
    """What Flask and Werkzeug raise: 404, 405 with Allow, 413 …"""
    if error.response is not None and isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return _answer_status(status, title=error.name, headers=headers)


def _answer_api_error(error: HTTPError) -> Response:
    """What APIFlask raises: an input that its pydantic model refused, above all."""
    if isinstance(error.__cause__, ValidationError):
        place = next(iter(error.detail), "json") if isinstance(error.detail, dict) else "json"
        return answer_problem(invalid_fields(error.__cause__, place=place))
    return _answer_status(error.status_code, title=error.message or "", headers={})


def _answer_status(status: int, *, title: str, headers: Mapping[str, str]) -> Response:
    code = _CODE_OF_STATUS.get(status, f"http_{status}")
    known = PROBLEMS.get(code)
    return _answer(status, code, title=known.title if known else title, problem=Problem(code, headers=headers))


def invalid_fields(error: ValidationError, *, place: str = "json") -> Problem:
    """Every field that a model refused, by its pointer."""
    return Problem("invalid", errors=_faults(error, place))


def _faults(error: ValidationError, place: str) -> list[dict[str, str]]:
    found = []
    for item in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in item["loc"]]
        if any(len(part) > _LONGEST_NAME for part in path):
            path = []
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
        sentence = _SENTENCES.get(item["type"], item["msg"])
        found.append(
            fault(
                pointer,
                sentence.format_map(item.get("ctx", {})) if item["type"] in _SENTENCES else sentence,
                place=None if place == "json" else place,
            )
        )
    return found


def _answer_database_error(error: database_errors.SQLAlchemyError) -> Response:
    # str(error) would hold the statement's parameters, the article's text among them.
    _log.warning("database_unavailable", error_type=type(error).__name__)
    return answer_problem(Problem("database_unavailable", headers={"Retry-After": str(_RETRY_SECONDS)}))


def _answer_programming_error(error: database_errors.ProgrammingError) -> Response:
    """PostgreSQL without our tables or columns, which SQLite calls an OperationalError: the schema is not there yet."""
    if getattr(error.orig, "sqlstate", None) in _NOT_MIGRATED:
        return _answer_database_error(error)
    return _answer_unexpected(error)


def _answer_broken_body(error: ParseException) -> Response:
    """A chunked body that is none; the server notices while the application reads."""
    _log.warning("body_not_read", error_type=type(error).__name__)
    problem = Problem("bad_request", "The chunks of the body cannot be read.", headers={"Connection": "close"})
    return answer_problem(problem)


def _answer_unexpected(error: Exception) -> Response:
    # Frames only: a message may hold what the caller sent.
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("unexpected_error", error_type=type(error).__name__, frames=frames)
    detail = f"It was logged under the request id {g.get('request_id', 'unknown')}."
    return answer_problem(Problem("internal", detail))
