"""``python -m quality.speed.interactive``: how long a caller waits for a short text, alone and beside waiting articles.

Starts what ``make run`` starts, on SQLite and one classify worker. The figures mean something on a machine that does
nothing else: its load is printed with them. Redis is reached through the proxy of `quality.faults`, which costs each
trip a little.
"""

import argparse
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
from sqlalchemy import func, select

from quality.faults.stack import ROOT, Installation, running
from store.database import Database
from store.tables import ArticleRow

SHORT = (
    "I will come back tomorrow and burn this house down.",
    "The mayor opened a new bridge over the river on Tuesday.",
    "Вы ещё пожалеете об этом, мы вас всех найдём.",
    "Погода на выходных будет тёплой и сухой.",
)
_SAMPLES = ("islamic_state_retreat.txt", "islamic_state_retreat.ru.txt")
_ORDINARY, _LONG = 2_500, 20_000  # code points of an article, and of one in twenty
_SHARE_LONG = 0.05
_GAP_SECONDS = 0.05  # the mean, drawn anew each time, so that requests meet every moment of a batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=300, help="of each way, alone and beside the articles")
    parser.add_argument("--waiting", type=int, default=1_000, help="articles that wait meanwhile")
    options = parser.parse_args()
    print(json.dumps(measure(options.requests, options.waiting), indent=1))


def measure(requests: int, waiting: int) -> dict[str, Any]:
    """Milliseconds by way of asking. RuntimeError where fewer than half of *waiting* are left while it is measured."""
    figures: dict[str, Any] = {"load_before": os.getloadavg()[0], "waiting": waiting, "requests": requests}
    with running(OBELUS_MAX_WAITING="0") as installation, installation.client(timeout_seconds=40) as client:
        database = installation.open_database()
        try:
            for name, ask in _WAYS.items():
                _measure(ask, installation, client, 20)  # the first ones open connections and files
                figures[name] = {"alone": _measure(ask, installation, client, requests)}
            crowd = _texts(waiting)
            _send(client, crowd, waiting)
            for name, ask in _WAYS.items():
                before = _count_finished(database)
                began = time.monotonic()
                figures[name]["beside"] = _measure(ask, installation, client, requests)
                read = _count_finished(database) - before
                figures[name]["articles_per_second_meanwhile"] = round(read / (time.monotonic() - began), 1)
                if (left := _count_waiting(database)) < waiting / 2:
                    raise RuntimeError(f"only {left} articles wait any more: take fewer requests")
                _send(client, crowd, waiting - left)
        finally:
            database.dispose()
    figures["load_after"] = os.getloadavg()[0]
    return figures


Ask = Callable[[Installation, httpx2.Client, str], httpx2.Response]


def _ask_openai(_installation: Installation, client: httpx2.Client, text: str) -> httpx2.Response:
    return client.post("/compat/openai/v1/moderations", json={"input": text})


def _ask_perspective(installation: Installation, client: httpx2.Client, text: str) -> httpx2.Response:
    body = {"comment": {"text": text}, "requestedAttributes": {"THREAT": {}}, "doNotStore": True}
    key = {"key": installation.api_key}
    return client.post("/compat/perspective/v1alpha1/comments:analyze", params=key, json=body)


def _ask_and_wait(_installation: Installation, client: httpx2.Client, text: str) -> httpx2.Response:
    return client.post("/v1/articles", json={"text": text}, headers={"Prefer": "wait=20"})


_WAYS: dict[str, Ask] = {"openai": _ask_openai, "perspective": _ask_perspective, "prefer_wait": _ask_and_wait}


def _measure(ask: Ask, installation: Installation, client: httpx2.Client, count: int) -> dict[str, float]:
    seconds = []
    for number in range(count):
        time.sleep(random.expovariate(1 / _GAP_SECONDS))
        began = time.monotonic()
        response = ask(installation, client, f"{SHORT[number % len(SHORT)]} {number}")
        seconds.append(time.monotonic() - began)
        if response.status_code != 200:
            raise RuntimeError(f"{response.status_code}: {response.text}")
    ranked = sorted(seconds)
    print(f"{ask.__name__} median {ranked[count // 2]:.3f} s", file=sys.stderr, flush=True)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(ranked[min(count - 1, int(count * share))] * 1000, 1) for name, share in at.items()}


def _texts(seed: int) -> Iterator[str]:
    """Articles of ordinary length and some long ones; no two sentences are the same, for equal ones are read once."""
    draw = random.Random(seed)
    folder = ROOT / "models" / "samples"
    sentences = [re.split(r"(?<=[.!?])\s+", (folder / name).read_text("utf-8")) for name in _SAMPLES]
    number = 0
    while True:
        size = _LONG if draw.random() < _SHARE_LONG else _ORDINARY
        written: list[str] = []
        chosen = draw.choice(sentences)
        while sum(map(len, written)) < size:
            number += 1
            written.append(f"{draw.choice(chosen).rstrip('.')} {number}.")
        yield " ".join(written)


def _send(client: httpx2.Client, texts: Iterator[str], count: int) -> None:
    for _ in range(count):
        response = client.post("/v1/articles", json={"text": next(texts)})
        if response.status_code != 202:
            raise RuntimeError(f"{response.status_code}: {response.text}")


def _count_waiting(database: Database) -> int:
    return _count(database, "queued")


def _count_finished(database: Database) -> int:
    return _count(database, "classified")


def _count(database: Database, state: str) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow).where(ArticleRow.state == state)) or 0


if __name__ == "__main__":
    main()
