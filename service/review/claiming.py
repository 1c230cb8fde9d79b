"""The claim of whoever has an article open: taken when it is opened, renewed while it is read."""

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from service.answers import is_id
from service.context import context
from service.review.visitor import may_close, permission_required
from store import clock, review_claims
from store.articles import get_article
from store.tables import ArticleRow


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>/renew", "renew_claim", renew, methods=["POST"])


def claim_opened(article_id: str) -> None:
    """Claim what this person has opened, where it waits for them and nobody else has it.

    Pages that a browser fetches ahead, and requests for the headers alone, claim nothing.
    """
    if request.method != "GET" or "Sec-Purpose" in request.headers or not is_id(article_id, "art"):
        return
    database = context().database
    with database.reading() as session:
        row = get_article(session, article_id)
        if row is None or not _is_for_me(row):
            return
        if review_claims.holder(row, clock.database_now(session)) not in (None, g.user.id):
            return
    with database.writing() as session:
        review_claims.claim(session, article_id, g.user.id)


def _is_for_me(row: ArticleRow) -> bool:
    """Not what others have to close: to hold it would only keep them off."""
    return row.state != "queued" and may_close(row) and row.opinion_asked_by != g.user.id


@permission_required("decide")
def renew(article_id: str) -> ResponseReturnValue:
    """For the script of an article that is open: 204; 409 where it is this person's no longer."""
    with context().database.writing() as session:
        row = get_article(session, article_id) if is_id(article_id, "art") else None
        is_mine = row is not None and _is_for_me(row) and review_claims.claim(session, row.id, g.user.id) is not None
    return "", 204 if is_mine else 409
