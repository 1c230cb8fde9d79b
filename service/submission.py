"""Accept an article: save it first, tell Redis afterwards, and wait for the reading only if asked to."""

import time
from dataclasses import dataclass
from typing import Any

import structlog
from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from service.api.answers import article_answer, describe_article
from service.auth import Caller
from service.context import Context
from service.errors import Problem
from store import articles, endpoints, idempotency
from store.articles import NewArticle
from store.idempotency import FirstAnswer, IdempotencyKey
from store.tables import ArticleRow

_log = structlog.get_logger("service.submission")
_LOOK_EVERY_SECONDS = 0.3  # an announcement may be lost; the database never is
_TRIES = 3


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
    has_waited: bool = False


def submit_article(made: Context, caller: Caller, submission: Submission) -> Accepted:
    """Commit the article, wake a worker, wait if asked. What was committed is answered with 202 at the least."""
    accepted = _save(made, caller, submission)
    if accepted.is_replayed:
        return accepted
    if submission.wait_seconds and made.waiting_slots.acquire(blocking=False):
        try:
            accepted = _wake_and_wait(made, submission, accepted)
        finally:
            made.waiting_slots.release()
            # Whatever happened above, the key must not stay without an answer.
            _keep_answer(made, submission, accepted)
    else:
        _wake(made, accepted.article_id)
        if submission.wait_seconds:  # every slot is taken: waiting would leave no thread for others
            _keep_answer(made, submission, accepted)
    return accepted


def _save(made: Context, caller: Caller, submission: Submission) -> Accepted:
    for tries_left in reversed(range(_TRIES)):
        try:
            with made.database.writing() as session:
                return _first_answer(session, submission.key) or _add(session, caller, submission)
        except IntegrityError:
            # Two transactions took the same key at once: the other one won, and its row is there now.
            if submission.key is None or not tries_left:
                raise
    raise AssertionError("unreachable")


def _add(session: Session, caller: Caller, submission: Submission) -> Accepted:
    new = submission.article
    row = articles.add_article(session, new, api_key_id=caller.key_id)
    if new.callback_url is not None:
        endpoints.add_callback(session, row, new.callback_url, secret=caller.callback_secret)
    accepted = Accepted(row.id, 202, article_answer(row, None))
    if submission.key is not None:
        idempotency.keep_key(session, submission.key, row)
        if not submission.wait_seconds:
            idempotency.keep_answer(session, submission.key, status=202, answer=_without_report(accepted.body))
    return accepted


# --- the same key again ---------------------------------------------------------------------------


def _first_answer(session: Session, key: IdempotencyKey | None) -> Accepted | None:
    if key is None:
        return None
    try:
        first = idempotency.find_answer(session, key)
    except idempotency.KeyReusedError:
        raise Problem("idempotency_key_reused") from None
    except idempotency.StillRunningError:
        raise Problem("still_running", headers={"Retry-After": "1"}) from None
    return _replay(session, key, first) if first is not None else None


def _replay(session: Session, key: IdempotencyKey, first: FirstAnswer) -> Accepted:
    row = session.get_one(ArticleRow, first.article_id)
    report = articles.get_report(session, row)
    if first.status is None or first.answer is None:  # the first request died half-way
        body = article_answer(row, report)
        status = 202 if row.state == "queued" else 200
        idempotency.keep_answer(session, key, status=status, answer=_without_report(body))
        return Accepted(row.id, status, body, is_replayed=True)
    body = describe_article(
        first.answer,
        failure=first.answer["failure"],
        report=report if first.status == 200 else None,
        unit=first.answer["offset_unit"],
    )
    return Accepted(row.id, first.status, body, is_replayed=True)


def _without_report(body: dict[str, Any]) -> dict[str, Any]:
    """A report never changes and stands in its own table: it is not kept twice."""
    return {name: value for name, value in body.items() if name != "report"}


def _keep_answer(made: Context, submission: Submission, accepted: Accepted) -> None:
    if submission.key is None:
        return
    try:
        with made.database.writing() as session:
            idempotency.keep_answer(
                session, submission.key, status=accepted.status, answer=_without_report(accepted.body)
            )
    except SQLAlchemyError as error:
        # The article is saved: the caller hears so, and the key frees itself after `idempotency.ABANDONED`.
        _log.warning("answer_not_kept", article_id=accepted.article_id, error_type=type(error).__name__)


# --- waking and waiting ---------------------------------------------------------------------------


def _wake(made: Context, article_id: str) -> None:
    try:
        made.queues.wake_classify(article_id)
    except RedisError as error:
        # Accepted all the same: the relay finds the article in the database.
        _log.warning("worker_not_woken", article_id=article_id, error_type=type(error).__name__)


def _wake_and_wait(made: Context, submission: Submission, accepted: Accepted) -> Accepted:
    deadline = time.monotonic() + submission.wait_seconds
    try:
        # Subscribed before anybody is woken, so the announcement cannot be missed.
        with made.queues.listen(accepted.article_id) as subscription:
            _wake(made, accepted.article_id)
            body = _wait(made, accepted.article_id, subscription, deadline)
    except SQLAlchemyError as error:
        _log.warning("waiting_ended", article_id=accepted.article_id, error_type=type(error).__name__)
        body = None
    if body is None:
        return Accepted(accepted.article_id, 202, accepted.body, has_waited=True)
    return Accepted(accepted.article_id, 200, body, has_waited=True)


def _wait(made: Context, article_id: str, subscription: PubSub | None, deadline: float) -> dict[str, Any] | None:
    """The finished article; None at the deadline."""
    while True:
        body = _finished(made, article_id)
        left = deadline - time.monotonic()
        if body is not None or left <= 0:
            return body
        pause = min(left, _LOOK_EVERY_SECONDS)
        if subscription is None:
            time.sleep(pause)
            continue
        try:
            subscription.get_message(timeout=pause)
        except RedisError:
            subscription = None


def _finished(made: Context, article_id: str) -> dict[str, Any] | None:
    with made.database.reading() as session:
        if session.scalar(select(ArticleRow.state).where(ArticleRow.id == article_id)) == "queued":
            return None
        row = session.get_one(ArticleRow, article_id)
        return article_answer(row, articles.get_report(session, row))
