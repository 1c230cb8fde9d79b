"""Reading a request strictly: JSON bodies, preferences, idempotency keys."""

import hashlib
import re
from typing import Any

import orjson
from flask import Request, request
from werkzeug.http import parse_list_header

from service.errors import Problem, fault, invalid_field
from service.representation import names

MAX_BODY_BYTES = 4 * 1024 * 1024  # 200,000 code points, each as a surrogate pair of escapes, and the other fields
MAX_BATCH_BYTES = 16 * 1024 * 1024  # 100 articles of 160 kB each; a few batches at a time (service/api/batches.py)
LONGEST_WAIT_SECONDS = 30
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_JSON_TYPE = re.compile(r"application/(?:[a-z0-9.!#$&^_-]+\+)?json")
_LONGEST_NAME = 64  # a longer one is not repeated in an answer
_NUL_ESCAPE = b"\\u0000"


class JsonRequest(Request):
    """A request whose JSON is read by orjson: it refuses NaN, lone surrogates, UTF-16 and endless nesting."""

    may_hold_nul = False  # True where the view looks at each part itself

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002
        return read_object(self, may_hold_nul=self.may_hold_nul)


def read_object(asked: Request, *, may_hold_nul: bool = False) -> dict[str, Any]:
    """The JSON object of the body; a Problem (415, 413, 400, 422) where there is none."""
    if asked.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Problem("unsupported_media_type", "Send the body without Content-Encoding.")
    charset = asked.mimetype_params.get("charset", "utf-8").lower()
    if not _JSON_TYPE.fullmatch(asked.mimetype) or charset not in ("utf-8", "utf8"):
        raise Problem(
            "unsupported_media_type",
            "Send JSON in UTF-8 with Content-Type: application/json.",
            headers={"Accept": "application/json"},
        )
    body = asked.get_data(cache=True)
    most = asked.max_content_length or MAX_BODY_BYTES
    if len(body) >= most and len(body) != asked.content_length:
        raise Problem("too_large")  # werkzeug cuts a chunked body at the limit without a word
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The parser's sentence holds no input; where it stands helps the caller.
        raise Problem("not_json", f"At line {error.lineno}, column {error.colno}: {error.msg}.") from None
    if not isinstance(value, dict):
        raise Problem("invalid", errors=[fault("", "Must be an object.")])
    if not may_hold_nul and _NUL_ESCAPE in body and (pointer := find_nul(value)) is not None:
        raise nul_refused(pointer)
    return value


def nul_refused(pointer: str) -> Problem:
    return Problem("invalid", errors=[fault(pointer, "Must not hold the character U+0000.")])


def find_nul(value: dict[str, Any]) -> str | None:
    """The field in which a string holds NUL (PostgreSQL keeps none); None where the escape was itself escaped."""
    for name, item in value.items():
        if "\0" in name:
            return ""
        waiting = [item]
        while waiting:
            current = waiting.pop()
            if isinstance(current, dict):
                waiting.extend(current)
                waiting.extend(current.values())
            elif isinstance(current, list):
                waiting.extend(current)
            elif isinstance(current, str) and "\0" in current:
                return f"/{name}" if name.isidentifier() and len(name) < _LONGEST_NAME else ""
    return None


def refuse_repeated_parameters() -> None:
    """Of a parameter given twice one would be ignored without a word. Before each request."""
    if request.method not in ("GET", "HEAD") or not request.path.startswith("/v1/"):
        return
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        named = [f"/{name}" if name.isidentifier() and len(name) < _LONGEST_NAME else "" for name in repeated]
        raise Problem("invalid", errors=[fault(pointer, "Must be given once.", place="query") for pointer in named])


def body_sha256() -> str:
    return hashlib.sha256(request.get_data(cache=True)).hexdigest()


def wait_seconds() -> int:
    """``Prefer: wait=N`` (RFC 7240), at most 30; 0 where it is absent or not a number: preferences never fail."""
    for preference in parse_list_header(",".join(request.headers.getlist("Prefer"))):
        name, _, value = preference.split(";")[0].partition("=")
        if name.strip().lower() == "wait":  # only the first counts
            value = value.strip().strip('"')
            return min(int(value), LONGEST_WAIT_SECONDS) if re.fullmatch(r"[0-9]{1,9}", value) else 0
    return 0


def idempotency_key() -> str | None:
    """Compared as it was sent, quotes included (the draft makes it a quoted string; most clients send it bare)."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise invalid_field("Idempotency-Key", "Must be 1 to 255 visible ASCII characters.", place="header")
    return key


def check_if_match(etag: str) -> None:
    """Problem 412 where the request names with ``If-Match`` (RFC 9110, 13.1.1) what is no longer there.

    Without the header nothing is checked. *etag* is bare, without its quotes.
    """
    if "If-Match" in request.headers and not names(request.if_match, etag, is_strong=True):
        raise Problem("precondition_failed", headers={"ETag": f'"{etag}"'})
