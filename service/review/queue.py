"""The queue: what waits for a person, in an order, filtered by links; and the views that people save of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.answers import is_id, make_cursor
from service.context import context
from service.errors import Problem
from service.review.language import translate
from service.review.queue_query import (
    CHOICES,
    LANGUAGES,
    NAMES,
    SHOWN_STATES,
    TIMES,
    WHOSE,
    QueueQuery,
    read_place,
    read_query,
)
from service.review.visitor import may, may_close, permission_required, user_required
from store import appeals, bulk, clock, review_claims, review_queue, saved_views
from store.article_lists import WALKED
from store.articles import get_article
from store.review_queue import MOST_COUNTED, QueuePage
from store.saved_views import ViewError
from store.tables import ArticleOrganisationRow, ArticleRow, UserRow

PAGE_SIZE = 20
EXCERPT = 160  # code points
_NAMED = 3  # organisations shown of an article
SHOWN_CHOICES = ("label", "reading", "action", "decision", "judged", "language", "assignee")  # as links
DAYS = (1, 7, 30)  # quick links: received in so many days


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/", "queue", queue)
    blueprint.add_url_rule("/next", "take_next", take_next, methods=["POST"])
    blueprint.add_url_rule("/articles/<article_id>/claim", "claim", claim, methods=["POST"])
    blueprint.add_url_rule("/articles/<article_id>/release", "release", release, methods=["POST"])
    blueprint.add_url_rule("/views", "save_view", save_view, methods=["POST"])
    blueprint.add_url_rule("/views/<view_id>/delete", "delete_view", delete_view, methods=["POST"])


@user_required
def queue() -> ResponseReturnValue:
    """The names of `queue_query.NAMES`, and a cursor ``?after=``."""
    query = read_query(request.args)
    return _page(query, refusals=query.refusals), 422 if query.refusals else 200


def _page(query: QueueQuery, *, refusals: Iterable[str] = (), view_refusal: str | None = None) -> str:
    with context().database.reading() as session:
        page = _list(session, query)
        shown = page.articles
        moment = clock.database_now(session)
        holders = {row.id: review_claims.holder(row, moment) for row in shown}
        return render_template(
            "review/queue.html",
            query=query,
            articles=shown,
            excerpts=_excerpts(session, shown),
            named=_named(session, shown),
            holders=holders,
            names=_user_names(session, {*holders.values(), query.values.get("assignee")}),
            counts=review_queue.count_states(session),
            mine=review_queue.count_claimed(session, g.user.id),
            appealed=appeals.count_appealed(session) if may("rule_appeals") else 0,
            most=MOST_COUNTED,
            views=saved_views.list_views(session, g.user.id),
            refusals=tuple(refusals),
            view_refusal=view_refusal,
            searched_to=page.searched_to,
            page_size=PAGE_SIZE,
            walked=WALKED,
            states=SHOWN_STATES,
            languages=LANGUAGES,
            times=TIMES,
            choices_of={name: CHOICES.get(name, WHOSE) for name in SHOWN_CHOICES},
            days={days: (datetime.now(UTC) - timedelta(days=days - 1)).date().isoformat() for days in DAYS},
            deeds=bulk.DEEDS if may("decide_in_bulk") else (),
            most_at_once=bulk.MOST_AT_ONCE,
            organisation=_organisation_name(session, query.values.get("organisation")),
            older=make_cursor(page.next_place) if page.next_place else None,
            done=request.args.get("done") if request.args.get("done") in DONE else None,
        )


DONE = ("taken", "released", "saved", "deleted", "empty")


def _list(session: Session, query: QueueQuery) -> QueuePage:
    try:
        return review_queue.list_queue(
            session, query.to_filter(), order=query.order, limit=PAGE_SIZE, after=read_place(request.args)
        )
    except ValueError:  # a cursor of another order
        abort(404)


def _excerpts(session: Session, articles: Sequence[ArticleRow]) -> dict[str, str]:
    """The first words of those without a title; the database cuts them, so no long text is loaded."""
    untitled = [row.id for row in articles if not (row.title or "").strip()]
    if not untitled:
        return {}
    beginning = func.substr(ArticleRow.text, 1, EXCERPT)
    query = select(ArticleRow.id, beginning).where(ArticleRow.id.in_(untitled))
    return dict(session.execute(query).all())


def _named(session: Session, articles: Sequence[ArticleRow]) -> dict[str, list[tuple[str, str]]]:
    """(id, name) of the organisations that each article names, the first few."""
    found: dict[str, list[tuple[str, str]]] = {}
    if not articles:
        return found
    row = ArticleOrganisationRow
    query = select(row.article_id, row.organisation_id).where(row.article_id.in_([one.id for one in articles]))
    for article_id, organisation_id in session.execute(query.order_by(row.article_id, row.organisation_id)):
        name = _organisation_name(session, organisation_id)
        if name is not None and len(found.setdefault(article_id, [])) < _NAMED:
            found[article_id].append((organisation_id, name))
    return found


def _organisation_name(session: Session, organisation_id: str | None) -> str | None:
    if organisation_id is None:
        return None
    entry = context().catalogue.view(session).entries.get(organisation_id)
    return entry.organisation.name if entry is not None else None


def _user_names(session: Session, ids: Iterable[str | None]) -> Mapping[str, str]:
    wanted = [one for one in ids if one and is_id(one, "usr")]
    if not wanted:
        return {}
    return dict(session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(wanted))).all())


# --- claims ---------------------------------------------------------------------------------------


@permission_required("decide")
def take_next() -> ResponseReturnValue:
    """Claim the first article that is free, in the order and with the filters sent along, and go there."""
    query = read_query(request.form)
    if query.state == "escalated" and not may("close_escalated"):
        raise Problem("forbidden")
    besides = request.form.get("besides", "")
    with context().database.writing() as session:
        found = review_claims.claim_next(
            session,
            query.to_filter(free_for=g.user.id),
            order=query.order,
            user_id=g.user.id,
            besides=besides if is_id(besides, "art") else None,
        )
    if found is None:
        return redirect(_with_done(query, "empty"), 303)
    return redirect(_article(found), 303)


@permission_required("decide")
def claim(article_id: str) -> ResponseReturnValue:
    """Goes to the article; where it is another's, back to the queue as it was."""
    with context().database.writing() as session:
        row = get_article(session, article_id) if is_id(article_id, "art") else None
        is_mine = row is not None and may_close(row) and review_claims.claim(session, article_id, g.user.id) is not None
    return redirect(_article(article_id) if is_mine else _with_done(read_query(request.form), "taken"), 303)


@permission_required("decide")
def release(article_id: str) -> ResponseReturnValue:
    with context().database.writing() as session:
        if is_id(article_id, "art"):
            review_claims.release(session, article_id, g.user.id)
    return redirect(_with_done(read_query(request.form), "released"), 303)


def _article(article_id: str) -> str:
    return url_for("review.article", article_id=article_id)


def _with_done(query: QueueQuery, done: str) -> str:
    link = query.link()
    return f"{link}{'&' if '?' in link else '?'}done={done}"


# --- saved views ----------------------------------------------------------------------------------


@user_required
def save_view() -> ResponseReturnValue:
    """Keep the query sent along under a name; ``shared`` shows it to everybody."""
    query = read_query(request.form)
    is_shared = bool(request.form.get("shared")) and may("decide")
    try:
        with context().database.writing() as session:
            saved_views.save_view(
                session,
                owner_id=g.user.id,
                name=request.form.get("name", ""),
                query={name: value for name, value in query.values.items() if name in NAMES},
                is_shared=is_shared,
            )
    except ViewError as error:
        return _page(query, view_refusal=translate(f"view.refused.{error.code}")), 422
    return redirect(_with_done(query, "saved"), 303)


@user_required
def delete_view(view_id: str) -> ResponseReturnValue:
    """A person's own; another's is not there."""
    with context().database.writing() as session:
        if not is_id(view_id, "viw") or not saved_views.delete_view(session, view_id, owner_id=g.user.id):
            abort(404)
    return redirect(_with_done(QueueQuery(), "deleted"), 303)
