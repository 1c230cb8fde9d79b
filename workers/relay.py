"""The relay: what the database says is waiting goes to Redis again. It keeps no state, so it may die at any moment."""

import logging
import threading
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from store import sending, signs
from store.claims import count_waiting, fail_poisoned
from store.database import Database
from store.queues import CLASSIFY, DELIVER, Queues
from workers.outage import DATABASE_AWAY, Outage, describe
from workers.tidy import Tidier

_TURN_SECONDS = 0.5
_MOST_WAKE_UPS = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Relay:
    """One turn after the other until told to stop."""

    database: Database
    queues: Queues
    tidier: Tidier
    deliver_workers: int = 1
    stop: threading.Event = field(default_factory=threading.Event)
    _redis: Outage = field(default_factory=lambda: Outage("redis"))
    _store: Outage = field(default_factory=lambda: Outage("database"))

    def run(self) -> None:
        while not self.stop.is_set():
            self.turn()
            self.stop.wait(_TURN_SECONDS)

    def turn(self) -> None:
        """Do all there is to do once. Never raises for Redis or the database."""
        try:
            self._fail_poisoned()
            self.tidier.turn()
            self._relay()
            self._store.end()
        except DATABASE_AWAY as error:
            self._store.begin(error)
        except Exception as error:  # the relay must outlive a fault of its own: without it nothing lost comes back
            log.error("relay.failed", extra={"error": describe(error)})

    def _relay(self) -> None:
        try:
            signs.note_relay(self.queues.redis)  # also where nothing is to be sent: else nobody notices that it is away
            self._wake_classify()
            self._wake_deliver()
        except RedisError as error:
            self._redis.begin(error)
        else:
            self._redis.end()

    def _wake_classify(self) -> None:
        """As many wake-ups as articles that could be claimed: one too many finds nothing to do."""
        with self.database.reading() as session:
            waiting = count_waiting(session)
        if waiting:
            self.queues.ring(CLASSIFY)
            for _ in range(min(waiting - self.queues.count(CLASSIFY), _MOST_WAKE_UPS)):
                self.queues.wake_classify("relay")

    def _wake_deliver(self) -> None:
        """One wake-up a worker: each claims what it has threads for, and goes on while anything is due."""
        with self.database.reading() as session:
            if not sending.has_due(session):
                return
        self.queues.ring(DELIVER)
        for _ in range(max(1, self.deliver_workers) - self.queues.count(DELIVER)):
            self.queues.wake_deliver("relay")

    def _fail_poisoned(self) -> None:
        with self.database.writing() as session:
            failed = fail_poisoned(session)
        for article_id in failed:
            log.error("article.poisoned", extra={"article": article_id})
            self.queues.announce_done(article_id)
