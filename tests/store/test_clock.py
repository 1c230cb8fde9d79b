"""Ids sort by time and cannot be guessed; times are written one way."""

import re
import time
from datetime import UTC, datetime, timedelta, timezone

from store import clock
from store.database import Database


def test_ids_sort_by_the_moment_they_were_made() -> None:
    made = []
    for _ in range(5):
        made.append(clock.new_id("art"))
        time.sleep(0.002)
    assert made == sorted(made)


def test_ids_are_distinct_and_of_one_shape() -> None:
    made = {clock.new_id("art") for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(re.fullmatch(r"art_[0-9a-f]{32}", one) for one in made)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    moment = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=3)))
    assert clock.isoformat(moment) == "2026-11-23T09:00:00.999Z"
    assert clock.isoformat(None) is None
    assert clock.now().tzinfo is UTC


def test_the_database_tells_the_time_anew_at_each_call(database: Database) -> None:
    """Not that at which its transaction began."""
    with database.writing() as session:
        before, first = clock.now(), clock.database_now(session)
        time.sleep(0.02)
        second, after = clock.database_now(session), clock.now()
    assert first.tzinfo is UTC
    assert before - timedelta(milliseconds=1) <= first < second <= after
