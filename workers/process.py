"""An RQ worker process that outlives Redis: RQ's loop in the main thread, a keeper beside it.

RQ knows of no database, forgets that it was registered when Redis is emptied, and gives no sign of life during a
job. The keeper looks after these from a second thread. RQ itself is used as it is: no subclass, no fork.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import RedisError
from rq import SimpleWorker, worker_registration

from store.queues import WORKER_TTL_SECONDS, Queues
from workers.outage import Outage, describe
from workers.signals import set_on_signal

_TICK_SECONDS = 1.0
_BEAT_SECONDS = 5.0
_RECONNECT_SECONDS = 2.0
LEAVE_SECONDS = 10.0
_PAUSE_SECONDS = 0.1

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Keeper:
    """A thread that keeps the worker known to Redis, and calls *tend* about once a second.

    *tend* is told whether Redis is away; it must not block for long and not raise.
    """

    queues: Queues  # with short time-outs: a hanging Redis must not hang the keeper
    tend: Callable[[bool], None]
    stop: threading.Event
    worker: SimpleWorker | None = None
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
            self._keep_registered()
        except RedisError as error:
            self._outage.begin(error)
        else:
            self._outage.end()
        try:
            self.tend(self._outage.is_on)
        except Exception as error:
            log.error("keeper.failed", extra={"error": describe(error)})

    def _keep_registered(self) -> None:
        """Put the worker back where `/readyz` looks for it, and show that it lives, also during a long job."""
        redis, worker = self.queues.redis, self.worker
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
    """
    _quieten_rq()
    set_on_signal(keeper.stop)
    thread = threading.Thread(target=keeper.run, name="keeper", daemon=True)
    thread.start()
    try:
        while not keeper.stop.is_set():
            try:
                _work(name, redis=redis, keeper=keeper)
            except (RedisError, ValueError) as error:  # ValueError: what RQ makes of an answer that was cut off
                log.info("worker.left_redis", extra={"queue": name, "error": describe(error)})
            keeper.worker = None
            keeper.stop.wait(0 if keeper.stop.is_set() else _RECONNECT_SECONDS)
    finally:
        keeper.stop.set()
        thread.join(LEAVE_SECONDS)


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


def _quieten_rq() -> None:
    """The keeper reports an outage once; RQ would at every try."""

    def is_news(record: logging.LogRecord) -> bool:
        return "could not connect to Redis" not in str(record.msg)

    logging.getLogger("rq.worker").addFilter(is_news)


def give_up(reason: str) -> None:
    """End this process at once, whatever its threads do; the supervisor starts another."""
    log.error("process.gave_up", extra={"reason": reason})
    logging.shutdown()
    os._exit(70)  # EX_SOFTWARE
