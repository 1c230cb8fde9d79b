"""The queue: what waits for a person, newest first."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.answers import make_cursor, read_cursor
from service.context import context
from service.review.visitor import user_required
from store.articles import ArticleFilter, list_articles
from store.policy import LABELS
from store.tables import ArticleRow

PAGE_SIZE = 25
EXCERPT = 160  # code points
FILTERS: Mapping[str, str | None] = {"open": "open", "closed": "closed", "all": None}


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/", "queue", queue)


@user_required
def queue() -> ResponseReturnValue:
    """``?state=open|closed|all``, ``?label=``, and a cursor ``?after=``."""
    state, label = request.args.get("state", "open"), request.args.get("label")
    if state not in FILTERS or label not in (None, *LABELS):
        abort(404)
    wanted = ArticleFilter(review_state=FILTERS[state], label=label, after_id=_after())
    with context().database.reading() as session:
        articles = list_articles(session, wanted, limit=PAGE_SIZE + 1)
        shown = articles[:PAGE_SIZE]
        return render_template(
            "review/queue.html",
            articles=shown,
            excerpts=_excerpts(session, shown),
            counts=_count_states(session),
            state=state,
            label=label,
            labels=tuple(LABELS),
            older=make_cursor(shown[-1].id) if len(articles) > PAGE_SIZE else None,
        )


def _after() -> str | None:
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "art")
    except ValueError:
        abort(404)


def _excerpts(session: Session, articles: Sequence[ArticleRow]) -> dict[str, str]:
    """The first words of those without a title; the database cuts them, so no long text is loaded."""
    untitled = [row.id for row in articles if not (row.title or "").strip()]
    if not untitled:
        return {}
    beginning = func.substr(ArticleRow.text, 1, EXCERPT)
    query = select(ArticleRow.id, beginning).where(ArticleRow.id.in_(untitled))
    return dict(session.execute(query).all())


def _count_states(session: Session) -> dict[str, int]:
    """Articles by filter, from the index on (review_state, id) alone."""
    query = select(ArticleRow.review_state, func.count()).group_by(ArticleRow.review_state)
    by_state = dict(session.execute(query).all())
    return {name: by_state.get(state, 0) if state else sum(by_state.values()) for name, state in FILTERS.items()}
