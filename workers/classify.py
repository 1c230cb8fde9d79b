"""The classify job: claim what waits, read it in batches, finish each article in one transaction.

The job's id only wakes us: what to read is asked of the database, so a wake-up may be lost, late or doubled.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar

from sqlalchemy.orm import Session

from models.types import Article, Report
from models.wire import report_to_dict
from store.articles import Finished, Result, fail_article, finish_articles
from store.claims import Claim, claim_articles, has_waiting, release_claim, renew_claim
from store.database import Database
from store.policies import current_policy
from store.policy import apply_policy
from store.queues import Bell, Queues
from store.readings import find_reports, may_repeat, reading_key
from store.tables import ArticleRow
from workers import liveness
from workers.outage import DATABASE_AWAY, Outage, describe
from workers.signals import deferred_signals
from workers.staying import JOB_SECONDS, work_and_stay
from workers.turns import Turns
from workers.watchdog import ends_process_after

_WRITE_TRIES = 4
_LEAST_READING_SECONDS = 30.0
# Code points a second; below it a reading hangs.
SLOWEST_READING = 1_000  # a twentieth of what one slow core reads with the shipped heads
SLOWEST_CHECKPOINT = 100  # a large checkpoint of the customer's own may take a second a sentence
_GRACE_SECONDS = 5.0  # past the time a reading may take, then the process is ended

Written = TypeVar("Written")
log = logging.getLogger(__name__)


Turn = Callable[[], AbstractContextManager[None]]


class ReadsArticles(Protocol):
    """What the desk needs of `models.reader.Reader`."""

    def read(self, articles: Sequence[Article]) -> list[Report]: ...

    def identity(self) -> str: ...


@dataclass(slots=True)
class Desk:
    """Where claimed articles lie while they are read. One claim at a time, in whichever thread; ``turns`` are shared
    with whoever else reads in this process (workers/interactive.py)."""

    database: Database
    queues: Queues  # with short time-outs: telling others must not hold a reading
    reader: ReadsArticles
    articles_per_claim: int
    lease_seconds: int
    least_reading_seconds: float = _LEAST_READING_SECONDS
    slowest_code_points_per_second: int = SLOWEST_READING
    gives_again: bool = True  # whether a repeated article may have the earlier one's report
    renew: Callable[[], ReadsArticles] | None = None  # the reader that knows what the register holds now
    turns: Turns = field(default_factory=Turns)
    stop: threading.Event = field(default_factory=threading.Event)
    bell: Bell | None = None
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _claims: dict[str, Claim] = field(default_factory=dict)  # by token; an urgent one may come on top of another
    _renew_at: float = 0.0
    _outage: Outage = field(default_factory=lambda: Outage("database"))

    def work(self) -> None:
        """The job: read what waits, and stay for what comes soon."""
        work_and_stay(self.bell, lambda seconds: self.read_waiting(seconds=seconds), self._has_waiting, self.stop)

    def read_waiting(self, *, seconds: float = JOB_SECONDS) -> int:
        """Read until nothing waits, *seconds* have passed or we are told to stop. Returns how many were closed."""
        if not self._reading.acquire(blocking=False):
            return 0  # the other thread is at it
        ends_at = time.monotonic() + seconds
        closed = 0
        try:
            while not self.stop.is_set() and time.monotonic() < ends_at:
                with self.database.writing() as session:
                    claim = self._claim(session)
                self._outage.end()
                if not claim.articles:
                    break
                closed += self._read_claim(claim, self.turns.ordinary)
                if not self._has_waiting():  # a look is cheaper than a claim that finds nothing
                    break
        except DATABASE_AWAY as error:
            self._outage.begin(error)
        finally:
            self._reading.release()
        return closed

    def read_urgent(self) -> int:
        """Read the short articles for which somebody waits, where they are next, between two sentences of what is being
        read. Returns how many were closed."""
        try:
            with self.database.writing() as session:
                claim = self._claim(session, is_urgent=True)
            return self._read_claim(claim, self.turns.urgent) if claim.articles else 0
        except DATABASE_AWAY as error:
            self._outage.begin(error)
            return 0

    def tend(self) -> None:
        """Called about once a second from the keeper's thread: the lease, and articles nobody wakes us for.

        Redis or the relay may be away, or a wake-up lost: what a dead neighbour held is still taken up in a second.
        """
        now = time.monotonic()
        claims = list(self._claims.values())
        if claims and now >= self._renew_at:
            self._renew_at = now + self.lease_seconds / 3
            try:
                with self.database.writing() as session:
                    for claim in claims:
                        renew_claim(session, claim, lease_seconds=self.lease_seconds)
            except DATABASE_AWAY as error:
                self._outage.begin(error)
        if not self.stop.is_set() and self._is_wanted():
            threading.Thread(target=self.read_waiting, name="reading unasked", daemon=True).start()

    def _is_wanted(self) -> bool:
        try:
            liveness.end_leases_of_the_dead(self.database, ArticleRow)
        except DATABASE_AWAY as error:
            self._outage.begin(error)
            return False
        return not self._reading.locked() and self._has_waiting()

    def _has_waiting(self) -> bool:
        try:
            with self.database.reading() as session:
                is_waiting = has_waiting(session)
        except DATABASE_AWAY as error:
            self._outage.begin(error)
            return False
        self._outage.end()
        return is_waiting

    def _claim(self, session: Session, *, is_urgent: bool = False) -> Claim:
        return claim_articles(
            session,
            limit=self.articles_per_claim,
            lease_seconds=self.lease_seconds,
            holder=liveness.own_name(),
            is_urgent=is_urgent,
        )

    def renew_reader(self) -> ReadsArticles:
        """The reader with the register of this moment. To be called in a turn."""
        if self.renew is not None:
            self.reader = self.renew()
        return self.reader

    def wait_until_idle(self, seconds: float) -> None:
        """Let a reading in another thread notice that it was told to stop."""
        if self._reading.acquire(timeout=seconds):
            self._reading.release()

    # --- one claim --------------------------------------------------------------------------------

    def _read_claim(self, claim: Claim, turn: Turn) -> int:
        if not self._claims:
            self._renew_at = time.monotonic() + self.lease_seconds / 3
        self._claims[claim.token] = claim
        closed: set[str] = set()
        try:
            with turn():  # after the claim: what was listed before an article came in is known to it
                reader = self.renew_reader()
            identity = reader.identity()
            keys = {row.id: _key(row, identity) for row in claim.articles} if self.gives_again else {}
            work = _Work(claim, turn, closed, reader, keys)
            self._read_batch(work, self._repeat(work))
        finally:
            del self._claims[claim.token]
            if len(closed) < len(claim.articles):
                with suppress(*DATABASE_AWAY), self.database.writing() as session:
                    release_claim(session, claim)
        return len(closed)

    def _repeat(self, work: "_Work") -> list[ArticleRow]:
        """Give the articles that only repeat earlier ones the reports of those. Returns the others."""
        if not work.keys:
            return list(work.claim.articles)
        with self.database.reading() as session:
            known = find_reports(session, set(work.keys.values()))
        repeats = [row for row in work.claim.articles if work.keys[row.id] in known]
        if repeats:
            self._finish(work, [_Reading(row, known[work.keys[row.id]]) for row in repeats])
            log.info("articles.repeated", extra={"articles": len(repeats)})
        return [row for row in work.claim.articles if row.id not in work.closed]

    def _read_batch(self, work: "_Work", batch: Sequence[ArticleRow]) -> None:
        """Read *batch* at once; where that raises, one by one, so that one article harms no other."""
        if self.stop.is_set() or not batch:
            return
        try:
            reports = self._read(work.reader, batch, work.turn)
        except Exception as error:
            log.error("reading.failed", extra={"articles": len(batch), "error": describe(error)})
            if len(batch) == 1:
                self._fail(work, batch[0], f"reading it raised {type(error).__name__}")
                return
            for row in batch:
                self._read_batch(work, [row])
            return
        self._finish(
            work,
            [
                _Reading(row, report, key=work.keys.get(row.id) if may_repeat(report) else None)
                for row, report in zip(batch, reports, strict=True)
            ],
        )

    def _read(self, reader: ReadsArticles, batch: Sequence[ArticleRow], turn: Turn) -> list[dict[str, Any]]:
        code_points = sum(len(row.text) for row in batch)
        started = time.monotonic()
        with turn(), ends_process_after(self.patience_seconds(code_points)):
            reports = reader.read([to_article(row) for row in batch])
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
        return [report_to_dict(report) for report in reports]

    def patience_seconds(self, code_points: int) -> float:
        """How long a reading of so much text may take; past it the process ends."""
        return self.least_reading_seconds + code_points / self.slowest_code_points_per_second + _GRACE_SECONDS

    def _finish(self, work: "_Work", readings: "Sequence[_Reading]") -> None:
        """Write the results in one transaction; where that raises, one by one, so that a report that cannot be written
        fails its article alone. A database away is tried again."""
        try:
            finished = self._write(lambda session: _finish(session, readings, work.claim.token))
        except DATABASE_AWAY:
            raise
        except Exception as error:
            if len(readings) > 1:
                for reading in readings:
                    self._finish(work, [reading])
                return
            (row,) = (reading.row for reading in readings)
            log.error("report.not_stored", extra={"article": row.id, "error": describe(error)})
            self._fail(work, row, f"storing its report raised {type(error).__name__}")
            return
        self._announce(work, [reading.row.id for reading in readings], finished)

    def _fail(self, work: "_Work", row: ArticleRow, failure: str) -> None:
        is_ours = self._write(lambda session: fail_article(session, row.id, token=work.claim.token, failure=failure))
        self._announce(work, [row.id], Finished(frozenset([row.id] if is_ours else []), has_deliveries=is_ours))

    def _announce(self, work: "_Work", article_ids: Sequence[str], finished: Finished) -> None:
        """Saved first, told afterwards."""
        work.closed.update(article_ids)
        for article_id in article_ids:
            if article_id not in finished.ids:  # another worker holds the lease, or finished
                log.warning("result.refused", extra={"article": article_id})
        if finished.has_deliveries:
            self.queues.rouse_deliver()
        if finished.ids:
            self.queues.announce_done(*finished.ids)

    def _write(self, change: Callable[[Session], Written]) -> Written:
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


@dataclass(frozen=True, slots=True)
class _Work:
    """A claim being read, in which turns and by which reader, the ids of its articles that have a result, and the keys
    by which repeats know each other, where they may."""

    claim: Claim
    turn: Turn
    closed: set[str]
    reader: ReadsArticles
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Reading:
    """An article and what was read in it, or in what it repeats; with the *key* for repeats of it."""

    row: ArticleRow
    report: dict[str, Any]
    key: str | None = None


def _finish(session: Session, readings: Sequence[_Reading], token: str) -> Finished:
    policy = current_policy(session)  # the newest, whenever this process was started
    results = []
    for reading in readings:
        reading.report["versions"]["policy"] = policy.reference
        outcome = apply_policy(policy, reading.report)
        results.append(Result(reading.row.id, reading.report, outcome, reading.key))
    return finish_articles(session, results, token=token)


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


def _key(row: ArticleRow, identity: str) -> str:
    return reading_key(to_article(row), api_key_id=row.api_key_id, identity=identity)


def failed_classifiers(reports: Sequence[Report]) -> list[str]:
    """Names of the classifiers that failed on any of these."""
    failed = {
        name
        for report in reports
        for name in ("violence", "designations", "source_bias")
        if getattr(report, name).status == "failed"
    }
    return sorted(failed)


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
        _desk.work()
