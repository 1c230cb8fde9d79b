"""What all pages share: language, user, headers, the values templates see, and error pages."""

from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from service.errors import PROBLEMS, Problem
from service.review import comfort, exposure, following, language, queue_query, visitor
from service.review.invisible import pieces, shorten, spell_out
from service.review.messages import LANGUAGES, MESSAGES
from service.review.numbers import show_bytes, show_number, show_span
from service.review.reasons import say, say_plainly
from store import clock

_KEPT_ARGUMENTS = (
    *queue_query.NAMES,
    "after",
    "next",
    "jurisdiction",
    "span",
    "part",
)  # by name: `url_for` gives some names a meaning of its own

_MESSAGE_OF_PROBLEM = {"cross_site": "error.foreign", "forbidden": "error.role"}


def prepare() -> None:
    """Before each request: which language, and who asks. Style sheet and icon need neither."""
    language.choose_language()
    if request.endpoint == "review.static":
        g.user = None
        g.comfort, g.exposure = frozenset(), None
    else:
        visitor.load_user()
        comfort.load()


def finish(response: Response) -> Response:
    """After each request."""
    # With "no-referrer" a browser sends `Origin: null` with our own forms, and the same-origin check would refuse
    # them wherever Fetch Metadata is missing (plain http): https://fetch.spec.whatwg.org/#append-a-request-origin-header
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "review.static":
        response.vary.update(("Cookie", "Accept-Language"))
        language.remember_language(response)
        comfort.remember(response)
        following.remember(response)
    return response


def template_values() -> dict[str, Any]:
    return {
        "t": language.translate,
        "name_label": language.name_label,
        "name_code": language.name_code,
        "say": say,
        "say_plainly": say_plainly,
        "show_decimal": language.show_decimal,
        "show_score": language.show_score,
        "written_in": language.written_in,
        "show_time": language.show_time,
        "news_mark": clock.mark,
        "moment_of": clock.moment_of,
        "show_number": show_number,
        "show_bytes": show_bytes,
        "show_span": show_span,
        "spell_out": spell_out,
        "shorten": shorten,
        "pieces": pieces,
        "language": g.language,
        "user": g.user,
        "comfort": g.comfort,
        "exposure": g.exposure,
        "severe": exposure.SEVERE,
        "may": visitor.may,
        "may_close": visitor.may_close,
        "other_language_url": _other_language_url(),
    }


def _other_language_url() -> str:
    """This page in the other language; where the address is none that can be asked for again, the queue."""
    other = next(code for code in LANGUAGES if code != g.language)
    endpoint = request.endpoint
    if endpoint is None or request.method != "GET" or request.url_rule is None or endpoint == "review.unknown":
        return url_for("review.queue", lang=other)
    values = {name: value for name, value in request.args.items() if name in _KEPT_ARGUMENTS}
    return url_for(endpoint, **{**values, **(request.view_args or {}), "lang": other})


def register_errors(blueprint: Blueprint) -> None:
    """Errors as pages in the reader's language; an address nobody knows included."""
    blueprint.register_error_handler(HTTPException, _answer_http_error)
    blueprint.register_error_handler(Problem, _answer_problem)
    blueprint.add_url_rule("/<path:path>", "unknown", _unknown)


def _unknown(path: str) -> Response:  # noqa: ARG001 - the route needs it
    abort(404)


def _answer_http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    return error_page(error.code or 500, headers=headers)


def _answer_problem(problem: Problem) -> Response:
    key = _MESSAGE_OF_PROBLEM.get(problem.code)
    message = language.translate(key) if key else None
    return error_page(PROBLEMS[problem.code].status, message=message, headers=problem.headers)


def error_page(status: int, *, message: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """*message* is in the reader's language already."""
    key = f"error.title.{status}"
    if key not in MESSAGES:
        key = "error.title.400" if status < 500 else "error.title.500"
    page = render_template("review/error.html", title=language.translate(key), status=status, message=message)
    return make_response(page, status, headers or {})
