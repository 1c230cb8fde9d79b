"""JSON answers and the cursors of lists."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

_ID = re.compile(r"[a-z]{2,4}_[0-9a-f]{32}")
_CHECK_BYTES = 6


def json_answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status=status, headers=dict(headers or {}), mimetype="application/json")


def is_id(value: str, prefix: str) -> bool:
    """Whether *value* can be an id of that kind; anything else need not trouble the database."""
    return value.startswith(f"{prefix}_") and _ID.fullmatch(value) is not None


def make_cursor(last_id: str) -> str:
    """An opaque place in a list. The check digits tell a damaged cursor; they guard nothing."""
    return base64.urlsafe_b64encode(last_id.encode() + _check(last_id)).decode().rstrip("=")


def read_cursor(cursor: str, prefix: str) -> str:
    """The id behind which a list goes on; ValueError where the cursor is none of ours."""
    last_id = open_cursor(cursor)
    if not is_id(last_id, prefix):
        raise ValueError("is not a cursor of this list")
    return last_id


def open_cursor(cursor: str) -> str:
    """What a cursor holds; ValueError where we did not make it."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last_id = raw[:-_CHECK_BYTES].decode("ascii")
    except (UnicodeError, binascii.Error):
        raise ValueError("is not a cursor of this list") from None
    # Unused bits of base64 could be changed unseen: only the exact spelling is ours.
    if make_cursor(last_id) != cursor:
        raise ValueError("is not a cursor of this list")
    return last_id


def _check(last_id: str) -> bytes:
    return hashlib.sha256(b"cursor/" + last_id.encode()).digest()[:_CHECK_BYTES]


def list_answer(items: list[dict[str, Any]], *, last_id: str | None) -> Response:
    """A page of a list; *last_id* is None on the last page. The next page is also linked (RFC 8288)."""
    cursor = make_cursor(last_id) if last_id is not None else None
    headers = {}
    if cursor is not None:
        arguments = {**request.args.to_dict(), "cursor": cursor}
        headers["Link"] = f'<{request.path}?{urlencode(arguments)}>; rel="next"'
    return json_answer({"data": items, "next_cursor": cursor}, headers=headers)
