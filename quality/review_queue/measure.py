"""``python -m quality.review_queue.measure [--articles N] [--url URL]``: times of the queue's queries.

Makes a database of its own with N articles (200,000 by default; texts of 40 words drawn by Zipf's law, 300 sources, the
labels' frequencies falling, a fifth of all waiting) and asks each query five times. Prints medians in milliseconds: by
the clock, and of the processor for this process (SQLite's work too), which other work on the machine disturbs less.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from store import clock, keys, review_claims, review_queue
from store.bootstrap import migrate
from store.database import Database, open_database
from store.policy import LABELS
from store.review_queue import QueueFilter
from store.review_tables import JudgementRow
from store.reviews import FINDING_LABELS
from store.tables import ArticleLabelRow, ArticleOrganisationRow, ArticleRow, DecisionRow

_BATCH = 2_000
_SPACING_MS = 60_000
_JUDGED = tuple(FINDING_LABELS["violence"])
_WORDS = [f"{'слово' if number % 2 else 'word'}{number}" for number in range(20_000)]
_WEIGHTS = [1 / (number + 1) for number in range(len(_WORDS))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--url", help="an empty database; a SQLite file of its own if absent")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(given.url or f"sqlite:///{Path(folder) / 'queue.sqlite3'}")
        began = time.monotonic()
        migrate(database)
        _fill(database, given.articles)
        print(f"{given.articles} articles in {time.monotonic() - began:.0f} s, {database.engine.dialect.name}")
        if database.engine.dialect.name == "postgresql":
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        for name, run in _queries().items():
            clock_ms, processor_ms = _median_ms(database, run)
            print(f"{name:45} {clock_ms:8.1f} ms {processor_ms:8.1f} ms", flush=True)
        database.dispose()


def _fill(database: Database, number: int) -> None:
    chance = random.Random(8)
    with database.writing() as session:
        key_id = keys.add_key(session, "a key for the measurement", name="measure", scopes=["submit"]).id
    begin = time.time_ns() // 1_000_000 - number * _SPACING_MS
    rows = _articles(chance, key_id, begin, number)
    while batch := list(islice(rows, _BATCH)):
        with database.writing() as session:
            session.execute(insert(ArticleRow), batch)
            session.execute(
                insert(ArticleLabelRow),
                [{"label": label, "article_id": row["id"]} for row in batch for label in row["labels"]],
            )
            named = [
                {"organisation_id": f"organisation-{int(chance.paretovariate(0.7)) % 370}", "article_id": row["id"]}
                for row in batch
            ]
            session.execute(insert(ArticleOrganisationRow), named)
            decided = [_decision(chance, row) for row in batch if row["review_state"] == "closed"]
            session.execute(insert(DecisionRow), decided)
            judged = [
                {"decision_id": row["id"], "article_id": row["article_id"], "finding": name, "value": value}
                | {"label": chance.choice(_JUDGED), "reviewers": 1}
                for row in decided
                for name, value in row["findings"].items()
            ]
            session.execute(insert(JudgementRow), judged)


def _articles(chance: random.Random, key_id: str, begin: int, number: int) -> Iterator[dict[str, Any]]:
    labels = tuple(LABELS)
    for index in range(number):
        state = chance.choices(("open", "escalated", "closed", "not_needed"), (18, 2, 30, 50))[0]
        yield {
            "id": f"art_{begin + index * _SPACING_MS:012x}{chance.getrandbits(80):020x}",
            "api_key_id": key_id,
            "state": chance.choices(("classified", "failed"), (995, 5))[0],
            "text": " ".join(chance.choices(_WORDS, _WEIGHTS, k=40)),
            "title": f"Article {index}",
            "source": f"source-{min(299, int(chance.paretovariate(0.8)))}",
            "language": chance.choices(("en", "ru", "de"), (60, 39, 1))[0],
            "created_at": clock.now() - timedelta(minutes=number - index),
            "review_state": state,
            "action": chance.choices(("allow", "label", "review", "block"), (50, 30, 19, 1))[0],
            "labels": [label for place, label in enumerate(labels) if chance.random() < 0.6 / (place + 1) ** 2],
            "deaths": 0,
            "severity": (severity := chance.randrange(8)),
            "severity_rank": 7 - severity,
            "certainty": round(chance.random(), 4),
        }


def _decision(chance: random.Random, article: dict[str, Any]) -> dict[str, Any]:
    """Of a closed article: most actions are alike, a few block; of each one finding is judged."""
    return {
        "id": article["id"].replace("art_", "dec_"),
        "article_id": article["id"],
        "reviewer": "usr_1",
        "action": chance.choices(("label", "allow", "block", None), (60, 30, 1, 9))[0],
        "findings": {"violence/0": chance.choices(("upheld", "overturned", "unsure"), (90, 9, 1))[0]},
        "created_at": article["created_at"],
    }


def _queries() -> dict[str, Callable[[Session], object]]:
    def page(order: str = "severity", **wanted: Any) -> Callable[[Session], object]:
        return lambda session: review_queue.list_queue(session, QueueFilter(**wanted), order=order, limit=25)

    def deep(session: Session) -> object:
        return review_queue.list_queue(session, QueueFilter(), order="severity", limit=25, after="3/art_019000000000")

    rare, week = tuple(LABELS)[-1], clock.now() - timedelta(days=7)
    return {
        "open by severity": page(),
        "open by severity, far behind": deep,
        "open by uncertainty": page("uncertainty"),
        "open, oldest": page("oldest"),
        "all, newest": page("newest", state=None),
        "closed by severity": page(state="closed"),
        "a frequent label": page(label="violence"),
        "a rare label": page(label=rare),
        "a rare label of the closed": page(state="closed", label=rare),
        "a frequent source": page(source="source-1"),
        "a rare source": page(source="source-200"),
        "a frequent language": page(language="en"),
        "a rare language": page(language="de"),
        "a frequent organisation": page(organisation="organisation-1"),
        "a rare organisation": page(organisation="organisation-300"),
        "a day": page(since=clock.now() - timedelta(days=1)),
        "label, source, language and month": page(
            label="violence", source="source-2", language="ru", since=clock.now() - timedelta(days=30)
        ),
        "failed, of a week": page("newest", state=None, reading="failed", since=week),
        "read, of a day": page("newest", state=None, reading="classified", since=week + timedelta(days=6)),
        "a frequent action": page("newest", state=None, action="allow"),
        "a rare action": page("newest", state=None, action="block"),
        "a frequent decision": page("newest", state=None, decision="label"),
        "a rare decision": page("newest", state=None, decision="block", decided_since=week),
        "a frequent judgement": page("newest", state=None, judged="upheld", decided_since=week),
        "a rare judgement": page("newest", state=None, judged="unsure", finding=_JUDGED[0], decided_since=week),
        "compared judgements": page("newest", state=None, judged="compared"),
        "nobody's": page(assignee="nobody"),
        "a frequent word": page(text="word0"),
        "a rare word": page(text="слово15001"),
        "two words": page(text="word2 word40"),
        "counts": review_queue.count_states,
        "claim the next": lambda session: review_claims.claim_next(
            session, QueueFilter(free_for="usr_1"), order="severity", user_id="usr_1"
        ),
    }


def _median_ms(database: Database, run: Callable[[Session], object]) -> tuple[float, float]:
    by_clock, by_processor = [], []
    for _ in range(5):
        with database.writing() as session:
            began, used = time.perf_counter(), time.process_time()
            run(session)
            by_processor.append((time.process_time() - used) * 1000)
            by_clock.append((time.perf_counter() - began) * 1000)
    return statistics.median(by_clock), statistics.median(by_processor)


if __name__ == "__main__":
    main()
