"""Decisions are added, never edited; each is an event, and each fits its article."""

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store import articles, claims, endpoints, reviews
from store.database import Database
from store.reviews import DecisionError, NewDecision
from store.tables import ArticleRow, DeliveryRow, EventRow
from tests.store.makers import GRAVE, add_articles, violent_report


@pytest.fixture
def article_id(database: Database, key_id: str) -> str:
    """A classified article that waits for a reviewer, with the findings violence/0 and violence/1."""
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert articles.finish_article(session, made, token=claim.token, report=violent_report(), outcome=GRAVE)
    return made


def decide(session: Session, article_id: str, **decision: object) -> str:
    row = session.get_one(ArticleRow, article_id)
    return reviews.add_decision(session, row, NewDecision("anna", **decision)).id  # type: ignore[arg-type]


def test_an_action_closes_the_review(database: Database, article_id: str) -> None:
    with database.writing() as session:
        assert (reviews.count_open(session), [row.id for row in reviews.list_open(session, limit=9)]) == (
            1,
            [article_id],
        )
        decide(session, article_id, action="allow", findings={"violence/0": "overturned"}, note="A quotation.")
    with database.reading() as session:
        row = session.get_one(ArticleRow, article_id)
        assert (row.action, row.review_state, row.state) == ("allow", "closed", "classified")
        assert (reviews.count_open(session), reviews.list_open(session, limit=9)) == (0, [])
        (decision,) = reviews.list_decisions(session, article_id)
        described = reviews.describe(decision)
    assert described["findings"] == {"violence/0": "overturned"}
    assert (described["reviewer"], described["action"], described["note"]) == ("anna", "allow", "A quotation.")


def test_findings_alone_leave_it_open(session: Session, article_id: str) -> None:
    decide(session, article_id, findings={"violence/1": "unsure"})
    row = session.get_one(ArticleRow, article_id)
    assert (row.action, row.review_state) == ("review", "open")


def test_a_second_decision_is_added_and_the_first_stays(database: Database, article_id: str) -> None:
    with database.writing() as session:
        first = decide(session, article_id, action="block", note="One.")
    with database.writing() as session:
        second = decide(session, article_id, action="label", note="Two.")
    with database.reading() as session:
        kept = reviews.list_decisions(session, article_id)
        assert [(row.id, row.action, row.note) for row in kept] == [(first, "block", "One."), (second, "label", "Two.")]
        assert session.get_one(ArticleRow, article_id).action == "label"
        events = session.scalars(select(EventRow).where(EventRow.type == "article.reviewed")).all()
    assert len({event.id for event in events}) == 2


def test_each_decision_is_told_to_who_asked(database: Database, article_id: str) -> None:
    with database.writing() as session:
        endpoints.add_endpoint(session, "https://receiver.example/", events=["article.reviewed"])
        made = decide(session, article_id, action="allow")
    with database.reading() as session:
        (delivery,) = session.scalars(select(DeliveryRow))
        body = json.loads(session.get_one(EventRow, delivery.event_id).body)
    assert body["type"] == "article.reviewed"
    assert (body["data"]["id"], body["data"]["action"], body["data"]["review_state"]) == (article_id, "allow", "closed")
    assert body["data"]["decision"]["id"] == made


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ({}, "names an action"),
        ({"findings": {}}, "names an action"),
        ({"note": "I only wish to say."}, "names an action"),
        ({"action": "delete"}, "no such action"),
        ({"action": ""}, "no such action"),
        ({"findings": {"violence/0": "right"}}, "nothing else"),
        ({"findings": {"violence/2": "upheld"}}, "no such finding"),
        ({"findings": {"violence/-1": "upheld"}}, "no such finding"),
        ({"findings": {"source_bias/0": "upheld"}}, "no such finding"),
        ({"findings": {"": "upheld"}}, "no such finding"),
        ({"action": "allow", "findings": {"violence/0": "upheld", "x": "upheld"}}, "no such finding"),
        ({"action": "allow", "note": "x" * 2_001}, "at most 2000"),
        ({"action": "allow", "note": "a\0b"}, "NUL"),
    ],
    ids=str,
)
def test_a_decision_that_does_not_fit_is_refused_whole(
    database: Database, article_id: str, decision: dict[str, object], sentence: str
) -> None:
    with pytest.raises(DecisionError, match=sentence), database.writing() as session:
        decide(session, article_id, **decision)
    with database.reading() as session:
        assert reviews.list_decisions(session, article_id) == []
        row = session.get_one(ArticleRow, article_id)
        assert (row.action, row.review_state) == ("review", "open")


def test_an_article_that_was_not_read_cannot_be_decided(session: Session, key_id: str) -> None:
    (waiting,) = add_articles(session, key_id, 1)
    with pytest.raises(DecisionError, match="not been read"):
        decide(session, waiting, action="allow")


def test_a_failed_article_can_be_decided(session: Session, key_id: str) -> None:
    (made,) = add_articles(session, key_id, 1)
    claim = claims.claim_articles(session, limit=1, lease_seconds=60)
    articles.fail_article(session, made, token=claim.token, failure="it could not be read")
    decide(session, made, action="block")
    assert session.get_one(ArticleRow, made).review_state == "closed"


@pytest.mark.parametrize("note", ["<b>bold</b>", "👍🏽 \u202etxt", "line\r\nline", "x" * 2_000, ""])
def test_notes_are_kept_as_written(database: Database, article_id: str, note: str) -> None:
    with database.writing() as session:
        decide(session, article_id, action="allow", note=note)
    with database.reading() as session:
        assert reviews.list_decisions(session, article_id)[0].note == (note or None)
