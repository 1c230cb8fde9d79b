"""The queue: what waits, in an order, filtered by links, a page at a time; claimed, saved as a view."""

import pytest
from apiflask import APIFlask
from sqlalchemy import event, update

from service.review.queue import PAGE_SIZE
from store import review_queue, saved_views
from store.database import Database
from store.tables import ArticleRow
from tests.service.review import samples
from tests.service.review.conftest import MakePerson, Page, Person


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
    assert titles(Page(maria.get("/review/?state=all&order=oldest").text)) == ["Clean", "Closed", "Open"]
    counts = [
        element.text
        for element in Page(maria.get("/review/").text).elements
        if element.attributes.get("class") == "count"
    ]
    assert counts == ["1", "0", "1", "0"], "open, escalated, closed, claimed by her"


def test_the_label_filter_shows_only_articles_with_that_label(maria: Person, database: Database) -> None:
    report = samples.sample_report(samples.ENGLISH, "en")
    samples.add_read_article(database, samples.ENGLISH, report, title="With violence")
    samples.add_read_article(database, "Nothing could be read.", None, title="Unread")

    assert titles(Page(maria.get("/review/?label=violence").text)) == ["With violence"]
    assert titles(Page(maria.get("/review/?label=classifier_failed").text)) == ["Unread"]


@pytest.mark.parametrize(
    "query", ["state=none", "label=<b>", "after=x", "after=", "after=ё", "order=best", "language=de", "assignee=maria"]
)
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


def test_a_short_page_says_how_far_it_looked_and_goes_on(
    maria: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = samples.sample_report(samples.ENGLISH, "en")
    for number in range(4):
        source = "Far Wire" if number == 3 else "Near Wire"
        samples.add_read_article(database, samples.ENGLISH, report, title=f"Title {number}", source=source)
    monkeypatch.setattr(review_queue, "FEW", 0)
    monkeypatch.setattr(review_queue, "WALKED", 2)
    page = maria.get("/review/?order=oldest&source=Far+Wire").text
    assert titles(Page(page)) == []
    assert "articles were looked at for this page" in page
    assert "There are no such articles" not in page
    (older,) = [link for link in Page(page).by_tag("a") if link.attributes.get("rel") == "next"]
    page = maria.get(older.attributes["href"] or "").text
    assert titles(Page(page)) == ["Title 3"]


def test_a_search_says_how_far_back_it_went_and_goes_on(
    maria: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = samples.sample_report(samples.ENGLISH, "en")
    for number in range(3):
        samples.add_read_article(database, samples.ENGLISH, report, title=f"Title {number}")
    monkeypatch.setattr(review_queue, "FEW", 1)
    path, seen = "/review/?q=title&order=oldest", []
    while path:
        text = maria.get(path).text
        page = Page(text)
        seen += titles(page)
        assert "There are no such articles" not in text
        path = next((str(one.attributes["href"]) for one in page.by_tag("a") if one.text == "Search further back"), "")
        assert ("they were searched back to 20" in text) == bool(path)
        assert "q=title" in path or not path
    assert seen == ["Title 2", "Title 1", "Title 0"]
    (tag,) = [one for one in page.by_tag("a") if "Searched back from" in one.text]
    assert "behind=" not in str(tag.attributes["href"])
    (words,) = [one for one in page.by_tag("a") if one.text.startswith("Words: ")]
    assert str(words.attributes["href"]) == "/review/?order=oldest"
    assert maria.get("/review/?q=title&behind=dec_1").status_code == 404


def test_the_next_article_is_looked_for_no_further_than_for_a_page(
    maria: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it lies further back, the link leads to the list that goes on there."""
    report = samples.sample_report(samples.ENGLISH, "en")
    ids = [
        samples.add_read_article(database, samples.ENGLISH, report, title=f"Title {number}", source=source)
        for number, source in enumerate(("Far Wire", "Near", "Near", "Near", "Far Wire"))
    ]
    for name, value in (("FEW", 0), ("WALKED", 2)):
        monkeypatch.setattr(review_queue, name, value)

    def following() -> tuple[str, str]:
        page = Page(maria.get(f"/review/articles/{ids[0]}").text)
        (link,) = [one for one in page.by_tag("a") if one.attributes.get("rel") == "next"]
        return link.text, str(link.attributes["href"])

    maria.get("/review/?order=oldest&source=Near")
    assert following()[1] == f"/review/articles/{ids[1]}"
    maria.get("/review/?order=oldest&source=Far+Wire")
    words, address = following()
    assert words.startswith("Look further back in the queue")
    page = Page(maria.get(address).text)
    assert titles(page) == []
    (older,) = [one for one in page.by_tag("a") if one.attributes.get("rel") == "next"]
    assert titles(Page(maria.get(str(older.attributes["href"])).text)) == ["Title 4"]


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

    scripts = {str(script.attributes.get("src")) for script in page.by_tag("script")}
    assert scripts <= {"/review/static/live.js", "/review/static/keys.js"}
    assert not any(script.text for script in page.by_tag("script"))
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

    assert len(asked) == 6, "the list, the excerpts, three counts, her claims"
    with database.engine.connect() as connection:
        for sql, values in asked:
            plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            steps = [step for step in plan if step.startswith(("SCAN", "SEARCH")) and step != "SCAN anon_1"]
            assert all("USING" in step and "INDEX" in step for step in steps), plan
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


# --- order, filters, words ------------------------------------------------------------------------


def add(database: Database, title: str, **fields: object) -> str:
    text = str(fields.pop("text", samples.ENGLISH))
    columns = {name: fields.pop(name) for name in ("severity_rank", "certainty") if name in fields}
    report = samples.sample_report(text, "en") if text == samples.ENGLISH else None
    made = samples.add_read_article(database, text, report, title=title, **fields)
    if columns:
        with database.writing() as session:
            session.execute(update(ArticleRow).where(ArticleRow.id == made).values(**columns))
    return made


def test_the_gravest_come_first_or_the_least_certain(maria: Person, database: Database) -> None:
    add(database, "Mild", severity_rank=6, certainty=0.9)
    add(database, "Grave", severity_rank=0, certainty=0.8)
    add(database, "Doubtful", severity_rank=3, certainty=0.1)

    assert titles(Page(maria.get("/review/").text)) == ["Grave", "Doubtful", "Mild"]
    assert titles(Page(maria.get("/review/?order=uncertainty").text)) == ["Doubtful", "Grave", "Mild"]
    assert titles(Page(maria.get("/review/?order=newest").text)) == ["Doubtful", "Grave", "Mild"]
    assert titles(Page(maria.get("/review/?order=oldest").text)) == ["Mild", "Grave", "Doubtful"]


def test_filters_are_links_that_keep_each_other(maria: Person, database: Database) -> None:
    add(database, "Wire", source="Northern Wire")
    add(database, "Desk", source="Desk & Sons")
    page = Page(maria.get("/review/?order=oldest").text)
    (link,) = [str(one.attributes["href"]) for one in page.by_tag("a") if one.text == "Desk & Sons"]
    narrowed = Page(maria.get(link).text)
    assert titles(narrowed) == ["Desk"]
    (organisation, *_) = [one for one in narrowed.by_tag("a") if one.text == "Islamic State"]
    both = Page(maria.get(str(organisation.attributes["href"])).text)
    assert titles(both) == ["Desk"]
    assert "order=oldest" in str(organisation.attributes["href"])
    (remove,) = [one for one in both.by_tag("a") if one.text.startswith("Source: ")]
    assert titles(Page(maria.get(str(remove.attributes["href"])).text)) == ["Wire", "Desk"]


def test_words_are_searched(maria: Person, database: Database) -> None:
    add(database, "Flood", text="A river burst its banks.")
    add(database, "Наводнение", text="Река вышла из берегов.")
    assert titles(Page(maria.get("/review/?q=rivers").text)) == ["Flood"]
    assert titles(Page(maria.get("/review/?q=рекой").text)) == ["Наводнение"]
    assert titles(Page(maria.get("/review/?q=&source=&since=&until=").text)) == ["Flood", "Наводнение"]


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-13-01", "q=" + "x" * 201, "since=20261101"])
def test_what_a_person_types_wrong_is_said_and_left_out(maria: Person, database: Database, query: str) -> None:
    add(database, "Wire")
    answer = maria.get(f"/review/?{query}")
    assert answer.status_code == 422
    assert "was left out" in answer.text
    assert titles(Page(answer.text)) == ["Wire"]


def test_days_are_filtered(maria: Person, database: Database) -> None:
    add(database, "Today")
    assert titles(Page(maria.get("/review/?since=2020-01-01&until=2099-12-31").text)) == ["Today"]
    assert titles(Page(maria.get("/review/?until=2020-01-01").text)) == []


@pytest.mark.parametrize(
    ("lang", "reading", "action"),
    [("en", "failed", ("Action in force", "review")), ("ru", "сбой", ("Действует мера", "проверить"))],
)
def test_state_and_action_are_filters_in_both_languages(
    maria: Person, database: Database, lang: str, reading: str, action: tuple[str, str]
) -> None:
    """One after the other by their links; neither loses the other, nor the minute asked for."""
    add(database, "Read")
    samples.add_read_article(database, samples.ENGLISH, None, title="Failed")
    page = Page(maria.get(f"/review/?lang={lang}&since=2026-01-01T09:30").text)
    for words, name in ((reading, "reading"), (action[1], "action")):
        links = [str(one.attributes["href"]) for one in page.by_tag("a") if one.text == words]
        (link,) = [one for one in links if f"&{name}=" in one]
        page = Page(maria.get(link).text)
    assert titles(page) == ["Failed"]
    assert [one for one in page.by_tag("a") if one.text.startswith(": ".join(action))]
    assert page.by_id("since").attributes["value"] == "2026-01-01T09:30"
    for wrong in ("reading=lost", "action=fly", "decision=x", "judged=maybe", "finding=nothing"):
        assert maria.get(f"/review/?{wrong}").status_code == 404
    assert maria.get("/review/?decided_since=2026-01-01T9").status_code == 422


# --- claims ---------------------------------------------------------------------------------------


def test_two_people_take_different_articles(make_person: MakePerson, database: Database) -> None:
    first, second = make_person("anna"), make_person("boris")
    one, other = add(database, "One"), add(database, "Other")
    assert first.post("/review/next").headers["Location"] == f"/review/articles/{one}"
    assert second.post("/review/next").headers["Location"] == f"/review/articles/{other}"
    assert "done=empty" in make_person("clara").post("/review/next").headers["Location"]

    assert "claimed by anna" in second.get("/review/").text
    assert "claimed by you" in second.get("/review/").text
    assert titles(Page(second.get("/review/?assignee=me").text)) == ["Other"]
    assert "done=taken" in second.post(f"/review/articles/{one}/claim").headers["Location"]
    refused = second.post(f"/review/articles/{one}/decisions", {"action": "allow"})
    assert (refused.status_code, "Somebody else has claimed" in refused.text) == (422, True)

    assert "done=released" in first.post(f"/review/articles/{one}/release").headers["Location"]
    answer = second.post(f"/review/articles/{one}/claim", {"order": "newest"})
    assert answer.headers["Location"] == f"/review/articles/{one}"


# --- saved views ----------------------------------------------------------------------------------


def test_a_view_is_saved_shared_and_deleted(make_person: MakePerson, database: Database) -> None:
    anna, boris = make_person("anna"), make_person("boris")
    assert anna.post("/review/views", {"name": "<b>Wire</b>", "source": "Wire", "shared": "1"}).status_code == 303
    assert anna.post("/review/views", {"name": "Mine", "order": "newest"}).status_code == 303
    for person, expected in ((anna, ["<b>Wire</b>", "Mine"]), (boris, ["<b>Wire</b>"])):
        page = Page(person.get("/review/").text)
        links = [one for one in page.by_tag("a") if one.text in ("<b>Wire</b>", "Mine")]
        assert sorted(one.text for one in links) == expected
        assert links[0].attributes["href"] is not None
        assert person.get(str(links[0].attributes["href"])).status_code == 200
    with database.reading() as session:
        ids = [row.id for row in saved_views.list_views(session, anna.user_id)]
    assert [boris.post(f"/review/views/{one}/delete").status_code for one in ids] == [404, 404]
    assert [anna.post(f"/review/views/{one}/delete").status_code for one in ids] == [303, 303]
    refused = anna.post("/review/views", {"name": " "})
    assert (refused.status_code, "A view needs a name" in refused.text) == (422, True)


# --- many at once ---------------------------------------------------------------------------------


def test_a_bulk_is_tried_done_and_taken_back(make_person: MakePerson, database: Database) -> None:
    lead = make_person("lead", role="lead")
    ids = [add(database, f"Number {number}") for number in range(3)]
    review = make_person("boris")
    review.post(f"/review/articles/{ids[2]}/claim")
    tried = lead.post("/review/bulk", {"deed": "allow", "all": "1"})
    page = Page(tried.text)
    assert "2 articles would be decided on" in tried.text
    assert "somebody else’s" in tried.text
    with database.reading() as session:
        assert {session.get_one(ArticleRow, one).review_state for one in ids} == {"open"}, "nothing is done yet"
    sent = [str(one.attributes["value"]) for one in page.by_tag("input") if one.attributes.get("name") == "ids"]
    assert sent == [f"{one}:0" for one in ids[:2]]
    form = {"deed": "allow", "ids": sent, "note": "one event"}
    done = lead.post("/review/bulk/carry-out", form)  # type: ignore[arg-type]
    result = lead.get(done.headers["Location"])
    assert "2 articles, 0 passed over" in result.text
    assert titles(Page(lead.get("/review/").text)) == ["Number 2"]
    undone = lead.post(f"{done.headers['Location']}/undo")
    assert "2 articles, 0 passed over" in lead.get(undone.headers["Location"]).text
    assert len(titles(Page(lead.get("/review/").text))) == 3
    assert lead.post(f"{done.headers['Location']}/undo").status_code == 404
    assert "It was taken back" in lead.get(done.headers["Location"]).text


@pytest.mark.parametrize(
    "form", [{}, {"deed": "delete"}, {"deed": "allow", "ids": "x"}, {"deed": "allow", "ids": "art_1:x"}]
)
def test_a_bulk_of_nothing_does_nothing(make_person: MakePerson, form: dict[str, str]) -> None:
    lead = make_person("lead", role="lead")
    answer = lead.post("/review/bulk", form)
    assert answer.status_code == (200 if form.get("deed") == "allow" else 404)
    assert "None of the chosen" in answer.text or answer.status_code == 404
