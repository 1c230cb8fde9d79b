"""Looking an organisation up: who lists it, on which list, since when. Facts of the lists, and no view on them."""

from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from service.answers import make_cursor, open_cursor
from service.catalogue import Entry, Search, View, describe
from service.context import context
from service.review.visitor import user_required

PAGE_SIZE = 25
_LONGEST_SEARCH = 200


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/organisations", "organisations", organisations)
    blueprint.add_url_rule("/organisations/<organisation_id>", "organisation", organisation)


@user_required
def organisations() -> ResponseReturnValue:
    """``?q=`` and ``?jurisdiction=``, and a cursor ``?after=``."""
    words, jurisdiction = request.args.get("q", "").strip(), request.args.get("jurisdiction") or None
    view = _view()
    if len(words) > _LONGEST_SEARCH or jurisdiction not in (None, *view.jurisdictions):
        abort(404)
    found = view.find(Search(words or None, jurisdiction))
    begin = _after(found)
    shown = found[begin : begin + PAGE_SIZE]
    return render_template(
        "review/organisations.html",
        organisations=[describe(entry) for entry in shown],
        count=len(found),
        words=words,
        jurisdiction=jurisdiction,
        jurisdictions=sorted(view.jurisdictions),
        version=view.version,
        more=make_cursor(shown[-1].organisation.id) if begin + len(shown) < len(found) else None,
    )


@user_required
def organisation(organisation_id: str) -> ResponseReturnValue:
    view = _view()
    entry = view.entries.get(organisation_id)
    if entry is None:
        abort(404)
    return render_template(
        "review/organisation.html",
        organisation=describe(entry),
        version=view.version,
        today=datetime.now(UTC).date().isoformat(),
        extended=view.entries.get(entry.extends) if entry.extends else None,
    )


def _view() -> View:
    with context().database.reading() as session:
        return context().catalogue.view(session)


def _after(found: list[Entry]) -> int:
    cursor = request.args.get("after")
    if cursor is None:
        return 0
    try:
        last_id = open_cursor(cursor)
        return [entry.organisation.id for entry in found].index(last_id) + 1
    except ValueError:
        abort(404)
