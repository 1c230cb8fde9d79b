"""The client for code that runs in asyncio; the same methods as Client."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
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


class AsyncClient:
    """Talks to one service with one key; may be used by several tasks. Each method raises ObelusError."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        retries: Retries | None = None,
        timeout_seconds: float = 60.0,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        made = calls.options(key, timeout_seconds=timeout_seconds)
        self._http = httpx2.AsyncClient(base_url=base_url, transport=transport, **made)
        self._retries = retries or Retries()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    # --- articles ---------------------------------------------------------------------------------

    async def submit(
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
            "Article",
            await self._json(calls.submit(article, wait_seconds=wait_seconds, idempotency_key=idempotency_key)),
        )

    async def submit_batch(
        self, articles: Sequence[NewArticle], *, idempotency_key: str | None = None
    ) -> list[Taken | Refused]:
        """Send up to 100; one answer each, in order. One that is refused has the key ``error``."""
        body = await self._json(calls.submit_batch(articles, idempotency_key=idempotency_key))
        return cast("list[Taken | Refused]", body["articles"])

    async def get(self, article_id: str, *, offset_unit: OffsetUnit = "code_point") -> Article:
        return cast(
            "Article", await self._json(Call("GET", calls.of_article(article_id), {"offset_unit": offset_unit}))
        )

    async def wait(
        self, article_id: str, *, timeout_seconds: float = 60.0, offset_unit: OffsetUnit = "code_point"
    ) -> Article:
        """The article once it is read, or could not be; WaitTimeoutError."""
        waiting = Waiting(article_id, timeout_seconds)
        while (article := await self.get(article_id, offset_unit=offset_unit))["state"] == "queued":
            await asyncio.sleep(waiting.pause())
        return article

    def list(self, *, page_size: int = 100, **wanted: Unpack[ArticleFilter]) -> AsyncIterator[ArticleSummary]:
        """All that fit, newest first, a page at a time."""
        return cast("AsyncIterator[ArticleSummary]", self._pages("/v1/articles", {**wanted, "limit": page_size}))

    async def labelled(
        self, article_id: str, *, jurisdiction: str | None = None, output: Literal["text", "html"] = "text"
    ) -> str:
        """The text with every marker and footnote that is due there."""
        query = {"jurisdiction": jurisdiction, "format": output}
        return (await self._send(Call("GET", calls.of_article(article_id, "/labelled"), query))).text

    async def delete(self, article_id: str) -> None:
        """Erase the words; ids, scores and audit stay."""
        await self._send(Call("DELETE", calls.of_article(article_id)))

    async def decide(self, article_id: str, **decision: Unpack[DecisionFields]) -> Decision:
        call = Call("POST", calls.of_article(article_id, "/decisions"), body=decision, may_repeat=False)
        return cast("Decision", await self._json(call))

    async def decisions(self, article_id: str) -> Decisions:
        return cast(
            "list[Decision]", (await self._json(Call("GET", calls.of_article(article_id, "/decisions"))))["data"]
        )

    # --- organisations and endpoints --------------------------------------------------------------

    def organisations(
        self, *, page_size: int = 100, **wanted: Unpack[OrganisationFilter]
    ) -> AsyncIterator[Organisation]:
        """Who is listed by whom; the closest names first."""
        return cast("AsyncIterator[Organisation]", self._pages("/v1/organisations", {**wanted, "limit": page_size}))

    async def organisation(self, organisation_id: str) -> Organisation:
        return cast("Organisation", await self._json(Call("GET", calls.of_organisation(organisation_id))))

    def endpoints(self, *, page_size: int = 100) -> AsyncIterator[Endpoint]:
        return cast("AsyncIterator[Endpoint]", self._pages("/v1/endpoints", {"limit": page_size}))

    async def create_endpoint(self, url: str, **fields: Unpack[EndpointFields]) -> Endpoint:
        """The answer holds the ``secret``, this once."""
        call = Call("POST", "/v1/endpoints", body={"url": url, **fields}, may_repeat=False)
        return cast("Endpoint", await self._json(call))

    async def delete_endpoint(self, endpoint_id: str) -> None:
        await self._send(Call("DELETE", calls.of_endpoint(endpoint_id)))

    async def rotate_secret(self, endpoint_id: str) -> Endpoint:
        call = Call("POST", calls.of_endpoint(endpoint_id, "/rotate-secret"), may_repeat=False)
        return cast("Endpoint", await self._json(call))

    # --- keys, for admins -------------------------------------------------------------------------

    def keys(self, *, page_size: int = 100) -> AsyncIterator[Key]:
        """All of them, newest first, the revoked ones too."""
        return cast("AsyncIterator[Key]", self._pages("/v1/keys", {"limit": page_size}))

    async def create_key(self, name: str, **fields: Unpack[KeyFields]) -> Key:
        """The answer holds the ``key``, this once."""
        call = Call("POST", "/v1/keys", body={"name": name, **fields}, may_repeat=False)
        return cast("Key", await self._json(call))

    async def key(self, key_id: str) -> Key:
        return cast("Key", await self._json(Call("GET", calls.of_key(key_id))))

    async def change_key(self, key_id: str, **changes: Unpack[KeyChange]) -> Key:
        return cast("Key", await self._json(Call("PATCH", calls.of_key(key_id), body=changes)))

    async def rotate_key(self, key_id: str, *, grace_seconds: int | None = None) -> Key:
        """The new ``key``, this once; the one before is good for 24 h more, or for *grace_seconds*."""
        return cast("Key", await self._json(calls.rotate_key(key_id, grace_seconds)))

    async def revoke_key(self, key_id: str) -> None:
        """For good; its articles stay."""
        await self._send(Call("DELETE", calls.of_key(key_id)))

    # --- sending ----------------------------------------------------------------------------------

    async def _json(self, call: Call) -> Any:
        return (await self._send(call)).json()

    async def _pages(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Any]:
        cursor: str | None = None
        while True:
            page = await self._json(Call("GET", path, {**query, "cursor": cursor}))
            for item in page["data"]:
                yield item
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def _send(self, call: Call) -> httpx2.Response:
        tried = 0
        while True:
            outcome: httpx2.Response | httpx2.TransportError
            try:
                outcome = await self._http.send(call.request(self._http))
            except httpx2.TransportError as error:
                outcome = error
            tried += 1
            pause = self._retries.pause_after(tried, outcome, may_repeat=call.may_repeat)
            if pause is not None:
                await asyncio.sleep(pause)
            elif isinstance(outcome, httpx2.Response):
                return calls.checked(outcome)
            else:
                raise ConnectionFailedError(f"{call.method}: {type(outcome).__name__}") from outcome
