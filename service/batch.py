"""Accept many articles in one transaction; those that were refused stand beside them in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.auth import Caller
from service.context import Context
from service.errors import Problem
from service.limits import charge
from service.submission import find_first, is_known, overloaded
from store import idempotency
from store.articles import NewArticle
from store.external_ids import Admitted, Sender, admit_articles
from store.idempotency import IdempotencyKey

_MOST_FAULTS = 20  # of one article, in the answer
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """Checked articles in their order, each or why it was refused."""

    items: Sequence[NewArticle | Problem]
    key: IdempotencyKey | None


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """For each item ``{"id", "state", "is_duplicate"}`` or ``{"code", "detail", "errors"}``: small, for it is kept."""

    items: list[dict[str, Any]]
    is_replayed: bool = False


def submit_batch(made: Context, caller: Caller, batch: Batch) -> AcceptedBatch:
    """Commit what is good, all of it or nothing, then wake one worker. Look for a replay before."""
    good = _good(batch)
    if good:
        charge(caller, articles=len(good), characters=sum(len(article.text) for article in good))
    retry_after = made.pressure.retry_after(made.database, articles=len(good) or 1)
    for tries_left in reversed(range(_TRIES)):
        try:
            with made.database.writing() as session:
                accepted = _replay(session, batch.key) or _add(session, caller, batch, retry_after)
            break
        except IntegrityError:  # another request with the same Idempotency-Key was first: its answer is there now
            if batch.key is None or not tries_left:
                raise
    waiting = next((item["id"] for item in accepted.items if item.get("state") == "queued"), None)
    if waiting is not None and not accepted.is_replayed:
        made.waker.wake(waiting)
    return accepted


def find_replayed_batch(made: Context, key: IdempotencyKey | None) -> AcceptedBatch | None:
    """As `service.submission.find_replay`."""
    if not is_known(made, key):
        return None
    with made.database.writing() as session:
        return _replay(session, key)


def _good(batch: Batch) -> list[NewArticle]:
    return [item for item in batch.items if not isinstance(item, Problem)]


def _replay(session: Session, key: IdempotencyKey | None) -> AcceptedBatch | None:
    first = find_first(session, key)
    if first is None:
        return None
    if first.answer is None:
        raise AssertionError("a batch is kept with its answer")
    return AcceptedBatch(first.answer["articles"], is_replayed=True)


def _add(session: Session, caller: Caller, batch: Batch, retry_after: int | None) -> AcceptedBatch:
    admitted = admit_articles(session, _good(batch), Sender(caller.key_id, caller.callback_secret))
    if retry_after is not None and not all(one.is_duplicate for one in admitted):
        raise overloaded(retry_after)
    added = iter(admitted)
    items = [_refused(item) if isinstance(item, Problem) else _taken(next(added)) for item in batch.items]
    if batch.key is not None:
        idempotency.keep_key(session, batch.key, None, (202, {"articles": items}))
    return AcceptedBatch(items)


def _taken(admitted: Admitted) -> dict[str, Any]:
    return {"id": admitted.row.id, "state": admitted.row.state, "is_duplicate": admitted.is_duplicate}


def _refused(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "detail": problem.detail, "errors": problem.errors[:_MOST_FAULTS]}
