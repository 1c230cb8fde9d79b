"""A job that stays: an RQ job costs more than what it wakes for, so a worker waits for the next wake-up within one."""

import threading
import time
from collections.abc import Callable

from store.queues import Bell

JOB_SECONDS = 20.0  # then the job ends, whatever still waits: RQ wants a look at its queue
_STAY_SECONDS = 2.0  # without work; then the next wake-up is a job again


def work_and_stay(
    bell: Bell | None, work: Callable[[float], int], is_wanted: Callable[[], bool], stop: threading.Event
) -> None:
    """Do *work*, which is told how many seconds it may take and tells how much it did, and again each time the bell
    rings, until nothing has come for a while or we are told to stop. Without a bell: once.

    After work *is_wanted* is asked, for what came before the bell could be heard. Where nothing could be done it is
    not: what waits, such as for a receiver's turn, would be asked for without end. The relay rings for it.
    """
    ends_at = time.monotonic() + JOB_SECONDS
    while not stop.is_set() and (left := ends_at - time.monotonic()) > 0:
        done = work(left)
        stay = min(_STAY_SECONDS, ends_at - time.monotonic())
        look = is_wanted if done else _not_wanted
        if bell is None or not bell.wait(seconds=stay, is_wanted=look, is_over=stop.is_set):
            return


def _not_wanted() -> bool:
    return False
