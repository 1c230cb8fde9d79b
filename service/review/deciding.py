"""The forms of an article's page: deciding, handing on, taking back. What does not fit is shown again as it was."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from service.context import context
from service.review import following
from service.review.article import Form, find_article, show_page
from service.review.visitor import may, permission_required
from store.reviews import ChangedError, DecisionError, NewDecision, add_decision, undo_decision

_HANDING_ON = ("escalation", "second_opinion")  # they leave the action to others
_REVISION_DIGITS = 12


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/articles/<article_id>/decisions", "decide", decide, methods=["POST"])
    blueprint.add_url_rule("/articles/<article_id>/undo", "undo", undo, methods=["POST"])


@permission_required("decide")
def decide(article_id: str) -> ResponseReturnValue:
    """Record a decision and go on to the next article, or back to this one.

    422 with the form as it was where it does not fit; 409 where the article changed meanwhile.
    """
    form = _read_form()
    kind = request.form.get("kind") or "decision"
    try:
        with context().database.writing() as session:
            row = find_article(session, article_id)
            new = NewDecision(
                # The id, not the name: the decision goes out as an event, and reviewers stay pseudonymous outside.
                reviewer=g.user.id,
                kind=kind,
                action=None if kind in _HANDING_ON else form.action,
                findings=form.findings,
                evidence=form.evidence,
                labels=form.labels,
                missed=_missed(form, row.text),
                note=form.note,
                revision=_revision(),
                is_senior=may("close_escalated"),
            )
            recorded = add_decision(session, row, new).id
    except ChangedError:
        return _show_conflict(article_id, form)
    except DecisionError as error:
        return _show_refusal(article_id, form, str(error))
    return redirect(url_for("review.article", article_id=_whereto(article_id), recorded=recorded), 303)


@permission_required("decide")
def undo(article_id: str) -> ResponseReturnValue:
    """Take the newest decision back, and show its article."""
    made = NewDecision(reviewer=g.user.id, revision=_revision(), is_senior=may("close_escalated"))
    try:
        with context().database.writing() as session:
            row = find_article(session, article_id)
            recorded = undo_decision(session, row, request.form.get("decision", ""), made).id
    except ChangedError:
        return _show_conflict(article_id, Form())
    except DecisionError as error:
        return _show_refusal(article_id, Form(), str(error))
    return redirect(url_for("review.article", article_id=article_id, recorded=recorded), 303)


def _whereto(article_id: str) -> str:
    if request.form.get("then") != "next":
        return article_id
    with context().database.writing() as session:
        return following.take(session, article_id) or article_id


def _read_form() -> Form:
    return Form(
        action=request.form.get("action") or None,
        findings=_fields("finding:"),
        evidence=_fields("evidence:"),
        labels={key: value.strip() for key, value in _fields("label:").items() if value.strip()},
        missed={name: request.form.get(f"missed.{name}", "") for name in ("quote", "label", "start", "end")},
        note=_one_line_end(request.form.get("note", "")),
    )


def _fields(prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix) and value
    }


def _revision() -> int | None:
    """What the reviewer saw; None where the form does not say, -1 where it says nothing that could be."""
    given = request.form.get("revision")
    if given is None:
        return None
    return int(given) if given.isascii() and given.isdigit() and len(given) <= _REVISION_DIGITS else -1


def _missed(form: Form, text: str) -> list[dict[str, Any]]:
    """The passage that was selected, or the only place of the words that were typed."""
    quote, label = _one_line_end(form.missed.get("quote", "")), form.missed.get("label", "").strip()
    if not quote and not label:
        return []
    if not quote or not label:
        raise DecisionError("What was missed needs the words and a label.")
    start, end = form.missed.get("start", ""), form.missed.get("end", "")
    if all(part.isascii() and part.isdigit() and len(part) <= _REVISION_DIGITS for part in (start, end)):
        span = (int(start), int(end))
        if _one_line_end(text[span[0] : span[1]]) == quote:
            return [{"start": span[0], "end": span[1], "label": label}]
    at = text.find(quote)
    if at < 0:
        raise DecisionError("These words do not stand in the text.")
    if text.find(quote, at + 1) >= 0:
        raise DecisionError("These words stand in the text more than once: select them there, or copy more of them.")
    return [{"start": at, "end": at + len(quote), "label": label}]


def _one_line_end(words: str) -> str:
    """Browsers send line ends as CRLF (WHATWG HTML, form submission); an article has those it was sent with."""
    return words.replace("\r\n", "\n").replace("\r", "\n").strip()


def _show_refusal(article_id: str, form: Form, refusal: str) -> ResponseReturnValue:
    with context().database.reading() as session:
        return show_page(session, find_article(session, article_id), form.refused(refusal)), 422


def _show_conflict(article_id: str, form: Form) -> ResponseReturnValue:
    """The article as it is now, what was decided since, and the reviewer's own choices."""
    seen = request.form.get("seen", "")
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= _REVISION_DIGITS else 0
    with context().database.reading() as session:
        return show_page(session, find_article(session, article_id), form.conflicting(known)), 409
