"""The interactive lane between a caller and a worker, over a real server: answered, dropped, tried again, not kept."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from redis.exceptions import RedisError

from models.loading import load_reader
from models.text import detect_language
from models.types import Article, Rules
from store import articles
from store.articles import NewArticle
from store.claims import URGENT_CODE_POINTS
from store.database import Database
from store.interactive import (
    MOST_WAITING,
    Lane,
    LaneFullError,
    NoAnswerError,
    ReadingFailedError,
)
from store.queues import Queues, open_queues
from store.tables import ArticleRow
from tests.workers.conftest import RedisServer, wait_until
from tests.workers.fakes import FakeReader
from workers.classify import Desk, ReadsArticles
from workers.interactive import Window
from workers.turns import Turns

TEXT = "The bridge was shelled at dawn."
Add = Callable[..., list[str]]
Fetch = Callable[[str], ArticleRow]


@dataclass
class Worker:
    """A classify process's window and desk, in this one."""

    window: Window
    desk: Desk
    stop: threading.Event


@contextmanager
def working(database: Database, queues: Queues, reader: ReadsArticles, turns: Turns | None = None) -> Iterator[Worker]:
    stop = threading.Event()
    turns = turns or Turns()
    desk = Desk(database, queues, reader, articles_per_claim=4, lease_seconds=60, stop=stop, turns=turns)
    window = Window(Lane(open_queues_like(queues).redis), desk, stop)
    window.open()
    try:
        yield Worker(window, desk, stop)
    finally:
        stop.set()
        window.close(10)
        window.lane.redis.close()


def open_queues_like(queues: Queues) -> Queues:
    """A client of its own: the window blocks on it."""
    path = queues.redis.connection_pool.connection_kwargs["path"]
    return open_queues(f"unix://{path}")


@pytest.fixture
def lane(queues: Queues) -> Lane:
    return Lane(queues.redis)


def ask(lane: Lane, *texts: str, seconds: float = 10.0, **more: Any) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = lane.ask({"texts": list(texts), **more}, seconds=seconds)["reports"]
    return reports


def keys(lane: Lane) -> list[bytes]:
    found: Any = lane.redis.keys("obelus:interactive*")
    return sorted(found)


# --- the good path --------------------------------------------------------------------------------


def test_reports_come_back_in_order_and_nothing_stays(database: Database, queues: Queues, lane: Lane) -> None:
    """Neither in Redis nor in the database."""
    with working(database, queues, FakeReader()):
        reports = ask(lane, "Quiet.", TEXT)

    assert [report["violence"]["score"] for report in reports] == [0.1, 0.9]
    assert reports[1]["violence"]["findings"][0]["evidence"][0]["text"] == "shelled"
    assert keys(lane) == []
    with database.reading() as session:
        assert session.query(ArticleRow).count() == 0


def test_many_callers_at_once_each_get_their_own_answer(database: Database, queues: Queues, lane: Lane) -> None:
    answers: dict[int, str] = {}

    def call(number: int) -> None:
        answers[number] = ask(lane, f"No. {number}: shelled.")[0]["text_sha256"]

    with working(database, queues, FakeReader(seconds=0.002)):
        threads = [threading.Thread(target=call, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    assert len(set(answers.values())) == 40


@pytest.mark.parametrize(
    "case",
    [
        ("Вы ещё пожалеете об этом, мы вас всех найдём.", ["en"], "ru"),  # a client that knows of no Russian
        ("No es lo mismo, amigos míos, vengan a casa.", ["en"], "en"),  # found in none of ours: the caller is believed
        ("+1 🙂", ["ru"], "ru"),
        ("You will regret this, we will find you all.", [], None),
        ("You will regret this, we will find you all.", ["fr"], None),
    ],
)
def test_the_language_is_the_one_found_else_the_one_named(
    database: Database, queues: Queues, lane: Lane, case: tuple[str, list[str], str | None]
) -> None:
    text, languages, read_in = case
    reader = FakeReader()
    detect_language(text)  # the first time it loads; a worker has read a trial text by now
    with working(database, queues, reader):
        ask(lane, text, languages=languages)

    assert reader.batches[0][0].language == read_in


# --- nobody answers -------------------------------------------------------------------------------


def test_without_a_worker_a_caller_hears_so_and_nothing_is_left(lane: Lane) -> None:
    began = time.monotonic()
    with pytest.raises(NoAnswerError):
        ask(lane, TEXT, seconds=0.3)

    assert time.monotonic() - began < 5
    assert keys(lane) == []


def test_a_request_whose_caller_has_gone_is_passed_over(lane: Lane, database: Database, queues: Queues) -> None:
    """Nobody reads for nobody; and where no worker comes, its id ends by itself."""
    lane._push("0" * 32)
    assert 0 < int(lane.redis.pttl("obelus:interactive")) <= 10_000  # type: ignore[arg-type]

    reader = FakeReader()
    with working(database, queues, reader):
        assert len(ask(lane, TEXT)) == 1
    assert [batch[0].text for batch in reader.batches] == [TEXT]
    assert keys(lane) == []


def test_a_text_never_lies_in_redis(lane: Lane) -> None:
    """Not while it waits, not while it is read: a Redis that writes to disk has nothing of it to write."""
    caller = threading.Thread(target=lambda: _swallow(lane, "Qwertyuiop"))
    caller.start()
    wait_until(lambda: bool(lane.redis.llen("obelus:interactive")))
    assert b"Qwertyuiop" not in dump(lane)
    request = lane.take(seconds=5)
    assert request is not None
    assert request.body == {"texts": ["Qwertyuiop"]}
    assert b"Qwertyuiop" not in dump(lane)
    lane.answer(request.id, {"reports": []})
    caller.join(10)
    assert keys(lane) == []


def _swallow(lane: Lane, text: str) -> None:
    with suppress(NoAnswerError, ReadingFailedError):
        ask(lane, text)


def dump(lane: Lane) -> bytes:
    return b"".join(bytes(lane.redis.dump(key) or b"") for key in keys(lane))  # type: ignore[arg-type]


def test_past_a_bound_callers_are_sent_away(lane: Lane) -> None:
    """Memory of Redis stays bounded; who waits already is not harmed."""
    for number in range(MOST_WAITING):
        lane._push(f"{number:032x}")
    with pytest.raises(LaneFullError):
        ask(lane, TEXT)

    assert int(lane.redis.llen("obelus:interactive")) == MOST_WAITING  # type: ignore[arg-type]


def test_with_redis_away_the_caller_hears_at_once(no_redis: Queues) -> None:
    with pytest.raises(RedisError):
        Lane(no_redis.redis).ask({"texts": [TEXT]})


# --- a worker that fails --------------------------------------------------------------------------


def test_a_reading_that_raises_is_said_to_have_failed(
    database: Database, queues: Queues, lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    """No word of the text is in the answer or the log, and the next caller is served."""
    with caplog.at_level(logging.DEBUG), working(database, queues, FakeReader(cursed="Qwertyuiop")):
        with pytest.raises(ReadingFailedError, match="ValueError") as failed:
            ask(lane, "Qwertyuiop")
        assert len(ask(lane, TEXT)) == 1

    assert "Qwertyuiop" not in str(failed.value)
    assert "Qwertyuiop" not in caplog.text
    assert TEXT not in caplog.text


def test_what_somebody_else_put_there_harms_nobody(
    database: Database, queues: Queues, lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), working(database, queues, FakeReader()):
        lane.redis.rpush("obelus:interactive", b"\xff\xfe", "no id of ours")
        with pytest.raises(ReadingFailedError):
            lane.ask({"texts": 7})
        assert len(ask(lane, TEXT)) == 1


def test_where_a_worker_dies_another_is_asked(database: Database, queues: Queues, lane: Lane) -> None:
    """The one that took the text is silent for three seconds; then the text is there once more."""
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.extend(ask(lane, TEXT)))
    caller.start()
    wait_until(lambda: lane.take(seconds=0.2) is not None)  # and this worker is never heard of again
    with working(database, queues, FakeReader()):
        caller.join(20)

    assert len(answers) == 1


def test_a_request_that_was_lost_on_the_way_is_sent_again(database: Database, queues: Queues, lane: Lane) -> None:
    """Taken off the list by a worker that died before it said so."""
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.extend(ask(lane, TEXT)))
    caller.start()
    wait_until(lambda: lane.redis.lpop("obelus:interactive") is not None)
    with working(database, queues, FakeReader()):
        caller.join(20)

    assert len(answers) == 1


def test_a_text_that_kills_two_workers_is_not_given_to_a_third(lane: Lane) -> None:
    """Its caller hears that nobody read it, well before patience ends."""
    failures: list[Exception] = []

    def call() -> None:
        try:
            ask(lane, TEXT, seconds=60)
        except NoAnswerError as error:
            failures.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    taken = 0
    while caller.is_alive():
        taken += lane.take(seconds=0.2) is not None

    assert (taken, len(failures)) == (2, 1)


def test_a_reading_that_goes_on_is_waited_for(database: Database, queues: Queues, lane: Lane) -> None:
    """Longer than a silent worker would be: the keeper's thread says each second that it lives."""
    with working(database, queues, FakeReader(seconds=4.0)) as worker:
        answers: list[Any] = []
        caller = threading.Thread(target=lambda: answers.extend(ask(lane, TEXT, seconds=20)))
        caller.start()
        while caller.is_alive():
            worker.window.tend()
            time.sleep(0.2)

        assert len(answers) == 1
        assert len(worker.desk.reader.batches) == 1  # type: ignore[attr-defined]


# --- beside articles ------------------------------------------------------------------------------


def test_a_text_is_read_in_the_middle_of_a_long_article(
    database: Database, queues: Queues, lane: Lane, add: Add, fetch: Fetch
) -> None:
    """Between two sentences, by the real reader: the article is not done yet when the caller has its answer."""
    turns = Turns()
    reader = load_reader(rules=Rules(), pause=turns.give_way)
    sentences = " ".join(f"Shell number {number} hit the bridge before dawn on Monday." for number in range(400))
    (one,) = add(1, text=sentences)
    reader.read([Article(text="This loads what is loaded on first use.")])
    with working(database, queues, reader, turns) as worker:
        articles_thread = threading.Thread(target=worker.desk.read_waiting)
        articles_thread.start()
        wait_until(lambda: turns._ordinary is not None)
        time.sleep(0.2)
        for _ in range(5):
            assert len(ask(lane, TEXT)) == 1
        assert fetch(one).state == "queued"
        worker.stop.set()
        articles_thread.join(120)

    assert fetch(one).state == "classified"


def save(database: Database, key_id: str, text: str, priority: str) -> str:
    with database.writing() as session:
        return articles.add_article(session, NewArticle(text, priority=priority), api_key_id=key_id).id  # type: ignore[arg-type]


def test_an_article_for_which_somebody_waits_is_taken_in_between(
    database: Database, queues: Queues, lane: Lane, key_id: str, fetch: Fetch
) -> None:
    """Called over the lane, it overtakes what waits; its result is stored like any other."""
    others = [save(database, key_id, f"{TEXT} {number}", "normal") for number in range(3)]
    one = save(database, key_id, TEXT, "interactive")
    with working(database, queues, FakeReader()):
        lane.call()
        wait_until(lambda: fetch(one).state == "classified")

    assert {fetch(other).state for other in others} == {"queued"}


def test_a_long_article_is_not_read_in_between(database: Database, queues: Queues, key_id: str, fetch: Fetch) -> None:
    """Whoever else waits would wait for all of it: it is read in its turn, which gives way."""
    one = save(database, key_id, "x" * (URGENT_CODE_POINTS + 1), "interactive")
    desk = Desk(database, queues, FakeReader(), articles_per_claim=4, lease_seconds=60)

    assert desk.read_urgent() == 0
    assert desk.read_waiting() == 1
    assert fetch(one).state == "classified"


def test_a_served_text_does_not_keep_a_worker_from_stopping(database: Database, queues: Queues) -> None:
    with working(database, queues, FakeReader()) as worker:
        worker.stop.set()
        worker.window.close(5)
        assert worker.window._thread is not None
        assert not worker.window._thread.is_alive()


def test_with_redis_gone_and_back_the_window_goes_on(redis_server: RedisServer, database: Database) -> None:
    queues = open_queues(redis_server.url)
    with working(database, queues, FakeReader()):
        assert len(ask(Lane(queues.redis), TEXT)) == 1
        redis_server.kill()
        with pytest.raises(RedisError):
            ask(Lane(queues.redis), TEXT)
        redis_server.start()
        assert len(ask(Lane(queues.redis), TEXT)) == 1
