"""Pages and queries among a million articles: each is measured, and the frozen figures are as they must be."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import request

from quality.review_queue.__main__ import RESULTS, find_slow
from quality.review_queue.asks import find_sample, make_app, make_asks
from quality.review_queue.fill import fill
from store.database import open_database

# Pages of who is not signed in, of one bulk action, a stream without an end: none of them reads what grows.
NOT_MEASURED = {"sign_in", "sign_in_code", "choose_password", "bulk", "live", "static", "unknown"}
WALK_MS = 90  # of PostgreSQL, which puts some of them in order (81 is the most seen); SQLite takes a quarter


def test_every_page_is_measured_and_whatever_is_measured_answers(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'rows.sqlite3'}")
    fill(database, 600)
    app = make_app(database, tmp_path)
    asked: set[str | None] = set()
    app.before_request(lambda: asked.add(request.endpoint))
    for asks in make_asks(app, database, find_sample(database, 600)).values():
        for ask in asks.values():
            ask()
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("review.") and "GET" in (rule.methods or ())
    }
    assert pages - asked == {f"review.{name}" for name in NOT_MEASURED}
    database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def results(request: pytest.FixtureRequest) -> dict[str, Any]:
    frozen: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))[request.param]
    return frozen


def test_nothing_takes_longer_than_it_may_among_a_million_articles(results: dict[str, Any]) -> None:
    assert find_slow(results["milliseconds"], "1000000") == []


def test_lists_and_claims_stay_flat(results: dict[str, Any]) -> None:
    """A walk has an end: from ten thousand articles to a million nothing grows by more than the walk of 5,000 takes."""
    lists = {name: times for name, times in results["milliseconds"].items() if name.startswith(("queue: ", "api: "))}
    claims = {name: times for name, times in results["milliseconds"].items() if "claim" in name}
    assert len(lists) > 100
    assert len(claims) > 2
    grown = {name: times for name, times in (lists | claims).items() if name != "api: metrics"}
    assert {name: times for name, times in grown.items() if times["1000000"] > times["10000"] + WALK_MS} == {}
