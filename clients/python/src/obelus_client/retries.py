"""When to ask again, and after how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx2

Outcome: TypeAlias = httpx2.Response | httpx2.TransportError
_AGAIN = (429, 503)  # nothing was done, says the service
_STILL_RUNNING = 409  # our own earlier try with this Idempotency-Key
_GATEWAY = (502, 504)  # a proxy lost the answer: only for what may be sent twice


@dataclass(frozen=True, slots=True)
class Retries:
    """``most`` times after the first, after about 0.5 s, 1 s, 2 s … (up to ``longest_seconds``), or what
    ``Retry-After`` asks for; a service that asks for more than ``longest_seconds`` gets its way, too."""

    most: int = 4
    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    draw: Callable[[], float] = field(default=random.random, repr=False)

    def pause_after(
        self, tried: int, outcome: httpx2.Response | httpx2.TransportError, *, may_repeat: bool
    ) -> float | None:
        """Seconds to wait before the next try; None where there is none. *tried*: how often it was tried so far.

        *may_repeat*: being done twice is as good as being done once.
        """
        if tried > self.most or not self._is_passing(outcome, may_repeat=may_repeat):
            return None
        planned = min(self.longest_seconds, self.first_seconds * 2.0 ** (tried - 1))
        jittered = planned * (0.5 + self.draw() / 2)  # so that many clients do not come back at once
        asked = retry_after(outcome) if isinstance(outcome, httpx2.Response) else None
        return jittered if asked is None else asked + jittered * 0.2

    def _is_passing(self, outcome: Outcome, *, may_repeat: bool) -> bool:
        if isinstance(outcome, httpx2.TransportError):
            return may_repeat or isinstance(outcome, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        if outcome.status_code == _STILL_RUNNING:
            return retry_after(outcome) is not None and b'"still_running"' in outcome.content
        return outcome.status_code in _AGAIN or (may_repeat and outcome.status_code in _GATEWAY)


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds; None where the header is absent or a date, which we never send."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else None
