"""The deliver job: claim what is due, send it from threads, each exactly one signed attempt at a time.

The job only wakes us: what to send is asked of the database, so a wake-up may be lost, late or doubled. When to try
again is a date in the delivery's row.
"""

import logging
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from standardwebhooks.webhooks import EmptyWebhookSecretError

from store import clock, sending
from store.database import Database
from store.queues import Bell
from store.sending import LEASE_SECONDS, Attempt, Dispatch, Share
from store.tables import DeliveryRow
from workers import liveness, signing
from workers.egress import TOTAL_SECONDS, Answer, Door
from workers.outage import DATABASE_AWAY, Outage, describe
from workers.process import give_up
from workers.signals import deferred_signals
from workers.staying import JOB_SECONDS, work_and_stay

_LOOK_SECONDS = 0.5  # while attempts run, new deliveries are looked for that often
_GRACE_SECONDS = 5.0
_QUICK_MS = 2_000
_MOST_REMEMBERED = 10_000
DRAIN_SECONDS = TOTAL_SECONDS + 1.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Courier:
    """What a deliver process holds: the database, the way out, and the attempts that run.

    *_is_quick* says of receivers whether their last attempt ended soon (`store.sending.Share`): what this process saw,
    and at its start what the log of attempts tells. Forgetting it costs little.
    """

    database: Database
    door: Door
    threads: int = 16
    per_receiver: int = 2
    stop: threading.Event = field(default_factory=threading.Event)
    bell: Bell | None = None
    _pool: ThreadPoolExecutor = field(init=False)
    _running: dict[str, Dispatch] = field(default_factory=dict)  # by token
    _posting_since: dict[str, float] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)  # guards the two above
    _sending: threading.Lock = field(default_factory=threading.Lock)
    _is_quick: dict[str, bool] | None = None
    _after: str = ""
    _renew_at: float = 0.0
    _outage: Outage = field(default_factory=lambda: Outage("database"))

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, "attempt")

    def work(self) -> None:
        """The job: send what is due, and stay for what comes soon."""
        work_and_stay(self.bell, lambda seconds: self.send_due(seconds=seconds), self._has_due, self.stop)

    def send_due(self, *, seconds: float = JOB_SECONDS) -> int:
        """Send until nothing is due and no attempt runs, *seconds* have passed or we are told to stop. Attempts may
        still run then. Returns how many threads were given something to send."""
        if not self._sending.acquire(blocking=False):
            return 0  # the other thread is at it
        ends_at = time.monotonic() + seconds
        started = 0
        try:
            while not self.stop.is_set() and time.monotonic() < ends_at:
                started += self._start_due()
                if not self._wait_for_end():
                    break
            self._outage.end()
        except DATABASE_AWAY as error:
            self._outage.begin(error)
        finally:
            self._sending.release()
        return started

    def tend(self) -> None:
        """Called about once a second from the keeper's thread: hung attempts, leases, work nobody wakes us for."""
        with self._changed:
            oldest = min(self._posting_since.values(), default=None)
        if oldest is not None and time.monotonic() > oldest + self.door.total_seconds + _GRACE_SECONDS:
            give_up("an attempt took too long")
        self._renew_leases()
        if not self.stop.is_set() and self._is_wanted():
            threading.Thread(target=self.send_due, name="sending unasked", daemon=True).start()

    def _is_wanted(self) -> bool:
        try:
            liveness.end_leases_of_the_dead(self.database, DeliveryRow)
        except DATABASE_AWAY as error:
            self._outage.begin(error)
            return False
        return not self._sending.locked() and self._has_due()

    def _has_due(self) -> bool:
        try:
            with self.database.reading() as session:
                has_due = sending.has_due(session)
        except DATABASE_AWAY as error:
            self._outage.begin(error)
            return False
        self._outage.end()
        return has_due

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Nothing is claimed any more; attempts that run may end. False where some did not in time."""
        self.stop.set()
        ends_at = time.monotonic() + seconds
        while self._running and time.monotonic() < ends_at:
            self._renew_leases()
            with self._changed:
                self._changed.wait(_LOOK_SECONDS)
        return not self._running

    def _start_due(self) -> int:
        """Claim as much as there are threads free, and start it."""
        room = self.threads - len(self._running)
        if room <= 0:
            return 0
        with self.database.writing() as session:
            claimed = self._claim(session, limit=room)
        for dispatch in claimed:
            with self._changed:
                self._running[dispatch.token] = dispatch
            self._pool.submit(self._attempt, dispatch)
        return len(claimed)

    def _claim(self, session: Session, *, limit: int, instead_of: Dispatch | None = None) -> list[Dispatch]:
        claimed = sending.claim_deliveries(
            session, limit=limit, share=self._share(instead_of), after=self._after, holder=liveness.own_name()
        )
        if claimed:
            self._after = claimed[-1].receiver
        return claimed

    def _share(self, ended: Dispatch | None = None) -> Share:
        """A quarter of the threads is kept for receivers that are known to be quick; slow ones get half at most. What
        has *ended* is not counted any more."""
        if self._is_quick is None:
            with self.database.reading() as session:
                self._is_quick = sending.recall_paces(session, quick_ms=_QUICK_MS)
        with self._changed:
            known = dict(self._is_quick)
            running = Counter(known.get(one.receiver) for one in self._running.values() if one is not ended)
        return Share(
            per_receiver=self.per_receiver,
            is_quick=known,
            slow=max(1, self.threads // 2) - running[False],
            unproven=self.threads - self.threads // 4 - running[False] - running[None],
        )

    def _wait_for_end(self) -> bool:
        """Until no attempt runs any more, then False: each has looked for the next when it was over. True where it is
        time to look for others."""
        with self._changed:
            return not self._changed.wait_for(lambda: not self._running, _LOOK_SECONDS)

    def _renew_leases(self) -> None:
        now = time.monotonic()
        with self._changed:
            held = list(self._running.values())
        if not held or now < self._renew_at:
            return
        self._renew_at = now + LEASE_SECONDS / 3
        try:
            with self.database.writing() as session:
                sending.renew_deliveries(session, held)
        except DATABASE_AWAY as error:
            self._outage.begin(error)

    # --- one attempt, in a thread of its own ------------------------------------------------------

    def _attempt(self, dispatch: Dispatch) -> None:
        """And on with the next that is due."""
        following: Dispatch | None = dispatch
        while following is not None:
            dispatch, following = following, None
            try:
                _, following = self._attempt_and_claim(dispatch, limit=1)
            except DATABASE_AWAY as error:
                # Not recorded: the lease ends and the delivery is due again, with the same id and body.
                log.error("delivery.not_recorded", extra={"delivery": dispatch.delivery_id, "error": describe(error)})
            except Exception as error:
                log.error("delivery.failed", extra={"delivery": dispatch.delivery_id, "error": describe(error)})
            finally:
                with self._changed:
                    del self._running[dispatch.token]
                    if following is not None:
                        self._running[following.token] = following
                    self._changed.notify_all()

    def attempt(self, dispatch: Dispatch) -> bool:
        """One attempt, recorded. False where the delivery is not ours any more: what came of it is not recorded."""
        is_recorded, _ = self._attempt_and_claim(dispatch, limit=0)
        return is_recorded

    def _attempt_and_claim(self, dispatch: Dispatch, *, limit: int) -> tuple[bool, Dispatch | None]:
        """The same; in the same transaction, the next that is due is claimed where *limit* is 1."""
        started_at = clock.now()
        answer = self._send(dispatch)
        attempt = Attempt(
            started_at=started_at,
            duration_ms=answer.duration_ms,
            status=answer.status,
            failure=answer.failure,
            retry_after_seconds=answer.retry_after_seconds,
        )
        self._remember(dispatch.receiver, is_quick=answer.duration_ms < _QUICK_MS)
        with self.database.writing() as session:
            is_recorded = sending.record_attempt(session, dispatch, attempt)
            goes_on = limit and not self.stop.is_set()
            following = self._claim(session, limit=limit, instead_of=dispatch) if goes_on else []
        log.info(
            "delivery.attempted",
            extra={
                "delivery": dispatch.delivery_id,
                "number": dispatch.number,
                "status": answer.status,
                "failure": answer.failure,
                "duration_ms": answer.duration_ms,
            },
        )
        return is_recorded, following[0] if following else None

    def _remember(self, receiver: str, *, is_quick: bool) -> None:
        with self._changed:
            if self._is_quick is not None:
                if len(self._is_quick) >= _MOST_REMEMBERED:
                    self._is_quick.clear()
                self._is_quick[receiver] = is_quick

    def _send(self, dispatch: Dispatch) -> Answer:
        try:
            signed = signing.signed_headers(
                dispatch.body, event_id=dispatch.event_id, secrets=dispatch.secrets, at=clock.now()
            )
        except (ValueError, EmptyWebhookSecretError) as error:  # a damaged row must not keep the schedule from moving
            log.error("delivery.not_signed", extra={"delivery": dispatch.delivery_id, "error": describe(error)})
            return Answer(status=None, failure="unusable secret", duration_ms=0)
        with self._changed:
            self._posting_since[dispatch.token] = time.monotonic()
        try:
            return self.door.post(dispatch.url, dispatch.body.encode(), {**dispatch.headers, **signed})
        finally:
            with self._changed:
                del self._posting_since[dispatch.token]


_courier: Courier | None = None  # of this process; set once before work(), because RQ calls jobs by name


def use(courier: Courier) -> None:
    """Jobs of this process work with *courier*."""
    global _courier  # noqa: PLW0603 - see above
    _courier = courier


def deliver(reason: str, token: str = "") -> None:  # noqa: ARG001 - the first for RQ's lists; jobs of 0.1 carry both
    """The job: a wake-up."""
    if _courier is None:
        raise RuntimeError("call workers.deliver.use first")
    with deferred_signals(_courier.stop):
        _courier.work()
