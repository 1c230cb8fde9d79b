"""The audit log, for those who check: read page by page, and taken away as a file."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.answers import make_cursor, open_cursor
from service.context import context
from service.review.visitor import permission_required
from store import audit, clock
from store.database import Database
from store.tables import ApiKeyRow, AuditEntryRow, UserRow

PAGE_SIZE = 50


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/audit", "audit_log", audit_log)
    blueprint.add_url_rule("/audit/export", "export_audit_log", export_audit_log, methods=["POST"])


@permission_required("see_audit")
def audit_log() -> ResponseReturnValue:
    """``?action=``, and a cursor ``?after=``."""
    action = request.args.get("action") or None
    if action not in (None, *audit.ACTIONS):
        abort(404)
    with context().database.reading() as session:
        found = audit.list_entries(session, limit=PAGE_SIZE + 1, before=_after(), action=action)
        shown = found[:PAGE_SIZE]
        return render_template(
            "review/audit.html",
            entries=shown,
            names=_names(session, shown),
            action=action,
            actions=audit.ACTIONS,
            head=audit.read_head(session),
            older=make_cursor(str(shown[-1].seq)) if len(found) > PAGE_SIZE else None,
        )


def _after() -> int | None:
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return int(open_cursor(cursor))
    except ValueError:
        abort(404)


def _names(session: Session, entries: Iterable[AuditEntryRow]) -> dict[str, str]:
    """Names of the people and keys that acted; who is no longer there is shown by the id."""
    actors = {entry.actor for entry in entries}
    people = select(UserRow.id, UserRow.name).where(UserRow.id.in_(actors))
    keys = select(ApiKeyRow.id, ApiKeyRow.name).where(ApiKeyRow.id.in_(actors))
    return dict(session.execute(people.union_all(keys)).all())


@permission_required("see_audit")
def export_audit_log() -> ResponseReturnValue:
    """The whole log; the entry about the export is its last. A POST, because it adds that entry."""
    database = context().database
    with database.writing() as session:
        made = audit.record(session, action="audit_exported", actor=g.user.id)
    name = f"obelus-audit-{clock.now():%Y-%m-%d}-{made.seq}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(_lines(database), mimetype="application/jsonl", headers=headers)


def _lines(database: Database) -> Iterator[bytes]:
    with database.reading() as session:
        yield from audit.export_lines(session)
