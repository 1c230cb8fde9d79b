"""The client for ordinary code."""

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self, Unpack, cast

import httpx2

from obelus_client import calls
from obelus_client.calls import Call, with_text
from obelus_client.errors import ConnectionFailedError
from obelus_client.retries import Retries
from obelus_client.shapes import (
    Article,
    ArticleFields,
    ArticleFilter,
    ArticleSummary,
    Decision,
    DecisionFields,
    Decisions,
    Endpoint,
    EndpointFields,
    Key,
    KeyChange,
    KeyFields,
    NewArticle,
    OffsetUnit,
    Organisation,
    OrganisationFilter,
    Refused,
    Taken,
)
from obelus_client.waiting import Waiting


class Client:
    """Talks to one service with one key; may be used by several threads. Each method raises ObelusError."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        retries: Retries | None = None,
        timeout_seconds: float = 60.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        made = calls.options(key, timeout_seconds=timeout_seconds)
        self._http = httpx2.Client(base_url=base_url, transport=transport, **made)
        self._retries = retries or Retries()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # --- articles ---------------------------------------------------------------------------------

    def submit(
        self,
        text: str | None = None,
        *,
        html: str | None = None,
        wait_seconds: int = 0,
        idempotency_key: str | None = None,
        **fields: Unpack[ArticleFields],
    ) -> Article:
        """Send one article: exactly one of *text* and *html*. Sent again, however often, it is one article.

        With *wait_seconds* (30 at most) the answer has the report where the article is read in time.
        """
        article = with_text(fields, text, html)
        return cast(
            "Article", self._json(calls.submit(article, wait_seconds=wait_seconds, idempotency_key=idempotency_key))
        )

    def submit_batch(
        self, articles: Sequence[NewArticle], *, idempotency_key: str | None = None
    ) -> list[Taken | Refused]:
        """Send up to 100; one answer each, in order. One that is refused has the key ``error``."""
        body = self._json(calls.submit_batch(articles, idempotency_key=idempotency_key))
        return cast("list[Taken | Refused]", body["articles"])

    def get(self, article_id: str, *, offset_unit: OffsetUnit = "code_point") -> Article:
        call = Call("GET", calls.of_article(article_id), {"offset_unit": offset_unit})
        return cast("Article", self._json(call))

    def wait(
        self, article_id: str, *, timeout_seconds: float = 60.0, offset_unit: OffsetUnit = "code_point"
    ) -> Article:
        """The article once it is read, or could not be; WaitTimeoutError."""
        waiting = Waiting(article_id, timeout_seconds)
        while (article := self.get(article_id, offset_unit=offset_unit))["state"] == "queued":
            time.sleep(waiting.pause())
        return article

    def list(self, *, page_size: int = 100, **wanted: Unpack[ArticleFilter]) -> Iterator[ArticleSummary]:
        """All that fit, newest first, a page at a time."""
        return cast("Iterator[ArticleSummary]", self._pages("/v1/articles", {**wanted, "limit": page_size}))

    def labelled(
        self, article_id: str, *, jurisdiction: str | None = None, output: Literal["text", "html"] = "text"
    ) -> str:
        """The text with every marker and footnote that is due there."""
        query = {"jurisdiction": jurisdiction, "format": output}
        return self._send(Call("GET", calls.of_article(article_id, "/labelled"), query)).text

    def delete(self, article_id: str) -> None:
        """Erase the words; ids, scores and audit stay."""
        self._send(Call("DELETE", calls.of_article(article_id)))

    def decide(self, article_id: str, **decision: Unpack[DecisionFields]) -> Decision:
        call = Call("POST", calls.of_article(article_id, "/decisions"), body=decision, may_repeat=False)
        return cast("Decision", self._json(call))

    def decisions(self, article_id: str) -> Decisions:
        return cast("Decisions", self._json(Call("GET", calls.of_article(article_id, "/decisions")))["data"])

    # --- organisations and endpoints --------------------------------------------------------------

    def organisations(self, *, page_size: int = 100, **wanted: Unpack[OrganisationFilter]) -> Iterator[Organisation]:
        """Who is listed by whom; the closest names first."""
        return cast("Iterator[Organisation]", self._pages("/v1/organisations", {**wanted, "limit": page_size}))

    def organisation(self, organisation_id: str) -> Organisation:
        return cast("Organisation", self._json(Call("GET", calls.of_organisation(organisation_id))))

    def endpoints(self, *, page_size: int = 100) -> Iterator[Endpoint]:
        return cast("Iterator[Endpoint]", self._pages("/v1/endpoints", {"limit": page_size}))

    def create_endpoint(self, url: str, **fields: Unpack[EndpointFields]) -> Endpoint:
        """The answer holds the ``secret``, this once."""
        call = Call("POST", "/v1/endpoints", body={"url": url, **fields}, may_repeat=False)
        return cast("Endpoint", self._json(call))

    def delete_endpoint(self, endpoint_id: str) -> None:
        self._send(Call("DELETE", calls.of_endpoint(endpoint_id)))

    def rotate_secret(self, endpoint_id: str) -> Endpoint:
        call = Call("POST", calls.of_endpoint(endpoint_id, "/rotate-secret"), may_repeat=False)
        return cast("Endpoint", self._json(call))

    # --- keys, for admins -------------------------------------------------------------------------

    def keys(self, *, page_size: int = 100) -> Iterator[Key]:
        """All of them, newest first, the revoked ones too."""
        return cast("Iterator[Key]", self._pages("/v1/keys", {"limit": page_size}))

    def create_key(self, name: str, **fields: Unpack[KeyFields]) -> Key:
        """The answer holds the ``key``, this once."""
        call = Call("POST", "/v1/keys", body={"name": name, **fields}, may_repeat=False)
        return cast("Key", self._json(call))

    def key(self, key_id: str) -> Key:
        return cast("Key", self._json(Call("GET", calls.of_key(key_id))))

    def change_key(self, key_id: str, **changes: Unpack[KeyChange]) -> Key:
        return cast("Key", self._json(Call("PATCH", calls.of_key(key_id), body=changes)))

    def rotate_key(self, key_id: str, *, grace_seconds: int | None = None) -> Key:
        """The new ``key``, this once; the one before is good for 24 h more, or for *grace_seconds*."""
        return cast("Key", self._json(calls.rotate_key(key_id, grace_seconds)))

    def revoke_key(self, key_id: str) -> None:
        """For good; its articles stay."""
        self._send(Call("DELETE", calls.of_key(key_id)))

    # --- sending ----------------------------------------------------------------------------------

    def _json(self, call: Call) -> Any:
        return self._send(call).json()

    def _pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        cursor: str | None = None
        while True:
            page = self._json(Call("GET", path, {**query, "cursor": cursor}))
            yield from page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _send(self, call: Call) -> httpx2.Response:
        tried = 0
        while True:
            outcome: httpx2.Response | httpx2.TransportError
            try:
                outcome = self._http.send(call.request(self._http))
            except httpx2.TransportError as error:
                outcome = error
            tried += 1
            pause = self._retries.pause_after(tried, outcome, may_repeat=call.may_repeat)
            if pause is not None:
                time.sleep(pause)
            elif isinstance(outcome, httpx2.Response):
                return calls.checked(outcome)
            else:
                raise ConnectionFailedError(f"{call.method}: {type(outcome).__name__}") from outcome
