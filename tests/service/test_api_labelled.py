"""GET /v1/articles/{id}/labelled: from the stored report, for people and for programs."""

from datetime import date

import pytest

from models.designations.classifier import classify
from models.designations.register import load_register
from models.text import prepare
from models.types import Article, Language, Report, Rules, SourceBiasReport, ViolenceReport
from models.wire import report_to_dict
from store import articles, claims, erasure
from store.database import Database
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, finish
from tests.store import makers

VERSIONS = {"violence": "1", "designations": "1", "source_bias": "1", "register": "1", "policy": "default@1"}

TEXT = "Боевики «Исламского государства» <b>ушли</b>.\r\nИГИЛ* молчит & ждёт.\r\n\r\n«Аль-Каида» 🙂"
LABELLED = (
    "Боевики «Исламского государства»* <b>ушли</b>.\r\nИГИЛ* молчит & ждёт.\r\n\r\n«Аль-Каида»* 🙂"
    "\r\n\r\n* Террористическая организация, запрещённая на территории РФ"
)
HTML = """<article lang="ru">
<p>Боевики «Исламского государства»<sup>*</sup> &lt;b&gt;ушли&lt;/b&gt;.<br>
ИГИЛ<sup>*</sup> молчит &amp; ждёт.</p>
<p>«Аль-Каида»<sup>*</sup> 🙂</p>
<p>* Террористическая организация, запрещённая на территории РФ</p>
</article>
"""


def add_read(api: Api, text: str = TEXT, *, published_at: str = "2024-05-01") -> str:
    """An article whose designations were read by the real classifier."""
    article_id = api.submit_id(content=text, fields={"published_at": published_at, "language": "ru"})
    with api.database.reading() as session:
        row = session.get_one(ArticleRow, article_id)
        page = prepare(Article(text=row.text, language="ru", published_at=date.fromisoformat(published_at)))
    found = classify(page, load_register(), Rules())
    report = report_to_dict(
        Report(Language("ru", 1.0, True), "0", VERSIONS, ViolenceReport("ok"), found, SourceBiasReport("ok"))
    )
    finish(api.database, article_id, report=report)
    return article_id


def test_what_is_missing_is_put_in(api: Api) -> None:
    answer = api.get(f"/v1/articles/{add_read(api)}/labelled?jurisdiction=RU")

    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.get_data().decode() == LABELLED


def test_without_a_jurisdiction_the_duty_to_label_decides(api: Api) -> None:
    assert api.get(f"/v1/articles/{add_read(api)}/labelled").get_data().decode() == LABELLED


def test_as_html_it_is_escaped(api: Api) -> None:
    answer = api.get(f"/v1/articles/{add_read(api)}/labelled?jurisdiction=RU&format=html")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.get_data().decode() == HTML
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_unchanged_is_304(api: Api) -> None:
    path = f"/v1/articles/{add_read(api)}/labelled"
    etag = api.get(path).headers["ETag"]
    again = api.get(path, headers={"If-None-Match": etag})

    assert (again.status_code, again.get_data()) == (304, b"")
    assert api.get(f"{path}?format=html", headers={"If-None-Match": etag}).status_code == 200


def test_the_day_of_the_article_decides(api: Api) -> None:
    text = "«Талибан» открыл школу."
    before, after = (add_read(api, text, published_at=day) for day in ("2024-05-01", "2025-06-01"))

    assert api.get(f"/v1/articles/{before}/labelled").get_data().decode().startswith("«Талибан»* открыл")
    assert api.get(f"/v1/articles/{after}/labelled").get_data().decode() == text


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("jurisdiction=ru", "/jurisdiction"), ("jurisdiction=ZZ", "/jurisdiction"), ("format=pdf", "/format")],
)
def test_a_bad_parameter_is_named(api: Api, query: str, pointer: str) -> None:
    article_id = api.submit_id()
    problem = assert_problem(api.get(f"/v1/articles/{article_id}/labelled?{query}"), 422, "invalid")
    assert [(error["pointer"], error["in"]) for error in problem["errors"]] == [(pointer, "query")]


def test_what_was_not_read_is_never_called_complete(api: Api, database: Database) -> None:
    waiting = api.submit_id()
    assert_problem(api.get(f"/v1/articles/{waiting}/labelled"), 409, "conflict")
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=5, lease_seconds=60)
        assert articles.fail_article(session, waiting, token=claim.token, failure="it broke")
    assert_problem(api.get(f"/v1/articles/{waiting}/labelled"), 409, "conflict")


def test_a_failed_classifier_is_a_conflict(api: Api) -> None:
    article_id = api.submit_id()
    report = makers.violent_report()
    report["designations"]["status"] = "failed"
    finish(api.database, article_id, report=report)
    assert_problem(api.get(f"/v1/articles/{article_id}/labelled"), 409, "conflict")


def test_an_erased_article_says_so(api: Api) -> None:
    """Neither its labelled text nor spans in UTF-16 can be had; the report without words can."""
    article_id = add_read(api)
    with api.database.writing() as session:
        assert erasure.erase_article(session, article_id, actor=api.key_id)

    for path in (f"/v1/articles/{article_id}/labelled", f"/v1/articles/{article_id}?offset_unit=utf16"):
        assert "erased" in assert_problem(api.get(path), 409, "conflict")["detail"]
    mention = api.get(f"/v1/articles/{article_id}").get_json()["report"]["designations"]["mentions"][0]
    assert (mention["text"], mention["organisation"]["id"]) == ("", "islamic-state")
