"""The deliver job: exactly one signed attempt of one delivery. When to try again is a date in its row."""

import logging
import threading
from dataclasses import dataclass, field

from standardwebhooks.webhooks import EmptyWebhookSecretError

from store import clock, outbox
from store.database import Database
from store.outbox import Attempt, Dispatch
from workers import signing
from workers.egress import Answer, Door
from workers.outage import DATABASE_AWAY, describe
from workers.signals import deferred_signals

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """What a deliver process holds: the database and the way out."""

    database: Database
    door: Door
    stop: threading.Event = field(default_factory=threading.Event)

    def attempt(self, delivery_id: str, token: str) -> bool:
        """One attempt, recorded. False where the delivery is not ours any more: nothing was sent, or not recorded."""
        with self.database.reading() as session:
            dispatch = outbox.get_dispatch(session, delivery_id, token=token)
        if dispatch is None:
            return False
        started_at = clock.now()
        answer = self._send(dispatch)
        attempt = Attempt(
            started_at=started_at,
            duration_ms=answer.duration_ms,
            status=answer.status,
            failure=answer.failure,
            retry_after_seconds=answer.retry_after_seconds,
        )
        with self.database.writing() as session:
            is_recorded = outbox.record_attempt(session, dispatch, attempt)
        log.info(
            "delivery.attempted",
            extra={
                "delivery": delivery_id,
                "number": dispatch.number,
                "status": answer.status,
                "failure": answer.failure,
                "duration_ms": answer.duration_ms,
            },
        )
        return is_recorded

    def _send(self, dispatch: Dispatch) -> Answer:
        try:
            headers = signing.signed_headers(
                dispatch.body, event_id=dispatch.event_id, secret=dispatch.secret, at=clock.now()
            )
        except (ValueError, EmptyWebhookSecretError) as error:  # a damaged row must not keep the schedule from moving
            log.error("delivery.not_signed", extra={"delivery": dispatch.delivery_id, "error": describe(error)})
            return Answer(status=None, failure="unusable secret", duration_ms=0)
        return self.door.post(dispatch.url, dispatch.body.encode(), headers)


_sender: Sender | None = None  # of this process; set once before work(), because RQ calls jobs by name


def use(sender: Sender) -> None:
    """Jobs of this process work with *sender*."""
    global _sender  # noqa: PLW0603 - see above
    _sender = sender


def deliver(delivery_id: str, token: str) -> None:
    """The job. A token that is out of date, or a second run, does nothing."""
    if _sender is None:
        raise RuntimeError("call workers.deliver.use first")
    with deferred_signals(_sender.stop):
        try:
            _sender.attempt(delivery_id, token)
        except DATABASE_AWAY as error:
            # Not recorded: the lease ends and the delivery is due again, with the same id and body.
            log.error("delivery.not_recorded", extra={"delivery": delivery_id, "error": describe(error)})
