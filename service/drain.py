"""Being told to stop: this process says so while it still listens, so that nobody is sent here any more."""

import os
import signal
import threading
from types import FrameType

_NOTICE_SECONDS = 3.0  # a load balancer that asks `/readyz` every second or two sees it in time


def drain_on_sigterm(draining: threading.Event) -> None:
    """At SIGTERM set *draining*, and pass the signal on to the handler of now a little later; a second one at once.

    For the main thread of gunicorn's worker, whose handler stops accepting, finishes what runs and ends. Where nobody
    handles the signal, it goes on ending the process at once.
    """
    stop = signal.getsignal(signal.SIGTERM)
    if not callable(stop):
        return

    def begin(number: int, frame: FrameType | None) -> None:
        if draining.is_set():
            stop(number, frame)
            return
        draining.set()
        later = threading.Timer(_NOTICE_SECONDS, os.kill, (os.getpid(), signal.SIGTERM))
        later.daemon = True
        later.start()

    signal.signal(signal.SIGTERM, begin)
    signal.siginterrupt(signal.SIGTERM, False)  # noqa: FBT003 - as gunicorn set it: no system call of a request is interrupted
