"""The claim of whoever is at work on an article: looking takes nothing, the first choice does, and it is renewed."""

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from service.answers import is_id
from service.context import context
from service.review.visitor import may_close, permission_required
from store import review_claims
from store.articles import get_article
from store.tables import ArticleRow


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>/renew", "renew_claim", renew, methods=["POST"])


def waits_for_me(row: ArticleRow) -> bool:
    """Not what others have to close: to hold it would only keep them off."""
    is_waiting = row.state != "queued" and row.review_state in ("open", "escalated")
    return is_waiting and may_close(row) and row.opinion_asked_by != g.user.id


@permission_required("decide")
def renew(article_id: str) -> ResponseReturnValue:
    """For the script of an article that is open, at the first choice and then every few minutes: 204; 409 where it is
    another's, or waits no longer."""
    with context().database.writing() as session:
        row = get_article(session, article_id) if is_id(article_id, "art") else None
        is_mine = row is not None and waits_for_me(row) and review_claims.claim(session, row.id, g.user.id) is not None
    return "", 204 if is_mine else 409
