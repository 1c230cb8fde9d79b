"""Ends the process when a reading hangs, also in a native call that holds the GIL.

A Python thread cannot: it would wait for the GIL like all others (a regular expression that backtracks for hours
holds it throughout). `faulthandler` counts the time in a thread of C.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2  # its number, which stays where sys.stderr is replaced
_armed: list[float] = []  # seconds of the blocks we are in, the innermost last


@contextmanager
def ends_process_after(seconds: float) -> Iterator[None]:
    """Past *seconds* inside the block the process ends with status 1, and where each thread stood is on stderr: files,
    functions and lines, no values.

    A block may lie within another, also in another thread that meanwhile waits: the outer one's time begins anew
    after it. Blocks that only overlap are not told apart: let one reading at a time take place (`Turns`)."""
    _armed.append(seconds)
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)
    try:
        yield
    finally:
        _armed.pop()
        if _armed:
            faulthandler.dump_traceback_later(_armed[-1], exit=True, file=_STDERR)
        else:
            faulthandler.cancel_dump_traceback_later()
