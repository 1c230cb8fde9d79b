"""Two ways to ask: the application in this process, and the real server over a socket."""

import http.client
import io
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from quality.fuzz.answers import Answer
from quality.fuzz.requests import Request

Ask = Callable[[Request], Answer]


def ask_application(app: Callable[..., Any]) -> Ask:
    """As a server would call it by WSGI."""

    def ask(request: Request) -> Answer:
        path, _, query = request.target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.encode("ascii", "replace").decode(),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(request.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        started: list[tuple[str, list[tuple[str, str]]]] = []
        began = time.perf_counter()
        chunks = app(environ, lambda status, headers, _error=None: started.append((status, headers)))
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        seconds = time.perf_counter() - began
        status, headers = started[-1]
        return Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body, seconds)

    return ask


class ServerCaller:
    """Asks over a connection that is kept; one thread alone may use it. OSError where the server is not there."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def __call__(self, request: Request) -> Answer:
        try:
            return _ask_once(self._connection, request)
        except (http.client.HTTPException, OSError):
            self._connection.close()  # a kept connection may have been closed meanwhile
            return _ask_once(self._connection, request)

    def close(self) -> None:
        self._connection.close()


def _ask_once(connection: http.client.HTTPConnection, request: Request) -> Answer:
    began = time.perf_counter()
    has_host = "Host" in request.headers
    connection.putrequest(request.method, request.target, skip_host=has_host, skip_accept_encoding=True)
    for name, value in request.headers.items():
        connection.putheader(name, value.encode("latin-1"))
    connection.putheader("Content-Length", str(len(request.body)))
    connection.endheaders(request.body or None)
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - began
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body, seconds)
