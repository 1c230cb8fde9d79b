"""A classify process for tests: all of the real one but the reader. ``python classify_process.py DATABASE REDIS …``"""

import sys
import threading

from store.database import open_database
from store.logs import set_up_logs
from store.queues import CLASSIFY, Bell, open_queues
from tests.workers.fakes import FakeReader
from workers import process
from workers.classify import Desk, use

READING = "a reading begins"  # in its output


def main(database_url: str, redis_url: str, seconds: float, lease_seconds: int) -> None:
    set_up_logs("INFO")
    stop = threading.Event()
    desk = Desk(
        database=open_database(database_url),
        queues=open_queues(redis_url),
        reader=FakeReader(seconds=seconds, before=lambda _: print(READING, flush=True)),  # noqa: T201 - for the test that waits for it
        articles_per_claim=4,
        lease_seconds=lease_seconds,
        stop=stop,
        bell=Bell(open_queues(redis_url), CLASSIFY),
    )
    use(desk)
    keeper = process.Keeper(open_queues(redis_url), desk.tend, stop)
    process.work_until_stopped(CLASSIFY, redis=open_queues(redis_url, timeout_seconds=None), keeper=keeper)
    desk.wait_until_idle(process.LEAVE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
