"""One call of the API as data; the two clients differ only in how they send it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote

import httpx2

from obelus_client.errors import ProblemError
from obelus_client.retries import retry_after
from obelus_client.shapes import ArticleFields, NewArticle

VERSION = "1.0.0"
LONGEST_WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Call:
    """``may_repeat``: being done twice is as good as being done once."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    may_repeat: bool = True

    def request(self, client: httpx2.Client | httpx2.AsyncClient) -> httpx2.Request:
        given = {name: value for name, value in self.query.items() if value is not None}
        return client.build_request(self.method, self.path, params=given, json=self.body, headers=dict(self.headers))


def options(key: str, *, timeout_seconds: float) -> dict[str, Any]:
    """What both kinds of httpx2 clients are made with."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": f"obelus-client/{VERSION}"}
    return {"headers": headers, "timeout": timeout_seconds, "follow_redirects": False}


def checked(response: httpx2.Response) -> httpx2.Response:
    """The same; ProblemError where the service refused."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = {}
    raise ProblemError(
        response.status_code,
        body if isinstance(body, dict) else {},
        retry_after=retry_after(response),
        request_id=response.headers.get("X-Request-ID"),
    )


def submit(article: NewArticle, *, wait_seconds: int, idempotency_key: str | None) -> Call:
    headers = {"Idempotency-Key": idempotency_key or make_key()}
    if wait_seconds:
        headers["Prefer"] = f"wait={min(wait_seconds, LONGEST_WAIT_SECONDS)}"
    return Call("POST", "/v1/articles", body=article, headers=headers)


def submit_batch(articles: Sequence[NewArticle], *, idempotency_key: str | None) -> Call:
    headers = {"Idempotency-Key": idempotency_key or make_key()}
    return Call("POST", "/v1/articles/batch", body={"articles": list(articles)}, headers=headers)


def make_key() -> str:
    return f"oc-{secrets.token_hex(16)}"


def of_article(article_id: str, rest: str = "") -> str:
    return f"/v1/articles/{quote(article_id, safe='')}{rest}"


def of_organisation(organisation_id: str) -> str:
    return f"/v1/organisations/{quote(organisation_id, safe='')}"


def of_endpoint(endpoint_id: str, rest: str = "") -> str:
    return f"/v1/endpoints/{quote(endpoint_id, safe='')}{rest}"


def of_key(key_id: str, rest: str = "") -> str:
    return f"/v1/keys/{quote(key_id, safe='')}{rest}"


def rotate_key(key_id: str, grace_seconds: int | None) -> Call:
    return Call("POST", of_key(key_id, "/rotate"), {"grace_seconds": grace_seconds}, may_repeat=False)


def with_text(fields: ArticleFields, text: str | None, html: str | None) -> NewArticle:
    given = {"text": text, "html": html}
    return cast("NewArticle", {**{name: value for name, value in given.items() if value is not None}, **fields})
