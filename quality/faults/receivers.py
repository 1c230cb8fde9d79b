"""Receivers of webhooks: one that keeps all it gets and sometimes fails, and eight that mean harm."""

import gzip
import hashlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SLOW_SECONDS = 2.0
_TROUBLE = (("500", 5), ("reset", 3), ("lost", 3), ("slow", 2))  # percent of first attempts


@dataclass(frozen=True, slots=True)
class Received:
    """One request. ``was_answered``: with 2xx, though the answer may have been lost on the way."""

    path: str
    event_id: str
    timestamp: str
    signature: str
    body: bytes
    received_at: float
    was_answered: bool


class Receiver:
    """Keeps every request. Of the first attempts of an event some fail, the same ones in every run; later ones never.

    Retries come after 5 s, then after 5 minutes: who fails an event twice waits for it too long for a measurement.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.trouble: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.handle(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A sender that was killed is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        if len(body) < int(request.headers["Content-Length"]):
            request.close_connection = True  # its sender was killed half-way: nothing was delivered
            return
        event_id = request.headers["webhook-id"]
        trouble = self._trouble_of(request.path, event_id)
        self.received.append(
            Received(
                path=request.path,
                event_id=event_id,
                timestamp=request.headers["webhook-timestamp"],
                signature=request.headers["webhook-signature"],
                body=body,
                received_at=time.time(),
                was_answered=trouble not in ("500", "reset"),
            )
        )
        if trouble in ("reset", "lost"):  # the same on the wire; but the second kept what it got
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        if trouble == "slow":
            time.sleep(_SLOW_SECONDS)
        request.send_response(500 if trouble == "500" else 204)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _trouble_of(self, path: str, event_id: str) -> str | None:
        with self._lock:
            if (path, event_id) in self._seen:
                return None
            self._seen.add((path, event_id))
            place = int.from_bytes(hashlib.sha256(f"{path} {event_id}".encode()).digest()[:4], "big") % 100
            for trouble, percent in _TROUBLE:
                if place < percent:
                    self.trouble[trouble] += 1
                    return trouble
                place -= percent
        return None


# --- eight that mean harm -------------------------------------------------------------------------

Behave = Callable[[socket.socket], None]
_BOMB = gzip.compress(b"\0" * 300_000_000, 9)  # 292 kB that unpack to 300 MB
_HARM_SECONDS = 60.0


def _drip(connection: socket.socket) -> None:
    """A header line every half second: each read is in time, all of them never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(int(_HARM_SECONDS * 2)):
        connection.sendall(b"X-Slow: a\r\n")
        time.sleep(0.5)


def _flood(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(20_000):
        connection.sendall(b"2710\r\n" + b"a" * 10_000 + b"\r\n")


def _bomb(connection: socket.socket) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(_BOMB)}\r\n\r\n"
    connection.sendall(head.encode() + _BOMB)


def _huge_headers(connection: socket.socket) -> None:
    """200 MB of them."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(20_000):
        connection.sendall(b"X-Flood: " + b"a" * 10_000 + b"\r\n")


def _never_answer(connection: socket.socket) -> None:
    connection.settimeout(_HARM_SECONDS)
    while connection.recv(65_536):
        pass


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _bad_tls(connection: socket.socket) -> None:
    """Asked by https, answers in plain text."""
    connection.sendall(b"220 mail.example ESMTP\r\n" * 100)


def _redirect(connection: socket.socket) -> None:
    """To itself, for ever."""
    target = f"http://127.0.0.1:{connection.getsockname()[1]}/hook"
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"
    connection.sendall(head.encode())


HARM: dict[str, Behave] = {
    "drip": _drip,
    "endless body": _flood,
    "gzip bomb": _bomb,
    "huge headers": _huge_headers,
    "no answer": _never_answer,
    "reset": _reset,
    "bad TLS": _bad_tls,
    "redirect loop": _redirect,
}


class HostileReceiver:
    """Reads what comes first, then does harm to the connection. ``connections`` counts who came."""

    def __init__(self, harm: str) -> None:
        self._behave = HARM[harm]
        self._scheme = "https" if harm == "bad TLS" else "http"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._listener.getsockname()[1]}/hook"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._harm, args=(connection,), daemon=True).start()

    def _harm(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(_HARM_SECONDS)
            connection.recv(65_536)
            self._behave(connection)


@contextmanager
def hostile_receivers() -> Iterator[dict[str, HostileReceiver]]:
    """One of each kind."""
    made = {harm: HostileReceiver(harm) for harm in HARM}
    try:
        yield made
    finally:
        for one in made.values():
            one.close()
