"""Articles are kept as sent and listed by index."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from store import articles, claims, clock
from store.articles import ArticleFilter, NewArticle
from store.database import Database
from store.tables import ArticleLabelRow
from tests.store.makers import QUIET, TEXT, add_articles, ago, make_report, set_columns

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
    assert articles.list_articles(session, ArticleFilter(api_key_id="key_of_somebody_else"), limit=10) == []


def test_lists_do_not_load_texts(database: Database, key_id: str) -> None:
    """Texts are up to 800 kB each."""
    with database.writing() as session:
        add_articles(session, key_id, 3)
    with database.reading() as session:
        listed = articles.list_articles(session, ArticleFilter(), limit=10)
        assert len(listed) == 3
        assert all("text" in inspect(row).unloaded for row in listed)


@pytest.fixture
def five(database: Database, key_id: str) -> list[str]:
    """Five articles, oldest first: the middle one labelled, the last two finished."""
    with database.writing() as session:
        made = add_articles(session, key_id, 5)
        session.add_all([ArticleLabelRow(label="violence", article_id=made[index]) for index in (2, 3)])
        session.add(ArticleLabelRow(label="bias", article_id=made[2]))
        for article_id in made[3:]:
            set_columns(session, article_id, state="classified", action="review", review_state="open")
        set_columns(session, made[4], action="allow", review_state="not_needed")
        for index, article_id in enumerate(made):
            set_columns(session, article_id, created_at=ago(500 - 100 * index))
    return made


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"state": "queued"}, [2, 1, 0]),
        ({"state": "classified"}, [4, 3]),
        ({"state": "failed"}, []),
        ({"label": "violence"}, [3, 2]),
        ({"label": "bias"}, [2]),
        ({"label": "nothing"}, []),
        ({"label": "violence", "state": "queued"}, [2]),
        ({"action": "review"}, [3]),
        ({"action": "allow"}, [4]),
        ({"review_state": "open"}, [3]),
        ({"review_state": "not_needed", "state": "classified"}, [4]),
    ],
    ids=str,
)
def test_filters_and_newest_first(
    database: Database, five: list[str], wanted: dict[str, str], indexes: list[int]
) -> None:
    with database.reading() as session:
        found = articles.list_articles(session, ArticleFilter(**wanted), limit=10)
    assert [row.id for row in found] == [five[index] for index in indexes]


def test_created_after(database: Database, five: list[str]) -> None:
    with database.reading() as session:
        found = articles.list_articles(session, ArticleFilter(created_after=ago(250)), limit=10)
        assert [row.id for row in found] == [five[4], five[3]]
        later = ArticleFilter(created_after=clock.now() + timedelta(days=1))
        assert articles.list_articles(session, later, limit=10) == []


@pytest.mark.parametrize("label", [None, "violence"])
def test_a_cursor_visits_each_once_while_new_ones_arrive(
    database: Database, key_id: str, five: list[str], label: str | None
) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        with database.writing() as session:
            page = articles.list_articles(session, ArticleFilter(label=label, after_id=after), limit=2)
            (new,) = add_articles(session, key_id, 1)
            session.add(ArticleLabelRow(label="violence", article_id=new))
        if not page:
            break
        seen += [row.id for row in page]
        after = seen[-1]
    assert seen == ([five[3], five[2]] if label else five[::-1])


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
