"""Articles come in while everything is killed at random; then all of them are looked for."""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from quality.faults import articles, check, faults
from quality.faults.articles import Planted
from quality.faults.check import Findings
from quality.faults.expectations import RESUME_SECONDS
from quality.faults.figures import describe_seconds
from quality.faults.load import Callers, Load
from quality.faults.receivers import HostileReceiver, Receiver, hostile_receivers
from quality.faults.resume import LeaseWatch
from quality.faults.stack import Installation, running
from store.database import Database

HOOK = "/hook"
_CALLBACK_ONE_IN = 10
_HOSTILE_ONE_IN = 20
_MOST_LATE = 10
_ACCEPTING_SHARE = 0.8  # of the time in which faults happen: some also meet only reading and delivering
_NEVER = ("lost", "wrong", "second_rows", "second_results", "events_missing", "events_unknown",
          "duplicates_changed", "bad_signatures")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How much. ``drain_seconds``: how long all may take to be finished and delivered after the last fault."""

    articles: int
    kills: int
    every_seconds: float  # between two faults, on average
    drain_seconds: float
    database: str = "sqlite"
    seed: int = 20261124
    kills_database: bool = False


def run(plan: Plan) -> dict[str, Any]:
    """One run, as figures."""
    planned = faults.plan(
        plan.kills, seed=plan.seed, killed=(*faults.KILLED, "postgresql") if plan.kills_database else faults.KILLED
    )
    planted = {number: articles.plant(number, seed=plan.seed) for number in range(1, plan.articles + 1)}
    with (
        closing(Receiver()) as receiver,
        hostile_receivers() as hostile,
        running(database=plan.database, OBELUS_CLASSIFY_WORKERS="2", OBELUS_DELIVER_WORKERS="2") as installation,
    ):
        database = installation.open_database()
        try:
            return _Run(plan, installation, database, receiver, hostile).measure(planned, planted)
        finally:
            database.dispose()


@dataclass(slots=True)
class _Run:
    plan: Plan
    installation: Installation
    database: Database
    receiver: Receiver
    hostile: Mapping[str, HostileReceiver]

    def measure(self, planned: list[faults.Fault], planted: dict[int, Planted]) -> dict[str, Any]:
        secret = subscribe(self.installation, self.receiver.base_url + HOOK)
        watch = LeaseWatch(self.database)
        saboteur = faults.Saboteur(self.installation, watch, self.plan.seed)
        accepting_seconds = len(planned) * self.plan.every_seconds * _ACCEPTING_SHARE
        callers = Callers(
            self.installation.client,
            planted.values(),
            per_second=self.plan.articles / accepting_seconds,
            callback_of=self._callback_of,
        )
        began = time.monotonic()
        watch.start()
        callers.start()
        saboteur.run(planned, every_seconds=self.plan.every_seconds)
        saboteur.end()
        sabotaged_seconds = time.monotonic() - began
        load = callers.wait()
        drained_seconds = self._drain()
        watch.wait(RESUME_SECONDS)
        resume = watch.stop()
        found = self._check(planted, load, watch, secret)
        return {
            "database": self.plan.database,
            "seed": self.plan.seed,
            "articles": self.plan.articles,
            "accepted": len(load.accepted),
            **{name: found.counts[name] for name in _NEVER},
            "failed_by_three_deaths": found.counts["failed_by_three_deaths"],
            "requests_received": len(self.receiver.received),
            "duplicates": found.counts["duplicates"],
            "kills": {"planned": self.plan.kills, "all": saboteur.done["kill"].total(), **saboteur.done["kill"]},
            "pauses": dict(saboteur.done["pause"]),
            "redis_faults": dict(saboteur.done["redis"]),
            "receiver_trouble": dict(self.receiver.trouble),
            "hostile_connections": {name: one.connections for name, one in self.hostile.items()},
            "client": {
                "answers": dict(sorted(load.answers.items())),
                "failures": load.failures[:10],
                "seconds": describe_seconds(load.seconds),
            },
            "resume_seconds": resume,
            "taken_up_late": [
                {
                    "what": one.table,
                    "seconds": round(one.seconds, 1),
                    "meanwhile": saboteur.during(one.killed_at, one.seconds),
                }
                for one in sorted(watch.taken_up, key=lambda one: -one.seconds)[:_MOST_LATE]
                if one.seconds > RESUME_SECONDS
            ],
            "sabotaged_seconds": round(sabotaged_seconds, 1),
            "drained_seconds": drained_seconds,
            "examples": found.examples,
            "unexpected_errors": self.installation.unexpected_errors()[:10],  # what stands behind answers of 500
        }

    def _callback_of(self, article: Planted) -> str | None:
        """Some articles have a receiver of their own, of which a few mean harm."""
        if article.number % _HOSTILE_ONE_IN == 1:
            kinds = list(self.hostile.values())
            return kinds[article.number // _HOSTILE_ONE_IN % len(kinds)].url
        return self._own_url(article) if article.number % _CALLBACK_ONE_IN == 0 else None

    def _own_url(self, article: Planted) -> str:
        return f"{self.receiver.base_url}/callback/{article.number}"

    def _drain(self) -> float:
        """Seconds until nothing is queued and nothing for the well-meaning receiver is pending."""
        began = time.monotonic()
        while time.monotonic() - began < self.plan.drain_seconds:
            self.installation.check()
            try:
                with self.database.reading() as session:
                    queued = session.scalar(text("SELECT count(*) FROM articles WHERE state = 'queued'"))
                    pending = session.scalar(
                        text(
                            "SELECT count(*) FROM deliveries JOIN endpoints ON endpoints.id = deliveries.endpoint_id"
                            " WHERE deliveries.state = 'pending' AND endpoints.url LIKE :ours"
                        ),
                        {"ours": self.receiver.base_url + "%"},
                    )
            except SQLAlchemyError:
                queued, pending = None, None  # just killed
            if (queued, pending) == (0, 0):
                break
            time.sleep(0.5)
        return round(time.monotonic() - began, 1)

    def _check(self, planted: dict[int, Planted], load: Load, watch: LeaseWatch, secret: str) -> Findings:
        found = check.check_articles(self.database, planted, load.accepted, watch.cut_off)
        ids = {number: next(iter(held)) for number, held in load.accepted.items()}
        own = {f"/callback/{number}": number for number in ids if number % _CALLBACK_ONE_IN == 0}
        events = check.check_events(
            self.database,
            self.receiver.received,
            {HOOK: secret, **{path: load.callback_secrets.get(number, "") for path, number in own.items()}},
            {HOOK: set(ids.values()), **{path: {ids[number]} for path, number in own.items()}},
        )
        return Findings(found.counts + events.counts, found.examples + events.examples)


def subscribe(installation: Installation, url: str) -> str:
    """An endpoint for what becomes of articles. Returns its secret."""
    with installation.client() as client:
        answer = client.post("/v1/endpoints", json={"url": url, "events": ["article.classified", "article.failed"]})
        answer.raise_for_status()
        return str(answer.json()["secret"])
