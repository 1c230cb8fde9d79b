"""The one door to the outside: a POST to an address that was checked, within a time that no receiver can stretch.

The name is resolved once and the socket goes to the address that was checked, so a name server that answers
differently a moment later changes nothing; TLS and ``Host`` still use the name. No redirect is followed, no proxy
of the environment is used, nothing is unpacked, and at most 64 KiB of the answer are read.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpcore2
import httpx2

from store import clock
from store.addresses import Guard, RefusedError, Resolve, check_url, resolve_name

TOTAL_SECONDS = 15.0
_CONNECT_SECONDS = 5.0  # per address, so that a dead first address leaves time for the second
_BODY_SECONDS = 2.0  # the status has been read: the rest is politeness
_MOST_BYTES = 64 * 1024
_LONGEST_RETRY_AFTER = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is None where no answer came; ``failure`` is one of a few words that tell nothing of our network."""

    status: int | None
    failure: str | None
    duration_ms: int
    retry_after_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """How we go out; tests hand in their own resolver and a shorter time."""

    allow_private: bool = False
    total_seconds: float = TOTAL_SECONDS
    resolve: Resolve = resolve_name
    tls: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send once. Never raises for what a receiver, its name server or its certificate does."""
        started = time.monotonic()
        deadline = _Deadline(started + self.total_seconds)
        status, failure, retry_after = self._try(url, body, headers, deadline)
        return Answer(status, failure, round((time.monotonic() - started) * 1000), retry_after)

    def _try(
        self, url: str, body: bytes, headers: Mapping[str, str], deadline: "_Deadline"
    ) -> tuple[int | None, str | None, int | None]:
        try:
            check_url(url, allow_private=self.allow_private)
            backend = _PinnedBackend(deadline, Guard(self.allow_private, self.resolve))
            with httpcore2.ConnectionPool(ssl_context=self.tls or _default_tls(), network_backend=backend) as pool:
                return _exchange(pool, url, body, headers, deadline)
        except RefusedError:
            return None, "address not allowed", None
        except Exception as error:  # a receiver may do anything, an HTTP library may miss some of it
            return None, _category(error), None


@cache
def _default_tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)  # the bundle of certifi, whatever the environment names


def _exchange(
    pool: httpcore2.ConnectionPool, url: str, body: bytes, headers: Mapping[str, str], deadline: "_Deadline"
) -> tuple[int, str | None, int | None]:
    fields = [*headers.items(), ("accept-encoding", "identity"), ("connection", "close")]
    with pool.stream("POST", url, headers=fields, content=body) as response:
        answer = response.status, _failure_of(response.status), _retry_after(response.headers)
        deadline.shorten(_BODY_SECONDS)
        read = 0
        try:
            for chunk in response.iter_stream():
                read += len(chunk)
                if read >= _MOST_BYTES:
                    break
        except Exception:  # noqa: S110 - the status counts; a body that breaks off or drips says nothing more
            pass
        return answer


def _failure_of(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return "redirect" if 300 <= status < 400 else f"answered {status}"


def _category(error: BaseException) -> str:
    """A few words for the log that the receiver's owner sees: not the address, not what listens there."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 10:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    for kinds, words in _CATEGORIES:
        if any(isinstance(cause, kinds) for cause in causes):
            return words
    return "no answer"


_CATEGORIES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((ssl.SSLError,), "TLS error"),
    ((socket.gaierror,), "name not found"),
    ((httpcore2.TimeoutException, TimeoutError), "timeout"),
    ((ConnectionRefusedError,), "connection refused"),
    ((httpcore2.ConnectError,), "no connection"),
    ((httpcore2.ProtocolError,), "not HTTP"),
    ((httpcore2.NetworkError, OSError), "connection lost"),
)


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """Seconds of a ``Retry-After`` header, which holds seconds or a date (RFC 9110 §10.2.3)."""
    value = next((value for name, value in headers if name.lower() == b"retry-after"), b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), _LONGEST_RETRY_AFTER)
    try:
        seconds = (parsedate_to_datetime(value) - clock.now()).total_seconds()
    except (TypeError, ValueError):  # no date, or one without a zone
        return None
    return max(0, min(int(seconds), _LONGEST_RETRY_AFTER))


# --- the connection -------------------------------------------------------------------------------


@dataclass(slots=True)
class _Deadline:
    """One end for everything: resolving, connecting, TLS, sending, reading."""

    at: float

    def left(self) -> float:
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def shorten(self, seconds: float) -> None:
        self.at = min(self.at, time.monotonic() + seconds)


@dataclass(slots=True)
class _PinnedBackend(httpcore2.NetworkBackend):
    """Connects to checked addresses only; whatever the HTTP library says of time-outs, the deadline rules."""

    deadline: _Deadline
    guard: Guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        failure: OSError = socket.gaierror("no address")
        for address in self.guard.find_addresses(host, port, seconds=self.deadline.left()):
            try:
                connected = socket.create_connection((address, port), min(_CONNECT_SECONDS, self.deadline.left()))
            except OSError as error:
                failure = error
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _DeadlineStream(connected, self.deadline)
        raise failure


class _DeadlineStream(httpcore2.NetworkStream):
    """A socket on which each wait is bounded by what is left of the deadline."""

    def __init__(self, connected: socket.socket, deadline: _Deadline) -> None:
        self._socket = connected
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._deadline.left())
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError:
                raise
            except OSError as error:
                # A receiver may answer and close before it has read all: the library then still reads the answer.
                raise httpcore2.WriteError from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        self._socket.settimeout(self._deadline.left())
        try:
            return _DeadlineStream(
                ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._deadline
            )
        except Exception:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "socket" else None
