"""Articles are kept as sent and listed by index."""

import pytest
from sqlalchemy.orm import Session

from store import articles, claims, clock
from store.articles import NewArticle
from store.database import Database
from tests.store.makers import QUIET, TEXT, add_articles, make_report

STRANGE_TEXTS = {
    "emoji": "👩‍👩‍👧‍👦 🇺🇦 👍🏽",
    "combining": "e\u0301 is not \u00e9; ẛ̣",
    "right to left": "\u202eabc\u202c שלום \u2066مرحبا\u2069",
    "zero width": "zero\u200bwidth\u200d\ufeff and soft\u00adhyphen",
    "line ends": "one\r\ntwo\rthree\u2028four\n",
    "markup": "<script>alert('1')</script> & \"quotes\" \\ % ; -- DROP",
    "astral and private": "\U0010fffd \ue000 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "controls": "\x01\x02\x1b[31m\x7f\x85",
    "blank": " \t\u3000",
    "longest": "ж" * articles.MAX_CODE_POINTS,
}


@pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS)
def test_text_is_kept_code_point_for_code_point(database: Database, key_id: str, text: str) -> None:
    metadata = {"nested": [text[:100], {"é": None}], "number": 1.5}
    with database.writing() as session:
        new = NewArticle(text, title=text[:500], external_id=text[:100], metadata=metadata)
        made = articles.add_article(session, new, api_key_id=key_id).id
    with database.reading() as session:
        row = articles.get_article(session, made)
        assert row is not None
        assert row.text == text
        assert (row.title, row.external_id, row.caller_metadata) == (text[:500], text[:100], metadata)


def test_a_new_article_waits(session: Session, key_id: str) -> None:
    row = articles.add_article(session, NewArticle(TEXT, language="ru"), api_key_id=key_id)
    assert claims.count_waiting(session) == 1
    assert articles.summary(row) == {
        "id": row.id,
        "state": "queued",
        "external_id": None,
        "language": "ru",
        "published_at": None,
        "created_at": clock.isoformat(row.created_at),
        "classified_at": None,
        "action": None,
        "labels": [],
        "review_state": "not_needed",
    }
    assert articles.get_report(session, row) is None


def test_a_caller_gets_only_its_own(session: Session, key_id: str) -> None:
    (made,) = add_articles(session, key_id, 1)
    assert articles.get_article(session, made, api_key_id=key_id) is not None
    assert articles.get_article(session, made) is not None
    assert articles.get_article(session, made, api_key_id="key_of_somebody_else") is None
    assert articles.get_article(session, "art_missing") is None


def test_a_finished_article_gives_its_report_back(database: Database, key_id: str) -> None:
    report = make_report()
    with database.writing() as session:
        add_articles(session, key_id, 1)
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert articles.finish_article(session, claim.articles[0].id, token=claim.token, report=report, outcome=QUIET)
    with database.reading() as session:
        row = articles.get_article(session, claim.articles[0].id)
        assert row is not None
        assert articles.get_report(session, row) == report


def test_the_limit_of_a_text_is_that_of_the_api() -> None:
    assert articles.MAX_CODE_POINTS == 200_000
