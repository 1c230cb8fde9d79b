"""Lists are newest first, by each filter and all together, page by page, and none walks further than it may."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from store import article_lists, clock
from store.article_lists import ArticleFilter, list_articles
from store.database import Database
from store.tables import ArticleLabelRow, ArticleOrganisationRow
from tests.store.makers import add_articles, ago, set_columns


def test_lists_do_not_load_texts(database: Database, key_id: str) -> None:
    """Texts are up to 800 kB each."""
    with database.writing() as session:
        add_articles(session, key_id, 3)
    with database.reading() as session:
        listed = list_articles(session, ArticleFilter(), limit=10).articles
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
        found = list_articles(session, ArticleFilter(**wanted), limit=10)
    assert [row.id for row in found.articles] == [five[index] for index in indexes]


def test_created_after(database: Database, five: list[str]) -> None:
    with database.reading() as session:
        found = list_articles(session, ArticleFilter(created_after=ago(250)), limit=10)
        assert [row.id for row in found.articles] == [five[4], five[3]]
        later = ArticleFilter(created_after=clock.now() + timedelta(days=1))
        assert list_articles(session, later, limit=10).articles == []


@pytest.mark.parametrize("label", [None, "violence"])
def test_a_cursor_visits_each_once_while_new_ones_arrive(
    database: Database, key_id: str, five: list[str], label: str | None
) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        with database.writing() as session:
            page = list_articles(session, ArticleFilter(label=label, after_id=after), limit=2)
            (new,) = add_articles(session, key_id, 1)
            session.add(ArticleLabelRow(label="violence", article_id=new))
        seen += [row.id for row in page.articles]
        after = page.next_id
        if after is None:
            break
    assert seen == ([five[3], five[2]] if label else five[::-1])


@pytest.fixture
def many(database: Database, key_id: str) -> list[str]:
    """Twelve articles, oldest first: every third is Russian, every fourth failed, one names the front."""
    with database.writing() as session:
        made = add_articles(session, key_id, 12)
        for index, article_id in enumerate(made):
            language, state = "ru" if index % 3 == 0 else "en", "failed" if index % 4 == 0 else "classified"
            set_columns(session, article_id, language=language, state=state, source="wire")
            session.add(ArticleLabelRow(label="violence", article_id=article_id))
        session.add(ArticleOrganisationRow(organisation_id="front", article_id=made[5]))
    return made


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        ({"language": "ru", "state": "failed"}, [0]),
        ({"language": "ru", "source": "wire"}, [9, 6, 3, 0]),
        ({"label": "violence", "state": "failed", "source": "wire"}, [8, 4, 0]),
        ({"label": "violence", "organisation": "front", "language": "en"}, [5]),
        ({"label": "violence", "state": "queued"}, []),
    ],
    ids=str,
)
def test_pages_miss_nothing_however_few_articles_each_looks_at(
    session: Session,
    many: list[str],
    monkeypatch: pytest.MonkeyPatch,
    wanted: dict[str, str],
    indexes: list[int],
) -> None:
    for walked in (1, 2, 3, 5, 100):
        monkeypatch.setattr(article_lists, "WALKED", walked)
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = list_articles(session, ArticleFilter(**wanted, after_id=after or None), limit=2)
            assert page.next_id != after, "it goes on"
            seen += [row.id for row in page.articles]
            after = page.next_id
        assert [many.index(found) for found in seen] == indexes, walked


def test_a_rare_filter_is_listed_whole_at_once(
    session: Session, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last that it lets through is the first of the other: the walk is that of the rarer one."""
    monkeypatch.setattr(article_lists, "WALKED", 4)
    for wanted in (ArticleFilter(source="wire", organisation="front"), ArticleFilter(label="violence", state="failed")):
        page = list_articles(session, wanted, limit=5)
        assert page.next_id is None
        assert page.articles


def test_until_an_article_was_read_its_language_is_the_one_that_was_sent(session: Session, key_id: str) -> None:
    (made,) = add_articles(session, key_id, 1, language="ru")
    assert [row.id for row in list_articles(session, ArticleFilter(language="ru"), limit=5).articles] == [made]
