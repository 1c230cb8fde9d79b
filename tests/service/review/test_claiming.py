"""Looking claims nothing, working does; who may close an article; and what its history tells."""

from datetime import timedelta

import pytest

from store import appeals, reviews
from store.appeals import NewAppeal
from store.database import Database
from store.pseudonyms import pseudonym
from store.tables import ArticleRow
from tests.service.review.conftest import MakePerson, Page, Person
from tests.service.review.test_article import add_sample, decide


def holder(database: Database, article_id: str) -> str | None:
    with database.reading() as session:
        return session.get_one(ArticleRow, article_id).assignee


def escalate(database: Database, article_id: str) -> None:
    with database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        reviews.add_decision(session, article, reviews.NewDecision("usr_1", kind="escalation"))


@pytest.mark.parametrize("role", ["auditor", "moderator", "lead", "admin"])
def test_looking_claims_nothing(make_person: MakePerson, database: Database, role: str) -> None:
    """Wherever from: the queue, the figures, a search, an appeal, the link to the next article."""
    article_id, following = add_sample(database), add_sample(database)
    with database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        appeal = appeals.add_appeal(session, article, NewAppeal("It was a quotation.", "key_1", "the author"))
    person = make_person("reader", role=role)
    for path in ("/review/?q=bakery", f"/review/appeals/{appeal.id}", f"/review/articles/{article_id}"):
        person.get(path, headers={"Referer": "http://localhost/review/figures"})
    page = person.get(f"/review/articles/{following}").text
    assert ("Nobody has claimed this article" in page) == (role != "auditor")
    assert (f'data-renew="/review/articles/{following}/renew"' in page) == (role != "auditor")
    assert [holder(database, one) for one in (article_id, following)] == [None, None]


def test_who_begins_to_work_has_claimed_it(maria: Person, make_person: MakePerson, database: Database) -> None:
    article_id = add_sample(database)
    path = f"/review/articles/{article_id}"
    boris, clara = make_person("boris"), make_person("clara")
    boris.get(path)
    assert clara.post(f"{path}/claim").headers["Location"] == path
    clara.post(f"{path}/release")
    assert maria.post(f"{path}/renew").status_code == 204  # what the script asks for at the first choice
    assert holder(database, article_id) == maria.user_id
    assert "Yours while it is open." in maria.get(path).text
    assert "maria is at work on this article" in boris.get(path).text
    assert boris.post(f"{path}/renew").status_code == 409
    assert boris.post(f"{path}/decisions", {"action": "allow"}).status_code == 422


def test_a_claim_is_renewed_while_the_article_is_open(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    path = f"/review/articles/{article_id}"
    maria.post(f"{path}/claim")
    with database.writing() as session:
        row = session.get_one(ArticleRow, article_id)
        assert row.claimed_until is not None
        soon = row.claimed_until = row.claimed_until - timedelta(minutes=10)
    assert maria.post(f"{path}/renew").status_code == 204
    with database.reading() as session:
        renewed = session.get_one(ArticleRow, article_id).claimed_until
        assert renewed is not None
        assert renewed > soon
    decide(maria, article_id, action="allow")
    assert maria.post(f"{path}/renew").status_code == 409
    assert maria.post("/review/articles/art_1/renew").status_code == 409


def test_a_moderator_does_not_close_what_was_escalated(
    maria: Person, make_person: MakePerson, database: Database
) -> None:
    article_id = add_sample(database)
    path = f"/review/articles/{article_id}"
    escalate(database, article_id)
    page = maria.get(path).text
    assert "This article was escalated: a lead or an admin closes it." in page
    assert 'name="action"' not in page
    assert holder(database, article_id) is None
    answer = maria.post(f"{path}/decisions", {"action": "allow"})
    assert answer.status_code == 422
    assert "somebody senior closes this review" in answer.text
    with database.reading() as session:
        (escalation,) = reviews.list_decisions(session, article_id)
    assert maria.post(f"{path}/undo", {"decision": escalation.id}).status_code == 422
    assert maria.post("/review/next", {"state": "escalated"}).status_code == 403
    maria.post(f"{path}/claim")
    assert holder(database, article_id) is None
    decide(maria, article_id, **{"finding:violence/0": "upheld"})
    decide(make_person("lead", role="lead"), article_id, action="allow")


def test_the_history_tells_who_decided_what_and_when(
    maria: Person, make_person: MakePerson, database: Database
) -> None:
    article_id = add_sample(database)
    said = {
        "finding:violence/0": "upheld",
        "evidence:violence/1/0": "overturned",
        "label:violence/2": "violence.killing",
    }
    decide(maria, article_id, action="block", **said)
    with database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        appeals.add_appeal(session, article, NewAppeal("It was a quotation.", "key_1", "the author"))
    lead = make_person("lead", role="lead")
    text = Page(lead.get(f"/review/articles/{article_id}").text).by_id("content").text
    told = " ".join(text[text.index("Decisions so far") :].split())
    for words in ("maria", pseudonym(maria.user_id)[:12], "block", "Casualties", "Human shields", "→", "UTC"):
        assert words in told, words
    assert told.index("Appeal") < told.index("maria")
    assert "It was a quotation." in told
    as_moderator = maria.get(f"/review/articles/{article_id}").text
    assert "data-appeal=" in as_moderator
    assert "It was a quotation." not in as_moderator
