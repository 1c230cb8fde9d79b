"""Deliveries of all receivers: those that nobody tries any more first, to be sent again one by one or all."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from service.answers import is_id, make_cursor
from service.context import context
from service.review.endpoints import PAGE_SIZE, read_after
from service.review.visitor import permission_required
from store import deliveries
from store.deliveries import STATES, DeliveryFilter
from store.tables import EndpointRow

FILTERS = tuple(reversed(STATES))  # failed, delivered, pending


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/deliveries", "deliveries", list_)
    blueprint.add_url_rule("/deliveries/redeliver", "redeliver", redeliver, methods=["POST"])


@permission_required("see_deliveries")
def list_() -> ResponseReturnValue:
    """``?state=failed|delivered|pending``, and a cursor ``?after=``."""
    state = request.args.get("state", "failed")
    if state not in STATES:
        abort(404)
    wanted = DeliveryFilter(state=state, after_id=read_after("dlv"))
    with context().database.reading() as session:
        records = deliveries.list_records(session, wanted, limit=PAGE_SIZE + 1)
        shown = records[:PAGE_SIZE]
        ids = {record.delivery.endpoint_id for record in shown}
        receivers = {row.id: row for row in session.scalars(select(EndpointRow).where(EndpointRow.id.in_(ids)))}
    again = request.args.get("again", "")
    return render_template(
        "review/deliveries.html",
        records=shown,
        receivers=receivers,
        state=state,
        filters=FILTERS,
        again=int(again) if again.isascii() and again.isdigit() and len(again) < 10 else None,
        older=make_cursor(shown[-1].delivery.id) if len(records) > PAGE_SIZE else None,
    )


@permission_required("manage_endpoints")
def redeliver() -> ResponseReturnValue:
    """``ids``, those that were chosen; or ``all``, every one that failed."""
    if "all" in request.form:
        wanted = DeliveryFilter(state="failed")
    else:
        wanted = DeliveryFilter(ids=[one for one in request.form.getlist("ids")[:PAGE_SIZE] if is_id(one, "dlv")])
    with context().database.writing() as session:
        count = deliveries.redeliver(session, wanted, actor=g.user.id)
    return redirect(url_for("review.deliveries", again=count), 303)
