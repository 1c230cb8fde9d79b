"""How often to ask whether an article is read."""

import time

from obelus_client.errors import WaitTimeoutError

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 2.0


class Waiting:
    """Ever longer pauses until the time is up."""

    def __init__(self, article_id: str, timeout_seconds: float) -> None:
        self._article_id = article_id
        self._ends_at = time.monotonic() + timeout_seconds
        self._pause = _FIRST_SECONDS

    def pause(self) -> float:
        """Seconds until the next look; WaitTimeoutError where none is left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise WaitTimeoutError(self._article_id)
        now, self._pause = self._pause, min(_LONGEST_SECONDS, self._pause * 1.5)
        return min(now, left)
