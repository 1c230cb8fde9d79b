"""POST /v1/articles and GET of what came of it."""

import threading
import time

import pytest
from sqlalchemy import func, select

from store import articles, claims
from store.tables import ArticleRow, EndpointRow
from tests.service.conftest import Api, finish, wait_until
from tests.store import makers

ARTICLE_KEYS = [
    "id", "state", "external_id", "language", "published_at", "created_at", "classified_at", "action", "labels",
    "review_state", "offset_unit", "failure", "erased_at", "text", "report",
]  # fmt: skip
HOSTILE_TEXTS = {
    "crlf": "One line.\r\nAnother line.\r",
    "zero width": "ze\u200bro wi\u200ddth\ufeff",
    "bidi": "left \u202eright\u202c \u2066mixed\u2069 עברית",
    "emoji": "👩‍👩‍👧‍👦 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "combining": "e\u0301 and ё",
    "markup": "<script>alert(1)</script>&amp;&#x41;",
    "one code point": "x",
    "spaces alone": " \t\n",
    "noncharacters": "\ufffe\uffff\U0010ffff",
}


def test_an_article_is_accepted_while_redis_is_down(api: Api) -> None:
    answer = api.submit(fields={"external_id": "cms-7", "published_at": "2026-11-20", "language": "en"})

    assert answer.status_code == 202
    body = answer.json
    assert body is not None
    assert list(body) == ARTICLE_KEYS
    assert answer.headers["Location"] == f"/v1/articles/{body['id']}"
    assert answer.headers["Retry-After"] == "1"
    assert (body["state"], body["external_id"], body["language"], body["published_at"]) == (
        "queued", "cms-7", "en", "2026-11-20",
    )  # fmt: skip
    assert (body["report"], body["action"], body["labels"], body["classified_at"]) == (None, None, [], None)
    assert api.get(answer.headers["Location"]).json == body


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_the_text_is_kept_code_point_for_code_point(api: Api, text: str) -> None:
    article_id = api.submit_id(content=text)

    with api.database.reading() as session:
        row = articles.get_article(session, article_id)
        assert row is not None
        assert row.text == text


@pytest.mark.parametrize("character", ["a", "я", "\U0001f600"])
def test_the_longest_text_is_accepted_in_any_script(api: Api, character: str) -> None:
    """200,000 code points, also where each is written as a surrogate pair of escapes (twelve bytes)."""
    assert api.submit(content=character * 200_000).status_code == 202


def test_a_classified_article_comes_with_its_report(api: Api) -> None:
    article_id = api.submit_id()
    finish(api.database, article_id)

    body = api.get(f"/v1/articles/{article_id}").json

    assert body is not None
    assert list(body) == ARTICLE_KEYS
    assert (body["state"], body["action"], body["review_state"]) == ("classified", "review", "open")
    assert body["labels"] == ["violence", "violence.graphic"]
    assert list(body["report"]) == ["language", "text_sha256", "versions", "violence", "designations", "source_bias"]
    for finding in body["report"]["violence"]["findings"]:
        for evidence in finding["evidence"]:
            assert makers.TEXT[evidence["start"] : evidence["end"]] == evidence["text"]


def test_spans_count_utf16_code_units_where_asked(api: Api) -> None:
    text = f"😀 {makers.TEXT}"
    article_id = api.submit_id(content=text)
    finish(api.database, article_id)

    body = api.get(f"/v1/articles/{article_id}?offset_unit=utf16").json

    assert body is not None
    assert body["offset_unit"] == "utf16"
    first = body["report"]["violence"]["findings"][0]["evidence"][0]
    assert (first["start"], first["end"]) == (16, 23)  # one more: the emoji counts twice


def test_a_failed_article_says_why(api: Api) -> None:
    article_id = api.submit_id()
    with api.database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        articles.fail_article(session, article_id, token=claim.token, failure="the weights are broken")

    body = api.get(f"/v1/articles/{article_id}").json

    assert body is not None
    assert (body["state"], body["failure"], body["report"]) == ("failed", "the weights are broken", None)


def test_null_means_not_given(api: Api) -> None:
    names = ("html", "title", "url", "source", "language", "published_at", "external_id", "metadata", "callback_url")
    names = (*names, "priority")
    assert api.submit(fields=dict.fromkeys(names)).status_code == 202


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-20", "2026-11-20"),
        ("2026-11-20t09:00:00z", "2026-11-20T09:00:00Z"),
        ("2026-11-20T09:00:00.123456+03:00", "2026-11-20T09:00:00.123456+03:00"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_dates_of_rfc_3339_are_kept(api: Api, sent: str, kept: str) -> None:
    answer = api.submit(fields={"published_at": sent})

    assert answer.json is not None
    assert answer.json["published_at"] == kept


# --- callback -------------------------------------------------------------------------------------


def test_a_callback_url_gets_the_keys_own_secret(api: Api) -> None:
    """One secret per key, shown in each answer to a submission with a callback; never in other answers."""
    first = api.submit(fields={"callback_url": "https://receiver.example.org/a"})
    second = api.submit(fields={"callback_url": "https://receiver.example.org/b"})

    assert first.json is not None
    assert second.json is not None
    assert first.json["callback_secret"].startswith("whsec_")
    assert first.json["callback_secret"] == second.json["callback_secret"]
    assert "callback_secret" not in api.get(first.headers["Location"]).text
    with api.database.reading() as session:
        row = session.scalars(select(EndpointRow).where(EndpointRow.article_id == first.json["id"])).one()
        assert (row.url, row.secret) == ("https://receiver.example.org/a", first.json["callback_secret"])


# --- waking and waiting ---------------------------------------------------------------------------


def test_a_worker_is_woken_with_the_id_alone(live: Api) -> None:
    article_id = live.submit_id()

    from service.context import context

    with live.app.app_context():
        queue = context().queues.queue("classify")
    wait_until(lambda: bool(queue.jobs))  # beside the request
    (job,) = queue.jobs
    assert (job.func_name, job.args, job.kwargs) == ("workers.classify.classify_waiting", [article_id], {})
    assert makers.TEXT[:20] not in str(queue.connection.hgetall(job.key))


def _finish_soon(api: Api, *, announce: bool) -> threading.Thread:
    """A worker that reads the next article to come."""

    def work() -> None:
        for _ in range(200):
            time.sleep(0.02)
            with api.database.reading() as session:
                waiting = session.scalar(select(ArticleRow.id).where(ArticleRow.state == "queued"))
            if waiting is not None:
                time.sleep(0.1)
                finish(api.database, waiting)
                if announce:
                    with api.app.app_context():
                        from service.context import context

                        context().queues.announce_done(waiting)
                return

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_waiting_gets_the_finished_article_also_without_redis(api: Api) -> None:
    worker = _finish_soon(api, announce=False)
    answer = api.submit(headers={"Prefer": "wait=10"})
    worker.join()

    assert answer.status_code == 200
    assert answer.headers["Preference-Applied"] == "wait"
    assert "Retry-After" not in answer.headers
    assert answer.json is not None
    assert answer.json["state"] == "classified"
    assert answer.json["report"]["violence"]["status"] == "ok"
    assert answer.json == api.get(answer.headers["Location"]).json


def test_an_announcement_ends_the_wait(live: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the database is only the second way: with it set far apart the answer still comes at once."""
    monkeypatch.setattr("service.submission._LOOK_ANYWAY_SECONDS", 20)
    worker = _finish_soon(live, announce=True)
    began = time.monotonic()
    answer = live.submit(headers={"Prefer": "wait=10"})
    worker.join()

    assert answer.status_code == 200
    assert time.monotonic() - began < 5


def test_waiting_ends_with_202_when_nobody_reads(api: Api) -> None:
    began = time.monotonic()
    answer = api.submit(headers={"Prefer": "respond-async, wait=1"})

    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "wait"
    assert 0.9 < time.monotonic() - began < 5


@pytest.mark.parametrize(
    "preference",
    [
        "wait=0",
        "wait",
        "wait=",
        "wait=-1",
        "wait=1.5",
        "wait=soon",
        "wait=٣",
        "return=minimal",
        ";;==",
        "wait=0, wait=9",
    ],
)
def test_bad_and_unknown_preferences_are_ignored(api: Api, preference: str) -> None:
    began = time.monotonic()
    answer = api.submit(headers={"Prefer": preference})

    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=7", 7),
        ('wait="7"', 7),
        ("WAIT = 7", 7),
        ("respond-async, wait=7; x=y", 7),
        ("wait=31", 30),
        ("wait=999999999", 30),
        ("handling=lenient", 0),
    ],
)
def test_preferences_are_read_as_rfc_7240_writes_them(shared: Api, header: str, seconds: int) -> None:
    from service.requests import wait_seconds

    with shared.app.test_request_context(headers={"Prefer": header}):
        assert wait_seconds() == seconds


def test_waiting_never_takes_every_thread(api: Api) -> None:
    """With four slots of eight threads taken, a fifth is answered at once and without Preference-Applied."""
    from service.context import context

    with api.app.app_context():
        slots = context().waiting_slots
    taken = 0
    while slots.acquire(blocking=False):
        taken += 1
    try:
        answer = api.submit(headers={"Prefer": "wait=10", "Idempotency-Key": "busy"})
    finally:
        slots.release(taken)

    assert taken == 4
    assert answer.status_code == 202
    assert "Preference-Applied" not in answer.headers
    again = api.submit(headers={"Idempotency-Key": "busy"})
    assert again.headers["Idempotency-Replayed"] == "true"


def test_what_was_committed_is_answered_though_the_database_fails_while_waiting(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("disk I/O error"))

    monkeypatch.setattr("service.submission._finished", fail)
    answer = api.submit(headers={"Prefer": "wait=5"})

    assert answer.status_code == 202
    with api.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ArticleRow)) == 1
