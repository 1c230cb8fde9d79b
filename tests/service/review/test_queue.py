"""The queue: what waits, newest first, filtered by links, a page at a time."""

import pytest
from apiflask import APIFlask
from sqlalchemy import event, update

from service.review.queue import PAGE_SIZE
from store.database import Database
from store.tables import ArticleRow
from tests.service.review import samples
from tests.service.review.conftest import Page, Person


def titles(page: Page) -> list[str]:
    return [heading.text.strip() for heading in page.by_tag("h2")]


def test_an_empty_queue_says_so(maria: Person) -> None:
    assert "Nothing waits for a review" in maria.get("/review/").text


def test_open_articles_are_shown_with_what_a_reviewer_needs(maria: Person, database: Database) -> None:
    report = samples.sample_report(samples.ENGLISH, "en")
    article_id = samples.add_read_article(database, samples.ENGLISH, report, title="Shelling", source="Northern Wire")
    answer = maria.get("/review/")
    page = Page(answer.text)

    assert titles(page) == ["Shelling"]
    assert [link for link in page.by_tag("a") if link.attributes["href"] == f"/review/articles/{article_id}"]
    (entry,) = [item for item in page.by_tag("li") if item.text.count("Shelling")]
    for words in ("Severity 5 of 7", "Violence", "Unmarked mention", "review", "Northern Wire", "en", "UTC"):
        assert words in entry.text


def test_closed_and_clean_articles_are_not_in_the_queue_but_under_their_links(
    maria: Person, database: Database
) -> None:
    clean = "Rain is expected on Sunday."
    samples.add_read_article(database, clean, samples.empty_report(clean), title="Clean")
    report = samples.sample_report(samples.ENGLISH, "en")
    closed = samples.add_read_article(database, samples.ENGLISH, report, title="Closed")
    samples.add_read_article(database, samples.ENGLISH, report, title="Open")
    with database.writing() as session:
        session.execute(update(ArticleRow).where(ArticleRow.id == closed).values(review_state="closed"))

    assert titles(Page(maria.get("/review/").text)) == ["Open"]
    assert titles(Page(maria.get("/review/?state=closed").text)) == ["Closed"]
    assert titles(Page(maria.get("/review/?state=all").text)) == ["Open", "Closed", "Clean"]
    counts = [
        element.text
        for element in Page(maria.get("/review/").text).elements
        if element.attributes.get("class") == "count"
    ]
    assert counts == ["1", "1", "3"]


def test_the_label_filter_shows_only_articles_with_that_label(maria: Person, database: Database) -> None:
    report = samples.sample_report(samples.ENGLISH, "en")
    samples.add_read_article(database, samples.ENGLISH, report, title="With violence")
    samples.add_read_article(database, "Nothing could be read.", None, title="Unread")

    assert titles(Page(maria.get("/review/?label=violence").text)) == ["With violence"]
    assert titles(Page(maria.get("/review/?label=classifier_failed").text)) == ["Unread"]


@pytest.mark.parametrize("query", ["state=none", "label=<b>", "after=x", "after=", "after=ё", "state=open&label="])
def test_a_query_that_we_never_link_to_is_not_found(maria: Person, query: str) -> None:
    assert maria.get(f"/review/?{query}").status_code == 404


def test_pages_follow_each_other_without_gap_or_repeat(maria: Person, database: Database) -> None:
    samples.add_open_articles(database, 2 * PAGE_SIZE + 3)
    seen: list[str] = []
    path: str | None = "/review/?lang=en"
    while path:
        page = Page(maria.get(path).text)
        seen += titles(page)
        path = next(
            (str(link.attributes["href"]) for link in page.by_tag("a") if link.attributes.get("rel") == "next"), None
        )

    assert len(seen) == 2 * PAGE_SIZE + 3
    assert set(seen) == {f"Number {number}." for number in range(2 * PAGE_SIZE + 3)}


@pytest.mark.parametrize("title", [None, "", " \u3164 "])
def test_an_article_without_title_is_shown_by_its_first_words(
    maria: Person, database: Database, title: str | None
) -> None:
    text = "The first words. " + "And many more. " * 100
    samples.add_read_article(database, text, None, title=title)

    (shown,) = titles(Page(maria.get("/review/").text))
    assert shown
    assert len(shown) <= 161


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe",
    "{{ 7 * 7 }}",
    "'; --",
    "a\0b",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_titles_and_sources_are_shown_as_text(maria: Person, database: Database, words: str) -> None:
    samples.add_read_article(database, "Text.", None, title=words, source=words)
    page = Page(maria.get("/review/").text)

    assert not page.by_tag("script")
    assert not page.by_tag("img")
    assert "\u202e" not in page.by_tag("html")[0].text
    assert titles(page) == [words.replace("\u202e", "⟦U+202E⟧").replace("\0", "⟦U+0000⟧")]


def test_the_queue_is_read_from_its_index(maria: Person, database: Database) -> None:
    """Neither the list nor the counts scan the table, however many articles there are."""
    samples.add_open_articles(database, 2)
    statements: list[tuple[str, object]] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _k, sql, values, *_rest: statements.append((sql, values))
    )
    maria.get("/review/")
    asked = [(sql, values) for sql, values in statements if "FROM articles" in sql]

    assert len(asked) == 3, "the list, the excerpts, the counts"
    with database.engine.connect() as connection:
        for sql, values in asked:
            plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            assert all("USING" in step and "INDEX" in step for step in plan if step.startswith(("SCAN", "SEARCH"))), (
                plan
            )
            assert not any("TEMP B-TREE" in step for step in plan), plan


def test_a_page_of_the_queue_is_small(maria: Person, database: Database) -> None:
    report = samples.sample_report(samples.RUSSIAN, "ru")
    for _ in range(PAGE_SIZE):
        samples.add_read_article(database, samples.RUSSIAN, report, title="Ж" * 200)

    assert len(maria.get("/review/?lang=ru").data) < 60_000


def test_the_browser_s_language_is_used_until_another_is_asked_for(app: APIFlask) -> None:
    client = app.test_client()
    russian = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
    assert "Вход" in client.get("/review/sign-in", headers=russian).text
    assert 'lang="ru"' in client.get("/review/sign-in", headers=russian).text
    assert "Вход" not in client.get("/review/sign-in", headers={"Accept-Language": "de"}).text

    assert "Sign in" in client.get("/review/sign-in?lang=en", headers=russian).text
    assert "Sign in" in client.get("/review/sign-in", headers=russian).text, "the choice is remembered"


@pytest.mark.parametrize(
    "query", ["lang=xx", "lang=<b>", "endpoint=x", "_external=1", "_anchor=x&_scheme=y", "filename=x"]
)
def test_the_language_link_survives_any_query(maria: Person, query: str) -> None:
    assert maria.get(f"/review/?{query}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/review/nothing", "/review/articles/", "/review/articles/x", "/review/articles/art_" + "0" * 32]
)
def test_an_unknown_address_is_a_page_that_says_so(maria: Person, path: str) -> None:
    answer = maria.get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "There is no such page" in answer.text
