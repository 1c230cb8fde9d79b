"""gunicorn's worker (``--worker-class``), which answers what never reaches the application as the application would.

gunicorn itself answers a request that it cannot read with a page of HTML, and logs what was in it. And it hands a
connection from its main thread to another one and back for each request; here a thread that nobody else waits for stays
with a caller that sends on.
"""

import secrets
import select
import socket
from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from service.context import context
from service.errors import PROBLEMS

_log = structlog.get_logger("service.server")
_STAYS_MS = 2  # after an answer: long enough for a program that has its next request ready
_CODES: Mapping[type[Exception], str] = {
    errors.LimitRequestLine: "uri_too_long",
    errors.LimitRequestHeaders: "headers_too_large",
    errors.ExpectationFailed: "expectation_failed",
}
_PHRASES = {400: "Bad Request", 414: "URI Too Long", 417: "Expectation Failed", 431: "Request Header Fields Too Large"}
# Made from what the application sent, not the caller.
_OURS = (errors.ConfigurationProblem, errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)


class ProblemWorker(ThreadWorker):  # type: ignore[misc]
    """Threads, as `gthread`; a broken request gets problem+json and leaves no word of it in the log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unserved: deque[None] = deque()  # one for each connection that waits for a thread

    def enqueue_req(self, conn: Any) -> None:
        self._unserved.append(None)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        self._unserved.pop()
        while (may_go_on := super().handle(conn)) is True and self._sends_on(conn):
            pass
        return may_go_on

    def _sends_on(self, conn: Any) -> bool:
        """Whether the next request is there, or comes in a moment for which this thread is not needed elsewhere."""
        if self._unserved or not self.alive:
            return False
        if conn.parser.unreader.buf.getvalue():  # read together with what came before
            return True
        readable = select.poll()
        readable.register(conn.sock, select.POLLIN)
        return bool(readable.poll(_STAYS_MS))

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        if not isinstance(exc, errors.ParseException) or isinstance(exc, _OURS):
            super().handle_error(req, client, addr, exc)
            return
        code = next((code for kind, code in _CODES.items() if isinstance(exc, kind)), "bad_request")
        request_id = f"req_{secrets.token_hex(12)}"
        with self.wsgi.app_context():
            answer = describe_broken(code, request_id, context().settings.base_url)
        _log.warning("request_not_read", code=code, error_type=type(exc).__name__, request_id=request_id)
        try:
            util.write_nonblock(client, answer)
        except OSError:
            _log.debug("nobody_to_answer", request_id=request_id)


def describe_broken(code: str, request_id: str, base_url: str) -> bytes:
    """The whole answer, head and body, after which the connection ends. Which path was meant is not known."""
    kind = PROBLEMS[code]
    body = orjson.dumps(
        {
            "type": f"{base_url}/docs#problem-{code}",
            "title": kind.title,
            "status": kind.status,
            "detail": kind.title,
            "instance": "/",
            "code": code,
            "errors": [],
        }
    )
    head = (
        f"HTTP/1.1 {kind.status} {_PHRASES[kind.status]}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-ID: {request_id}\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body
