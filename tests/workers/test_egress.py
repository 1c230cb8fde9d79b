"""The one way out: only to public addresses, once, briefly, whatever the receiver does."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.workers.conftest import Behave, Receiver, answer
from workers.egress import Door

Receive = Callable[[Behave], Receiver]
CASES = yaml.safe_load((Path(__file__).parent / "egress.yaml").read_text("utf-8"))
BOMB = gzip.compress(b"\0" * 30_000_000)
HEADERS = {"webhook-id": "msg_1", "content-type": "application/json"}


def door(**options: object) -> Door:
    return Door(allow_private=True, **{"total_seconds": 3.0, **options})  # type: ignore[arg-type]


# --- where to -------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", CASES["private_addresses"])
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """No socket is opened: the network is closed in this test, so an attempt would be another failure."""
    found = Door(resolve=lambda _host, _port: [address]).post("https://hooks.example/", b"{}", HEADERS)

    assert (found.status, found.failure) == (None, "address not allowed")


@pytest.mark.parametrize("order", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"]])
def test_one_private_address_among_several_is_enough_to_refuse(order: list[str]) -> None:
    found = Door(resolve=lambda _host, _port: order).post("https://hooks.example/", b"{}", HEADERS)

    assert found.failure == "address not allowed"


@pytest.mark.parametrize("url", CASES["refused_urls"])
def test_a_url_that_may_not_be_an_endpoint_is_not_resolved(url: str) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"]

    assert Door(resolve=resolve).post(url, b"{}", HEADERS).failure == "address not allowed"
    assert asked == []


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_name_is_resolved_once_and_the_checked_address_is_used(receive: Receive) -> None:
    """A name server that changes its answer gains nothing; the receiver still sees its own name."""
    receiver = receive(answer("204 No Content"))
    answers = iter([["127.0.0.1"], ["192.0.2.1"]])
    found = door(resolve=lambda _host, _port: next(answers)).post(
        f"http://hooks.example:{receiver.port}/a?b=c", b"{}", HEADERS
    )

    assert found.status == 204
    assert next(answers) == ["192.0.2.1"]  # the second answer was never asked for
    head = receiver.requests[0].decode().lower()
    assert head.startswith("post /a?b=c http/1.1\r\n")
    assert f"host: hooks.example:{receiver.port}\r\n" in head


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
def test_the_second_address_is_tried_when_the_first_refuses(receive: Receive) -> None:
    receiver = receive(answer("200 OK"))
    found = door(resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"]).post(
        f"http://hooks.example:{receiver.port}/", b"{}", HEADERS
    )

    assert found.status == 200


def test_a_slow_name_server_is_left_behind() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        time.sleep(2)
        return ["8.8.8.8"]

    started = time.monotonic()
    found = Door(resolve=resolve, total_seconds=0.3).post("https://hooks.example/", b"{}", HEADERS)

    assert found.failure == "timeout"
    assert time.monotonic() - started < 1


def test_an_unknown_name_is_a_failure() -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name: secret.internal")

    assert Door(resolve=resolve).post("https://hooks.example/", b"{}", HEADERS).failure == "name not found"


# --- what comes back ------------------------------------------------------------------------------


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("status", "failure"), [(tuple(case)) for case in CASES["answers"]])
def test_only_2xx_is_a_success(receive: Receive, status: str, failure: str | None) -> None:
    found = door().post(receive(answer(status, "Location: http://127.0.0.1/elsewhere")).url, b"{}", HEADERS)

    assert (found.status, found.failure) == (int(status.split(maxsplit=1)[0]), failure)


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_redirect_is_not_followed(receive: Receive) -> None:
    target = receive(answer("200 OK"))
    found = door().post(receive(answer("307 Temporary Redirect", f"Location: {target.url}")).url, b"{}", HEADERS)

    assert found.failure == "redirect"
    assert target.requests == []


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_body_arrives_byte_for_byte(receive: Receive) -> None:
    receiver = receive(answer("200 OK"))
    body = '{"text":"Мост 🌉\\r\\n"}'.encode()
    door().post(receiver.url, body, HEADERS)

    head, _, sent = receiver.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    assert b"accept-encoding: identity" in head.lower()
    assert b"webhook-id: msg_1" in head.lower()


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("header", "seconds"), [(tuple(case)) for case in CASES["retry_after"]])
def test_retry_after_is_understood(receive: Receive, header: str, seconds: int | None) -> None:
    found = door().post(receive(answer("503 Service Unavailable", f"Retry-After: {header}")).url, b"{}", HEADERS)

    assert found.retry_after_seconds == seconds


# --- hostile receivers ----------------------------------------------------------------------------


def drip_headers(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Slow: a\r\n")
        time.sleep(0.05)


def drip_body(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def say_nothing(connection: socket.socket, _request: bytes) -> None:
    connection.recv(1)


def hang_up(connection: socket.socket, _request: bytes) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def talk_nonsense(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"\x00\xff" * 500 + b"\r\n\r\n")


def flood_headers(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(4_000):
        connection.sendall(b"X-Flood: " + b"a" * 10_000 + b"\r\n")


def flood_body(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(4_000):
        connection.sendall(b"2710\r\n" + b"a" * 10_000 + b"\r\n")


def bomb(connection: socket.socket, _request: bytes) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(BOMB)}\r\n\r\n"
    connection.sendall(head.encode() + BOMB)


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(
    ("behave", "status", "failure"),
    [
        (drip_headers, None, "timeout"),
        (drip_body, 200, None),
        (say_nothing, None, "timeout"),
        (hang_up, None, "not HTTP"),
        (talk_nonsense, None, "not HTTP"),
        (flood_headers, None, "not HTTP"),
        (flood_body, 200, None),
        (bomb, 200, None),
    ],
)
def test_no_receiver_costs_much_time_or_memory(
    receive: Receive, behave: Behave, status: int | None, failure: str | None
) -> None:
    """Each ends by the deadline, and what was read stays small."""
    url = receive(behave).url
    tracemalloc.start()
    started = time.monotonic()
    found = door(total_seconds=0.8).post(url, b"{}", HEADERS)
    seconds = time.monotonic() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (found.status, found.failure) == (status, failure)
    assert seconds < 1.6
    assert peak < 5_000_000


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_receiver_that_reads_nothing_does_not_stretch_the_deadline() -> None:
    """The kernel takes what fits; then every send waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        started = time.monotonic()
        found = door(total_seconds=0.5).post(
            f"http://127.0.0.1:{listener.getsockname()[1]}/", b"x" * 20_000_000, HEADERS
        )

    assert found.failure == "timeout"
    assert time.monotonic() - started < 1.5


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_nobody_there_is_told_in_general_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]

    assert door().post(f"http://127.0.0.1:{closed}/", b"{}", HEADERS).failure == "connection refused"


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_receiver_without_tls_is_told_in_general_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk_first() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=talk_first)
        thread.start()
        found = door().post(f"https://127.0.0.1:{listener.getsockname()[1]}/", b"{}", HEADERS)
        thread.join()

    assert found.failure == "TLS error"


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    Door(resolve=resolve).post("https://hooks.example/", b"{}", HEADERS)

    assert asked == ["hooks.example"]
