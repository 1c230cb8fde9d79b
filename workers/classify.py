"""The classify job: claim what waits, read it in batches, finish each article in one transaction.

The job's id only wakes us: what to read is asked of the database, so a wake-up may be lost, late or doubled.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from models.types import Article, Report
from models.wire import report_to_dict
from store.articles import Claim, claim_articles, fail_article, finish_article, release_claim, renew_claim
from store.database import Database
from store.policy import DEFAULT_POLICY, Policy, apply_policy
from store.queues import Queues
from store.tables import ArticleRow
from workers.outage import DATABASE_AWAY, Outage, describe
from workers.process import give_up
from workers.signals import deferred_signals

_JOB_SECONDS = 20.0  # then the job ends, whatever still waits: RQ wants a look at its queue
_CODE_POINTS_PER_BATCH = 100_000  # bounds what is lost when told to stop, and the time between two signs of life
_WRITE_TRIES = 4
_LEAST_READING_SECONDS = 30.0
_SLOWEST_CODE_POINTS_PER_SECOND = 1_000  # a twentieth of what one slow core reads
_GRACE_SECONDS = 5.0

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class ReadsArticles(Protocol):
    """What the desk needs of `models.reader.Reader`."""

    def read(self, articles: Sequence[Article]) -> list[Report]: ...


@dataclass(slots=True)
class Desk:
    """Where claimed articles lie while they are read. One reading at a time, in whichever thread."""

    database: Database
    queues: Queues  # with short time-outs: telling others must not hold a reading
    reader: ReadsArticles
    articles_per_claim: int
    lease_seconds: int
    policy: Policy = DEFAULT_POLICY
    least_reading_seconds: float = _LEAST_READING_SECONDS
    renew: Callable[[], ReadsArticles] | None = None  # the reader that knows what the register holds now
    stop: threading.Event = field(default_factory=threading.Event)
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _claim: Claim | None = None
    _renew_at: float = 0.0
    _overdue_at: float | None = None
    _outage: Outage = field(default_factory=lambda: Outage("database"))

    def read_waiting(self, *, seconds: float = _JOB_SECONDS) -> int:
        """Read until nothing waits, *seconds* have passed or we are told to stop. Returns how many were closed."""
        if not self._reading.acquire(blocking=False):
            return 0  # the other thread is at it
        ends_at = time.monotonic() + seconds
        closed = 0
        try:
            while not self.stop.is_set() and time.monotonic() < ends_at:
                with self.database.writing() as session:
                    claim = claim_articles(session, limit=self.articles_per_claim, lease_seconds=self.lease_seconds)
                self._outage.end()
                if not claim.articles:
                    break
                closed += self._read_claim(claim)
        except DATABASE_AWAY as error:
            self._outage.begin(error)
        finally:
            self._reading.release()
        return closed

    def tend(self, redis_away: bool) -> None:  # noqa: FBT001 - the keeper's call
        """Called about once a second from the keeper's thread: leases, a hung reading, articles nobody wakes us for."""
        now = time.monotonic()
        overdue_at, claim = self._overdue_at, self._claim
        if overdue_at is not None and now > overdue_at + _GRACE_SECONDS:
            give_up("a reading took too long")
        if claim is not None and now >= self._renew_at:
            self._renew_at = now + self.lease_seconds / 3
            try:
                with self.database.writing() as session:
                    renew_claim(session, claim, lease_seconds=self.lease_seconds)
            except DATABASE_AWAY as error:
                self._outage.begin(error)
        if redis_away and claim is None and not self.stop.is_set():
            threading.Thread(target=self.read_waiting, name="reading without Redis", daemon=True).start()

    def wait_until_idle(self, seconds: float) -> None:
        """Let a reading in another thread notice that it was told to stop."""
        if self._reading.acquire(timeout=seconds):
            self._reading.release()

    # --- one claim --------------------------------------------------------------------------------

    def _read_claim(self, claim: Claim) -> int:
        self._claim, self._renew_at = claim, time.monotonic() + self.lease_seconds / 3
        closed: set[str] = set()
        try:
            if self.renew is not None:  # after the claim: what was listed before an article came in is known to it
                self.reader = self.renew()
            for batch in _batches(claim.articles):
                if self.stop.is_set():
                    break
                self._read_batch(claim, batch, closed)
        finally:
            self._claim = None
            if len(closed) < len(claim.articles):
                with suppress(*DATABASE_AWAY), self.database.writing() as session:
                    release_claim(session, claim)
        return len(closed)

    def _read_batch(self, claim: Claim, batch: Sequence[ArticleRow], closed: set[str]) -> None:
        """Read *batch* at once; where that raises, one by one, so that one article harms no other."""
        try:
            reports = self._read(batch)
        except Exception as error:
            log.error("reading.failed", extra={"articles": len(batch), "error": describe(error)})
            if len(batch) == 1:
                self._fail(claim, batch[0], f"reading it raised {type(error).__name__}")
                closed.add(batch[0].id)
                return
            for row in batch:
                if not self.stop.is_set():
                    self._read_batch(claim, [row], closed)
            return
        for row, report in zip(batch, reports, strict=True):
            self._finish(claim, row, report)
            closed.add(row.id)

    def _read(self, batch: Sequence[ArticleRow]) -> list[Report]:
        code_points = sum(len(row.text) for row in batch)
        started = time.monotonic()
        self._overdue_at = started + self.least_reading_seconds + code_points / _SLOWEST_CODE_POINTS_PER_SECOND
        try:
            reports = self.reader.read([to_article(row) for row in batch])
        finally:
            self._overdue_at = None
        if len(reports) != len(batch):
            raise ValueError(f"{len(reports)} reports for {len(batch)} articles")
        log.info(
            "articles.read",
            extra={
                "articles": len(batch),
                "code_points": code_points,
                "seconds": round(time.monotonic() - started, 3),
            },
        )
        return reports

    def _finish(self, claim: Claim, row: ArticleRow, report: Report) -> None:
        """Write the result. A report that cannot be written fails its article alone; a database away is tried again."""
        try:
            body = report_to_dict(report)
            body["versions"]["policy"] = self.policy.reference
            outcome = apply_policy(self.policy, body)
            is_ours = self._write(
                lambda session: finish_article(session, row.id, token=claim.token, report=body, outcome=outcome)
            )
        except DATABASE_AWAY:
            raise
        except Exception as error:
            log.error("report.not_stored", extra={"article": row.id, "error": describe(error)})
            self._fail(claim, row, f"storing its report raised {type(error).__name__}")
            return
        self._announce(row, is_ours=is_ours)

    def _fail(self, claim: Claim, row: ArticleRow, failure: str) -> None:
        is_ours = self._write(lambda session: fail_article(session, row.id, token=claim.token, failure=failure))
        self._announce(row, is_ours=is_ours)

    def _announce(self, row: ArticleRow, *, is_ours: bool) -> None:
        if is_ours:
            self.queues.announce_done(row.id)
        else:
            log.warning("result.refused", extra={"article": row.id})  # another worker holds the lease, or finished

    def _write(self, change: Callable[[Session], Result]) -> Result:
        """One transaction; again after a moment while the database is away, because a reading is dear."""
        for tries_left in reversed(range(_WRITE_TRIES)):
            try:
                with self.database.writing() as session:
                    return change(session)
            except DATABASE_AWAY as error:
                self._outage.begin(error)
                if not tries_left:
                    raise
                time.sleep(2.0 ** (_WRITE_TRIES - tries_left) / 4)
        raise AssertionError  # the loop returns or raises


def _batches(rows: Sequence[ArticleRow]) -> Iterator[list[ArticleRow]]:
    """In order, each batch with at most so many code points, but at least one article."""
    batch: list[ArticleRow] = []
    size = 0
    for row in rows:
        if batch and size + len(row.text) > _CODE_POINTS_PER_BATCH:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row.text)
    if batch:
        yield batch


def to_article(row: ArticleRow) -> Article:
    """What the reader needs. Without a date of publication the day of submission decides which lists were in force."""
    return Article(
        text=row.text,
        title=row.title,
        url=row.url,
        source=row.source,
        language=row.requested_language,
        published_at=date.fromisoformat(row.published_at[:10]) if row.published_at else row.created_at.date(),
    )


_desk: Desk | None = None  # of this process; set once before work(), because RQ calls jobs by name


def use(desk: Desk) -> None:
    """Jobs of this process work at *desk*."""
    global _desk  # noqa: PLW0603 - see above
    _desk = desk


def classify_waiting(article_id: str) -> None:  # noqa: ARG001 - which article made somebody wake us; for RQ's lists
    """The job: a wake-up."""
    if _desk is None:
        raise RuntimeError("call workers.classify.use first")
    with deferred_signals(_desk.stop):
        _desk.read_waiting()
