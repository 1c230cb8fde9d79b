"""The form in which an answer goes out: its entity tag, 304 for who has it already, and gzip.

A tag stands for the very bytes (a strong one, RFC 9110 §8.8.3), so the compressed form has one of its own: the same
with ``-gzip`` behind it. Either names the same content, and a proxy may have made it weak (``W/``) on its way.
"""

import gzip
import hashlib

from flask import Flask, Response, g, request
from werkzeug.datastructures import ETags

from service.errors import Problem, answer_problem

_SMALLEST_BYTES = 1_024  # below it the headers and the work cost more than is won
_LEVEL = 5
_GZIP = "-gzip"
_COMPRESSIBLE = frozenset({"application/json", "application/problem+json", "image/svg+xml"})
# An answer in which a secret of ours stands beside something that another may choose is never compressed: its length
# would tell them about the secret, guess by guess (BREACH). So no answer to a POST is, unless its view says that none
# is in it, and neither are these pages.
_SECRET_PAGES = frozenset({"review.second_factor"})


def register_representations(app: Flask) -> None:
    """To be called last: so it comes first after a view, and all others see what is sent."""
    app.after_request(_finish)


def holds_no_secret() -> None:
    """Said by the view of a POST whose answer may be compressed."""
    g.holds_no_secret = True


def entity_tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def names(tags: ETags, tag: str, *, is_strong: bool = False) -> bool:
    """Whether *tags*, of ``If-None-Match`` or, *is_strong*, of ``If-Match``, name that content in either form."""
    given = tags.as_set(include_weak=not is_strong)
    return tags.star_tag or any((one or "").removesuffix(_GZIP) == tag for one in given)  # None: `""`


def _finish(response: Response) -> Response:
    may_compress = _may_compress(response)
    if may_compress:
        response.vary.add("Accept-Encoding")
    is_compressed = may_compress and _wants_gzip()
    if _has_tag(response):
        tag = response.get_etag()[0] or entity_tag(response.get_data())  # a view may know a tag that others compare
        response.set_etag(tag + (_GZIP if is_compressed else ""))
        if "If-Match" in request.headers and not names(request.if_match, tag, is_strong=True):
            return answer_problem(Problem("precondition_failed", headers={"ETag": response.headers["ETag"]}))
        if names(request.if_none_match, tag):
            return _not_modified(response)
    if is_compressed:
        response.set_data(gzip.compress(response.get_data(), compresslevel=_LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _has_tag(response: Response) -> bool:
    """All that is read under /v1, and the document."""
    is_read = request.method in ("GET", "HEAD") and response.status_code == 200 and not response.is_streamed
    return is_read and (request.path.startswith("/v1/") or request.path == "/openapi.json")


def _not_modified(response: Response) -> Response:
    response.status_code = 304
    response.set_data(b"")
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    return response


def _may_compress(response: Response) -> bool:
    if request.method not in ("GET", "HEAD") and not g.get("holds_no_secret", False):
        return False
    if response.is_streamed or response.direct_passthrough or "Content-Encoding" in response.headers:
        return False
    if request.endpoint in _SECRET_PAGES or response.status_code in (204, 206, 304):
        return False
    kind = response.mimetype or ""
    is_text = kind in _COMPRESSIBLE or kind.startswith("text/")
    return is_text and len(response.get_data()) >= _SMALLEST_BYTES


def _wants_gzip() -> bool:
    wanted = request.accept_encodings
    quality = wanted.quality("gzip")
    return quality > 0 and quality >= wanted.quality("identity")
