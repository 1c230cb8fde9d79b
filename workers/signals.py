"""Being told to stop: a flag that loops look at, and signals that wait until a job is done."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def set_on_signal(stop: threading.Event) -> None:
    """SIGTERM and Ctrl-C set *stop*. Call it in the main thread."""

    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in _STOP_SIGNALS:
        signal.signal(number, note)


@contextmanager
def deferred_signals(stop: threading.Event) -> Iterator[None]:
    """Inside the block a stop signal only sets *stop*; at its end the signal is sent again to whoever listens then.

    RQ's own handler talks to Redis: in the middle of a reading it could raise there, with Redis away.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        stop.set()

    previous = {number: signal.signal(number, note) for number in _STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        if received:
            os.kill(os.getpid(), received[0])
