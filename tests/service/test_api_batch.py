"""POST /v1/articles/batch: in order, each on its own, one transaction."""

import threading
import time
from io import BytesIO
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.requests import MAX_BATCH_BYTES, MAX_BODY_BYTES
from store.tables import ArticleRow, EndpointRow, IdempotencyRow
from tests.service.conftest import PROBLEM_KEYS, Api, assert_problem, finish, wait_until
from tests.store import makers

GOOD = {"text": makers.TEXT}
KEY = {"Idempotency-Key": "batch-1"}


def send(api: Api, items: Any, **options: Any) -> TestResponse:
    return api.post("/v1/articles/batch", json={"articles": items}, **options)


def count_articles(api: Api) -> int:
    with api.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


def test_answers_stand_in_the_order_of_the_articles(both: Api) -> None:
    texts = [f"Article number {number}." for number in range(100)]
    answer = send(both, [{"text": text, "external_id": f"x-{text[15:]}"} for text in texts])

    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "1"
    items = answer.get_json()["articles"]
    assert [list(item) for item in items] == [["id", "state", "external_id", "duplicate"]] * 100
    with both.database.reading() as session:
        kept = {row.id: (row.text, row.external_id, row.state) for row in session.scalars(select(ArticleRow))}
    assert [kept[item["id"]] for item in items] == [(text, f"x-{text[15:]}", "queued") for text in texts]


def test_one_that_is_bad_harms_no_other(both: Api) -> None:
    bad: list[Any] = [
        {"text": ""}, {"text": "x", "titel": "y"}, 7, None, "CANARY", [], {}, {"text": "CANARY\0"},
        {"text": "x", "callback_url": "http://10.0.0.7/"}, {"text": "x" * 200_001},
        {"text": "x", "metadata": {"\0": 1}}, {"text": "x", "published_at": "yesterday"},
    ]  # fmt: skip
    items = [item for one in bad for item in (GOOD, one)]
    answer = send(both, items)

    assert answer.status_code == 202
    found = answer.get_json()["articles"]
    assert all("id" in item for item in found[::2])
    refused = [item["error"] for item in found[1::2]]
    assert all(list(problem) == PROBLEM_KEYS for problem in refused)
    assert {(problem["status"], problem["code"]) for problem in refused} == {(422, "invalid")}
    assert [problem["errors"][0]["pointer"] for problem in refused] == [
        "/articles/1/text", "/articles/3/titel", "/articles/5", "/articles/7", "/articles/9", "/articles/11",
        "/articles/13", "/articles/15/text", "/articles/17/callback_url", "/articles/19/text", "/articles/21/metadata",
        "/articles/23/published_at",
    ]  # fmt: skip
    assert "CANARY" not in answer.text
    assert count_articles(both) == len(bad)


def test_nothing_but_bad_ones_is_still_an_answer_for_each(api: Api) -> None:
    answer = send(api, [{"text": ""}, {}], headers=KEY)
    assert answer.status_code == 202
    assert [list(item) for item in answer.get_json()["articles"]] == [["error"], ["error"]]
    assert send(api, [{"text": ""}, {}], headers=KEY).data == answer.data


def test_an_item_may_say_all_that_an_article_may(api: Api) -> None:
    item = {
        "text": "Words.", "title": "T", "url": "https://example.org/a", "source": "S", "language": "en",
        "published_at": "2026-01-02", "external_id": "e", "metadata": {"a": [1]}, "priority": "low",
        "callback_url": "https://receiver.example.org/a",
    }  # fmt: skip
    (answer,) = send(api, [item]).get_json()["articles"]

    with api.database.reading() as session:
        row = session.get_one(ArticleRow, answer["id"])
        kept = (row.title, row.url, row.source, row.requested_language, row.published_at, row.external_id)
        assert kept == ("T", "https://example.org/a", "S", "en", "2026-01-02", "e")
        assert (row.caller_metadata, row.priority) == ({"a": [1]}, 2)
        endpoint = session.scalars(select(EndpointRow).where(EndpointRow.article_id == row.id)).one()
        assert (endpoint.url, endpoint.secret) == (item["callback_url"], answer["callback_secret"])


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b'{"articles": []}', 422, "/articles"),
        (b"{}", 422, "/articles"),
        (b'{"articles": {"text": "x"}}', 422, "/articles"),
        (b'{"articles": null}', 422, "/articles"),
        (b'{"articles": [{"text": "x"}], "more": 1}', 422, "/more"),
        (b"[]", 422, ""),
        (orjson.dumps({"articles": [GOOD] * 101}), 422, "/articles"),
        (b'{"articles": [{"text": "\\ud800"}]}', 400, None),
        (b"", 400, None),
    ],
    ids=["none", "no list", "an object", "null", "an unknown field", "a bare list", "101", "a lone surrogate", "empty"],
)  # fmt: skip
def test_what_is_no_batch_is_refused_whole(shared: Api, body: bytes, status: int, pointer: str | None) -> None:
    answer = shared.post("/v1/articles/batch", data=body, headers={"Content-Type": "application/json"})
    problem = assert_problem(answer, status, "invalid" if status == 422 else "not_json")
    assert [error["pointer"] for error in problem["errors"]] == ([pointer] if pointer is not None else [])
    assert count_articles(shared) == 0


def test_an_article_twice_in_a_batch_is_one(both: Api) -> None:
    same, edited = {**GOOD, "external_id": "a"}, {"text": "Edited.", "external_id": "a"}
    first, second, third, fourth = send(both, [same, same, edited, GOOD]).get_json()["articles"]

    assert [item["duplicate"] for item in (first, second, third, fourth)] == [False, True, False, False]
    assert first["id"] == second["id"] != third["id"]
    assert count_articles(both) == 3
    finish(both.database, third["id"])
    (again,) = send(both, [edited]).get_json()["articles"]
    assert again == {**third, "state": "classified", "duplicate": True}


def test_workers_are_woken_once(live: Api) -> None:
    made = live.app.extensions["obelus"]
    send(live, [GOOD] * 50)
    wait_until(lambda: made.queues.count("classify") > 0)
    send(live, [{"text": ""}])
    time.sleep(0.2)
    assert made.queues.count("classify") == 1


def test_prefer_wait_is_ignored(api: Api) -> None:
    answer = send(api, [GOOD], headers={"Prefer": "wait=30"})
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers


# --- Idempotency-Key ------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_first_answer_again(both: Api) -> None:
    items = [{**GOOD, "callback_url": "https://receiver.example.org/a", "external_id": "a"}, {"text": ""}, GOOD]
    first = send(both, items, headers=KEY)
    finish(both.database, first.get_json()["articles"][0]["id"])
    again = send(both, items, headers=KEY)

    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.data) == (202, first.data)
    assert count_articles(both) == 2


def test_another_body_under_the_key_is_refused(api: Api) -> None:
    send(api, [GOOD], headers=KEY)
    assert_problem(send(api, [GOOD, GOOD], headers=KEY), 422, "idempotency_key_reused")
    assert_problem(api.submit(headers=KEY), 422, "idempotency_key_reused")
    api.submit(headers={"Idempotency-Key": "single"})
    assert_problem(send(api, [GOOD], headers={"Idempotency-Key": "single"}), 422, "idempotency_key_reused")


def test_what_is_kept_of_a_batch_is_small(api: Api) -> None:
    """Ids and what was wrong, no word of an article."""
    send(api, [{"text": "Zyzzogeton " * 500, "title": "Zyzzogeton", "external_id": "e" * 255}] * 99 + [{}], headers=KEY)
    with api.database.reading() as session:
        kept = orjson.dumps(session.scalars(select(IdempotencyRow.answer)).one())
    assert len(kept) < 100 * 120
    assert b"Zyzzogeton" not in kept


def test_requests_at_the_same_time_make_one_batch(both: Api) -> None:
    answers: list[TestResponse] = []
    gate = threading.Barrier(6)

    def post() -> None:
        gate.wait()
        answers.append(send(both, [GOOD] * 10, headers=KEY))

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    accepted = [answer for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 503}  # 503: no place was free within two seconds
    assert accepted
    assert len({answer.data for answer in accepted}) == 1
    assert count_articles(both) == 10


# --- bounds ---------------------------------------------------------------------------------------


def test_a_batch_may_be_larger_than_an_article_and_not_without_bound(shared: Api) -> None:
    """100 articles of the longest that newspapers print; past the bound 413, with and without a length."""
    long = {"text": "Слово " * 10_000}
    body = orjson.dumps({"articles": [long] * 100})
    assert MAX_BODY_BYTES < len(body) < MAX_BATCH_BYTES
    headers = {"Content-Type": "application/json"}
    # Refused for what it says, not for its size: nothing is kept.
    assert_problem(shared.post("/v1/articles/batch", data=b'{"a":' + body + b"}", headers=headers), 422, "invalid")
    assert_problem(shared.post("/v1/articles", data=body, headers=headers), 413, "too_large")

    too_large = b'{"articles": [' + b" " * MAX_BATCH_BYTES + b"]}"
    assert_problem(shared.post("/v1/articles/batch", data=too_large, headers=headers), 413, "too_large")
    chunked = shared.post(
        "/v1/articles/batch",
        input_stream=BytesIO(too_large),
        headers={**headers, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_problem(chunked, 413, "too_large")


def test_few_batches_are_in_memory_at_a_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.batches._SLOT_SECONDS", 0.1)
    slots = api.app.extensions["obelus"].batch_slots
    with slots:
        answer = send(api, [GOOD])
    assert_problem(answer, 503, "overloaded")
    assert answer.headers["Retry-After"] == "1"
    assert send(api, [GOOD]).status_code == 202


def test_past_the_bound_of_waiting_articles_a_batch_is_refused_whole(api: Api) -> None:
    api.app.extensions["obelus"].pressure.bound = 3
    first = send(api, [{**GOOD, "external_id": "a"}] + [GOOD] * 4, headers=KEY)
    assert first.status_code == 202, "one that begins below the bound is taken whole"
    answer = send(api, [GOOD])
    assert_problem(answer, 503, "overloaded")
    assert 10 <= int(answer.headers["Retry-After"]) <= 30
    assert_problem(api.submit(), 503, "overloaded")
    assert send(api, [{**GOOD, "external_id": "a"}] + [GOOD] * 4, headers=KEY).data == first.data
    assert send(api, [{**GOOD, "external_id": "a"}]).get_json()["articles"][0]["duplicate"]
    assert count_articles(api) == 5
