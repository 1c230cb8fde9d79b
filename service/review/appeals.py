"""Appeals, for those who rule on them: what waits, what was ruled, and the ruling itself."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from service.answers import is_id, make_cursor, read_cursor
from service.context import context
from service.review.findings import read_report
from service.review.history import tell
from service.review.visitor import permission_required
from store import appeals, reviews
from store.appeals import RULINGS, STATES, NewRuling
from store.articles import get_article, get_report
from store.policy import ACTIONS
from store.pseudonyms import pseudonym
from store.review_tables import AppealRow
from store.reviews import LONGEST_NOTE, ChangedError, DecisionError
from store.tables import ArticleRow, UserRow

PAGE_SIZE = 25


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/appeals", "appeals", list_)
    blueprint.add_url_rule("/appeals/<appeal_id>", "appeal", show)
    blueprint.add_url_rule("/appeals/<appeal_id>", "rule", rule, methods=["POST"])


@permission_required("rule_appeals")
def list_() -> ResponseReturnValue:
    """``?state=appealed|ruled``, and a cursor ``?after=``."""
    state = request.args.get("state", STATES[0])
    if state not in STATES:
        abort(404)
    with context().database.reading() as session:
        rows = appeals.list_by_state(session, state, limit=PAGE_SIZE + 1, after_id=_after())
        shown = rows[:PAGE_SIZE]
        ids = {row.article_id for row in shown}
        articles = {row.id: row for row in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(ids)))}
    return render_template(
        "review/appeals.html",
        appeals=shown,
        articles=articles,
        state=state,
        states=STATES,
        older=make_cursor(shown[-1].id) if len(rows) > PAGE_SIZE else None,
    )


def _after() -> str | None:
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "app")
    except ValueError:
        abort(404)


@permission_required("rule_appeals")
def show(appeal_id: str) -> ResponseReturnValue:
    return _page(appeal_id)


def _page(appeal_id: str, *, refusal: str | None = None) -> str:
    """*refusal* is the key of a message, or a sentence of the store in English."""
    with context().database.reading() as session:
        row = session.get(AppealRow, appeal_id) if is_id(appeal_id, "app") else None
        article = get_article(session, row.article_id) if row is not None else None
        if row is None or article is None:
            abort(404)
        decisions = reviews.list_decisions(session, article.id)
        people = {row.recorded_by, row.ruled_by, *(decision.reviewer for decision in decisions)}
        found = session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(people)))
        names = {one: one for one in people if one} | dict(found.all())
        report = get_report(session, article)
        reading = read_report(report) if report is not None else None
        standing = [one for one in reviews.standing_decisions(decisions) if one.action and one.kind == "decision"]
        return render_template(
            "review/appeal.html",
            appeal=row,
            article=article,
            history=tell(decisions, appeals.list_appeals(session, article.id), reading, article.text)[::-1],
            judgement=reviews.judge(decisions),
            pseudonym=pseudonym,
            names=names,
            is_own=bool(standing) and standing[-1].reviewer == g.user.id,
            rulings=tuple(RULINGS),
            actions=[action for action in ACTIONS if action != article.action],
            longest_note=LONGEST_NOTE,
            refusal=refusal,
            form=request.form,
            is_done="done" in request.args,
        )


@permission_required("rule_appeals")
def rule(appeal_id: str) -> ResponseReturnValue:
    """``ruling``, ``action`` where it is overturned, ``note``, and the ``revision`` that the person saw."""
    given = request.form
    revision = given.get("revision", "")
    new = NewRuling(
        ruled_by=g.user.id,
        ruling=given.get("ruling", ""),
        action=given.get("action") or None,
        note=given.get("note", "").replace("\r\n", "\n").strip() or None,
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 9 else None,
    )
    try:
        with context().database.writing() as session:
            row = session.get(AppealRow, appeal_id) if is_id(appeal_id, "app") else None
            if row is None:
                abort(404)
            appeals.rule(session, session.get_one(ArticleRow, row.article_id), row, new)
    except ChangedError:
        return _page(appeal_id, refusal="appeal.changed"), 409
    except DecisionError as error:
        return _page(appeal_id, refusal=str(error)), 422
    return redirect(url_for("review.appeal", appeal_id=appeal_id, done=1), 303)
