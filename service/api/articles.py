"""``/v1/articles``: submit, fetch, list."""

from collections.abc import Callable

from apiflask import APIBlueprint
from flask import Response, g
from sqlalchemy.orm import Session

from models.extraction import Extracted, ExtractionError
from service.answers import is_id, json_answer, list_answer, read_cursor
from service.api import answers, schemas
from service.auth import auth, caller
from service.context import context
from service.errors import Problem, invalid_field
from service.labelled import label_article, to_html
from service.representation import holds_no_secret
from service.requests import body_sha256, idempotency_key, wait_seconds
from service.submission import Submission, find_replay, submit_article
from store import articles as store_articles
from store import erasure
from store.addresses import RefusedError
from store.article_lists import ArticleFilter, list_articles
from store.articles import MAX_CODE_POINTS, NewArticle
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

    What was sent before under the same `external_id` by the same key is not read again: where text, title, url, source,
    language and published_at are the same, that article is the answer, as it is now (202, or 200 with its report), with
    `Obelus-Duplicate: true`. Anything else under that id is a new article beside the earlier one. So is what was
    deleted, and what could not be read.
    """
    found, key = caller(), idempotency_key()
    tied = IdempotencyKey(found.key_id, key, body_sha256()) if key is not None else None
    accepted = find_replay(context(), tied) or submit_article(
        context(), found, Submission(new_article(json_data), tied, wait_seconds())
    )
    g.article_id = accepted.article_id
    headers = {"Location": f"/v1/articles/{accepted.article_id}"}
    if accepted.status == 202:
        headers["Retry-After"] = "1"
    if accepted.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    if accepted.is_duplicate:
        headers["Obelus-Duplicate"] = "true"
    if accepted.has_waited:
        headers["Preference-Applied"] = "wait"
    body = accepted.body
    if json_data.callback_url is not None:
        body = {**body, "callback_secret": found.callback_secret}
    else:
        holds_no_secret()
    return json_answer(body, status=accepted.status, headers=headers)


def read_html(html: str) -> Extracted:
    """The article of a page; Problem where there is none, or it cannot be read now."""
    try:
        page = context().extractor.extract(html)
    except ExtractionError as error:
        headers = {"Retry-After": "5"} if error.code == "overloaded" else None
        raise Problem(error.code, headers=headers) from None
    if len(page.text) > MAX_CODE_POINTS:
        raise invalid_field("html", "The article in it must have at most 200,000 characters.")
    return page


def new_article(given: schemas.ArticleIn, *, read: Callable[[str], Extracted] = read_html) -> NewArticle:
    """What is kept of a checked body, its page read by *read*; a Problem with pointers into it where it cannot be."""
    if given.callback_url is not None:
        try:
            context().guard.check_receiver(given.callback_url)
        except RefusedError as error:
            raise invalid_field("callback_url", f"It {error}.") from None
    fields = given.model_dump(exclude={"html", "priority"})
    if given.html is not None:
        page = read(given.html)
        said = {name: getattr(page, name) for name in ("title", "source", "published_at") if fields[name] is None}
        fields |= {"text": page.text, "is_extracted": True, **said}
    return NewArticle(**fields, priority=given.priority or "normal")


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
        row = find_article(session, article_id)
        report = store_articles.get_report(session, row)
        if report is not None and row.erased_at is not None and query_data.offset_unit == "utf16":
            raise Problem("conflict", "The words of the article were erased: its spans are known in code points only.")
        headers = {"ETag": f'"{etag_of(row)}"'}
        return json_answer(answers.article_answer(row, report, unit=query_data.offset_unit), headers=headers)


@blueprint.delete("/<article_id>")
@blueprint.auth_required(auth, roles=["submit"])
@blueprint.output({}, status_code=204, description="Its words are gone, now or since an earlier request.")
@blueprint.doc(operation_id="deleteArticle")
def delete(article_id: str) -> Response:
    """Delete the words of an article

    Text, title, address, source, metadata, what reports and evidence quote and the notes of decisions are erased for
    good. Ids, times, labels, scores, spans and the text's SHA-256 stay, and so do decisions and the audit log. One that
    has not been read leaves the queue (`state` is `failed`, without an event). Webhooks that are on their way are sent:
    they hold no words, and a note no longer. Needs the key that sent the article, or the scope `admin`.
    """
    with context().database.writing() as session:
        row = find_article(session, article_id)
        if row.api_key_id != caller().key_id:  # a key may see what others sent
            caller().require("admin")
        erasure.erase_article(session, row.id, actor=caller().key_id)
    context().queues.announce_done(article_id)  # whoever waits for its report need not wait any longer
    return Response(status=204)


@blueprint.get("")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.ArticleListQuery, location="query")
@blueprint.output(answers.ArticleList)
@blueprint.doc(operation_id="listArticles")
def list_(query_data: schemas.ArticleListQuery) -> Response:
    """List articles, newest first, without their reports

    The last page is the one without a `next_cursor`. A page before it may hold fewer articles than `limit`, or none:
    where several filters each let very many articles through, one request looks at 5,000 of them.
    """
    after, before = query_data.created_after, query_data.created_before
    wanted = ArticleFilter(
        api_key_id=caller().sees_only,
        state=query_data.state,
        label=query_data.label,
        action=query_data.action,
        review_state=query_data.review_state,
        source=query_data.source,
        language=query_data.language,
        external_id=query_data.external_id,
        organisation=query_data.organisation,
        created_after=schemas.read_moment(after) if after is not None else None,
        created_before=schemas.read_moment(before) if before is not None else None,
        after_id=_after(query_data.cursor),
    )
    with context().database.reading() as session:
        page = list_articles(session, wanted, limit=query_data.limit)
    items = [{**store_articles.summary(row), "offset_unit": query_data.offset_unit} for row in page.articles]
    return list_answer(items, last_id=page.next_id)


def _after(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "art")
    except ValueError as error:
        raise invalid_field("cursor", f"It {error}.", place="query") from None


def find_article(session: Session, article_id: str) -> ArticleRow:
    """The caller's article, its text not loaded; 404 for any other."""
    row = session.get(ArticleRow, article_id) if is_id(article_id, "art") else None
    if row is None or caller().sees_only not in (None, row.api_key_id):
        raise Problem("not_found", "There is no such article.")
    g.article_id = row.id
    return row


def etag_of(row: ArticleRow) -> str:
    """Another one after each decision and each other change of what an article's answer says."""
    return f"{row.state}-{row.revision}{'-erased' if row.erased_at is not None else ''}"


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
        row = find_article(session, article_id)
        report = store_articles.get_report(session, row)
        if report is None:
            reason = "has not been read yet" if row.state == "queued" else "could not be read"
            raise Problem("conflict", f"The article {reason}, so what it lacks is not known.")
        if report["designations"]["status"] == "failed":
            raise Problem("conflict", "The classifier of designations failed on it, so what it lacks is not known.")
        if row.erased_at is not None:
            raise Problem("conflict", "The words of the article were erased.")
        labelled = label_article(row, report, settings, jurisdiction=jurisdiction)
    is_html = query_data.format == "html"
    body = to_html(labelled, report) if is_html else labelled.text
    return Response(body, mimetype="text/html" if is_html else "text/plain")
