"""Suggestions: what callers say that a score should have been, newest first."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from service.answers import make_cursor, read_cursor
from service.context import context
from service.review.visitor import permission_required
from store import suggestions
from store.tables import ApiKeyRow

PAGE_SIZE = 25
SHOWN = 1_000  # code points of a text
_MOST_SCORES = 30


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/suggestions", "suggestions", list_)


@permission_required("see_suggestions")
def list_() -> ResponseReturnValue:
    """A cursor ``?after=`` continues behind that one."""
    with context().database.reading() as session:
        rows = suggestions.list_suggestions(session, limit=PAGE_SIZE + 1, after_id=_after())
        shown = rows[:PAGE_SIZE]
        senders = select(ApiKeyRow.id, ApiKeyRow.name).where(ApiKeyRow.id.in_({row.api_key_id for row in shown}))
        names = dict(session.execute(senders).all())
    return render_template(
        "review/suggestions.html",
        suggestions=shown,
        scores={row.id: list(_scores(row.scores))[:_MOST_SCORES] for row in shown},
        names=names,
        longest=SHOWN,
        older=make_cursor(shown[-1].id) if len(rows) > PAGE_SIZE else None,
    )


def _scores(scores: Mapping[str, Any]) -> Iterator[tuple[str, float | None, int]]:
    """(attribute, score of the whole text, number of passages with a score of their own)."""
    for attribute, said in scores.items():
        summary = said.get("summaryScore") or {}
        yield attribute, summary.get("value"), len(said.get("spanScores") or ())


def _after() -> str | None:
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "sug")
    except ValueError:
        abort(404)
