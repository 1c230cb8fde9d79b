"""Which pages of others may call the API from a browser: none, unless ``OBELUS_CORS_ORIGINS`` names their origins.

Only /v1 and /compat, and never with cookies: a page needs an API key, and whoever puts one into a page shows it to all
who open that page.
"""

from flask import Flask, Response, current_app, request

from service.context import context

_PATHS = ("/v1/", "/compat/")
_READABLE = (
    "Deprecation, ETag, Idempotency-Replayed, Link, Location, Obelus-Duplicate, Preference-Applied, RateLimit, "
    "RateLimit-Policy, Retry-After, Sunset, WWW-Authenticate, X-Request-ID"
)
_SENDABLE = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, X-Request-ID"
_REMEMBERED_SECONDS = 600


def register_cors(app: Flask) -> None:
    app.before_request(_answer_preflight)
    app.after_request(_let_in)


def _answer_preflight() -> Response | None:
    """The question that a browser asks before the request itself, without the key."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    adapter = current_app.create_url_adapter(request)
    methods = sorted(adapter.allowed_methods()) if adapter is not None and _is_let_in() else []
    if not methods:
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
    answer.headers["Access-Control-Allow-Headers"] = _SENDABLE
    answer.headers["Access-Control-Max-Age"] = str(_REMEMBERED_SECONDS)
    answer.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return answer


def _let_in(response: Response) -> Response:
    if not context().settings.cors_origins or not request.path.startswith(_PATHS):
        return response
    response.vary.add("Origin")
    if _is_let_in():
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = _READABLE
    return response


def _is_let_in() -> bool:
    """Letter for letter: browsers write an origin in one way only."""
    return request.path.startswith(_PATHS) and request.headers.get("Origin") in context().settings.cors_origins
