"""``/v1/articles``: submit, fetch, list, decide."""

from apiflask import APIBlueprint
from flask import Response, g, request
from sqlalchemy.orm import Session

from service.answers import is_id, json_answer, list_answer, read_cursor
from service.api import answers, schemas
from service.auth import auth, caller
from service.context import context
from service.errors import Problem, fault, invalid_field
from service.labelled import label_article, to_html
from service.requests import body_sha256, idempotency_key, wait_seconds
from service.submission import Submission, submit_article
from store import articles as store_articles
from store import reviews
from store.articles import ArticleFilter, NewArticle
from store.endpoints import check_url
from store.idempotency import IdempotencyKey
from store.tables import ArticleRow

blueprint = APIBlueprint("articles", __name__, tag="Articles", url_prefix="/v1/articles")


@blueprint.post("")
@blueprint.auth_required(auth, roles=["submit"])
@blueprint.input(schemas.ArticleIn)
@blueprint.output(answers.SubmittedArticle, status_code=202, description="Accepted; the article will be read.")
@blueprint.doc(operation_id="submitArticle")
def submit(json_data: schemas.ArticleIn) -> Response:
    """Submit an article

    Answers 202 at once, or 200 with the report where `Prefer: wait=SECONDS` is sent and the article is read in time.
    With an `Idempotency-Key` the same body makes one article, and later requests get the first answer again.
    """
    found, waits = caller(), wait_seconds()
    key = idempotency_key()
    submission = Submission(
        article=_new_article(json_data),
        key=IdempotencyKey(found.key_id, key, body_sha256()) if key is not None else None,
        wait_seconds=waits,
    )
    accepted = submit_article(context(), found, submission)
    g.article_id = accepted.article_id
    headers = {"Location": f"/v1/articles/{accepted.article_id}"}
    if accepted.status == 202:
        headers["Retry-After"] = "1"
    if accepted.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    if accepted.has_waited:
        headers["Preference-Applied"] = "wait"
    body = accepted.body
    if json_data.callback_url is not None:
        body = {**body, "callback_secret": found.callback_secret}
    return json_answer(body, status=accepted.status, headers=headers)


def _new_article(given: schemas.ArticleIn) -> NewArticle:
    if given.text is None:
        raise Problem(
            "html_not_supported",
            "Send the article's plain text in the field text.",
            errors=[fault("/html", "Articles in HTML cannot be read yet.")],
        )
    if given.callback_url is not None:
        try:
            check_url(given.callback_url, allow_private=context().settings.allow_private_webhooks)
        except ValueError as error:
            raise invalid_field("callback_url", f"It {error}.") from None
    return NewArticle(**given.model_dump(exclude={"html"}))


@blueprint.get("/<article_id>")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.Article)
@blueprint.doc(operation_id="getArticle")
def get(article_id: str, query_data: schemas.SpanQuery) -> Response:
    """Get an article with its report

    A key without the scope `admin` sees only the articles it sent.
    """
    with context().database.reading() as session:
        row = _find(session, article_id)
        report = store_articles.get_report(session, row)
        return json_answer(answers.article_answer(row, report, unit=query_data.offset_unit))


@blueprint.get("")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.ArticleListQuery, location="query")
@blueprint.output(answers.ArticleList)
@blueprint.doc(operation_id="listArticles")
def list_(query_data: schemas.ArticleListQuery) -> Response:
    """List articles, newest first, without their reports"""
    after = query_data.created_after
    wanted = ArticleFilter(
        api_key_id=caller().sees_only,
        state=query_data.state,
        label=query_data.label,
        action=query_data.action,
        review_state=query_data.review_state,
        created_after=schemas.read_moment(after) if after is not None else None,
        after_id=_after(query_data.cursor),
    )
    limit = query_data.limit
    with context().database.reading() as session:
        rows = store_articles.list_articles(session, wanted, limit=limit + 1)
    items = [{**store_articles.summary(row), "offset_unit": query_data.offset_unit} for row in rows[:limit]]
    return list_answer(items, last_id=rows[limit - 1].id if len(rows) > limit else None)


def _after(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "art")
    except ValueError as error:
        raise invalid_field("cursor", f"It {error}.", place="query") from None


def _find(session: Session, article_id: str) -> ArticleRow:
    """The caller's article, its text not loaded; 404 for any other."""
    row = session.get(ArticleRow, article_id) if is_id(article_id, "art") else None
    if row is None or caller().sees_only not in (None, row.api_key_id):
        raise Problem("not_found", "There is no such article.")
    g.article_id = row.id
    return row


@blueprint.get("/<article_id>/labelled")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.LabelledQuery, location="query")
@blueprint.doc(operation_id="getLabelledText")
def get_labelled(article_id: str, query_data: schemas.LabelledQuery) -> Response:
    """Get the text with every label that is due

    Missing markers and footnotes are put in for one jurisdiction; no other character is touched, and labelling the
    answer again changes nothing. As HTML: one `article` element, escaped, markers as `sup`.
    """
    settings = context().settings
    known = tuple(dict.fromkeys((*settings.label_duty, *settings.jurisdictions)))
    jurisdiction = query_data.jurisdiction or next(iter(known), None)
    if jurisdiction not in known:
        raise invalid_field("jurisdiction", f"Must be one that is read here: {', '.join(known)}.", place="query")
    with context().database.reading() as session:
        row = _find(session, article_id)
        report = store_articles.get_report(session, row)
        if report is None:
            reason = "has not been read yet" if row.state == "queued" else "could not be read"
            raise Problem("conflict", f"The article {reason}, so what it lacks is not known.")
        if report["designations"]["status"] == "failed":
            raise Problem("conflict", "The classifier of designations failed on it, so what it lacks is not known.")
        labelled = label_article(row, report, settings, jurisdiction=jurisdiction)
    is_html = query_data.format == "html"
    body = to_html(labelled, report) if is_html else labelled.text
    answer = Response(body, mimetype="text/html" if is_html else "text/plain")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@blueprint.post("/<article_id>/decisions")
@blueprint.auth_required(auth, roles=["review"])
@blueprint.input(schemas.DecisionIn)
@blueprint.output(answers.Decision, status_code=201, description="Recorded.")
@blueprint.doc(operation_id="decide")
def decide(article_id: str, json_data: schemas.DecisionIn) -> Response:
    """Decide on an article

    An action closes the review. Decisions are added, never changed; each is an event `article.reviewed`.
    """
    with context().database.writing() as session:
        row = _find(session, article_id)
        if row.state == "queued":
            raise Problem("conflict", "The article has not been read yet.")
        new = reviews.NewDecision(
            reviewer=caller().key_id, action=json_data.action, findings=json_data.findings, note=json_data.note
        )
        try:
            decision = reviews.add_decision(session, row, new)
        except reviews.DecisionError as error:
            raise Problem("invalid", str(error)) from None
        return json_answer(reviews.describe(decision), status=201)


@blueprint.get("/<article_id>/decisions")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.DecisionList)
@blueprint.doc(operation_id="listDecisions")
def list_decisions(article_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - decisions hold no spans
    """List the decisions on an article, oldest first"""
    with context().database.reading() as session:
        row = _find(session, article_id)
        decided = [reviews.describe(decision) for decision in reviews.list_decisions(session, row.id)]
    return json_answer({"data": decided, "next_cursor": None})
