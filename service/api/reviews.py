"""``/v1/articles/{id}/decisions`` and ``…/appeals``: what people say of an article."""

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from service.answers import is_id, json_answer
from service.api import answers, schemas
from service.api.articles import etag_of, find_article
from service.auth import auth, caller
from service.context import context
from service.errors import Problem
from service.requests import check_if_match
from store import appeals, reviews
from store.appeals import AppealError, NewAppeal, NewRuling
from store.reviews import ClaimedError, DecisionError, NewDecision
from store.tables import ArticleRow, DecisionRow

blueprint = APIBlueprint("reviews", __name__, tag="Review", url_prefix="/v1/articles")


@blueprint.post("/<article_id>/decisions")
@blueprint.auth_required(auth, roles=["review"])
@blueprint.input(schemas.DecisionIn)
@blueprint.output(answers.Decision, status_code=201, description="Recorded.")
@blueprint.doc(operation_id="decide")
def decide(article_id: str, json_data: schemas.DecisionIn) -> Response:
    """Decide on an article

    An action closes the review; `kind` hands it on; `undoes` takes the newest decision back. Decisions are added, never
    changed; each is an event `article.reviewed`. 409 while somebody else has claimed the article.
    """
    with context().database.writing() as session:
        row = find_article(session, article_id)
        reviews.lock_article(session, row)
        check_if_match(etag_of(row))
        if row.state == "queued":
            raise Problem("conflict", "The article has not been read yet.")
        try:
            decision = _decide(session, row, json_data)
        except DecisionError as error:
            raise _refused(error) from None
        return json_answer(reviews.describe(decision), status=201, headers=_etag(row))


def _decide(session: Session, row: ArticleRow, given: schemas.DecisionIn) -> DecisionRow:
    new = NewDecision(
        reviewer=caller().key_id,
        action=given.action,
        findings=given.findings,
        note=given.note,
        kind=given.kind or "decision",
        evidence=given.evidence,
        labels=given.labels,
        missed=[span.model_dump() for span in given.missed or ()],
    )
    if given.undoes is not None:
        return reviews.undo_decision(session, row, given.undoes, new)
    return reviews.add_decision(session, row, new)


@blueprint.get("/<article_id>/decisions")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.DecisionList)
@blueprint.doc(operation_id="listDecisions")
def list_decisions(article_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - missed spans are in code points
    """List the decisions on an article, oldest first

    Those that were taken back too. Spans that reviewers added are in code points.
    """
    with context().database.reading() as session:
        row = find_article(session, article_id)
        decided = [reviews.describe(decision) for decision in reviews.list_decisions(session, row.id)]
    return json_answer({"data": decided, "next_cursor": None})


@blueprint.post("/<article_id>/appeals")
@blueprint.auth_required(auth, roles=["submit"])
@blueprint.input(schemas.AppealIn)
@blueprint.output(answers.Appeal, status_code=201, description="Recorded; the article waits for a ruling.")
@blueprint.doc(operation_id="appeal")
def appeal(article_id: str, json_data: schemas.AppealIn) -> Response:
    """Ask for another look at an article

    For whoever the action concerns. The article is escalated, and an event `article.appealed` is told; the ruling is an
    event `article.reviewed`. 409 while an appeal is open.
    """
    with context().database.writing() as session:
        row = find_article(session, article_id)
        new = NewAppeal(json_data.reason, recorded_by=caller().key_id, appellant=json_data.appellant)
        try:
            made = appeals.add_appeal(session, row, new)
        except DecisionError as error:
            raise _refused(error) from None
        return json_answer(appeals.describe(made), status=201)


@blueprint.get("/<article_id>/appeals")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.AppealList)
@blueprint.doc(operation_id="listAppeals")
def list_appeals(article_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """List the appeals against what was done with an article, oldest first"""
    with context().database.reading() as session:
        row = find_article(session, article_id)
        found = [appeals.describe(one) for one in appeals.list_appeals(session, row.id)]
    return json_answer({"data": found, "next_cursor": None})


@blueprint.post("/<article_id>/appeals/<appeal_id>/ruling")
@blueprint.auth_required(auth, roles=["review"])
@blueprint.input(schemas.RulingIn)
@blueprint.output(answers.Appeal)
@blueprint.doc(operation_id="ruleOnAppeal")
def rule(article_id: str, appeal_id: str, json_data: schemas.RulingIn) -> Response:
    """Rule on an appeal

    `upheld` keeps the action, `overturned` gives another. Either closes the review by a decision of its own.
    """
    with context().database.writing() as session:
        row = find_article(session, article_id)
        found = appeals.get_appeal(session, appeal_id, article_id=row.id) if is_id(appeal_id, "app") else None
        if found is None:
            raise Problem("not_found", "There is no such appeal.")
        reviews.lock_article(session, row)
        check_if_match(etag_of(row))
        new = NewRuling(caller().key_id, json_data.ruling, json_data.action, json_data.note)
        try:
            ruled = appeals.rule(session, row, found, new)
        except DecisionError as error:
            raise _refused(error) from None
        return json_answer(appeals.describe(ruled), headers=_etag(row))


def _etag(row: ArticleRow) -> dict[str, str]:
    return {"ETag": f'"{etag_of(row)}"'}


def _refused(error: DecisionError) -> Problem:
    is_state = isinstance(error, ClaimedError | AppealError)
    return Problem("conflict" if is_state else "invalid", str(error))
