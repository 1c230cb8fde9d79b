"""One article with its evidence, and the decision about it."""

from dataclasses import dataclass, field

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.answers import is_id
from service.context import context
from service.errors import Problem
from service.review.findings import read_report
from service.review.highlight import cut
from service.review.visitor import may_decide, user_required
from store.articles import get_article, get_report
from store.policy import ACTIONS
from store.reviews import (
    FINDING_DECISIONS,
    LONGEST_NOTE,
    DecisionError,
    NewDecision,
    add_decision,
    list_decisions,
    list_open,
)
from store.tables import ArticleRow, DecisionRow, UserRow

_FIELD = "finding:"  # "finding:violence/0" = "upheld"


@dataclass(frozen=True, slots=True)
class Form:
    """What the reviewer has put in, to be shown again where it was refused."""

    action: str | None = None
    findings: dict[str, str] = field(default_factory=dict)
    note: str = ""
    refusal: str | None = None


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>", "article", article)
    blueprint.add_url_rule("/articles/<article_id>/decisions", "decide", decide, methods=["POST"])


@user_required
def article(article_id: str) -> ResponseReturnValue:
    with context().database.reading() as session:
        return _page(session, _find(session, article_id), Form())


@user_required
def decide(article_id: str) -> ResponseReturnValue:
    """Record a decision and go back to the article; 422 with the form as it was where it does not fit."""
    if not may_decide(g.user):
        raise Problem("forbidden")
    form = _read_form()
    new = NewDecision(
        # The id, not the name: the decision goes out as an event, and reviewers stay pseudonymous outside.
        reviewer=g.user.id,
        action=form.action,
        findings=form.findings,
        note=form.note,
    )
    try:
        with context().database.writing() as session:
            row = add_decision(session, _find(session, article_id), new)
    except DecisionError as error:
        refused = Form(form.action, form.findings, form.note, str(error))
        with context().database.reading() as session:
            return _page(session, _find(session, article_id), refused), 422
    return redirect(url_for("review.article", article_id=article_id, recorded=row.id), 303)


def _read_form() -> Form:
    findings = {
        name.removeprefix(_FIELD): value for name, value in request.form.items() if name.startswith(_FIELD) and value
    }
    # Browsers send line breaks as CRLF (WHATWG HTML, form submission); the note is kept with LF.
    note = request.form.get("note", "").replace("\r\n", "\n").strip()
    return Form(request.form.get("action") or None, findings, note)


def _find(session: Session, article_id: str) -> ArticleRow:
    row = get_article(session, article_id) if is_id(article_id, "art") else None
    if row is None:
        abort(404)
    return row


def _page(session: Session, row: ArticleRow, form: Form) -> str:
    report = get_report(session, row)
    reading = read_report(report) if report is not None else None
    decisions = list_decisions(session, row.id)
    return render_template(
        "review/article.html",
        article=row,
        segments=cut(row.text, reading.marks if reading else ()),
        reading=reading,
        report=report,
        decisions=decisions[::-1],
        judged=_judged(decisions),
        names=_reviewer_names(session, decisions),
        form=form,
        actions=ACTIONS,
        finding_decisions=tuple(FINDING_DECISIONS),
        longest_note=LONGEST_NOTE,
        is_recorded=any(decision.id == request.args.get("recorded") for decision in decisions),
        next_id=_next_open(session, row.id),
    )


def _judged(decisions: list[DecisionRow]) -> dict[str, str]:
    """The latest decision on each finding."""
    judged: dict[str, str] = {}
    for decision in decisions:
        judged.update(decision.findings)
    return judged


def _reviewer_names(session: Session, decisions: list[DecisionRow]) -> dict[str, str]:
    """Names of the reviewers who are users here; one who decided through the API is shown as recorded."""
    reviewers = {decision.reviewer for decision in decisions}
    if not reviewers:
        return {}
    found = session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(reviewers)))
    return {reviewer: reviewer for reviewer in reviewers} | dict(found.all())


def _next_open(session: Session, article_id: str) -> str | None:
    """The next older open article, or the newest where this was the last."""
    candidates = list_open(session, limit=1, after_id=article_id) or list_open(session, limit=2)
    return next((row.id for row in candidates if row.id != article_id), None)
