"""``python -m models.extraction``: reads pages one after another in a process that may be ended at any moment.

A frame is four bytes of length, big-endian, then JSON: in ``{"html"}``, out ``{"text", …}`` or ``{"code"}``. The
process ends itself when a page takes too long or too much memory, and when nobody has asked for a while.
"""

import resource
import select
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

import orjson

from models.extraction import ExtractionError, extract_article

LONGEST_CPU_SECONDS = 3.0
LONGEST_SECONDS = 10.0  # where others keep the machine busy
_MOST_BYTES = 1 << 30  # of address space
_IDLE_SECONDS = 300.0
_HEADER = struct.Struct(">I")


def read_frame(stream: IO[bytes]) -> bytes | None:
    """None at the end of the stream."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    (size,) = _HEADER.unpack(header)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    stream.write(_HEADER.pack(len(body)) + body)
    stream.flush()


def answer(body: bytes) -> dict[str, Any]:
    try:
        return asdict(extract_article(orjson.loads(body)["html"]))
    except ExtractionError as error:
        return {"code": error.code}
    except Exception:
        return {"code": "html_unreadable"}  # the page is at fault: what it says goes into no log


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's business; our end is that of its pipe
    with suppress(ValueError):  # macOS knows this limit and takes none
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages, answers = sys.stdin.buffer, sys.stdout.buffer
    answer(b'{"html": "<p>Loads what an extraction needs.</p>"}')
    while select.select([pages], [], [], _IDLE_SECONDS)[0]:
        body = read_frame(pages)
        if body is None:
            return
        # The signals' own action ends the process, in the midst of native code too.
        signal.setitimer(signal.ITIMER_PROF, LONGEST_CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
        made = orjson.dumps(answer(body))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        write_frame(answers, made)


if __name__ == "__main__":
    main()
