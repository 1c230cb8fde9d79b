"""A claim is a lease with a token: one holder at a time, and only the holder writes."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import articles, claims, clock, endpoints
from store.claims import MAX_DEATHS, Claim
from store.database import Database
from store.tables import ArticleLabelRow, ArticleRow, DeliveryRow, EventRow, EvidenceRow, ReportRow
from tests.store.makers import (
    GRAVE,
    QUIET,
    TEXT,
    add_articles,
    ago,
    expire_leases,
    make_report,
    set_columns,
    violent_report,
)

LEASE_SECONDS = 60
WRITTEN = (ReportRow, EvidenceRow, ArticleLabelRow, EventRow, DeliveryRow)


def claim(database: Database, limit: int = 1) -> Claim:
    with database.writing() as session:
        return claims.claim_articles(session, limit=limit, lease_seconds=LEASE_SECONDS)


def ids(claimed: Claim) -> list[str]:
    return [row.id for row in claimed.articles]


def count_rows(session: Session) -> dict[str, int]:
    return {row.__tablename__: session.scalar(select(func.count()).select_from(row)) or 0 for row in WRITTEN}


def finish(database: Database, article_id: str, token: str) -> bool:
    with database.writing() as session:
        return articles.finish_article(session, article_id, token=token, report=violent_report(), outcome=GRAVE)


def test_the_oldest_come_first_with_their_texts(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 5)
    first, second, third = claim(database, 3), claim(database, 3), claim(database, 3)
    assert (ids(first), ids(second), ids(third)) == (made[:3], made[3:], [])
    assert {row.text for row in first.articles} == {TEXT}
    assert len({first.token, second.token, third.token}) == 3


def test_two_workers_never_hold_the_same_article(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 60)
    claimed: Counter[str] = Counter()
    failures: list[BaseException] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        try:
            barrier.wait(timeout=10)
            while got := ids(claim(database, 4)):
                claimed.update(got)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    # SKIP LOCKED: who finds every waiting row locked stops early, so the rest is claimed here.
    while rest := ids(claim(database, 4)):
        claimed.update(rest)
    assert claimed == Counter(made)


def test_no_claim_is_larger_than_asked_for(database: Database, key_id: str) -> None:
    with database.writing() as session:
        add_articles(session, key_id, 50)
    assert [len(ids(claim(database, 7))) for _ in range(8)] == [7, 7, 7, 7, 7, 7, 7, 1]


def test_a_leased_article_is_not_waiting(database: Database, key_id: str) -> None:
    with database.writing() as session:
        add_articles(session, key_id, 2)
    claim(database)
    with database.reading() as session:
        assert claims.count_waiting(session) == 1


def test_a_dead_workers_article_is_given_to_another(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    first = claim(database)
    assert ids(claim(database)) == [], "the lease still runs"
    with database.writing() as session:
        expire_leases(session)
    second = claim(database)
    assert ids(second) == [made]
    assert second.articles[0].deaths == 1
    assert finish(database, made, first.token) is False, "the late worker holds a stale token"
    with database.reading() as session:
        assert set(count_rows(session).values()) == {0}
        assert session.get_one(ArticleRow, made).state == "queued"
    assert finish(database, made, second.token) is True


def test_a_worker_that_was_only_slow_may_finish(database: Database, key_id: str) -> None:
    """The lease ran out, but nobody else has taken the article."""
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    slow = claim(database)
    with database.writing() as session:
        expire_leases(session)
    assert finish(database, made, slow.token) is True


def test_finishing_twice_changes_nothing(database: Database, key_id: str) -> None:
    with database.writing() as session:
        endpoints.add_endpoint(session, "https://receiver.example/", events=["article.classified"])
        (made,) = add_articles(session, key_id, 1)
    held = claim(database)
    assert finish(database, made, held.token) is True
    with database.reading() as session:
        before = count_rows(session)
        first = session.get_one(ArticleRow, made)
    assert before == {"reports": 3, "evidence": 3, "article_labels": 2, "events": 1, "deliveries": 1}
    for token in (held.token, "", "another"):
        assert finish(database, made, token) is False
    with database.reading() as session:
        assert count_rows(session) == before
        again = session.get_one(ArticleRow, made)
        assert again.classified_at == first.classified_at
        assert (again.state, again.action, again.severity) == ("classified", "review", 5)
        assert (again.lease_token, again.lease_until) == (None, None)


def test_a_failure_half_way_through_the_result_leaves_the_article_queued(database: Database, key_id: str) -> None:
    """Result, event and deliveries are one transaction: all of it or none."""
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    held = claim(database)
    broken = violent_report()
    del broken["source_bias"]["findings"]
    with pytest.raises(KeyError), database.writing() as session:
        articles.finish_article(session, made, token=held.token, report=broken, outcome=GRAVE)
    with database.reading() as session:
        assert session.get_one(ArticleRow, made).state == "queued"
        assert set(count_rows(session).values()) == {0}
    assert finish(database, made, held.token) is True


def test_a_long_reading_keeps_its_lease(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    held = claim(database)
    with database.writing() as session:
        expire_leases(session)
        claims.renew_claim(session, held, lease_seconds=LEASE_SECONDS)
        assert claims.count_waiting(session) == 0
    assert ids(claim(database)) == []
    assert finish(database, made, held.token)
    with database.writing() as session:
        claims.renew_claim(session, held, lease_seconds=LEASE_SECONDS)
        assert session.get_one(ArticleRow, made).lease_until is None, "what is finished has no lease"


def test_a_released_article_waits_again_and_no_death_is_counted(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 3)
    held = claim(database, 3)
    assert finish(database, made[0], held.token)
    with database.writing() as session:
        claims.release_claim(session, held)
    again = claim(database, 3)
    assert ids(again) == made[1:], "what was finished stays finished"
    assert [row.deaths for row in again.articles] == [0, 0]


def test_a_released_claim_of_somebody_else_stays(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 1)
    held = claim(database)
    with database.writing() as session:
        claims.release_claim(session, Claim("not that token", held.articles))
    assert ids(claim(database)) == []
    assert finish(database, made[0], held.token)


def test_an_article_over_which_workers_die_is_failed_and_seen_by_a_person(database: Database, key_id: str) -> None:
    with database.writing() as session:
        endpoints.add_endpoint(session, "https://receiver.example/", events=["article.failed"])
        (made,) = add_articles(session, key_id, 1)
    for _ in range(MAX_DEATHS):
        with database.writing() as session:
            assert claims.fail_poisoned(session) == []
        assert ids(claim(database)) == [made]
        with database.writing() as session:
            expire_leases(session)
    assert ids(claim(database)) == [], "no fourth worker"
    with database.reading() as session:
        assert claims.count_waiting(session) == 0
    with database.writing() as session:
        assert claims.fail_poisoned(session) == [made]
        assert claims.fail_poisoned(session) == []
    with database.reading() as session:
        row = session.get_one(ArticleRow, made)
        assert (row.state, row.action, row.review_state, row.labels) == (
            "failed",
            "review",
            "open",
            ["classifier_failed"],
        )
        assert row.failure == "3 workers died while reading it"
        (event,) = session.scalars(select(EventRow))
        assert event.type == "article.failed"
        assert articles.get_report(session, row) is None


def test_its_neighbours_do_not_die_with_it(database: Database, key_id: str) -> None:
    """One article kills whoever reads it; the others of its batch are read all the same."""
    with database.writing() as session:
        made = add_articles(session, key_id, 8)
    deadly = made[3]
    for _ in range(30):
        with database.writing() as session:
            expire_leases(session)
            claims.fail_poisoned(session)
        held = claim(database, 8)
        if deadly in ids(held):
            continue  # the worker dies with all it holds
        for article_id in ids(held):
            assert finish(database, article_id, held.token)
    with database.reading() as session:
        states = dict(session.execute(select(ArticleRow.id, ArticleRow.state)).all())
    assert states == {article_id: "failed" if article_id == deadly else "classified" for article_id in made}


def test_new_articles_behind_a_suspect_are_not_held_up(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 4)
        set_columns(session, made[0], lease_token="dead", lease_until=ago(1))
        set_columns(session, made[2], lease_token="dead", lease_until=ago(1))
    assert [ids(claim(database, 8)) for _ in range(5)] == [[made[0]], [made[1]], [made[2]], [made[3]], []]


def test_a_failed_article_is_closed_once(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    held = claim(database)
    with database.writing() as session:
        assert not articles.fail_article(session, made, token="stale", failure="no")
        assert articles.fail_article(session, made, token=held.token, failure="the text cannot be read")
        assert not articles.fail_article(session, made, token=held.token, failure="again")
        assert not articles.finish_article(session, made, token=held.token, report=make_report(), outcome=QUIET)
    with database.reading() as session:
        assert session.get_one(ArticleRow, made).failure == "the text cannot be read"
        assert count_rows(session)["events"] == 1


def test_evidence_rows_say_which_finding_they_belong_to(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    assert finish(database, made, claim(database).token)
    with database.reading() as session:
        rows = session.scalars(select(EvidenceRow).order_by(EvidenceRow.id)).all()
        found = [(row.classifier, row.finding, row.label, row.start, row.end, row.text) for row in rows]
    assert found == [
        ("violence", 0, "violence.bombing", 15, 22, TEXT[15:22]),
        ("violence", 1, "violence.killing", 44, 50, TEXT[44:50]),
        ("violence", 1, "violence.killing", 32, 50, TEXT[32:50]),
    ]


# --- whose clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_lease_ends_by_the_clock_of_the_database(
    database: Database, key_id: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """A host whose clock is an hour wrong neither takes what others hold nor holds what it claimed for longer."""
    with database.writing() as session:
        first, second = add_articles(session, key_id, 2)
    with database.writing() as session:
        held = claims.claim_articles(session, limit=1, lease_seconds=1)
    wrong = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: wrong)
    with database.writing() as session:
        claims.renew_claim(session, held, lease_seconds=1)
        assert claims.fail_poisoned(session) == []
        assert claims.count_waiting(session) == 1
    assert ids(claim(database, 2)) == [second]
    time.sleep(1.1)
    with database.reading() as session:
        assert claims.count_waiting(session) == 1
    assert ids(claim(database, 2)) == [first]


def test_a_lease_is_over_at_the_moment_at_which_it_ends(
    database: Database, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's clock tells milliseconds: what a neighbour ends is often claimed in the same one."""
    with database.writing() as session:
        (article,) = add_articles(session, key_id, 1)
    moment = clock.now()
    monkeypatch.setattr(clock, "database_now", lambda _session: moment)
    with database.writing() as session:
        claims.claim_articles(session, limit=1, lease_seconds=0)
    assert ids(claim(database, 1)) == [article]


def test_a_clock_that_jumps_ahead_costs_a_reading_and_no_result(database: Database, key_id: str) -> None:
    """All leases end at once, so another worker reads the same; the first to finish is the only one."""
    with database.writing() as session:
        made = add_articles(session, key_id, 1)
    early = claim(database)
    with database.writing() as session:
        expire_leases(session)
    late = claim(database)
    assert [finish(database, made[0], held.token) for held in (early, late, late)] == [False, True, False]
    with database.reading() as session:
        assert session.get_one(ArticleRow, made[0]).deaths == 1
        assert count_rows(session)["events"] == 1
