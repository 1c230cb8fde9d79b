"""Callers who want each article accepted once: no answer means "unknown", and the same key is sent again."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import httpx2

from quality.faults.articles import Planted

_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0
_WAITS_ONE_IN = 100  # articles whose caller waits for the report; killed meanwhile, its key is free after a minute
_GIVE_UP_SECONDS = 300.0  # without one answer: something is wrong with more than one process

CallbackOf = Callable[[Planted], str | None]


def no_callback(_article: Planted) -> None:
    return None


@dataclass(slots=True)
class Load:
    """What the callers know. ``accepted`` holds the ids each article was answered with: one each, or it was doubled."""

    accepted: dict[int, set[str]] = field(default_factory=dict)
    callback_secrets: dict[int, str] = field(default_factory=dict)
    answers: "Counter[str]" = field(default_factory=Counter)  # by status; "unknown: …" where none came
    seconds: list[float] = field(default_factory=list)  # of requests that were answered with 200 or 202
    failures: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, article: Planted, response: httpx2.Response, seconds: float) -> None:
        body = response.json()
        with self._lock:
            self.accepted.setdefault(article.number, set()).add(body["id"])
            self.seconds.append(seconds)
            if secret := body.get("callback_secret"):
                self.callback_secrets[article.number] = secret

    def count(self, answer: str) -> None:
        with self._lock:
            self.answers[answer] += 1


@dataclass(slots=True)
class Callers:
    """*clients* threads that send *articles*, so many *per_second* together (None: as fast as they are answered)."""

    open_client: Callable[[], httpx2.Client]
    articles: Iterable[Planted]
    clients: int = 4
    per_second: float | None = None
    callback_of: CallbackOf = no_callback
    load: Load = field(default_factory=Load)
    _threads: list[threading.Thread] = field(default_factory=list)

    def run(self) -> Load:
        self.start()
        return self.wait()

    def start(self) -> None:
        waiting = _Paced(iter(self.articles), self.per_second)
        for _ in range(self.clients):
            thread = threading.Thread(target=self._send_all, args=(waiting,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self) -> Load:
        """Until all articles are accepted or given up: those are named in ``failures``."""
        for thread in self._threads:
            thread.join()
        return self.load

    def _send_all(self, waiting: "_Paced") -> None:
        client = self.open_client()
        try:
            for article in waiting:
                client = self._send(article, client)
        except Exception as error:
            self.load.failures.append(repr(error))
        finally:
            client.close()

    def _send(self, article: Planted, client: httpx2.Client) -> httpx2.Client:
        """Until it is accepted. Returns the client to go on with: another after a failure, with a new connection."""
        body = {"text": article.text, "external_id": article.external_id}
        if (callback := self.callback_of(article)) is not None:
            body["callback_url"] = callback
        headers = {"Idempotency-Key": article.external_id}
        if article.number % _WAITS_ONE_IN == 0:
            headers["Prefer"] = "wait=2"
        ends_at = time.monotonic() + _GIVE_UP_SECONDS
        while time.monotonic() < ends_at:
            began = time.monotonic()
            try:
                response = client.post("/v1/articles", json=body, headers=headers)
            except httpx2.TransportError as error:
                self.load.count(f"unknown: {type(error).__name__}")
                client.close()
                client = self.open_client()
                time.sleep(_PAUSE_SECONDS)
                continue
            self.load.count(str(response.status_code))
            if response.status_code in (200, 202):
                self.load.note(article, response, time.monotonic() - began)
                return client
            asked = response.headers.get("Retry-After", "")
            time.sleep(min(float(asked) if asked.isdigit() else _PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS))
        self.load.failures.append(f"article {article.number} was not accepted in {_GIVE_UP_SECONDS:.0f} s")
        return client


class _Paced:
    """Shared by the callers: each takes the next article, not before its time."""

    def __init__(self, articles: Iterator[Planted], per_second: float | None) -> None:
        self._articles = articles
        self._gap = 1 / per_second if per_second else 0.0
        self._next_at = time.monotonic()
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Planted]:
        return self

    def __next__(self) -> Planted:
        with self._lock:
            article = next(self._articles)
            due, self._next_at = self._next_at, max(self._next_at + self._gap, time.monotonic() - 5 * self._gap)
        time.sleep(max(0.0, due - time.monotonic()))
        return article
