"""One article with its evidence, and all that helps to decide about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import Blueprint, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.answers import is_id
from service.context import context
from service.review import comfort, following
from service.review.claiming import waits_for_me
from service.review.findings import add_missed, read_report, zones_of
from service.review.highlight import cut
from service.review.history import tell
from service.review.visitor import user_required
from store import clock, review_claims
from store.appeals import list_appeals
from store.articles import get_article, get_report
from store.policy import ACTIONS
from store.pseudonyms import pseudonym
from store.reviews import (
    FINDING_DECISIONS,
    FINDING_LABELS,
    LONGEST_NOTE,
    Judgement,
    judge,
    list_decisions,
    standing_decisions,
)
from store.similarity import Similar, find_similar
from store.tables import ArticleRow, DecisionRow, UserRow

_MOST_SIMILAR = 5


@dataclass(frozen=True, slots=True)
class Form:
    """What the reviewer has put in, to be shown again where it was refused.

    ``seen`` is how many decisions there were when a page was opened that others have decided on since.
    """

    action: str | None = None
    findings: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    missed: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    refusal: str | None = None
    seen: int | None = None

    def refused(self, refusal: str) -> "Form":
        return replace(self, refusal=refusal)

    def conflicting(self, seen: int) -> "Form":
        return replace(self, seen=seen)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision of this person's, recorded just now: said on whichever article comes next."""

    decision: DecisionRow
    article: ArticleRow
    can_be_undone: bool


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>", "article", article)


@user_required
def article(article_id: str) -> ResponseReturnValue:
    """``?recorded=`` names a decision made just now, on this article or on the one before."""
    with context().database.reading() as session:
        return show_page(session, find_article(session, article_id), Form())


def find_article(session: Session, article_id: str) -> ArticleRow:
    """404 where there is none."""
    row = get_article(session, article_id) if is_id(article_id, "art") else None
    if row is None:
        abort(404)
    return row


def show_page(session: Session, row: ArticleRow, form: Form) -> str:
    """The page, with *form* filled in as it is."""
    report = get_report(session, row)
    decisions = list_decisions(session, row.id)
    judgement = judge(decisions)
    reading = read_report(report) if report is not None else None
    if reading is not None:
        reading = add_missed(reading, judgement.missed, row.text)
    zones = zones_of(row.text, report, reading, is_reduced="reduced" in g.comfort) if report and reading else None
    similar = find_similar(session, row.id, limit=_MOST_SIMILAR)
    comfort.show_article(row, report)
    standing = standing_decisions(decisions)
    appeals = list_appeals(session, row.id)
    holder = review_claims.holder(row, clock.database_now(session))
    return render_template(
        "review/article.html",
        article=row,
        segments=cut(row.text, reading.marks if reading else (), zones),
        zones=zones,
        reading=reading,
        report=report,
        decisions=decisions,
        history=tell(decisions, appeals, reading, row.text)[::-1],
        holder=holder,
        can_claim=holder in (None, g.user.id) and waits_for_me(row),
        pseudonym=pseudonym,
        since=decisions[form.seen :][::-1] if form.seen is not None else (),
        undoable=standing[-1] if standing and standing[-1].before is not None else None,
        judgement=judgement,
        names=_reviewer_names(session, {*(decision.reviewer for decision in decisions), holder}),
        similar=similar,
        similar_actions=_actions_of(session, similar),
        form=form,
        actions=ACTIONS,
        finding_decisions=tuple(FINDING_DECISIONS),
        finding_labels=FINDING_LABELS,
        longest_note=LONGEST_NOTE,
        recorded=_recorded(session),
        ahead=following.peek(session, row.id),
    )


def _recorded(session: Session) -> Recorded | None:
    """The decision named in the address, where it is this person's own."""
    decision_id = request.args.get("recorded", "")
    decision = session.get(DecisionRow, decision_id) if is_id(decision_id, "dec") else None
    if decision is None or decision.reviewer != g.user.id:
        return None
    standing = standing_decisions(list_decisions(session, decision.article_id))
    can_be_undone = bool(standing) and standing[-1].id == decision.id and decision.before is not None
    return Recorded(decision, session.get_one(ArticleRow, decision.article_id), can_be_undone)


def _reviewer_names(session: Session, ids: Collection[str | None]) -> dict[str, str]:
    """Names of the reviewers who are users here; one who decided through the API is shown as recorded."""
    reviewers = {reviewer for reviewer in ids if reviewer}
    if not reviewers:
        return {}
    found = session.execute(select(UserRow.id, UserRow.name).where(UserRow.id.in_(reviewers)))
    return {reviewer: reviewer for reviewer in reviewers} | dict(found.all())


def _actions_of(session: Session, similar: Sequence[Similar]) -> dict[str, Judgement]:
    """What was decided on the findings of each."""
    return {found.article.id: judge(list_decisions(session, found.article.id)) for found in similar}
