"""What many threads ask for at the same time is done in one go: one commit, or one trip, for all of them.

Whoever comes while nothing is being done begins at once, alone. Who comes meanwhile waits and goes with the next lot,
which one of them does for all (Hendler, Incze, Shavit and Tzafrir, "Flat combining", 2010; databases call it group
commit). So nobody waits for company, and the busier it is, the larger the lots.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")
_MOST = 64  # of a lot: its first one waits for all


@dataclass(slots=True)
class _Call(Generic[Item, Result]):
    """One thread's wish. ``turn`` opens when it is done, or when this thread is to do the next lot."""

    item: Item
    turn: threading.Lock = field(default_factory=threading.Lock)
    result: Result | None = None
    error: Exception | None = None
    is_done: bool = False


class Together(Generic[Item, Result]):
    """*do* answers the items of a lot in their order; what it raises is raised to all of the lot."""

    def __init__(self, do: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._do = do
        self._waiting: list[_Call[Item, Result]] = []
        self._is_busy = False
        self._changing = threading.Lock()

    def __call__(self, item: Item) -> Result:
        call: _Call[Item, Result] = _Call(item)
        call.turn.acquire()
        with self._changing:
            self._waiting.append(call)
            leads, self._is_busy = not self._is_busy, True
        if not leads:
            call.turn.acquire()
        if not call.is_done:
            self._lead()
        if call.error is not None:
            raise call.error
        return cast("Result", call.result)

    def _lead(self) -> None:
        """Do a lot, in which this thread's own call is the first; then let the first of the next one lead."""
        with self._changing:
            lot, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            for call, result in zip(lot, self._do([call.item for call in lot]), strict=True):
                call.result = result
        except Exception as error:
            for call in lot:
                call.error = error
        finally:
            with self._changing:
                following = self._waiting[0] if self._waiting else None
                self._is_busy = following is not None
            if following is not None:
                following.turn.release()
            for call in lot[1:]:  # the first one is this thread
                call.is_done = True
                call.turn.release()
