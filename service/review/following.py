"""Which article comes next: the first that is free in the queue that this browser looked at last."""

from urllib.parse import parse_qsl, urlencode

from flask import Response, g, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from service.review.queue_query import QueueQuery, read_query
from service.review.visitor import COOKIE_PATH, is_https, may
from store.review_claims import claim_next
from store.review_queue import find_first

COOKIE = "obelus_queue"
_LONGEST = 1_500


def remember(response: Response) -> None:
    """After each request for a page: keep the filters and the order of a queue that was shown."""
    if request.endpoint != "review.queue" or response.status_code != 200:
        return
    kept = urlencode(read_query(request.args).changed())
    if len(kept) <= _LONGEST:
        response.set_cookie(COOKIE, kept, path=COOKIE_PATH, httponly=True, samesite="Lax", secure=is_https())


def peek(session: Session, article_id: str) -> str | None:
    """The one that would come after *article_id*, without a claim."""
    query = _remembered()
    found = find_first(session, query.to_filter(free_for=g.user.id), order=query.order, limit=2)
    return next((row.id for row in found if row.id != article_id), None)


def take(session: Session, article_id: str) -> str | None:
    """The one after *article_id*, claimed for this person, so that nobody else begins with it too."""
    query = _remembered()
    wanted = query.to_filter(free_for=g.user.id)
    return claim_next(session, wanted, order=query.order, user_id=g.user.id, besides=article_id)


def _remembered() -> QueueQuery:
    """The whole open queue where nothing is remembered, or what is shows articles that wait for nobody."""
    kept = request.cookies.get(COOKIE, "")[:_LONGEST]
    try:
        query = read_query(MultiDict(parse_qsl(kept)))
    except (NotFound, ValueError):
        return QueueQuery()
    waiting = ("open", "escalated") if may("close_escalated") else ("open",)
    return query if query.state in waiting else QueueQuery()
