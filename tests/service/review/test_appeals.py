"""Appeals in the dashboard: who waits, what they say, and a ruling that overwrites nobody's decision."""

import pytest

from store import appeals, reviews
from store.appeals import NewAppeal
from store.database import Database
from store.reviews import NewDecision
from store.tables import ArticleRow
from tests.service.review.conftest import MakePerson, Page, Person
from tests.service.review.test_article import add_sample
from tests.service.review.test_queue import HOSTILE


@pytest.fixture
def lead(make_person: MakePerson) -> Person:
    return make_person("lead", role="lead")


def add_appeal(database: Database, *, reviewer: str = "usr_1", reason: str = "It was a quotation.") -> tuple[str, str]:
    """(article, appeal): blocked, and appealed."""
    article_id = add_sample(database)
    with database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        reviews.add_decision(session, article, NewDecision(reviewer, "block"))
        return article_id, appeals.add_appeal(session, article, NewAppeal(reason, "key_1", "the author")).id


def get(database: Database, article_id: str) -> ArticleRow:
    with database.reading() as session:
        return session.get_one(ArticleRow, article_id)


def test_what_waits_is_listed_and_counted_in_the_queue(lead: Person, maria: Person, database: Database) -> None:
    assert "There are no such appeals" in lead.get("/review/appeals").text
    _, appeal_id = add_appeal(database)
    page = lead.get("/review/appeals").text
    for words in ("A sample", "It was a quotation.", "the author", f'href="/review/appeals/{appeal_id}"'):
        assert words in page
    assert "There are no such appeals" in lead.get("/review/appeals?state=ruled").text
    links = [one.text.split() for one in Page(lead.get("/review/").text).by_tag("a")]
    assert ["Appeals", "1"] in links
    assert "/review/appeals" not in maria.get("/review/").text
    assert lead.get("/review/appeals?state=lost").status_code == 404
    assert lead.get("/review/appeals?after=x").status_code == 404
    assert lead.get("/review/appeals/app_" + "0" * 32).status_code == 404


@pytest.mark.parametrize(
    ("form", "action"), [({"ruling": "upheld"}, "block"), ({"ruling": "overturned", "action": "allow"}, "allow")]
)
def test_a_ruling_closes_the_appeal(lead: Person, database: Database, form: dict[str, str], action: str) -> None:
    article_id, appeal_id = add_appeal(database)
    path = f"/review/appeals/{appeal_id}"
    revision = Page(lead.get(path).text).elements
    (seen,) = [str(one.attributes["value"]) for one in revision if one.attributes.get("name") == "revision"]
    answer = lead.post(path, {**form, "revision": seen, "note": "Looked at again."})
    assert answer.status_code == 303
    article = get(database, article_id)
    assert (article.action, article.review_state) == (action, "closed")
    page = lead.get(answer.headers["Location"]).text
    assert "The ruling is recorded" in page
    assert "ruled by lead" in page
    assert "Looked at again." in page
    assert not [one for one in Page(page).by_tag("input") if one.attributes.get("name") == "ruling"]
    again = lead.post(path, form)
    assert (again.status_code, "ruled on already" in again.text) == (422, True)


@pytest.mark.parametrize(
    "form", [{}, {"ruling": "maybe"}, {"ruling": "overturned"}, {"ruling": "overturned", "action": "block"}]
)
def test_a_ruling_that_does_not_fit_is_refused(lead: Person, database: Database, form: dict[str, str]) -> None:
    article_id, appeal_id = add_appeal(database)
    answer = lead.post(f"/review/appeals/{appeal_id}", {**form, "note": "my words"})
    assert (answer.status_code, "was not recorded" in answer.text, "my words" in answer.text) == (422, True, True)
    assert get(database, article_id).review_state == "escalated"


def test_who_has_not_seen_the_latest_decision_is_told(lead: Person, database: Database) -> None:
    article_id, appeal_id = add_appeal(database)
    answer = lead.post(f"/review/appeals/{appeal_id}", {"ruling": "upheld", "revision": "0"})
    assert (answer.status_code, "was decided on since" in answer.text) == (409, True)
    assert get(database, article_id).review_state == "escalated"


def test_who_decided_is_asked_to_let_another_rule(lead: Person, database: Database) -> None:
    words = "You made the decision that is appealed"
    assert words in lead.get(f"/review/appeals/{add_appeal(database, reviewer=lead.user_id)[1]}").text
    assert words not in lead.get(f"/review/appeals/{add_appeal(database)[1]}").text


@pytest.mark.parametrize("words", [one for one in HOSTILE if "\0" not in one])
def test_hostile_reasons_are_shown_as_text(lead: Person, database: Database, words: str) -> None:
    _, appeal_id = add_appeal(database, reason=words)
    for path in ("/review/appeals", f"/review/appeals/{appeal_id}"):
        page = Page(lead.get(path).text)
        assert [one.attributes["src"] for one in page.by_tag("script")] == ["/review/static/keys.js"]
        assert not page.by_tag("img")
        bare = [one for one in page.elements if "\u202e" in one.text and one.attributes.get("class") == "hidden"]
        assert bool(bare) == ("\u202e" in words and path != "/review/appeals"), "isolated and shown as its code"
