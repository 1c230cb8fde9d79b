"""Idempotency-Key: one article, one answer."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from store import clock
from store.tables import ArticleRow, IdempotencyRow
from tests.service.conftest import Api, assert_problem, finish

KEY = {"Idempotency-Key": "order-1"}


def count_articles(api: Api) -> int:
    with api.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


def set_row(api: Api, **values: Any) -> None:
    with api.database.writing() as session:
        session.execute(update(IdempotencyRow).values(**values))


def test_the_same_key_and_body_get_the_first_answer_again(api: Api) -> None:
    fields = {"callback_url": "https://receiver.example.org/a", "metadata": {"b": 1, "a": [2]}}
    first = api.submit(headers=KEY, fields=fields)
    finish(api.database, first.json["id"])  # type: ignore[index]
    again = api.submit(headers=KEY, fields=fields)

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert count_articles(api) == 1


def test_a_finished_answer_is_given_again_with_its_report(api: Api) -> None:
    """Byte for byte, also after a reviewer has changed the article's state since."""
    worker = threading.Timer(0.3, lambda: finish(api.database, newest(api)))
    worker.start()
    first = api.submit(headers={**KEY, "Prefer": "wait=10"})
    worker.join()
    decided = api.post(f"{first.headers['Location']}/decisions", json={"action": "allow"})
    again = api.submit(headers=KEY)

    assert (first.status_code, decided.status_code) == (200, 201)
    assert (again.status_code, again.data) == (200, first.data)


def newest(api: Api) -> str:
    with api.database.reading() as session:
        return session.scalars(select(ArticleRow.id).order_by(ArticleRow.id.desc())).first() or ""


def test_another_body_under_the_key_is_refused(api: Api) -> None:
    api.submit(headers=KEY)
    assert_problem(api.submit(headers=KEY, content="Another text."), 422, "idempotency_key_reused")
    assert count_articles(api) == 1


def test_a_first_request_that_is_still_running_gives_409(api: Api) -> None:
    api.submit(headers=KEY)
    set_row(api, status=None, answer=None)
    answer = api.submit(headers=KEY)

    assert_problem(answer, 409, "still_running")
    assert answer.headers["Retry-After"] == "1"


def test_a_first_request_that_died_half_way_blocks_nobody_for_ever(api: Api) -> None:
    """After a minute the answer is the article as it is now, and stays that."""
    first = api.submit(headers=KEY)
    finish(api.database, first.json["id"])  # type: ignore[index]
    set_row(api, status=None, answer=None, created_at=clock.now() - timedelta(seconds=61))

    again = api.submit(headers=KEY)
    once_more = api.submit(headers=KEY)

    assert again.status_code == 200
    assert again.json is not None
    assert again.json["state"] == "classified"
    assert again.json["report"] is not None
    assert again.headers["Idempotency-Replayed"] == "true"
    assert once_more.data == again.data


def test_a_key_is_forgotten_after_a_day(api: Api) -> None:
    first = api.submit(headers=KEY)
    set_row(api, created_at=clock.now() - timedelta(hours=24, seconds=1))
    second = api.submit(headers=KEY, content="Another text.")

    assert second.status_code == 202
    assert second.headers["Location"] != first.headers["Location"]


def test_a_key_belongs_to_one_caller(api: Api, stranger: Api) -> None:
    first, other = api.submit(headers=KEY), stranger.submit(headers=KEY)

    assert other.status_code == 202
    assert other.headers["Location"] != first.headers["Location"]


def test_a_refused_request_does_not_use_up_the_key(api: Api) -> None:
    assert api.submit(headers=KEY, fields={"language": "xx"}).status_code == 422
    assert api.submit(headers=KEY).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "ключ", "x" * 256, "tab\there"])
def test_a_key_is_visible_ascii(api: Api, key: str) -> None:
    body = assert_problem(api.submit(headers={"Idempotency-Key": key}), 422, "invalid")
    assert body["errors"][0] == {
        "pointer": "/Idempotency-Key",
        "detail": "Must be 1 to 255 visible ASCII characters.",
        "in": "header",
    }


@pytest.mark.parametrize("prefer", ["", "wait=1"])
def test_requests_at_the_same_time_make_one_article(api: Api, prefer: str) -> None:
    """Eight at once: one article; each is its answer, a replay of it, or 409 while it is being made."""
    answers = []
    gate = threading.Barrier(8)

    def send() -> None:
        gate.wait()
        answers.append(api.submit(headers={**KEY, "Prefer": prefer}))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert count_articles(api) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len({answer.headers["Location"] for answer in accepted}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in accepted) == 1
    if not prefer:
        assert len(accepted) == 8
