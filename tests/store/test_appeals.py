"""Decisions span by span, handed on and taken back; appeals and rulings: each step added, an event, never edited."""

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store import appeals, audit, erasure, reviews
from store.appeals import AppealError, NewAppeal, NewRuling
from store.database import Database
from store.reviews import ChangedError, DecisionError, NewDecision
from store.tables import ArticleRow, EventRow
from tests.store.test_reviews import article_id, decide  # noqa: F401 - a fixture

MISSED = {"start": 4, "end": 10, "label": "violence.assault"}


def undo(session: Session, article: ArticleRow, decision_id: str, reviewer: str = "anna") -> Any:
    return reviews.undo_decision(session, article, decision_id, NewDecision(reviewer))


@pytest.fixture
def article(session: Session, article_id: str) -> ArticleRow:  # noqa: F811
    return session.get_one(ArticleRow, article_id)


def test_spans_labels_and_missed_ones_are_folded(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, evidence={"violence/1/0": "upheld", "violence/1/1": "overturned"})
    decide(session, article.id, labels={"violence/0": "violence.armed_attack"}, missed=[MISSED])
    last = decide(session, article.id, findings={"violence/0": "upheld"}, evidence={"violence/1/0": "unsure"})
    assert article.revision == 3
    decisions = reviews.list_decisions(session, article.id)
    judged = reviews.judge(decisions)
    assert judged.findings == {"violence/0": "upheld"}
    assert judged.evidence == {"violence/1/0": "unsure", "violence/1/1": "overturned"}
    assert judged.labels == {"violence/0": "violence.armed_attack"}
    assert judged.missed == (MISSED,)

    undo(session, article, last)
    judged = reviews.judge(reviews.list_decisions(session, article.id))
    assert (judged.findings, judged.evidence["violence/1/0"]) == ({}, "upheld")
    assert judged.taken_back == {last}


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        ({"evidence": {"violence/1/2": "upheld"}}, "no such finding"),
        ({"evidence": {"violence/1": "upheld"}}, "no such finding"),
        ({"evidence": {"violence/1/0": "right"}}, "nothing else"),
        ({"labels": {"violence/2": "violence.killing"}}, "no such finding"),
        ({"labels": {"violence/1": "bias.hedge"}}, "no such label"),
        ({"missed": [{**MISSED, "end": 4}]}, "does not lie"),
        ({"missed": [{**MISSED, "start": -1}]}, "does not lie"),
        ({"missed": [{**MISSED, "end": 10_000}]}, "does not lie"),
        ({"missed": [{**MISSED, "label": "violence.rudeness"}]}, "no such label"),
        ({"missed": [MISSED] * 101}, "at most 100"),
        ({"kind": "escalation", "action": "allow"}, "leaves the action"),
        ({"kind": "second_opinion", "action": "allow"}, "leaves the action"),
        ({"kind": "undo"}, "no such kind"),
        ({"kind": "ruling", "action": "allow"}, "no such kind"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_whole(
    session: Session, article: ArticleRow, decision: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DecisionError, match=sentence):
        decide(session, article.id, **decision)
    assert (article.revision, reviews.list_decisions(session, article.id)) == (0, [])


def test_a_decision_on_what_was_changed_meanwhile_is_refused(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, action="allow", revision=0)
    with pytest.raises(ChangedError):
        decide(session, article.id, action="block", revision=0)
    assert article.action == "allow"


def test_an_article_is_handed_on(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, kind="second_opinion", note="Is this satire?")
    assert (article.review_state, article.opinion_asked_by) == ("open", "anna")
    with pytest.raises(DecisionError, match="somebody else closes"):
        decide(session, article.id, action="allow")
    decide(session, article.id, findings={"violence/0": "unsure"})
    decide(session, article.id, kind="escalation")
    assert (article.review_state, article.opinion_asked_by) == ("escalated", "anna")
    reviews.add_decision(session, article, NewDecision("boris", "allow"))
    assert (article.review_state, article.opinion_asked_by) == ("closed", None)


def test_taking_back_restores_what_was_before_newest_first(session: Session, article: ArticleRow) -> None:
    first = decide(session, article.id, kind="escalation")
    second = decide(session, article.id, action="block")
    with pytest.raises(DecisionError, match="later decision"):
        undo(session, article, first)
    back = undo(session, article, second, "boris")
    assert (article.action, article.review_state) == ("review", "escalated")
    assert (back.kind, back.undoes, back.reviewer) == ("undo", second, "boris")
    for gone in (second, back.id, "dec_0"):
        with pytest.raises(DecisionError, match="no such decision"):
            undo(session, article, gone)
    undo(session, article, first)
    assert article.review_state == "open"
    assert [row.kind for row in reviews.list_decisions(session, article.id)] == [
        "escalation", "decision", "undo", "undo",
    ]  # fmt: skip


# --- appeals --------------------------------------------------------------------------------------


def appeal(session: Session, article: ArticleRow, **fields: Any) -> Any:
    new = NewAppeal(**{"reason": "It was a quotation.", "recorded_by": "key_1", "appellant": "the author"} | fields)
    return appeals.add_appeal(session, article, new)


def bodies(session: Session, type_: str) -> list[dict[str, Any]]:
    return [json.loads(body)["data"] for body in session.scalars(select(EventRow.body).where(EventRow.type == type_))]


def test_an_appeal_is_an_event_and_waits_for_somebody_senior(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, action="block")
    assert appeals.enforcement_state(article, None) == "enforced"
    row = appeal(session, article)
    assert (row.state, article.review_state, article.action) == ("appealed", "escalated", "block")
    (told,) = bodies(session, "article.appealed")
    assert (told["id"], told["appeal"]["id"], told["appeal"]["reason"]) == (article.id, row.id, "It was a quotation.")
    assert appeals.list_by_state(session, "appealed", limit=9) == [row]
    assert appeals.count_appealed(session) == 1
    assert appeals.enforcement_state(article, row) == "appealed"
    with pytest.raises(AppealError, match="open already"):
        appeal(session, article)


def test_a_decision_is_overturned_by_a_ruling(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, action="block")
    row = appeal(session, article)
    appeals.rule(session, article, row, NewRuling("boris", "overturned", "allow", "A quotation indeed."))
    assert (row.state, row.ruling, row.ruled_by) == ("ruled", "overturned", "boris")
    assert (article.action, article.review_state) == ("allow", "closed")
    decision = reviews.list_decisions(session, article.id)[-1]
    assert (decision.id, decision.kind, decision.action) == (row.decision_id, "ruling", "allow")
    assert bodies(session, "article.reviewed")[-1]["decision"]["kind"] in ("ruling", "decision")
    assert audit.find_last(session, "appeal_ruled") is not None
    with pytest.raises(AppealError, match="already"):
        appeals.rule(session, article, row, NewRuling("boris", "upheld"))
    with pytest.raises(DecisionError, match="not taken back"):
        undo(session, article, decision.id)
    assert appeal(session, article).state == "appealed", "another may follow"


def test_a_decision_is_upheld_by_a_ruling(session: Session, article: ArticleRow) -> None:
    decide(session, article.id, action="block")
    row = appeal(session, article)
    appeals.rule(session, article, row, NewRuling("boris", "upheld"))
    assert (article.action, article.review_state, row.ruling) == ("block", "closed", "upheld")
    assert appeals.list_by_state(session, "ruled", limit=9) == [row]
    assert appeals.list_by_state(session, "ruled", limit=9, after_id=row.id) == []


@pytest.mark.parametrize(
    "ruling",
    [
        NewRuling("boris", "maybe"),
        NewRuling("boris", "upheld", "allow"),
        NewRuling("boris", "overturned"),
        NewRuling("boris", "overturned", "review"),  # as it is
        NewRuling("boris", "overturned", "delete"),
        NewRuling("boris", "upheld", note="x" * 2_001),
        NewRuling("boris", "upheld", note="\0"),
    ],
    ids=str,
)
def test_a_ruling_that_does_not_fit_is_refused(session: Session, article: ArticleRow, ruling: NewRuling) -> None:
    row = appeal(session, article)
    with pytest.raises(DecisionError):
        appeals.rule(session, article, row, ruling)
    assert row.state == "appealed"


@pytest.mark.parametrize(
    "fields", [{"reason": ""}, {"reason": " "}, {"reason": "x" * 2_001}, {"reason": "\0"}, {"appellant": "x" * 201}]
)
def test_an_appeal_needs_a_reason(session: Session, article: ArticleRow, fields: dict[str, Any]) -> None:
    with pytest.raises(DecisionError):
        appeal(session, article, **fields)


def test_erasure_takes_the_words_of_an_appeal(database: Database, article_id: str) -> None:  # noqa: F811
    with database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        appeal(session, article)
        assert erasure.erase_article(session, article_id, actor="usr_1")
    with database.reading() as session:
        (row,) = appeals.list_appeals(session, article_id)
        assert (row.reason, row.appellant, row.recorded_by) == ("", None, "key_1")
        (told,) = bodies(session, "article.appealed")
        assert (told["appeal"]["reason"], told["appeal"]["appellant"]) == (None, None)
        article = session.get_one(ArticleRow, article_id)
        with pytest.raises(DecisionError, match="were erased"):
            appeals.rule(session, article, row, NewRuling("boris", "upheld", note="words"))
