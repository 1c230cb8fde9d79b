"""News reaches open pages: by a stream where there is room, by asking elsewhere; streams never take all threads."""

import time
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.app import create_app
from service.context import context
from service.review import live
from store import clock, reviews, users
from store.database import Database
from store.queues import Queues, open_queues
from store.reviews import NewDecision
from store.settings import Settings
from store.tables import ArticleRow, SignInRow, UserRow
from tests.service.review.conftest import SAME_ORIGIN, MakePerson, Person
from tests.service.review.test_article import add_sample


@pytest.fixture
def queues(redis_server: str) -> Iterator[Queues]:
    opened = open_queues(redis_server)
    yield opened
    opened.redis.close()


@pytest.fixture
def app(settings: Settings, database: Database, queues: Queues) -> APIFlask:
    """With a Redis; eight threads, so one stream."""
    return create_app(settings, database=database, queues=queues)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.2)


def chunks(answer: TestResponse) -> Iterator[bytes]:
    body = answer.response
    return (part if isinstance(part, bytes) else part.encode() for part in body)


def until(wanted: bytes, parts: Iterator[bytes]) -> bytes:
    return next(part for part in parts if wanted in part)


def test_a_stream_says_that_an_article_was_read(maria: Person, queues: Queues) -> None:
    answer = maria.get("/review/live", buffered=False)
    parts = chunks(answer)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["Cache-Control"] == "no-store"
    assert next(parts).startswith(b"retry: ")
    queues.announce_done("art_1")

    assert until(b"event: news", parts)
    answer.close()


def test_a_decision_is_told_after_it_was_saved(maria: Person, database: Database, make_person: MakePerson) -> None:
    article_id = add_sample(database)
    answer = maria.get("/review/live", buffered=False)
    parts = chunks(answer)
    next(parts)
    other = make_person("other")
    assert other.post(f"/review/articles/{article_id}/decisions", {"action": "allow"}).status_code == 303

    assert until(b"event: news", parts)
    answer.close()


def test_a_quiet_stream_beats_and_what_was_refused_is_no_news(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    answer = maria.get("/review/live", buffered=False)
    parts = chunks(answer)
    next(parts)
    maria.post(f"/review/articles/{article_id}/decisions", {"action": "fly"})

    assert next(parts).startswith(b":")
    answer.close()


def test_there_are_few_streams_and_a_closed_one_makes_room(maria: Person, make_person: MakePerson) -> None:
    first = maria.get("/review/live", buffered=False)
    next(chunks(first))
    other = make_person("other")
    assert other.get("/review/live").status_code == 204
    first.close()

    again = other.get("/review/live", buffered=False)
    assert again.status_code == 200
    again.close()


def test_streams_that_are_never_read_give_their_place_back(maria: Person) -> None:
    for _ in range(3):
        answer = maria.client.head("/review/live")
        assert answer.status_code == 200
        answer.close()


def test_a_stream_ends_when_the_process_is_to_end(maria: Person, app: APIFlask) -> None:
    parts = chunks(maria.get("/review/live", buffered=False))
    next(parts)
    with app.app_context():
        context().draining.set()
    began = time.monotonic()

    assert all(b"news" not in part for part in parts)
    assert time.monotonic() - began < 5
    assert maria.get("/review/live").status_code == 204


def test_a_stream_ends_at_sign_out(maria: Person, database: Database) -> None:
    parts = chunks(maria.get("/review/live", buffered=False))
    next(parts)
    with database.writing() as session:
        users.end_sign_ins(session, session.get_one(UserRow, maria.user_id))

    assert list(parts)[-1].startswith(b"event: over")


def test_an_open_stream_keeps_nobody_signed_in(maria: Person, database: Database) -> None:
    parts = chunks(maria.get("/review/live", buffered=False))
    next(parts)
    with database.writing() as session:
        long_ago = clock.now() - users.IDLE / 2
        session.scalars(select(SignInRow)).one().seen_at = long_ago
    next(parts)
    next(parts)

    with database.reading() as session:
        assert session.scalars(select(SignInRow)).one().seen_at == long_ago


@pytest.mark.usefixtures("queues")
def test_without_redis_the_page_asks_instead(settings: Settings, database: Database, make_person: MakePerson) -> None:
    alone = create_app(settings, database=database)
    person = make_person()
    client = alone.test_client()
    cookie = person.client.get_cookie("obelus_session", path="/review")
    assert cookie is not None
    client.set_cookie("obelus_session", cookie.value, path="/review")
    for _ in range(3):  # and no place is lost
        assert client.get("/review/live").status_code == 204


def test_what_is_new_is_counted_and_ones_own_decisions_are_none(maria: Person, database: Database) -> None:
    earlier = add_sample(database)
    time.sleep(0.01)
    since = clock.mark()
    time.sleep(0.01)
    add_sample(database)
    with database.writing() as session:
        row = session.get_one(ArticleRow, earlier)
        for reviewer in (maria.user_id, "usr_other", "usr_third"):
            reviews.add_decision(session, row, NewDecision(reviewer, action="allow"))

    assert maria.get(f"/review/news?since={since}").json == {"articles": 1, "decisions": 2, "most": 100}
    assert maria.get("/review/news?since=now").status_code == 404
    assert maria.client.get("/review/news?since=0" + "1" * 11, headers=SAME_ORIGIN).json["articles"] == 1  # type: ignore[index]


def test_strangers_hear_nothing(app: APIFlask) -> None:
    for path in ("/review/live", "/review/news?since=0123456789ab"):
        assert app.test_client().get(path).status_code == 303


def test_the_queue_holds_what_the_script_needs_and_works_without_it(maria: Person) -> None:
    page = maria.get("/review/?lang=ru").text
    assert '<script src="/review/static/live.js" defer></script>' in page
    assert 'data-live="/review/live"' in page
    assert 'data-articles="новых: {count}"' in page
