"""The fault proxy: each mode does to a real connection what its name says."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from quality.faults.proxy import FaultProxy, Mode

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def proxy() -> Iterator[FaultProxy]:
    """Before a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1000):
                connection.sendall(data)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with closing(FaultProxy(listener.getsockname(), delay_seconds=0.2)) as made:
        yield made
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def connect(proxy: FaultProxy, *, seconds: float = 5.0) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), seconds)


def ask(connection: socket.socket) -> bytes:
    """Ten bytes sent, and the ten that come back. ConnectionError where the connection ends before."""
    connection.sendall(b"0123456789")
    answer = b""
    while len(answer) < 10:
        more = connection.recv(10)
        if not more:  # the end may be seen before the reset
            raise ConnectionResetError
        answer += more
    return answer


@pytest.mark.parametrize("mode", ["pass", "slow", "slice"])
def test_all_of_it_arrives(proxy: FaultProxy, mode: Mode) -> None:
    proxy.mode = mode
    began = time.monotonic()
    with connect(proxy) as connection:
        assert ask(connection) == b"0123456789"
    if mode == "slow":
        assert time.monotonic() - began >= 0.4  # 0.2 s there, 0.2 s back


@pytest.mark.parametrize("mode", ["refuse", "reset"])
def test_the_connection_is_reset(proxy: FaultProxy, mode: Mode) -> None:
    proxy.mode = mode
    with pytest.raises(ConnectionError), connect(proxy) as connection:  # it may be reset before it is made
        ask(connection)


def test_a_half_closed_connection_says_no_more_in_one_direction(proxy: FaultProxy) -> None:
    with connect(proxy) as connection:
        assert ask(connection) == b"0123456789"
        proxy.mode = "half-close"
        assert ask(connection) == b"0123456789"
        assert connection.recv(10) == b""


def test_a_black_hole_takes_all_and_gives_it_back_afterwards(proxy: FaultProxy) -> None:
    proxy.mode = "blackhole"
    with connect(proxy, seconds=0.3) as connection:
        with pytest.raises(TimeoutError):
            ask(connection)
        proxy.mode = "pass"
        connection.settimeout(5)
        assert connection.recv(10) == b"0123456789"


def test_one_bit_is_turned_in_each_direction(proxy: FaultProxy) -> None:
    proxy.mode = "corrupt"
    with connect(proxy) as connection:
        answer = ask(connection)
    turned = int.from_bytes(answer, "big") ^ int.from_bytes(b"0123456789", "big")
    assert len(answer) == 10
    assert turned.bit_count() == 2


def test_cutting_ends_what_is_open(proxy: FaultProxy) -> None:
    with connect(proxy) as connection:
        ask(connection)
        proxy.cut()
        with pytest.raises(ConnectionError):
            ask(connection)


def test_without_a_server_behind_it_the_connection_is_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed = probe.getsockname()
    with closing(FaultProxy(closed)) as proxy, pytest.raises(ConnectionError), connect(proxy) as connection:
        ask(connection)
