"""The installation at a glance: workers, what waits, versions, sizes. What cannot be read is said to be away."""

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

import models
from models.designations.register import ListSource
from service.context import Context, context
from service.readiness import ask_all
from service.review.frame import error_page
from service.review.language import translate
from service.review.visitor import permission_required
from store import audit, condition, signs
from store.version import VERSION

_EXECUTOR = "obelus_system_questions"
_PATIENCE_SECONDS = 2.0
_verifying = threading.Lock()  # the whole chain is read: one reader at a time is enough


def register(blueprint: Blueprint) -> None:
    blueprint.record_once(lambda state: _attach(state.app))
    blueprint.add_url_rule("/system", "system", system)
    blueprint.add_url_rule("/system/verify", "verify_audit_log", verify, methods=["POST"])


def _attach(app: Any) -> None:
    application: Flask = app
    application.extensions[_EXECUTOR] = ThreadPoolExecutor(max_workers=6, thread_name_prefix="system")


@permission_required("see_system")
def system() -> ResponseReturnValue:
    made = context()
    executor: ThreadPoolExecutor = current_app.extensions[_EXECUTOR]
    found: dict[str, Any] = ask_all(
        executor,
        {
            "processes": lambda: signs.list_processes(made.queues),
            "redis": lambda: condition.read_redis(made.queues.redis),
            "database": lambda: _read(made, condition.read_database),
            "backlog": lambda: _read(made, condition.read_backlog),
            "in_force": lambda: _read(made, condition.read_in_force),
            "lists": lambda: _lists(made),
        },
        patience_seconds=_PATIENCE_SECONDS,
    )
    moment = datetime.now(UTC)
    return render_template(
        "review/system.html",
        **found,
        programs=signs.PROGRAMS,
        alive=_count_alive(found["processes"]),
        verified=_read_verified(found["in_force"]),
        now=moment,
        today=moment.date(),
        version=VERSION,
        weights=_weights(made),
    )


def _read(made: Context, question: Any) -> Any:
    with made.database.reading() as session:
        return question(session)


def _lists(made: Context) -> tuple[str, Sequence[ListSource]]:
    """(version of the register, its lists)."""
    with made.database.reading() as session:
        version = made.catalogue.view(session).version
    return version, made.catalogue.lists


def _count_alive(processes: Sequence[signs.Process] | None) -> dict[str, int]:
    return {name: sum(one.is_alive for one in processes or () if one.program == name) for name in signs.PROGRAMS}


def _read_verified(in_force: condition.InForce | None) -> dict[str, Any] | None:
    """What the last verification of the audit log said."""
    if in_force is None or in_force.verified is None:
        return None
    return {"at": in_force.verified.at, **json.loads(in_force.verified.details)}


def _weights(made: Context) -> str:
    """The weights that this installation is set to; what the workers hold stands in the newest report."""
    profile = made.settings.weights
    manifest = Path(models.__file__).parent / "weights" / profile / "manifest.json"
    try:
        return f"{profile}@{json.loads(manifest.read_text('utf-8'))['version']}"
    except (OSError, ValueError, KeyError):
        return profile


@permission_required("see_audit")
def verify() -> ResponseReturnValue:
    """Walk the whole chain against the head of the last verification; the log says so itself."""
    if not _verifying.acquire(blocking=False):
        return error_page(409, message=translate("system.verifying"))
    try:
        database = context().database
        with database.reading() as session:
            last = audit.find_last(session, "audit_verified")
            known = audit.parse_head(json.loads(last.details)["head"]) if last is not None else None
            checked = audit.verify(session, known=known)
        with database.writing() as session:
            details = {"head": str(checked.head), "broken_at": checked.broken_at}
            audit.record(session, action="audit_verified", actor=g.user.id, details=details)
    finally:
        _verifying.release()
    return redirect(url_for("review.system") + "#audit", 303)
