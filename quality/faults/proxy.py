"""A TCP proxy with faults, between Obelus and Redis. There is no packaged one that needs no further server."""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Literal, get_args

Mode = Literal["pass", "slow", "slice", "reset", "refuse", "half-close", "blackhole", "corrupt"]
MODES: tuple[Mode, ...] = get_args(Mode)
_LOOK_SECONDS = 0.05


class FaultProxy:
    """Set ``mode`` at any time: it is asked for each new connection and each piece of data.

    pass; slow: *delay_seconds* a piece; slice: a byte a packet; reset: RST at the next piece; refuse: RST at once;
    half-close: after one piece nothing more follows in that direction; blackhole: data waits until the mode changes;
    corrupt: one bit of each piece is turned.
    """

    def __init__(self, upstream: tuple[str, int], *, mode: Mode = "pass", delay_seconds: float = 0.3) -> None:
        self.mode: Mode = mode
        self._upstream = upstream
        self._delay_seconds = delay_seconds
        self._random = random.Random(0)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._connections: set[socket.socket] = set()
        self._is_open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._is_open = False
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection."""
        for connection in list(self._connections):
            self._reset(connection)

    def _accept(self) -> None:
        while self._is_open:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        if self.mode == "refuse":
            self._reset(near)
            return
        try:
            far = socket.create_connection(self._upstream, 2)
        except OSError:
            self._reset(near)
            return
        for connection in (near, far):
            connection.settimeout(None)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connections |= {near, far}
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while (data := source.recv(65_536)) and self._forward(data, target):
                pass
        except OSError:
            pass
        if self.mode == "half-close":
            return  # the other direction goes on
        for connection in (source, target):
            (self._reset if self.mode == "reset" else self._close)(connection)

    def _forward(self, data: bytes, target: socket.socket) -> bool:
        """False where nothing more follows."""
        mode = self.mode
        if mode == "reset":
            return False
        if mode == "slow":
            time.sleep(self._delay_seconds)
        while self.mode == "blackhole" and self._is_open:
            time.sleep(_LOOK_SECONDS)
        if mode == "slice":
            for byte in data:
                target.sendall(bytes([byte]))
            return True
        if mode == "corrupt":
            place = self._random.randrange(len(data))
            data = data[:place] + bytes([data[place] ^ 1 << self._random.randrange(8)]) + data[place + 1 :]
        target.sendall(data)
        if mode == "half-close":
            target.shutdown(socket.SHUT_WR)
            return False
        return True

    def _reset(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        self._connections.discard(connection)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
