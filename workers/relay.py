"""The relay: what the database says is waiting goes to Redis again. It keeps no state, so it may die at any moment."""

import logging
import threading
import time
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from store import idempotency, outbox, users
from store.articles import count_waiting, fail_poisoned
from store.database import Database
from store.queues import CLASSIFY, DELIVER, Queues
from workers.egress import TOTAL_SECONDS
from workers.outage import DATABASE_AWAY, Outage, describe

_TURN_SECONDS = 0.5
_BUSY_TURN_SECONDS = 0.1  # while deliveries are due: the deliver queue is kept short, so it must be filled often
_TIDY_SECONDS = 60.0
_MOST_WAKE_UPS = 100
_DELIVERY_LEASE_SECONDS = 60
# A queue longer than what its workers surely get done within the lease would be leased out anew before it is worked
# off, and with receivers that hang nothing in it would ever be sent.
_DELIVERIES_PER_WORKER = int(_DELIVERY_LEASE_SECONDS // TOTAL_SECONDS)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Relay:
    """One turn after the other until told to stop."""

    database: Database
    queues: Queues
    deliver_workers: int = 1
    stop: threading.Event = field(default_factory=threading.Event)
    _tidied_at: float = float("-inf")
    _redis: Outage = field(default_factory=lambda: Outage("redis"))
    _store: Outage = field(default_factory=lambda: Outage("database"))

    def run(self) -> None:
        while not self.stop.is_set():
            is_busy = self.turn()
            self.stop.wait(_BUSY_TURN_SECONDS if is_busy else _TURN_SECONDS)

    def turn(self) -> bool:
        """Do all there is to do once. True where deliveries are still due. Never raises for Redis or the database."""
        is_busy = False
        try:
            self._fail_poisoned()
            self._tidy()
            is_busy = self._relay()
            self._store.end()
        except DATABASE_AWAY as error:
            self._store.begin(error)
        except Exception as error:  # the relay must outlive a fault of its own: without it nothing lost comes back
            log.error("relay.failed", extra={"error": describe(error)})
        return is_busy

    def _relay(self) -> bool:
        try:
            if self._redis.is_on:
                self.queues.redis.ping()  # with nothing to send, nobody would notice that it is still away
            self._wake_classify()
            is_busy = self._send_due()
        except RedisError as error:
            self._redis.begin(error)
            return False
        self._redis.end()
        return is_busy

    def _wake_classify(self) -> None:
        """As many wake-ups as articles that could be claimed: one too many finds nothing to do."""
        with self.database.reading() as session:
            waiting = count_waiting(session)
        if waiting:
            for _ in range(min(waiting - self.queues.count(CLASSIFY), _MOST_WAKE_UPS)):
                self.queues.wake_classify("relay")

    def _send_due(self) -> bool:
        with self.database.reading() as session:
            due = outbox.count_due(session)
        if not due:
            return False
        room = _DELIVERIES_PER_WORKER * max(1, self.deliver_workers) - self.queues.count(DELIVER)
        if room <= 0:
            return True
        with self.database.writing() as session:
            claimed = outbox.claim_deliveries(session, limit=room, lease_seconds=_DELIVERY_LEASE_SECONDS)
        for delivery_id, token in claimed:
            self.queues.enqueue_delivery(delivery_id, token)
        return due > len(claimed)

    def _fail_poisoned(self) -> None:
        with self.database.writing() as session:
            failed = fail_poisoned(session)
        for article_id in failed:
            log.error("article.poisoned", extra={"article": article_id})
            self.queues.announce_done(article_id)

    def _tidy(self) -> None:
        """Once a minute: what is past its time is deleted."""
        if time.monotonic() - self._tidied_at < _TIDY_SECONDS:
            return
        self._tidied_at = time.monotonic()
        with self.database.writing() as session:
            users.forget_ended_sign_ins(session)
            idempotency.forget_old_keys(session)
            outbox.forget_old_attempts(session)
