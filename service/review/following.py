"""Which article comes next: the first that is free in the queue that this browser looked at last."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from service.answers import make_cursor
from service.review.queue_query import QueueQuery, read_query
from service.review.visitor import COOKIE_PATH, is_https, may
from store.review_claims import claim_next
from store.review_queue import list_queue

COOKIE = "obelus_queue"
_LONGEST = 1_500


def remember(response: Response) -> None:
    """After each request for a page: keep the filters and the order of a queue that was shown."""
    if request.endpoint != "review.queue" or response.status_code != 200:
        return
    kept = urlencode(read_query(request.args).changed())
    if len(kept) <= _LONGEST:
        response.set_cookie(COOKIE, kept, path=COOKIE_PATH, httponly=True, samesite="Lax", secure=is_https())


@dataclass(frozen=True, slots=True)
class Ahead:
    """``url``: of the next article; where none was found among those looked at, of the list that goes on behind them.
    None: nothing else waits."""

    url: str | None
    is_article: bool = True


def peek(session: Session, article_id: str) -> Ahead:
    """What would come after *article_id*, without a claim; among as many as a page of the queue looks at."""
    query = _remembered()
    page = list_queue(session, query.to_filter(free_for=g.user.id), order=query.order, limit=2)
    for row in page.articles:
        if row.id != article_id:
            return Ahead(url_for("review.article", article_id=row.id))
    if page.next_place is not None:
        return Ahead(query.link(after=make_cursor(page.next_place)), is_article=False)
    if page.searched_to is not None:
        return Ahead(query.link(behind=page.searched_to), is_article=False)
    return Ahead(None)


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
