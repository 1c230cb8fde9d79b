"""An RQ worker process that outlives Redis: RQ's loop in the main thread, a keeper beside it.

RQ knows of no database, forgets that it was registered when Redis is emptied, and gives no sign of life during a
job. The keeper looks after these from a second thread. RQ itself is used as it is: no subclass, no fork.
"""

import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import ConnectionError, RedisError, TimeoutError  # noqa: A004 - its own
from rq import SimpleWorker, worker_registration

from store.queues import WORKER_TTL_SECONDS, Queues, legible
from workers.outage import Outage, describe
from workers.signals import set_on_signal
from workers.stack import UNUSABLE, CannotStartError

_TICK_SECONDS = 1.0
_BEAT_SECONDS = 5.0
_RECONNECT_SECONDS = 2.0
LEAVE_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_LEAVE_WORD_SECONDS = 5.0
_LONGEST_REASON = 300
_FOLDERS = re.compile(r"(?<![\w.])/(?:[^/\s'\"]+/)+")  # "/opt/obelus/models/a.json" becomes "a.json"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Keeper:
    """A thread that keeps the worker known to Redis, and calls *tend* about once a second.

    *tend* must not block for long and not raise.
    """

    queues: Queues  # with short time-outs: a hanging Redis must not hang the keeper
    tend: Callable[[], None]
    stop: threading.Event
    worker: SimpleWorker | None = None
    why_unsafe: str | None = None  # set before *stop*, where this Redis must not be used
    _is_checked: bool = False
    _outage: Outage = field(default_factory=lambda: Outage("redis"))
    _beaten_at: float = 0.0

    def run(self) -> None:
        while not self.stop.wait(_TICK_SECONDS):
            self.tick()
        self._pass_the_signal_on()

    def _pass_the_signal_on(self) -> None:
        """A stop signal that came just before RQ began to listen would be seen only at RQ's next look, 15 s later.

        RQ takes a second signal within a second for the same one, so telling it twice does no harm.
        """
        for _ in range(int(LEAVE_SECONDS / _PAUSE_SECONDS)):
            worker = self.worker
            listens = signal.getsignal(signal.SIGTERM)
            if worker is None or listens == worker.request_force_stop:
                return
            if listens == worker.request_stop:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(_PAUSE_SECONDS)

    def tick(self) -> None:
        try:
            self._check_redis()
            self._keep_registered()
        except RedisError as error:
            self._outage.begin(error)
        else:
            self._outage.end()
        try:
            self.tend()
        except Exception as error:
            log.error("keeper.failed", extra={"error": describe(error)})

    def _check_redis(self) -> None:
        """Once, at the first contact."""
        if not self._is_checked:
            self.why_unsafe, self._is_checked = self.queues.why_unsafe(), True
            if self.why_unsafe is not None:
                self.stop.set()

    def _keep_registered(self) -> None:
        """Put the worker back where `/readyz` looks for it, and show that it lives, also during a long job."""
        worker = self.worker
        with legible(self.queues.redis) as redis:
            if worker is None or worker.birth_date is None:
                redis.ping()
                return
            if time.monotonic() - self._beaten_at < _BEAT_SECONDS and redis.sismember(
                worker.redis_workers_keys, worker.key
            ):
                return
            self._beaten_at = time.monotonic()
            with redis.pipeline() as pipeline:
                worker_registration.register(worker, pipeline)
                worker.heartbeat(pipeline=pipeline)
                pipeline.execute()


def work_until_stopped(name: str, *, redis: Queues, keeper: Keeper) -> None:
    """Do the jobs of one queue in this process until SIGTERM or Ctrl-C. Redis may go and come back meanwhile.

    One queue a worker: with two, RQ pops jobs in a way that loses them when the worker dies (rq/rq#1716).
    CannotStartError where this Redis must not be used.
    """
    quieten_rq()
    set_on_signal(keeper.stop)
    thread = threading.Thread(target=keeper.run, name="keeper", daemon=True)
    thread.start()
    try:
        while not keeper.stop.is_set():
            try:
                _work(name, redis=redis, keeper=keeper)
            except RedisError as error:
                log.info("worker.left_redis", extra={"queue": name, "error": describe(error)})
            keeper.worker = None
            keeper.stop.wait(0 if keeper.stop.is_set() else _RECONNECT_SECONDS)
    finally:
        keeper.stop.set()
        thread.join(LEAVE_SECONDS)
    if keeper.why_unsafe is not None:
        raise CannotStartError(keeper.why_unsafe)


def _work(name: str, *, redis: Queues, keeper: Keeper) -> None:
    """RQ's loop once, from its registration to its end."""
    worker = SimpleWorker(
        [redis.queue(name)],
        connection=redis.redis,
        serializer="rq.serializers.JSONSerializer",
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=60,
        job_monitoring_interval=5,
        log_job_description=False,
    )
    worker.log_result_lifespan = False
    worker.max_connection_wait_time = _RECONNECT_SECONDS  # RQ's own is a minute
    keeper.worker = worker
    try:
        with legible(redis.redis):
            worker.work(logging_level="WARNING")
    finally:
        if was_told_to_stop(worker):
            keeper.stop.set()
        set_on_signal(keeper.stop)  # RQ's handler stays behind, and would raise into our waiting
        if worker.pubsub_thread is not None:
            with suppress(Exception):
                worker.pubsub_thread.stop()  # RQ leaves it running where it could not say goodbye to Redis


def was_told_to_stop(worker: SimpleWorker) -> bool:
    """`work()` returns also after errors. RQ's first act on a stop signal is to listen for a second, harder one."""
    return signal.getsignal(signal.SIGTERM) == worker.request_force_stop


def quieten_rq() -> None:
    """The keeper reports an outage once; RQ would at every try, where its housekeeping meets it with a traceback."""

    def is_news(record: logging.LogRecord) -> bool:
        is_outage = record.exc_info is not None and isinstance(record.exc_info[1], (ConnectionError, TimeoutError))
        return not is_outage and "could not connect to Redis" not in str(record.msg)

    logging.getLogger("rq.worker").addFilter(is_news)


def refuse_to_start(name: str, reason: str, *, queues: Queues, seconds: float = _LEAVE_WORD_SECONDS) -> int:
    """Say in one line why, on stderr and where `/readyz` looks for it. Returns the status to end with.

    The programs of `make run` start together, so Redis gets *seconds* to come up.
    """
    line = one_line(reason)
    print(f"{name}: {line}", file=sys.stderr, flush=True)  # noqa: T201 - one clear line, in the log too
    ends_at = time.monotonic() + seconds
    while True:
        try:
            queues.note_failed_start(name, line)
            break
        except RedisError:
            if time.monotonic() >= ends_at:
                break
            time.sleep(_PAUSE_SECONDS)
    return UNUSABLE


def one_line(reason: str) -> str:
    """Without line ends and the folders of this machine, of which a stranger needs to know nothing."""
    return _FOLDERS.sub("", " ".join(reason.split()))[:_LONGEST_REASON]


def give_up(reason: str) -> None:
    """End this process at once, whatever its threads do; the supervisor starts another."""
    log.error("process.gave_up", extra={"reason": reason})
    logging.shutdown()
    os._exit(70)  # EX_SOFTWARE
