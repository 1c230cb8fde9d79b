"""Who has an article open has claimed it; who may close it; and what its history tells."""

from datetime import timedelta

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


def test_who_opens_an_article_has_claimed_it(maria: Person, make_person: MakePerson, database: Database) -> None:
    article_id = add_sample(database)
    path = f"/review/articles/{article_id}"
    make_person("auditor", role="auditor").get(path)
    maria.client.head(path)
    maria.get(path, headers={"Sec-Purpose": "prefetch"})
    assert holder(database, article_id) is None
    page = maria.get(path).text
    assert holder(database, article_id) == maria.user_id
    assert f'data-renew="{path}/renew"' in page
    boris = make_person("boris")
    assert "maria is at work on this article" in boris.get(path).text
    assert holder(database, article_id) == maria.user_id
    assert boris.post(f"{path}/renew").status_code == 409
    assert boris.post(f"{path}/decisions", {"action": "allow"}).status_code == 422


def test_a_claim_is_renewed_while_the_article_is_open(maria: Person, database: Database) -> None:
    article_id = add_sample(database)
    path = f"/review/articles/{article_id}"
    maria.get(path)
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
