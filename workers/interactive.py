"""Where callers wait whose texts are not stored: a thread beside the articles that takes from the interactive lane."""

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from models.text import SUPPORTED_LANGUAGES, detect_language
from models.types import Article
from models.wire import report_to_dict
from store import clock
from store.interactive import ARTICLE, Lane, Request
from store.queues import legible
from workers.classify import Desk
from workers.outage import DATABASE_AWAY, describe
from workers.watchdog import ends_process_after

_TAKE_SECONDS = 1.0  # how soon the thread sees that it is to stop
_PAUSE_SECONDS = 1.0  # while Redis is away; the keeper says so in the log

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Window:
    """Answers the lane's callers one after the other, with the desk's reader and in turns with its articles."""

    lane: Lane
    desk: Desk
    stop: threading.Event
    _serving: str | None = None
    _thread: threading.Thread | None = field(default=None, repr=False)

    def open(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self.run, name="interactive", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        """After *stop* is set: let a reading that has begun be answered."""
        if self._thread is not None:
            self._thread.join(seconds)

    def tend(self) -> None:
        """About once a second, from another thread: the caller hears that the reading goes on."""
        serving = self._serving
        if serving is None:
            return
        with suppress(RedisError):  # then the caller's own connection is gone as well
            self.lane.keep(serving)

    def run(self) -> None:
        """Until told to stop."""
        while not self.stop.is_set():
            try:
                with legible(self.lane.redis):
                    request = self.lane.take(seconds=_TAKE_SECONDS)
                if request is not None and request.id == ARTICLE:
                    self.desk.read_urgent()
                elif request is not None:
                    self._serve(request)
            except RedisError:
                self.stop.wait(_PAUSE_SECONDS)
            except Exception as error:  # such as a value that somebody else put there: the next one is served
                log.error("interactive.failed", extra={"error": describe(error)})

    def _serve(self, request: Request) -> None:
        self._serving = request.id
        try:
            answer = self._read(request.body)
        except Exception as error:
            log.error("interactive.not_read", extra={"error": describe(error)})
            self.lane.refuse(request.id, f"Reading it raised {type(error).__name__}.")
        else:
            self.lane.answer(request.id, answer)
        finally:
            self._serving = None

    def _read(self, body: dict[str, Any]) -> dict[str, Any]:
        """``{"texts": […], "languages": […]}`` to ``{"reports": […]}``, a report a text, in order."""
        texts: list[str] = body["texts"]
        code_points = sum(map(len, texts))
        today = clock.now().date()
        with self.desk.turns.urgent():
            began = time.monotonic()
            with ends_process_after(self.desk.patience_seconds(code_points)):
                articles = [
                    Article(text=text, language=_language(text, body.get("languages", [])), published_at=today)
                    for text in texts
                ]
                reports = self._current_reader().read(articles)
            seconds = time.monotonic() - began
        if len(reports) != len(texts):
            raise ValueError(f"{len(reports)} reports for {len(texts)} texts")
        log.info(
            "interactive.read",
            extra={"texts": len(texts), "code_points": code_points, "seconds": round(seconds, 3)},
        )
        return {"reports": [report_to_dict(report) for report in reports]}

    def _current_reader(self) -> Any:
        """With the database away, the reader as it was: this lane does not need one."""
        try:
            return self.desk.renew_reader()
        except DATABASE_AWAY:
            return self.desk.reader


def _language(text: str, expected: list[str]) -> str | None:
    """The language to read in where the caller says what is written there; None: as it is found.

    What we find in the text counts, if we read it: a client may know of no Russian and say ``en`` of everything. But a
    comment of three words looks like many a language, and then its caller is believed.
    """
    known = [language for language in expected if language in SUPPORTED_LANGUAGES]
    if not known:
        return None
    found = detect_language(text)
    return found.code if found.supported else known[0]
