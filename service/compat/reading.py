"""What both adapters do: hand texts to a classify worker on the interactive lane and wait. Nothing is stored."""

from collections.abc import Sequence
from typing import Any

import structlog
from redis.exceptions import RedisError

from service.auth import caller
from service.context import context
from service.errors import Problem
from service.limits import charge
from store.interactive import Lane, LaneError, LaneFullError
from store.queues import legible

_log = structlog.get_logger("service.compat")
_CLASSIFIERS = ("violence", "designations", "source_bias")
_RETRY_SECONDS = 1  # a burst of short texts is read within it

Report = dict[str, Any]


def read_texts(texts: Sequence[str], *, languages: Sequence[str] = ()) -> list[Report]:
    """A report of each text, in order. *languages* are those its writer is said to use.

    They are charged to the caller first. Problem ``unavailable`` (503, with Retry-After) where no worker has read them
    all, whatever the reason.
    """
    made = context()
    charge(caller(), articles=len(texts), characters=sum(map(len, texts)))
    if not made.waiting_slots.acquire(blocking=False):  # waiting would leave no thread for others
        raise _unavailable("Too many requests wait for a reading.", "no_slot")
    try:
        body = {"texts": list(texts), "languages": list(languages)}
        with legible(made.queues.redis) as redis:
            reports: list[Report] = Lane(redis).ask(body)["reports"]
    except LaneFullError as error:
        raise _unavailable(str(error), "lane_full") from None
    except LaneError as error:
        raise _unavailable(str(error), type(error).__name__) from None
    except RedisError as error:
        raise _unavailable("The text cannot be handed to a worker now.", type(error).__name__) from None
    finally:
        made.waiting_slots.release()
    failed = {name for report in reports for name in _CLASSIFIERS if report[name]["status"] == "failed"}
    if failed:  # never passed off as clean
        raise _unavailable(f"A classifier failed: {', '.join(sorted(failed))}.", "classifier_failed")
    return reports


def _unavailable(detail: str, reason: str) -> Problem:
    _log.warning("text_not_read", reason=reason)
    return Problem("unavailable", detail, headers={"Retry-After": str(_RETRY_SECONDS)})
