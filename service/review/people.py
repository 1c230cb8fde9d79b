"""People who may sign in: added with a one-time password, given another role, switched off, let in again."""

import secrets
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.answers import is_id
from service.context import context
from service.errors import Problem
from service.review.language import translate
from service.review.visitor import permission_required
from store import second_factor, users
from store.roles import ROLES, is_allowed
from store.tables import UserRow

DONE = ("role", "disabled", "enabled", "second_factor")
LONGEST_NAME = 200


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/people", "people", list_)
    blueprint.add_url_rule("/people", "add_person", add, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>", "person", show)
    blueprint.add_url_rule("/people/<user_id>/role", "set_role", set_role, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>/switch", "switch_person", switch, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>/password", "reset_password", reset_password, methods=["POST"])
    blueprint.add_url_rule("/people/<user_id>/second-factor", "reset_factor", reset_factor, methods=["POST"])


@permission_required("see_people")
def list_() -> ResponseReturnValue:
    return _list_page()


def _list_page(*, name: str = "", role: str = "moderator", refusal: str | None = None) -> str:
    with context().database.reading() as session:
        rows = users.list_users(session)
    return render_template("review/people.html", people=rows, roles=ROLES, name=name, role=role, refusal=refusal)


@permission_required("manage_people")
def add() -> ResponseReturnValue:
    """Answers with the page of the new person and a one-time password, which is shown there, this once."""
    name, role = request.form.get("name", "").strip(), request.form.get("role", "")
    password = secrets.token_urlsafe(12)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _list_page(name=name, role=role, refusal=translate("person.refused.name")), 422
    if role not in ROLES:
        return _list_page(name=name, refusal=translate("person.refused.role")), 422
    with context().database.writing() as session:
        _lock(session)
        is_taken = users.find_user(session, name) is not None
        if not is_taken:
            made = users.add_user(session, name, password, role=role, is_one_time=True, actor=g.user.id)
    if is_taken:
        return _list_page(name=name, role=role, refusal=translate("person.refused.taken")), 409
    return _page(made.id, secret=password, status=201)


@permission_required("see_people")
def show(user_id: str) -> ResponseReturnValue:
    return _page(user_id)


def _page(user_id: str, *, secret: str | None = None, status: int = 200) -> ResponseReturnValue:
    with context().database.reading() as session:
        row = _find(session, user_id)
    done = request.args.get("done")
    values: dict[str, Any] = {"secret": secret, "roles": ROLES, "done": done if done in DONE else None}
    return make_response(
        render_template("review/person.html", person=row, is_own=row.id == g.user.id, **values), status
    )


@permission_required("manage_people")
def set_role(user_id: str) -> ResponseReturnValue:
    role = request.form.get("role", "")
    if role not in ROLES:
        abort(400)
    with context().database.writing() as session:
        person = _find_other(session, user_id)
        if person.role != role:
            users.set_role(session, person, role, actor=g.user.id)
    return _done(user_id, "role")


@permission_required("manage_people")
def switch(user_id: str) -> ResponseReturnValue:
    """``state=off|on``."""
    state = request.form.get("state")
    if state not in ("on", "off"):
        abort(400)
    with context().database.writing() as session:
        person = _find_other(session, user_id)
        if state == "off" and person.disabled_at is None:
            users.disable(session, person, actor=g.user.id)
        elif state == "on" and person.disabled_at is not None:
            users.enable(session, person, actor=g.user.id)
    return _done(user_id, "disabled" if state == "off" else "enabled")


@permission_required("manage_people")
def reset_password(user_id: str) -> ResponseReturnValue:
    """A one-time password for who forgot theirs; ends every sign-in of that person."""
    password = secrets.token_urlsafe(12)
    with context().database.writing() as session:
        users.set_password(session, _find_other(session, user_id), password, is_one_time=True, actor=g.user.id)
    return _page(user_id, secret=password)


@permission_required("manage_people")
def reset_factor(user_id: str) -> ResponseReturnValue:
    with context().database.writing() as session:
        person = _find_other(session, user_id)
        if person.totp_secret is not None:
            second_factor.disable(session, person, actor=g.user.id)
    return _done(user_id, "second_factor")


def _done(user_id: str, deed: str) -> ResponseReturnValue:
    return redirect(url_for("review.person", user_id=user_id, done=deed), 303)


def _find(session: Session, user_id: str) -> UserRow:
    row = session.get(UserRow, user_id) if is_id(user_id, "usr") else None
    if row is None:
        abort(404)
    return row


def _find_other(session: Session, user_id: str) -> UserRow:
    """The person to be changed. 403 for oneself: whoever changes people stays, so nobody locks everybody out."""
    _find(session, user_id)
    if user_id == g.user.id:
        raise Problem("forbidden")
    _lock(session, user_id)
    return _find(session, user_id)


def _lock(session: Session, *others: str) -> None:
    """403 where the right to change people was taken meanwhile: of two admins who remove each other, one stays."""
    rows = session.scalars(
        select(UserRow).where(UserRow.id.in_([g.user.id, *others])).order_by(UserRow.id).with_for_update()
    ).all()
    own = next((row for row in rows if row.id == g.user.id), None)
    if own is None or own.disabled_at is not None or not is_allowed(own.role, "manage_people"):
        raise Problem("forbidden")
