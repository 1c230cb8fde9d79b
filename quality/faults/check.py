"""What is true afterwards: of each article that was accepted, and of each request that the receiver got.

Read from the tables and from the wire, not by way of the code under test.
"""

import base64
import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text

from quality.faults.articles import Planted
from quality.faults.receivers import Received
from store.database import Database

POISONED = "3 workers died while reading it"
_MOST_NAMED = 20
_SIGNATURE_SECONDS = 300  # Standard Webhooks: what a receiver takes


@dataclass(slots=True)
class Findings:
    """Counts of what must not be, and examples of each in words."""

    counts: "Counter[str]" = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, name: str, example: str) -> None:
        self.counts[name] += 1
        if len(self.examples) < _MOST_NAMED:
            self.examples.append(f"{name}: {example}")


def check_articles(
    database: Database,
    articles: Mapping[int, Planted],
    accepted: Mapping[int, set[str]],
    cut_off: Mapping[str, int],
) -> Findings:
    """``lost``: accepted and not there, or never finished. ``wrong``: another text, no such mention, a classifier that
    failed, or given up without three deaths. ``second_rows``, ``second_results``: done twice."""
    found = Findings()
    rows = _rows_by_external_id(database)
    for number, ids in accepted.items():
        planted = articles[number]
        held = rows.get(planted.external_id, [])
        if len(ids) > 1 or len(held) > 1:
            found.add("second_rows", f"{planted.external_id} was answered with {len(ids)} ids, has {len(held)} rows")
        row = next((one for one in held if one.id in ids), None)
        if row is None or row.state == "queued":
            found.add("lost", f"{planted.external_id} is {'not there' if row is None else 'still queued'}")
        elif row.state == "failed" and row.failure == POISONED and cut_off.get(row.id, 0) >= 3:
            found.counts["failed_by_three_deaths"] += 1
        elif row.state == "failed":
            found.add("wrong", f"{planted.external_id} failed: {row.failure}")
    for external_id in rows.keys() - {articles[number].external_id for number in accepted}:
        found.add("second_rows", f"{external_id} was never accepted and is there")
    _check_reports(database, {next(iter(ids)): articles[number] for number, ids in accepted.items()}, found)
    return found


def _rows_by_external_id(database: Database) -> dict[str, list["Row[Any]"]]:
    rows = defaultdict(list)
    for row in _read(
        database, "SELECT id, external_id, state, failure FROM articles WHERE external_id LIKE 'article-%'"
    ):
        rows[row.external_id].append(row)
    return rows


def _check_reports(database: Database, planted: Mapping[str, Planted], found: Findings) -> None:
    for row in _read(database, "SELECT id, text_sha256 FROM articles WHERE state = 'classified'"):
        if row.id in planted and row.text_sha256 != planted[row.id].sha256:
            found.add("wrong", f"{planted[row.id].external_id} was read with another text")
    evidence: Counter[str] = Counter()
    for row in _read(database, "SELECT article_id, classifier, status, body FROM reports"):
        if row.article_id not in planted:
            continue
        body = json.loads(row.body) if isinstance(row.body, str) else row.body
        article = planted[row.article_id]
        if row.status != "ok":
            found.add("wrong", f"{article.external_id}: {row.classifier} failed")
        elif row.classifier == "designations" and not _names(body, article):
            found.add("wrong", f"{article.external_id}: {article.organisation} was not found where it stands")
        evidence[row.article_id] += sum(len(finding["evidence"]) for finding in body["findings"])
    stored = _read(database, "SELECT article_id, count(*) AS number FROM evidence GROUP BY article_id")
    for article_id, number in ((row.article_id, row.number) for row in stored):
        if article_id in planted and number != evidence[article_id]:
            found.add("second_results", f"{planted[article_id].external_id} has {number} rows of evidence")
    finished = (
        "SELECT article_id, count(*) AS number FROM events WHERE type IN ('article.classified', 'article.failed')"
    )
    for row in _read(database, f"{finished} GROUP BY article_id HAVING count(*) > 1"):
        found.add("second_results", f"{row.article_id} has {row.number} events")


def _names(body: Mapping[str, Any], article: Planted) -> bool:
    """Exactly the planted organisation, at its place. Scores are not compared: they may differ in the last digit."""
    mentions = body["mentions"]
    return {one["organisation"]["id"] for one in mentions} == {article.organisation} and any(
        one["start"] <= article.start and article.end <= one["end"] for one in mentions
    )


def check_events(
    database: Database, received: Iterable[Received], secret_of: Mapping[str, str], expected: Mapping[str, set[str]]
) -> Findings:
    """*secret_of*: path to secret; *expected*: path to the articles whose event must have come there.

    ``events_missing``: never answered with 2xx. ``events_unknown``: no such event in the tables, or another body.
    ``duplicates``: came again; ``duplicates_changed``: with another body. ``bad_signatures``.
    """
    found = Findings()
    rows = _read(database, "SELECT id, article_id, body FROM events WHERE type <> 'endpoint.test'")
    events = {row.id: row for row in rows}
    first: dict[tuple[str, str], bytes] = {}
    delivered: dict[str, set[str]] = defaultdict(set)
    for one in received:
        if not is_signed(one, secret_of[one.path]):
            found.add("bad_signatures", f"{one.event_id} at {one.path}")
        event = events.get(one.event_id)
        if event is None or event.body.encode() != one.body:
            found.add("events_unknown", f"{one.event_id} at {one.path}")
            continue
        if first.setdefault((one.path, one.event_id), one.body) != one.body:
            found.add("duplicates_changed", one.event_id)
        if one.was_answered:
            found.counts["duplicates"] += event.article_id in delivered[one.path]
            delivered[one.path].add(event.article_id)
    for path, article_ids in expected.items():
        for article_id in article_ids - delivered[path]:
            found.add("events_missing", f"of {article_id} at {path}")
    return found


def is_signed(one: Received, secret: str) -> bool:
    """After Standard Webhooks 1.0, by the standard library alone; a fresh timestamp belongs to it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{one.event_id}.{one.timestamp}.".encode() + one.body
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    return right in one.signature.split(" ") and abs(one.received_at - int(one.timestamp)) < _SIGNATURE_SECONDS


def _read(database: Database, query: str) -> "Iterator[Row[Any]]":
    with database.reading() as session:
        yield from session.execute(text(query)).all()
