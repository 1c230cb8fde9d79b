"""Accept an article: save it first, tell Redis afterwards, and wait for the reading only if asked to.

Articles that come at the same time are saved together, in one transaction: they share its way to the disk, and each is
answered when it is there. See docs/decisions/0029-accepting.md.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,  # noqa: A004 - its own
)
from sqlalchemy.orm import Session

from service.api.answers import article_answer, describe_article, text_answer
from service.auth import Caller
from service.context import Context
from service.errors import Problem
from service.limits import bill_for, settle
from store import articles, external_ids, idempotency
from store.articles import NewArticle
from store.database import Database
from store.external_ids import Sender, admit_articles
from store.idempotency import FirstAnswer, IdempotencyKey
from store.interactive import Lane
from store.queues import legible
from store.rates import Bill, SharedCounts, Standing
from store.tables import ArticleRow

_log = structlog.get_logger("service.submission")
_LOOK_EVERY_SECONDS = 0.3  # where nothing can be announced, because Redis is away
_LOOK_ANYWAY_SECONDS = 5.0  # an announcement may be lost; the database never is
_HEAR_SECONDS = 0.3  # at a time, so that a wait ends soon when the process is told to stop
_TRIES = 3
# What no article is to blame for: it meets all that are saved together.
_SHARED_FAULTS = (OperationalError, InterfaceError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked article, and how its caller wants it handled."""

    article: NewArticle
    key: IdempotencyKey | None
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer: 202 while the article waits, 200 where it was read in time."""

    article_id: str
    status: int
    body: dict[str, Any]
    is_replayed: bool = False
    is_duplicate: bool = False  # of an earlier article with this external id
    has_waited: bool = False

    @property
    def is_settled(self) -> bool:
        """Nobody need be woken for it."""
        return self.is_replayed or self.status == 200


def submit_article(made: Context, caller: Caller, submission: Submission) -> Accepted:
    """Commit the article, wake a worker, wait if asked. What was committed is answered with 202 at the least.

    It is charged to the caller first. Look for a replay before (`find_replay`).
    """
    if not submission.wait_seconds:
        return _save_and_wake(made, caller, submission)
    if not made.waiting_slots.acquire(blocking=False):  # waiting would leave no thread for others
        accepted = _save_and_wake(made, caller, submission)
        if not accepted.is_replayed:
            _keep_answer(made, submission, accepted)
        return accepted
    try:
        return _save_and_wait(made, caller, submission)
    finally:
        made.waiting_slots.release()


def _save_and_wake(made: Context, caller: Caller, submission: Submission) -> Accepted:
    accepted = _save(made, caller, submission)
    if not accepted.is_settled:
        made.waker.wake(accepted.article_id)
    return accepted


def _save_and_wait(made: Context, caller: Caller, submission: Submission) -> Accepted:
    if submission.article.priority == "normal":  # one that is sent as `low` stays so, though somebody waits
        submission = replace(submission, article=replace(submission.article, priority="interactive"))
    accepted = _save(made, caller, submission)
    if accepted.is_settled:
        return accepted
    try:
        accepted = _wake_and_wait(made, submission, accepted)
    finally:
        _keep_answer(made, submission, accepted)  # whatever happened, the key must not stay without an answer
    return accepted


@dataclass(frozen=True, slots=True)
class Save:
    """A submission on its way into the database. *bill*: what is charged for it, None for nothing; *retry_after*: there
    is no room but for what is no new article."""

    caller: Caller
    submission: Submission
    bill: Bill | None
    retry_after: int | None

    @property
    def is_plain(self) -> bool:
        """It is new, whatever is stored, and nothing else is written with it."""
        return self.submission.key is None and self.name is None and self.submission.article.callback_url is None

    @property
    def name(self) -> tuple[str, str] | None:
        """(API key, external id), where it has one."""
        external_id = self.submission.article.external_id
        return (self.caller.key_id, external_id) if external_id is not None else None


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it. ``outcome`` is None where a quota refused it."""

    standings: Sequence[Standing]
    outcome: Accepted | Exception | None


def _save(made: Context, caller: Caller, submission: Submission) -> Accepted:
    retry_after = made.pressure.retry_after(made.database)
    if retry_after is not None and submission.key is None and submission.article.external_id is None:
        raise overloaded(retry_after)
    bill = bill_for(caller, articles=1, characters=len(submission.article.text))
    save = Save(caller, submission, bill, retry_after)
    # PostgreSQL locks the rows of keys and external ids one by one: two lots could each wait for the other.
    is_shared = save.is_plain or made.database.has_one_writer
    for tries_left in reversed(range(_TRIES)):
        saved = made.saves(save) if is_shared else save_all(made.database, made.shared_counts, [save])[0]
        settle(saved.standings)  # refuses where a quota does
        if isinstance(saved.outcome, Accepted):
            return saved.outcome
        # Two transactions took the same key at once: the other one won, and its row is there now.
        is_taken = isinstance(saved.outcome, IntegrityError) and submission.key is not None
        if saved.outcome is not None and not (is_taken and tries_left):
            raise saved.outcome
        save = replace(save, bill=None)
    raise AssertionError("unreachable")


def save_all(database: Database, counts: SharedCounts, saves: Sequence[Save]) -> list[Saved]:
    """Charge all in one trip, and write what is within its quotas in one transaction."""
    bills = [save.bill for save in saves if save.bill is not None]
    charged = iter(counts.charge_each(bills) if bills else [])
    standings = [next(charged) if save.bill is not None else [] for save in saves]
    are_allowed = [all(one.wait_seconds is None for one in found) for found in standings]
    outcomes = iter(_write(database, [save for save, is_allowed in zip(saves, are_allowed, strict=True) if is_allowed]))
    return [
        Saved(found, next(outcomes) if is_allowed else None)
        for found, is_allowed in zip(standings, are_allowed, strict=True)
    ]


def _write(database: Database, saves: Sequence[Save]) -> Sequence[Accepted | Exception]:
    """Together, or where something unforeseen happens each alone, so that one article harms no other."""
    if not saves:
        return []
    try:
        return _write_together(database, saves)
    except _SHARED_FAULTS as error:
        return [error] * len(saves)
    except Exception as error:
        return [error] if len(saves) == 1 else [_write(database, [save])[0] for save in saves]


def _write_together(database: Database, saves: Sequence[Save]) -> list[Accepted | Exception]:
    with database.writing() as session:
        are_new = _find_new(session, saves) if database.has_one_writer else [save.is_plain for save in saves]
        added = iter(_add_new(session, [save for save, is_new in zip(saves, are_new, strict=True) if is_new]))
        return [
            next(added) if is_new else _save_among_others(session, save)
            for save, is_new in zip(saves, are_new, strict=True)
        ]


def _find_new(session: Session, saves: Sequence[Save]) -> list[bool]:
    """Which repeat nothing: neither what is stored, nor what stands before them among *saves*."""
    used_keys = idempotency.find_used(session, [save.submission.key for save in saves if save.submission.key])
    used_names = external_ids.find_used(session, [save.name for save in saves if save.name is not None])
    are_new = []
    for save in saves:
        key, name, new = save.submission.key, save.name, save.submission.article
        place = (key.api_key_id, key.key) if key is not None else None
        is_free = place not in used_keys and name not in used_names
        are_new.append(is_free and new.callback_url is None and save.retry_after is None)
        used_keys |= {place} if place is not None else set()
        used_names |= {name} if name is not None else set()
    return are_new


def _add_new(session: Session, saves: Sequence[Save]) -> list[Accepted]:
    """One statement for each table, however many there are."""
    new = [(save.submission.article, save.caller.key_id) for save in saves]
    accepted = [Accepted(row.id, 202, article_answer(row, None)) for row in articles.add_articles(session, new)]
    external_ids.keep_external_ids(
        session, [(owner, article, one.article_id) for (article, owner), one in zip(new, accepted, strict=True)]
    )
    idempotency.keep_keys(
        session,
        [
            (key, one.article_id, (202, _to_keep(one)) if not save.submission.wait_seconds else None)
            for save, one in zip(saves, accepted, strict=True)
            if (key := save.submission.key) is not None
        ],
    )
    return accepted


def _save_among_others(session: Session, save: Save) -> Accepted | Exception:
    try:
        with session.begin_nested():
            return _find_or_add(session, save)
    except _SHARED_FAULTS:
        raise  # the transaction is lost
    except Exception as error:
        return error
    finally:
        session.expunge_all()  # the next one is to see what is stored now


def _find_or_add(session: Session, save: Save) -> Accepted:
    if (first := _first_answer(session, save.submission.key)) is not None:
        return first
    accepted = _add(session, save.caller, save.submission)
    if save.retry_after is not None and not accepted.is_duplicate:
        raise overloaded(save.retry_after)
    return accepted


def overloaded(seconds: int) -> Problem:
    return Problem("overloaded", headers={"Retry-After": str(seconds)})


def _add(session: Session, caller: Caller, submission: Submission) -> Accepted:
    (admitted,) = admit_articles(session, [submission.article], Sender(caller.key_id, caller.callback_secret))
    row, is_duplicate = admitted.row, admitted.is_duplicate
    report = articles.get_report(session, row) if is_duplicate else None
    status = 202 if row.state == "queued" else 200
    accepted = Accepted(row.id, status, article_answer(row, report), is_duplicate=is_duplicate)
    if submission.key is not None:
        is_answer = accepted.is_settled or not submission.wait_seconds
        idempotency.keep_key(session, submission.key, row, (status, _to_keep(accepted)) if is_answer else None)
    return accepted


# --- the same key again ---------------------------------------------------------------------------


def find_replay(made: Context, key: IdempotencyKey | None) -> Accepted | None:
    """The first answer to this key, before anything is read, charged or resolved for it: a replay costs the request
    alone, also where no quota is left. None where the key is new; Problem where it is another body's."""
    if not is_known(made, key):
        return None
    with made.database.writing() as session:
        return _first_answer(session, key)


def is_known(made: Context, key: IdempotencyKey | None) -> bool:
    """Whether something was made with this key already. Most keys are new, and need no writer to tell."""
    if key is None:
        return False
    with made.database.looking() as connection:
        return idempotency.is_known(connection, key)


def find_first(session: Session, key: IdempotencyKey | None) -> FirstAnswer | None:
    """The first answer to this key; the Problem where it is another body's, or is still being made."""
    if key is None:
        return None
    try:
        return idempotency.find_answer(session, key)
    except idempotency.KeyReusedError:
        raise Problem("idempotency_key_reused") from None
    except idempotency.StillRunningError:
        raise Problem("still_running", headers={"Retry-After": "1"}) from None


def _first_answer(session: Session, key: IdempotencyKey | None) -> Accepted | None:
    first = find_first(session, key)
    return _replay(session, key, first) if first is not None and key is not None else None


def _replay(session: Session, key: IdempotencyKey, first: FirstAnswer) -> Accepted:
    row = session.get_one(ArticleRow, first.article_id)  # never a batch's: no body fits both
    report = articles.get_report(session, row)
    if first.status is None or first.answer is None:  # the first request died half-way
        body = article_answer(row, report)
        status = 202 if row.state == "queued" else 200
        accepted = Accepted(row.id, status, body, is_replayed=True)
        idempotency.keep_answer(session, key, status=status, answer=_to_keep(accepted))
        return accepted
    body = describe_article(
        first.answer,
        text=text_answer(row),
        report=report if first.status == 200 else None,
        unit=first.answer["offset_unit"],
    )
    is_duplicate = first.answer.get("is_duplicate", False)
    return Accepted(row.id, first.status, body, is_replayed=True, is_duplicate=is_duplicate)


def _to_keep(accepted: Accepted) -> dict[str, Any]:
    """Report and text stand in tables of their own: they are not kept twice, and erased in one place."""
    kept = {name: value for name, value in accepted.body.items() if name not in ("report", "text")}
    return kept | ({"is_duplicate": True} if accepted.is_duplicate else {})


def _keep_answer(made: Context, submission: Submission, accepted: Accepted) -> None:
    if submission.key is None:
        return
    try:
        with made.database.writing() as session:
            idempotency.keep_answer(session, submission.key, status=accepted.status, answer=_to_keep(accepted))
    except SQLAlchemyError as error:
        # The article is saved: the caller hears so, and the key frees itself after `idempotency.ABANDONED`.
        _log.warning("answer_not_kept", article_id=accepted.article_id, error_type=type(error).__name__)


# --- waking and waiting ---------------------------------------------------------------------------


def _call(made: Context, article_id: str) -> None:
    """Beside waking a worker: one that is in the middle of other articles takes a short one in between."""
    try:
        with legible(made.queues.redis) as redis:
            Lane(redis).call()
    except RedisError as error:
        _log.warning("worker_not_called", article_id=article_id, error_type=type(error).__name__)


def _wake_and_wait(made: Context, submission: Submission, accepted: Accepted) -> Accepted:
    deadline = time.monotonic() + submission.wait_seconds
    try:
        # Subscribed before anybody is woken, so the announcement cannot be missed.
        with made.queues.listen(accepted.article_id) as subscription:
            made.waker.wake(accepted.article_id)
            _call(made, accepted.article_id)
            body = _wait(made, accepted.article_id, subscription, deadline)
    except SQLAlchemyError as error:
        _log.warning("waiting_ended", article_id=accepted.article_id, error_type=type(error).__name__)
        body = None
    if body is None:
        return replace(accepted, has_waited=True)
    return replace(accepted, status=200, body=body, has_waited=True)


def _wait(made: Context, article_id: str, subscription: PubSub | None, deadline: float) -> dict[str, Any] | None:
    """The finished article; None at the deadline, or when this process is told to stop."""
    while True:
        body = _finished(made, article_id)
        left = deadline - time.monotonic()
        if body is not None or left <= 0 or made.draining.is_set():
            return body
        if subscription is None:
            time.sleep(min(left, _LOOK_EVERY_SECONDS))
            continue
        try:
            _hear(made, subscription, seconds=min(left, _LOOK_ANYWAY_SECONDS))
        except RedisError:
            subscription = None


def _hear(made: Context, subscription: PubSub, *, seconds: float) -> None:
    """Until the article is said to be finished; without a look at the database."""
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0 and not made.draining.is_set():
        if made.queues.hear(subscription, seconds=min(left, _HEAR_SECONDS)):
            return


def _finished(made: Context, article_id: str) -> dict[str, Any] | None:
    with made.database.reading() as session:
        if session.scalar(select(ArticleRow.state).where(ArticleRow.id == article_id)) == "queued":
            return None
        row = session.get_one(ArticleRow, article_id)
        return article_answer(row, articles.get_report(session, row))
