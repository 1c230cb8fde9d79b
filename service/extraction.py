"""Articles out of HTML, read by processes of their own: a hostile page costs such a process, never the web's.

A page is untrusted, its parser is native code, and a slow one would hold the interpreter from all other requests.
The processes start with the first page and end when none has come for five minutes.
"""

import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import structlog

import models
from models.extraction import Extracted, ExtractionError
from models.extraction.__main__ import read_frame, write_frame

_PROCESSES = 2
_PATIENCE_SECONDS = 10.0  # for a free one
_ROOT = Path(models.__file__).parent.parent

_log = structlog.get_logger("service.extraction")


@dataclass(slots=True, weakref_slot=True)
class Extractor:
    """Up to two processes, each for one page at a time."""

    _free: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_PROCESSES))
    _idle: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def __post_init__(self) -> None:
        weakref.finalize(self, _end_all, self._idle)  # also at the end of this process

    def extract(self, html: str) -> Extracted:
        """Raises ExtractionError; its ``code`` is ``overloaded`` where too many pages come at once."""
        if not self._free.acquire(timeout=_PATIENCE_SECONDS):
            raise ExtractionError("overloaded")
        try:
            answer = self._ask(orjson.dumps({"html": html}))
        finally:
            self._free.release()
        if (code := answer.get("code")) is not None:
            raise ExtractionError(code)
        return Extracted(**answer)  # type: ignore[arg-type]

    def _ask(self, body: bytes) -> dict[str, str | None]:
        while (process := self._idle_process()) is not None:
            if (answer := self._ask_process(process, body)) is not None:
                return answer
            if process.returncode != 0:
                return _unreadable(process)
            # else it ended, for want of pages, at the moment that this one came
        return self._ask_new(body)

    def _idle_process(self) -> "subprocess.Popen[bytes] | None":
        with suppress(IndexError):
            while True:
                process = self._idle.pop()
                if process.poll() is None:
                    return process
                _end(process)
        return None

    def _ask_new(self, body: bytes) -> dict[str, str | None]:
        process = subprocess.Popen(
            [sys.executable, "-m", "models.extraction"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=_ROOT, env={"PYTHONDONTWRITEBYTECODE": "1"},  # none of our secrets
        )  # fmt: skip
        return self._ask_process(process, body) or _unreadable(process)

    def _ask_process(self, process: "subprocess.Popen[bytes]", body: bytes) -> dict[str, str | None] | None:
        """Its answer; None where it ended instead."""
        if process.stdin is None or process.stdout is None:
            raise AssertionError("made with pipes")
        answer = None
        with suppress(BrokenPipeError):
            write_frame(process.stdin, body)
            answer = read_frame(process.stdout)
        if answer is None:
            _end(process)
            return None
        self._idle.append(process)
        found: dict[str, str | None] = orjson.loads(answer)
        return found


def _end_all(processes: list["subprocess.Popen[bytes]"]) -> None:
    while processes:
        _end(processes.pop())


def _unreadable(process: "subprocess.Popen[bytes]") -> dict[str, str | None]:
    _log.warning("extraction_ended", status=process.returncode)
    return {"code": "html_unreadable"}


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
