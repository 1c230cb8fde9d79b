"""One action for many articles of the queue: a dry run first, then it is done, then it can be taken back."""

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.answers import is_id
from service.context import context
from service.review.queue_query import QueueQuery, read_query
from service.review.visitor import permission_required
from store import bulk, review_queue
from store.bulk import DEEDS, MOST_AT_ONCE
from store.review_tables import BulkRow
from store.reviews import LONGEST_NOTE
from store.tables import UserRow


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/bulk", "plan_bulk", plan, methods=["POST"])
    blueprint.add_url_rule("/bulk/carry-out", "carry_out_bulk", carry_out, methods=["POST"])
    blueprint.add_url_rule("/bulk/<bulk_id>", "bulk", show)
    blueprint.add_url_rule("/bulk/<bulk_id>/undo", "undo_bulk", undo, methods=["POST"])


@permission_required("decide_in_bulk")
def plan() -> ResponseReturnValue:
    """What ``deed`` would do to the chosen ``ids``, or with ``all`` to the first `MOST_AT_ONCE` of the queue as sent
    along. Nothing is written."""
    query, deed = read_query(request.form), request.form.get("deed", "")
    if deed not in DEEDS:
        abort(404)
    with context().database.reading() as session:
        chosen = _all_of(session, query) if "all" in request.form else _chosen()
        planned = bulk.plan(session, chosen, deed=deed, reviewer=g.user.id)
        return render_template(
            "review/bulk_plan.html",
            query=query,
            deed=deed,
            doing=[item.article for item in planned if item.hindrance is None],
            hindered=[item for item in planned if item.hindrance is not None],
            longest_note=LONGEST_NOTE,
            most_at_once=MOST_AT_ONCE,
        )


def _all_of(session: Session, query: QueueQuery) -> dict[str, int | None]:
    rows = review_queue.find_first(session, query.to_filter(), order=query.order, limit=MOST_AT_ONCE)
    return {row.id: row.revision for row in rows}


def _chosen() -> dict[str, int | None]:
    """``ids`` as the boxes send them: the id, and the revision that the person saw."""
    chosen: dict[str, int | None] = {}
    for one in request.form.getlist("ids")[:MOST_AT_ONCE]:
        article_id, _, revision = one.partition(":")
        if is_id(article_id, "art") and revision.isascii() and revision.isdigit() and len(revision) < 9:
            chosen[article_id] = int(revision)
    return chosen


@permission_required("decide_in_bulk")
def carry_out() -> ResponseReturnValue:
    """Do what the dry run showed, to just those articles, where they are still as they were shown."""
    deed = request.form.get("deed", "")
    note = request.form.get("note", "").replace("\r\n", "\n").strip()
    if deed not in DEEDS or len(note) > LONGEST_NOTE or "\0" in note:
        abort(404)
    with context().database.writing() as session:
        made = bulk.carry_out(session, _chosen(), deed=deed, reviewer=g.user.id, note=note or None)
    return redirect(url_for("review.bulk", bulk_id=made.id), 303)


@permission_required("decide_in_bulk")
def show(bulk_id: str) -> ResponseReturnValue:
    with context().database.reading() as session:
        row = session.get(BulkRow, bulk_id) if is_id(bulk_id, "blk") else None
        if row is None:
            abort(404)
        undone = session.scalars(select(BulkRow).where(BulkRow.undoes == row.id)).first()
        name = session.scalar(select(UserRow.name).where(UserRow.id == row.made_by))
        return render_template("review/bulk.html", bulk=row, undone=undone, name=name or row.made_by)


@permission_required("decide_in_bulk")
def undo(bulk_id: str) -> ResponseReturnValue:
    """Take it back; 404 where there is none, or it was taken back already."""
    with context().database.writing() as session:
        made = bulk.undo(session, bulk_id, reviewer=g.user.id) if is_id(bulk_id, "blk") else None
    if made is None:
        abort(404)
    return redirect(url_for("review.bulk", bulk_id=made.id), 303)
