"""HTML sent as an article: its text is read and given back, and no page, however hostile, costs the service more."""

import subprocess
import sys
import time
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import text

from models.extraction import Extracted
from service.api import batches
from service.context import Context
from service.extraction import Extractor
from store import erasure
from tests.service.conftest import Api, assert_problem, finish

PAGE = """<html><head><title>Town shelled</title><meta property="og:site_name" content="Example News">
<meta property="article:published_time" content="2024-03-05T10:00:00Z"></head><body><nav><a href="/">Home</a></nav>
<article><p>Fighters of ISIS<sup>*</sup> shelled the town 😀 on Friday, killing four people, officials said.</p>
</article><footer>*A terrorist organization banned in Russia.</footer></body></html>"""
TEXT = (
    "Fighters of ISIS* shelled the town 😀 on Friday, killing four people, officials said.\n\n"
    "*A terrorist organization banned in Russia."
)
TAKES_A_MINUTE = "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">The council voted."
LONGEST_SECONDS = 25  # of a busy machine: an extraction ends itself after three of the processor, ten in all


def made(app: APIFlask) -> Context:
    found: Context = app.extensions["obelus"]
    return found


def send(api: Api, html: str = PAGE, **options: Any) -> Any:
    fields = options.pop("fields", {})
    return api.post("/v1/articles", json={"html": html, **fields}, **options)


def test_the_text_is_given_back_and_what_the_page_says_of_itself(api: Api) -> None:
    sent = send(api)
    assert sent.status_code == 202, sent.text
    assert sent.json["text"] == TEXT
    assert sent.json["published_at"] == "2024-03-05T10:00:00+00:00"
    finish(api.database, sent.json["id"])
    got = api.get(f"/v1/articles/{sent.json['id']}").json
    assert got["text"] == TEXT
    assert got["report"]
    with api.database.reading() as session:
        row = session.execute(text("SELECT title, source, is_extracted FROM articles")).one()
    assert tuple(row) == ("Town shelled", "Example News", 1)


def test_what_the_caller_says_goes_first(api: Api) -> None:
    sent = send(api, fields={"title": "Mine", "published_at": "2020-01-01", "source": "tass.ru"})
    assert sent.json["published_at"] == "2020-01-01"
    with api.database.reading() as session:
        assert tuple(session.execute(text("SELECT title, source FROM articles")).one()) == ("Mine", "tass.ru")


def test_a_plain_text_is_not_given_back(api: Api) -> None:
    sent = api.submit()
    assert sent.json is not None
    assert sent.json["text"] is None


def test_the_labelled_text_is_that_of_the_page(api: Api) -> None:
    article_id = send(api).json["id"]
    finish(api.database, article_id)
    assert api.get(f"/v1/articles/{article_id}/labelled?jurisdiction=RU").text.startswith("Fighters of ISIS*")


def test_the_same_key_gets_the_same_text_and_the_key_keeps_none(api: Api) -> None:
    first = send(api, headers={"Idempotency-Key": "one"})
    again = send(api, headers={"Idempotency-Key": "one"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    with api.database.reading() as session:
        assert "shelled" not in str(session.execute(text("SELECT answer FROM idempotency")).scalar_one())


def test_erased_the_text_is_gone_from_every_answer(api: Api) -> None:
    article_id = send(api, headers={"Idempotency-Key": "one"}).json["id"]
    finish(api.database, article_id)
    with api.database.writing() as session:
        assert erasure.erase_article(session, article_id, actor="test")
    assert api.get(f"/v1/articles/{article_id}").json["text"] is None  # type: ignore[index]
    assert send(api, headers={"Idempotency-Key": "one"}).json["text"] is None


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<nav><a href=/>Home</a></nav>", "no_article_text"),
        ("<script>alert(1)</script>", "no_article_text"),
        (" ", "no_article_text"),
        ("<p>a" * 40_000, "html_unreadable"),
        (TAKES_A_MINUTE, "html_unreadable"),
    ],
    ids=["a menu", "a script", "a space", "too many elements", "attributes that take a minute to parse"],
)
def test_a_page_that_cannot_be_read_is_refused_in_time(api: Api, html: str, code: str) -> None:
    began = time.monotonic()
    assert_problem(send(api, html), 422, code)
    assert time.monotonic() - began < LONGEST_SECONDS
    assert send(api).status_code == 202, "the next page is read"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 180_000, "<b>a" * 7_000, "<table>" * 150_000, "<" * 900_000, "&" * 900_000, "<svg>" * 150_000,
        "<a href=x>y</a>" * 20_000, "<p>" + "😀" * 300_000, "<!--" * 200_000, "\ufeff\u202e\u2028" * 100_000,
        "<p>&#x110000;&#xFFFF;a", "<![CDATA[" * 90_000, "<?xml version='1.0' encoding='utf-16'?><p>a",
        "<form><p>a" * 9_000, "<li>a" * 25_000,
    ],
    ids=lambda html: html[:12],
)  # fmt: skip
def test_a_hostile_page_is_read_or_refused(api: Api, html: str) -> None:
    began = time.monotonic()
    answer = send(api, html)
    assert answer.status_code in (202, 422), answer.text
    assert time.monotonic() - began < LONGEST_SECONDS


def test_an_article_in_it_that_is_too_long_is_refused(api: Api) -> None:
    problem = assert_problem(send(api, f"<p>{'word ' * 50_000}</p>"), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["/html"]


def test_html_that_is_too_long_is_refused(api: Api) -> None:
    problem = assert_problem(send(api, "a" * 1_000_001), 422, "invalid")
    assert [error["pointer"] for error in problem["errors"]] == ["/html"]


def test_an_extraction_that_died_while_it_waited_is_started_again(api: Api) -> None:
    assert send(api).status_code == 202
    (process,) = made(api.app).extractor._idle
    process.terminate()
    process.wait(10)
    assert send(api).status_code == 202


def test_of_a_batch_the_pages_beyond_its_time_are_refused_and_all_else_is_taken(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_READING_SECONDS", 2.0)  # a page ends itself after three
    sent = [{"html": PAGE}, {"html": TAKES_A_MINUTE}, {"html": PAGE, "external_id": "late"}, {"text": TEXT}]
    answer = api.post("/v1/articles/batch", json={"articles": sent})
    assert answer.status_code == 202
    first, slow, late, plain = answer.get_json()["articles"]
    assert "id" in first
    assert "id" in plain
    assert slow["error"]["code"] == "html_unreadable"
    assert late["error"]["code"] == "html_not_read"
    assert "alone" in late["error"]["detail"]
    assert send(api, fields={"external_id": "late"}).status_code == 202


def must_not_read(_self: Extractor, _html: str) -> Extracted:
    raise AssertionError("a page was read for a replay")


def test_a_batch_sent_again_is_answered_the_same_and_its_pages_are_not_read_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {
        "articles": [
            {"html": PAGE, "external_id": "page", "callback_url": "https://example.org/hook"},
            {"html": "<nav><a href=/>Home</a></nav>"},
        ]
    }
    first = api.post("/v1/articles/batch", json=body, headers={"Idempotency-Key": "pages"})
    monkeypatch.setattr(Extractor, "extract", must_not_read)
    again = api.post("/v1/articles/batch", json=body, headers={"Idempotency-Key": "pages"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    assert first.get_json()["articles"][0]["external_id"] == "page"
    assert first.get_json()["articles"][1]["error"]["code"] == "no_article_text"


def test_a_page_sent_again_is_not_read_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    first = send(api, headers={"Idempotency-Key": "page"})
    monkeypatch.setattr(Extractor, "extract", must_not_read)
    again = send(api, headers={"Idempotency-Key": "page"})
    assert (again.headers["Idempotency-Replayed"], again.json) == ("true", first.json)


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/articles/batch"])
def test_no_page_is_read_for_a_key_of_another_body(api: Api, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def post(html: str) -> Any:
        body = {"html": html} if path == "/v1/articles" else {"articles": [{"html": html}]}
        return api.post(path, json=body, headers={"Idempotency-Key": "page"})

    assert post(PAGE).status_code == 202
    monkeypatch.setattr(Extractor, "extract", must_not_read)
    assert_problem(post(PAGE + " "), 422, "idempotency_key_reused")


def test_the_web_process_loads_neither_parser_nor_extractor(api: Api) -> None:
    code = "import sys, service.app; print([n for n in ('lxml', 'trafilatura') if n in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
