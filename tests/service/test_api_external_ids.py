"""``external_id``: the same content of the same key is read once; all else is a new article."""

import threading
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from store import claims
from store.articles import fail_article
from store.tables import ArticleRow, EndpointRow
from tests.service.conftest import Api, assert_problem, finish, make_caller
from tests.store import makers

OURS = {"external_id": "post-17"}


def submit(api: Api, content: str = makers.TEXT, **options: Any) -> TestResponse:
    fields = OURS | options.pop("fields", {})
    return api.submit(content, fields=fields, **options)


def count_articles(api: Api) -> int:
    with api.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


def test_the_same_again_is_the_first_article_as_it_is_now(both: Api) -> None:
    first, waiting = submit(both), submit(both)
    finish(both.database, first.get_json()["id"])
    read = submit(both)

    assert "Obelus-Duplicate" not in first.headers
    assert (waiting.status_code, waiting.headers["Obelus-Duplicate"], waiting.data) == (202, "true", first.data)
    assert (read.status_code, read.headers["Obelus-Duplicate"]) == (200, "true")
    assert read.headers["Location"] == first.headers["Location"]
    assert read.get_json() == both.get(first.headers["Location"]).get_json()
    assert count_articles(both) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"}, {"url": "https://example.org/b"}, {"source": "Another"}, {"language": "en"},
        {"published_at": "2026-01-02"}, {"external_id": "post-18"},
    ],
    ids=lambda changed: next(iter(changed)),
)  # fmt: skip
def test_what_the_reading_sees_makes_a_new_article(api: Api, changed: dict[str, str]) -> None:
    first, other = submit(api), submit(api, fields=changed)
    assert other.status_code == 202
    assert "Obelus-Duplicate" not in other.headers
    assert other.headers["Location"] != first.headers["Location"]


def test_what_it_does_not_see_makes_none(api: Api) -> None:
    first, other = submit(api), submit(api, fields={"metadata": {"a": 1}, "priority": "low"})
    assert other.headers["Location"] == first.headers["Location"]


def test_an_edited_text_is_a_new_article_and_both_are_listed(both: Api) -> None:
    """The newest is what a repetition is compared with: a text that was edited back is read again."""
    made = [submit(both, content).get_json()["id"] for content in ("One.", "Two.", "Two.", "One.")]

    assert made[1] == made[2]
    assert len(set(made)) == 3
    listed = both.get("/v1/articles?external_id=post-17").get_json()["data"]
    assert {item["id"] for item in listed} == set(made)


def test_another_callers_id_is_another_id(api: Api, stranger: Api) -> None:
    assert submit(api).headers["Location"] != submit(stranger).headers["Location"]


def test_without_an_id_nothing_is_compared(api: Api) -> None:
    assert api.submit_id() != api.submit_id()


def test_what_could_not_be_read_is_read_again(api: Api) -> None:
    first = submit(api).get_json()["id"]
    with api.database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert fail_article(session, first, token=claim.token, failure="it broke")
    again = submit(api)
    assert (again.status_code, again.get_json()["state"]) == (202, "queued")
    assert again.get_json()["id"] != first


def test_a_deleted_one_may_be_sent_anew(both: Api) -> None:
    first = submit(both)
    finish(both.database, first.get_json()["id"])
    assert both.request("DELETE", first.headers["Location"]).status_code == 204
    again = submit(both)
    assert (again.status_code, "Obelus-Duplicate" in again.headers) == (202, False)
    assert again.headers["Location"] != first.headers["Location"]


def test_an_idempotency_key_repeats_that_it_was_a_duplicate(api: Api) -> None:
    first = submit(api)
    finish(api.database, first.get_json()["id"])
    key = {"Idempotency-Key": "k"}
    answers = [submit(api, headers=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    assert [answer.headers.get("Obelus-Duplicate") for answer in answers] == ["true", "true"]
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true"]
    assert_problem(submit(api, "Another.", headers=key), 422, "idempotency_key_reused")


def test_a_duplicate_waits_for_the_first_articles_reading(api: Api) -> None:
    article_id = submit(api, fields={"priority": "low"}).get_json()["id"]
    worker = threading.Timer(0.3, lambda: finish(api.database, article_id))
    worker.start()
    answer = submit(api, headers={"Prefer": "wait=10"})
    worker.join()

    assert (answer.status_code, answer.get_json()["id"]) == (200, article_id)
    assert answer.get_json()["report"] is not None
    assert answer.headers["Obelus-Duplicate"] == "true"


def test_receivers_of_a_waiting_article_are_joined_and_told_once(both: Api) -> None:
    urls = ["https://receiver.example.org/a", "https://receiver.example.org/a", "https://receiver.example.org/b"]
    answers = [submit(both, fields={"callback_url": url}).get_json() for url in urls]
    finish(both.database, answers[0]["id"])
    late = submit(both, fields={"callback_url": "https://receiver.example.org/c"})

    assert late.status_code == 200
    assert len({answer["callback_secret"] for answer in answers}) == 1
    with both.database.reading() as session:
        kept = session.scalars(select(EndpointRow.url).where(EndpointRow.article_id == answers[0]["id"])).all()
    assert sorted(kept) == urls[1:]


@pytest.mark.parametrize("content", ["the same", "others"])
def test_requests_at_the_same_time(both: Api, content: str) -> None:
    """Eight at once. The same content makes one article; of other contents each makes its own."""
    answers: list[TestResponse] = []
    gate = threading.Barrier(8)

    def send(number: int) -> None:
        gate.wait()
        answers.append(submit(both, "One." if content == "the same" else f"Number {number}."))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {202}
    made = {answer.get_json()["id"] for answer in answers}
    assert count_articles(both) == len(made) == (1 if content == "the same" else 8)
    assert sum("Obelus-Duplicate" in answer.headers for answer in answers) == 8 - len(made)


def test_batches_that_cross_do_not_wait_for_each_other_for_ever(both: Api) -> None:
    """Each names the same ids in another order."""
    items = [{"text": "One.", "external_id": f"post-{number}"} for number in range(20)]
    answers: list[TestResponse] = []
    gate = threading.Barrier(4)

    def send(turn: int) -> None:
        gate.wait()
        answers.append(both.post("/v1/articles/batch", json={"articles": items if turn % 2 else items[::-1]}))

    threads = [threading.Thread(target=send, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {202}
    assert count_articles(both) == 20


def test_past_the_bound_a_duplicate_is_still_answered(api: Api) -> None:
    first = submit(api)
    api.app.extensions["obelus"].pressure.bound = 1
    assert submit(api).headers["Location"] == first.headers["Location"]
    assert_problem(submit(api, "Another."), 503, "overloaded")
    assert count_articles(api) == 1
    assert make_caller(api.app, api.database, "third", ["submit"]).submit().status_code == 503
