"""What guards every request: headers, request ids, the same-origin check, and one access line without content."""

import re
import secrets
import time
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from service import vendors
from service.errors import Problem, is_page

_access_log = structlog.get_logger("service.access")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_API_CSP = "default-src 'none'; frame-ancestors 'none'"
_PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def register_security(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def require_same_origin() -> None:
    """Refuse a state-changing request that another site made a browser send.

    Browsers say where a request comes from (Fetch Metadata; ``Origin`` in older ones); programs say neither and
    carry no cookie of ours.
    """
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise Problem("cross_site")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    try:
        sender = urlsplit(origin).netloc
    except ValueError:
        sender = ""
    if not sender or sender.lower() != request.host.lower():
        raise Problem("cross_site")


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
    g.began = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _PAGE_CSP if is_page() else _API_CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if "Cache-Control" not in headers or not _is_static():
        headers["Cache-Control"] = "no-store"
    if "request_id" in g:
        headers["X-Request-ID"] = g.request_id
        vendors.add_headers(request.path, response, seconds=seconds_since_begin())
        _access_log.info(
            "request",
            method=request.method,
            route=route_of_request(),
            status=response.status_code,
            ms=round(seconds_since_begin() * 1000, 1),
            key_id=g.get("key_id"),
            article_id=g.get("article_id"),
        )
    return response


def seconds_since_begin() -> float:
    return float(time.perf_counter() - g.began)


def route_of_request() -> str:
    """The route's template, never the path itself: it may hold anything."""
    return request.url_rule.rule if request.url_rule is not None else "unmatched"


def _is_static() -> bool:
    return (request.endpoint or "").rsplit(".", 1)[-1] == "static"


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()
