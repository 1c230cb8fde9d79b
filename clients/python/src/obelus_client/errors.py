"""What can go wrong. No error holds the text that was sent, nor the key."""

from collections.abc import Mapping
from typing import Any


class ObelusError(Exception):
    """Any of the errors below."""


class ProblemError(ObelusError):
    """The service refused: an RFC 9457 problem. ``code`` is one word of a fixed list, such as ``invalid``."""

    def __init__(
        self, status: int, body: Mapping[str, Any], *, retry_after: float | None, request_id: str | None
    ) -> None:
        self.status = status
        self.code = str(body.get("code") or f"http_{status}")
        self.title = str(body.get("title") or "The service answered without a problem.")
        self.detail = str(body.get("detail") or self.title)
        self.errors: list[dict[str, str]] = list(body.get("errors") or [])
        self.retry_after = retry_after
        self.request_id = request_id
        places = "".join(f" {error.get('pointer', '')}: {error.get('detail', '')}" for error in self.errors[:5])
        super().__init__(f"{status} {self.code}: {self.detail}{places}")


class ConnectionFailedError(ObelusError):
    """No answer, however often it was tried."""


class WaitTimeoutError(ObelusError):
    """The article still waits to be read; ``article_id`` says which. It is not lost: ask for it later."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"{article_id} has not been read yet")
        self.article_id = article_id


class WebhookError(ObelusError):
    """A webhook that must not be believed."""
