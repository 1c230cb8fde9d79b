"""What is past its time is deleted. The relay calls this at each of its turns."""

import logging
import time
from dataclasses import dataclass, field

from store import audit, erasure, idempotency, sending, suggestions, users
from store.audit import Head
from store.database import Database
from workers.figures import FigureKeeper

_EVERY_SECONDS = 60.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tidier:
    """Does its work once a minute, and again a minute later where it failed. ``retention_days``: None keeps all."""

    database: Database
    retention_days: int | None = None
    _tidied_at: float = float("-inf")
    _head: Head = field(default_factory=Head)
    _figures: FigureKeeper = field(init=False)

    def __post_init__(self) -> None:
        self._figures = FigureKeeper(self.database)

    def turn(self) -> None:
        if time.monotonic() - self._tidied_at < _EVERY_SECONDS:
            return
        self._tidied_at = time.monotonic()
        with self.database.writing() as session:
            users.forget_ended_sign_ins(session)
            idempotency.forget_old_keys(session)
            sending.forget_old_attempts(session)
            if self.retention_days is not None:
                suggestions.forget_old_suggestions(session, days=self.retention_days)
        if self._forget_old_texts():
            self._tidied_at = float("-inf")  # more may wait: on with it at the next turn
            return
        if self._figures.turn():
            self._tidied_at = float("-inf")
            return
        erasure.empty_log(self.database)
        self._tell_head()

    def _forget_old_texts(self) -> bool:
        """A batch of them; whether it was full."""
        if self.retention_days is None:
            return False
        with self.database.writing() as session:
            count = erasure.forget_old_texts(session, days=self.retention_days)
        if count:
            log.info("articles.erased", extra={"count": count})
        return count == erasure.BATCH

    def _tell_head(self) -> None:
        """The head of the audit log, where it is new: kept with the logs, it shows whether the log was cut since."""
        with self.database.reading() as session:
            head = audit.read_head(session)
        if head != self._head:
            self._head = head
            log.info("audit.head", extra={"head": str(head)})
