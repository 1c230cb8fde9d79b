"""Claim, read, finish: no article is lost, none gets two results, and one bad one harms no other."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.types import Article, Evidence, Finding, Report, SourceBiasReport, ViolenceReport
from store import articles, claims, clock, policies
from store.database import Database
from store.erasure import erase_article
from store.policy import DEFAULT_POLICY, PolicyRule
from store.queues import DELIVER, Queues
from store.tables import ApiKeyRow, ArticleRow, DeliveryRow, EventRow, EvidenceRow, ReportRow
from tests.workers.conftest import TEXT, add_receiver, wait_until
from tests.workers.fakes import FakeReader
from workers import classify
from workers.classify import Desk, ReadsArticles, to_article

Add = Callable[..., list[str]]
Fetch = Callable[[str], ArticleRow]


def make_desk(database: Database, queues: Queues, reader: ReadsArticles, *, lease_seconds: int = 60) -> Desk:
    return Desk(database, queues, reader, articles_per_claim=4, lease_seconds=lease_seconds)


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- the good path --------------------------------------------------------------------------------


def test_all_that_waits_is_read_in_batches(database: Database, no_redis: Queues, add: Add, fetch: Fetch) -> None:
    """One wake-up is enough, Redis is not needed, and each article has its report, evidence, event and delivery."""
    add_receiver(database, "https://hooks.example/")
    ids = add(10)
    reader = FakeReader()

    assert make_desk(database, no_redis, reader).read_waiting() == 10
    assert [len(batch) for batch in reader.batches] == [4, 4, 2]
    assert {fetch(one).state for one in ids} == {"classified"}
    assert count(database, ReportRow) == 30
    assert count(database, EvidenceRow) == 10
    assert count(database, EventRow) == count(database, DeliveryRow) == 10


def test_the_report_names_the_policy_that_was_applied(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    (one,) = add(1)
    make_desk(database, no_redis, FakeReader()).read_waiting()

    row = fetch(one)
    with database.reading() as session:
        report = articles.get_report(session, row)
    assert report is not None
    assert report["versions"]["policy"] == "default@1"
    assert (row.action, row.labels) == ("label", ["violence"])


def test_a_running_worker_applies_the_newest_policy(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    desk = make_desk(database, no_redis, FakeReader())
    add(1)
    desk.read_waiting()
    with database.writing() as session:
        draft = policies.Draft("house", (PolicyRule("violence", "block"),))
        policies.keep_policy(session, draft, changed_by="usr_1", over=DEFAULT_POLICY)
    (one,) = add(1)
    desk.read_waiting()

    row = fetch(one)
    with database.reading() as session:
        report = articles.get_report(session, row)
    assert report is not None
    assert report["versions"]["policy"] == "house@2"
    assert (row.action, row.review_state) == ("block", "open")


@pytest.mark.parametrize(
    ("published_at", "expected"),
    [("2019-05-04", date(2019, 5, 4)), ("2019-05-04T23:30:00-08:00", date(2019, 5, 4))],
)
def test_the_date_of_publication_is_the_one_that_is_written(
    add: Add, fetch: Fetch, published_at: str, expected: date
) -> None:
    (one,) = add(1, published_at=published_at)

    assert to_article(fetch(one)).published_at == expected


def test_without_a_date_the_day_of_submission_counts(add: Add, fetch: Fetch) -> None:
    row = fetch(add(1)[0])

    assert to_article(row).published_at == row.created_at.date()


def test_done_twice_it_changes_nothing(database: Database, no_redis: Queues, add: Add) -> None:
    add(3)
    desk = make_desk(database, no_redis, FakeReader())

    assert desk.read_waiting() == 3
    assert desk.read_waiting() == 0
    assert count(database, EventRow) == 3


def test_long_articles_are_read_one_by_one(database: Database, no_redis: Queues, add: Add) -> None:
    add(4, text="The bridge was shelled. " * 2_500)
    reader = FakeReader()
    make_desk(database, no_redis, reader).read_waiting()

    assert [len(batch) for batch in reader.batches] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "text", ["\u200b", "🌉" * 1_000, "\r\n\r\n.", "\u202eabc", "<script>alert(1)</script>", "a" * 200_000]
)
def test_strange_texts_are_finished_like_any_other(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch, text: str
) -> None:
    (one,) = add(1, text=text)
    make_desk(database, no_redis, FakeReader()).read_waiting()

    assert fetch(one).state == "classified"


# --- a bad article --------------------------------------------------------------------------------


def test_an_article_that_cannot_be_read_harms_no_other(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is recorded as failed, with a reason that repeats none of its words; so are the logs."""
    good = add(3)
    (bad,) = add(1, text="Qwertyuiop")
    with caplog.at_level(logging.DEBUG):
        closed = make_desk(database, no_redis, FakeReader(cursed="Qwertyuiop")).read_waiting()

    assert closed == 4
    assert {fetch(one).state for one in good} == {"classified"}
    row = fetch(bad)
    assert (row.state, row.failure) == ("failed", "reading it raised ValueError")
    assert (row.action, row.review_state) == ("review", "open")
    with database.reading() as session:
        event = session.scalars(select(EventRow).where(EventRow.article_id == bad)).one()
    assert event.type == "article.failed"
    assert "Qwertyuiop" not in event.body
    assert "Qwertyuiop" not in caplog.text
    assert TEXT not in caplog.text


class MiscountingReader(FakeReader):
    def read(self, articles_: object) -> list:  # type: ignore[type-arg]
        return []


def test_a_reader_that_returns_too_little_fails_the_articles(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """Never a silent gap."""
    ids = add(2)
    make_desk(database, no_redis, MiscountingReader()).read_waiting()

    assert {fetch(one).state for one in ids} == {"failed"}


class UnwritableReader(FakeReader):
    """Of a text that holds "Qwertyuiop", a report that no database takes."""

    def read(self, articles_: Sequence[Article]) -> list[Report]:
        reports = FakeReader.read(self, articles_)
        lone = Evidence(0, 1, "\ud800", "half a surrogate pair")
        bad = ViolenceReport("ok", 0.9, 0.0, 0.0, 4, findings=(Finding("violence.bombing", 0.9, (lone,), severity=4),))
        return [
            replace(report, violence=bad) if "Qwertyuiop" in article.text else report
            for article, report in zip(articles_, reports, strict=True)
        ]


def test_a_report_that_cannot_be_written_fails_its_article_alone(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """All results of a claim share a transaction until one of them cannot be written."""
    good = add(2)
    (bad,) = add(1, text="Qwertyuiop")
    reader = UnwritableReader()

    assert make_desk(database, no_redis, reader).read_waiting() == 3
    assert [len(batch) for batch in reader.batches] == [3]  # what was read is not read again
    assert {fetch(one).state for one in good} == {"classified"}
    assert fetch(bad).state == "failed"
    assert (fetch(bad).failure or "").startswith("storing its report raised ")
    assert count(database, EventRow) == 3
    assert count(database, ReportRow) == 6


def test_who_sends_webhooks_is_woken_where_there_is_something_to_send(
    database: Database, queues: Queues, add: Add
) -> None:
    desk = make_desk(database, queues, FakeReader())
    add(3)
    desk.read_waiting()
    assert queues.count(DELIVER) == 0

    add_receiver(database, "https://hooks.example/")
    for _ in range(2):
        add(3)
        desk.read_waiting()
    assert queues.count(DELIVER) == 1  # it takes all that is due


# --- leases ---------------------------------------------------------------------------------------


def expire_leases(database: Database) -> None:
    with database.writing() as session:
        session.execute(
            update(ArticleRow)
            .where(ArticleRow.lease_until.is_not(None))
            .values(lease_until=clock.now() - timedelta(seconds=1))
        )


def test_one_that_was_lost_harms_no_other_of_its_claim(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """Erased while it was read: its result is refused, the others' are written."""
    first, second = add(2)

    def erase(_articles: object) -> None:
        with database.writing() as session:
            assert erase_article(session, first, actor="somebody")

    assert make_desk(database, no_redis, FakeReader(before=erase)).read_waiting() == 2
    assert (fetch(first).state, fetch(second).state) == ("failed", "classified")
    assert count(database, EventRow) == 1
    assert count(database, ReportRow) == 3


def test_who_lost_the_lease_writes_nothing(database: Database, no_redis: Queues, add: Add, fetch: Fetch) -> None:
    """A worker that was paused past its lease: meanwhile another claimed and finished the article."""
    (one,) = add(1)
    other = make_desk(database, no_redis, FakeReader())

    def be_overtaken(_articles: object) -> None:
        expire_leases(database)
        assert other.read_waiting() == 1

    make_desk(database, no_redis, FakeReader(before=be_overtaken)).read_waiting()

    assert fetch(one).deaths == 1
    assert count(database, ReportRow) == 3
    assert count(database, EventRow) == 1


def test_told_to_stop_it_gives_back_what_it_has_not_read(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """At once claimable by others, and no death is counted."""
    ids = add(4, text="The bridge was shelled. " * 2_500)
    reader = FakeReader()
    desk = make_desk(database, no_redis, reader)
    reader.before = lambda _articles: desk.stop.set()

    assert desk.read_waiting() == 1
    rest = [fetch(one) for one in ids[1:]]
    assert {(row.state, row.lease_token, row.deaths) for row in rest} == {("queued", None, 0)}
    assert make_desk(database, no_redis, FakeReader()).read_waiting() == 3


def test_a_long_reading_keeps_its_lease(database: Database, no_redis: Queues, add: Add, fetch: Fetch) -> None:
    (one,) = add(1)
    reader = FakeReader(seconds=1.2)
    desk = make_desk(database, no_redis, reader, lease_seconds=1)
    thread = threading.Thread(target=desk.read_waiting)
    thread.start()
    wait_until(lambda: bool(reader.batches))
    while thread.is_alive():
        desk.tend()
        time.sleep(0.1)
        with database.reading() as session:
            assert claims.count_waiting(session) == 0  # never free for another

    assert (fetch(one).state, fetch(one).deaths) == ("classified", 0)


def test_only_one_thread_reads_at_a_time(database: Database, no_redis: Queues, add: Add) -> None:
    add(2)
    desk = make_desk(database, no_redis, FakeReader(seconds=0.2))
    thread = threading.Thread(target=desk.read_waiting)
    thread.start()
    wait_until(lambda: bool(desk.reader.batches))  # type: ignore[attr-defined]

    assert desk.read_waiting() == 0
    thread.join()
    assert count(database, EventRow) == 2


def test_the_keeper_reads_what_nobody_wakes_the_worker_for(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    (one,) = add(1)
    desk = make_desk(database, no_redis, FakeReader())
    desk.tend()

    wait_until(lambda: fetch(one).state == "classified")
    desk.wait_until_idle(5)


# --- the database is away -------------------------------------------------------------------------


class ShakyDatabase(Database):
    """Refuses the writes whose numbers are given, as a database does that is being restarted."""

    def __init__(self, real: Database, refused: set[int]) -> None:
        super().__init__(real.engine)
        object.__setattr__(self, "refused", refused)
        object.__setattr__(self, "number", 0)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        object.__setattr__(self, "number", self.number + 1)  # type: ignore[attr-defined]
        if self.number in self.refused:  # type: ignore[attr-defined]
            raise OperationalError("COMMIT", {}, Exception("the database is away"))
        with super().writing() as session:
            yield session


def test_a_result_is_written_again_while_the_database_comes_back(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """Write 1 is the claim; the two that would finish the article fail."""
    (one,) = add(1)
    reader = FakeReader()

    assert make_desk(ShakyDatabase(database, {2, 3}), no_redis, reader).read_waiting() == 1
    assert len(reader.batches) == 1
    assert fetch(one).state == "classified"


def test_a_database_that_stays_away_loses_nothing(database: Database, no_redis: Queues, add: Add, fetch: Fetch) -> None:
    (one,) = add(1)
    make_desk(ShakyDatabase(database, set(range(2, 6))), no_redis, FakeReader()).read_waiting()

    assert (fetch(one).state, fetch(one).lease_token, fetch(one).deaths) == ("queued", None, 0)
    assert make_desk(database, no_redis, FakeReader()).read_waiting() == 1


def test_the_job_found_by_name_reads_what_waits(database: Database, queues: Queues, add: Add, fetch: Fetch) -> None:
    """Whoever waits for the article is told."""
    (one,) = add(1)
    classify.use(make_desk(database, queues, FakeReader()))
    with queues.listen(one) as subscription:
        assert subscription is not None
        subscription.get_message(timeout=0.2)
        classify.classify_waiting("some other article")
        wait_until(lambda: subscription.get_message(timeout=0.1) is not None)

    assert fetch(one).state == "classified"


# --- repeats --------------------------------------------------------------------------------------


def texts_read(reader: FakeReader) -> list[str]:
    return [article.text for batch in reader.batches for article in batch]


def test_a_repeat_has_the_report_of_the_earlier_article(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch
) -> None:
    """Without a reading, and with evidence, labels and event of its own."""
    reader = FakeReader(name="same")
    (first,) = add(1)
    make_desk(database, no_redis, reader).read_waiting()
    (again,) = add(1)
    assert make_desk(database, no_redis, reader).read_waiting() == 1

    assert len(texts_read(reader)) == 1
    with database.reading() as session:
        one, two = (session.get_one(ArticleRow, found) for found in (first, again))
        assert articles.get_report(session, one) == articles.get_report(session, two)
        assert (two.state, two.labels, two.action) == (one.state, one.labels, one.action)
        assert session.scalar(select(func.count()).where(EvidenceRow.article_id == again)) == 1
        assert session.scalar(select(func.count()).where(EventRow.article_id == again)) == 1
        assert (one.reading_key is None, two.reading_key) == (False, None)  # one row a key


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another"},
        {"source": "another.example"},
        {"requested_language": "ru"},
        {"published_at": "1999-01-01"},
        {"api_key_id": "key_other"},
        {"text": TEXT + " "},
    ],
)
def test_what_differs_in_anything_that_counts_is_read(
    database: Database, no_redis: Queues, add: Add, change: dict[str, str]
) -> None:
    """A list may have changed between two dates; and what another caller sent is nobody's business."""
    reader = FakeReader(name="same")
    add(1)
    make_desk(database, no_redis, reader).read_waiting()
    (other,) = add(1)
    with database.writing() as session:
        if key := change.get("api_key_id"):
            own = session.scalars(select(ApiKeyRow)).first()
            assert own is not None
            columns = {column.name: getattr(own, column.name) for column in ApiKeyRow.__table__.columns}
            session.add(ApiKeyRow(**(columns | {"id": key, "key_sha256": "0" * 64})))
            session.flush()
        session.execute(update(ArticleRow).where(ArticleRow.id == other).values(**change))
    make_desk(database, no_redis, reader).read_waiting()
    assert len(texts_read(reader)) == 2


def test_another_reader_reads_anew(database: Database, no_redis: Queues, add: Add) -> None:
    """New weights, a new register or other rules: nothing of before is given out again."""
    for name in ("one", "two"):
        reader = FakeReader(name=name)
        add(1)
        make_desk(database, no_redis, reader).read_waiting()
        assert len(texts_read(reader)) == 1


def test_a_desk_may_be_told_to_read_everything(database: Database, no_redis: Queues, add: Add) -> None:
    """As where a checkpoint speaks; and what it reads is then nobody's to repeat."""
    reader = FakeReader(name="same")
    desk = make_desk(database, no_redis, reader)
    for gives_again in (False, False, True):
        desk.gives_again = gives_again
        add(1)
        desk.read_waiting()
    assert len(texts_read(reader)) == 3


def test_what_was_erased_or_failed_is_not_repeated(database: Database, no_redis: Queues, add: Add) -> None:
    reader = FakeReader(name="same")
    (first,) = add(1)
    make_desk(database, no_redis, reader).read_waiting()
    with database.writing() as session:
        assert erase_article(session, first, actor="somebody")
    add(1)
    make_desk(database, no_redis, reader).read_waiting()
    assert len(texts_read(reader)) == 2

    half = HalfFailingReader(name="half")
    for _ in range(2):
        add(1)
        make_desk(database, no_redis, half).read_waiting()
    assert len(texts_read(half)) == 2


class HalfFailingReader(FakeReader):
    def read(self, articles_: Sequence[Article]) -> list[Report]:
        return [replace(report, source_bias=SourceBiasReport("failed")) for report in FakeReader.read(self, articles_)]
