"""Is the service able to do its work? Each question is bounded in time: whoever asks gets an answer."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import TypeVar

import structlog
from sqlalchemy import text

from service.context import Context
from store import queues

_log = structlog.get_logger("service.readiness")
_PATIENCE_SECONDS = 3.0
_NO_WORKER = "No live classify worker: articles are accepted and wait."
T = TypeVar("T")


def ask_all(
    executor: ThreadPoolExecutor,
    questions: Mapping[str, Callable[[], T]],
    *,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> dict[str, T | None]:
    """Ask all at once; None for each that failed or was too slow (its thread goes on and is not waited for)."""
    asked: dict[str, Future[T]] = {name: executor.submit(question) for name, question in questions.items()}
    wait_for(asked.values(), timeout=patience_seconds)
    answers: dict[str, T | None] = {}
    for name, future in asked.items():
        answers[name] = None
        if not future.done():
            future.cancel()
            _log.warning("no_answer_in_time", question=name)
        elif (error := future.exception()) is not None:
            _log.warning("question_failed", question=name, error_type=type(error).__name__)
        else:
            answers[name] = future.result()
    return answers


def check(made: Context, executor: ThreadPoolExecutor) -> dict[str, str]:
    """``ok``, or what is wrong, for the database, Redis and the classify workers; for this process if it is to end."""
    if made.draining.is_set():
        return {"web": "This process was told to stop."}
    answers = ask_all(
        executor,
        {
            "database": lambda: "ok" if _reach_database(made) else None,
            "redis": lambda: made.queues.why_unsafe() or "ok",
            "classify_worker": lambda: _look_for_worker(made),
        },
    )
    reasons = {
        "database": "The database does not answer.",
        "redis": "Redis does not answer: articles are accepted and wait in the database.",
        "classify_worker": _NO_WORKER,
    }
    return {name: answers[name] or reason for name, reason in reasons.items()}


def _look_for_worker(made: Context) -> str:
    if made.queues.has_live_worker(queues.CLASSIFY):
        return "ok"
    reason = made.queues.failed_start(queues.CLASSIFY)
    return f"{_NO_WORKER} The last one could not start: {reason}" if reason else _NO_WORKER


def _reach_database(made: Context) -> bool:
    with made.database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM api_keys")) is not None
