"""One reading at a time in a process. Who has somebody waiting gets in between two sentences of a long reading."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """Turns at the reader of this process. A turn cannot be taken twice by one thread."""

    _changed: threading.Condition = field(default_factory=threading.Condition)
    _ordinary: int | None = None  # the thread that reads articles, also while it gives way
    _is_taken: bool = False
    _urgent: int = 0  # how many wait for an urgent turn
    _waiting: int = 0  # how many wait for an ordinary one
    _is_owed: bool = False  # after an urgent turn an ordinary one comes first, so that articles are read all the same

    @contextmanager
    def ordinary(self) -> Iterator[None]:
        """A turn that gives way."""
        self._take_ordinary()
        self._ordinary = threading.get_ident()
        try:
            yield
        finally:
            self._ordinary = None
            self._leave()

    @contextmanager
    def urgent(self) -> Iterator[None]:
        """A turn that comes before ordinary ones, at the latest where the one under way gives way."""
        with self._changed:
            self._urgent += 1
            try:
                self._changed.wait_for(lambda: not self._is_taken and not self._is_owed)
            finally:
                self._urgent -= 1
            self._is_taken = True
        try:
            yield
        finally:
            self._leave(is_owed=self._waiting > 0)

    def give_way(self) -> None:
        """Between two sentences: let an urgent reading take place where one waits. In an ordinary turn it does so; in
        an urgent one, or outside of any, nothing."""
        if not self._urgent or self._ordinary != threading.get_ident():
            return
        self._leave()
        self._take_ordinary()

    def _take_ordinary(self) -> None:
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._is_taken and (self._is_owed or not self._urgent))
            finally:
                self._waiting -= 1
            self._is_taken, self._is_owed = True, False

    def _leave(self, *, is_owed: bool = False) -> None:
        with self._changed:
            self._is_taken, self._is_owed = False, is_owed
            self._changed.notify_all()
