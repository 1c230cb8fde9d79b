"""Signing in and out, and choosing a password."""

import threading
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.context import context
from service.review import visitor
from service.review.attempts import SignInAttempts
from service.review.frame import error_page
from service.review.language import translate
from store import audit, second_factor, users
from store.tables import UserRow

_ATTEMPTS = "obelus_sign_in_attempts"
_LONGEST_NAME = 200
_LONGEST_CODE = 64
# argon2id takes 19 MiB a time on purpose: two at once are enough for people, and a flood cannot fill the memory.
_verifying = threading.BoundedSemaphore(2)


def register(blueprint: Blueprint) -> None:
    blueprint.record_once(_attach_attempts)
    blueprint.add_url_rule("/sign-in", "sign_in", sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-in/code", "sign_in_code", sign_in_code, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    blueprint.add_url_rule("/password", "choose_password", choose_password, methods=["GET", "POST"])


def _attach_attempts(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    with app.app_context():
        app.extensions[_ATTEMPTS] = SignInAttempts(context().queues.redis)


def check_limit(name: str) -> Response | None:
    """Count an attempt; the page that asks for patience where there were too many."""
    attempts: SignInAttempts = current_app.extensions[_ATTEMPTS]
    wait = attempts.seconds_to_wait(name, request.remote_addr)
    if wait is None:
        return None
    message = translate("error.wait", minutes=-(-wait // 60))
    return error_page(429, message=message, headers={"Retry-After": str(wait)})


def is_right(user: UserRow | None, password: str) -> bool:
    with _verifying:
        return users.check_password(user, password)


def sign_in() -> ResponseReturnValue:
    next_page = visitor.local_path(request.values.get("next"))
    if request.method != "POST":
        return redirect(next_page, 303) if g.user else _sign_in_page(next_page, 200)
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    if (too_many := check_limit(name)) is not None:
        return too_many
    with context().database.reading() as session:
        user = users.find_user(session, name) if name.isprintable() and 0 < len(name) <= _LONGEST_NAME else None
    if not is_right(user, password) or user is None:
        _record_failure(user, "password")
        return _sign_in_page(next_page, 401, name=name[:_LONGEST_NAME], error=translate("sign_in.wrong"))
    if user.totp_secret is None:
        return _let_in(user, next_page)
    with context().database.writing() as session:
        _end_current(session)
        token = users.start_sign_in(session, user, awaits_code=True)
    return _go_on(url_for("review.sign_in_code", next=next_page), token)


def sign_in_code() -> ResponseReturnValue:
    """The second step, for who has a second factor: a code of the app, or a recovery code."""
    next_page = visitor.local_path(request.values.get("next"))
    token = request.cookies.get(visitor.COOKIE, "")
    with context().database.reading() as session:
        user = users.find_awaiting_code(session, token)
    if user is None:  # too late, or never begun
        return redirect(url_for("review.sign_in", next=next_page), 303)
    if request.method != "POST":
        return render_template("review/sign_in_code.html", next_page=next_page, error=None)
    if (too_many := check_limit(user.name)) is not None:
        return too_many
    with context().database.writing() as session:
        kept = session.get_one(UserRow, user.id)
        is_good = second_factor.use_code(session, kept, request.form.get("code", "")[:_LONGEST_CODE])
    if not is_good:
        _record_failure(user, "code")
        error = translate("second_factor.wrong")
        return render_template("review/sign_in_code.html", next_page=next_page, error=error), 401
    return _let_in(user, next_page)


def _let_in(user: UserRow, next_page: str) -> Response:
    with context().database.writing() as session:
        users.forget_ended_sign_ins(session)
        _end_current(session)
        token = users.start_sign_in(session, user)
        audit.record(session, action="signed_in", actor=user.id, details={"address": request.remote_addr})
    goal = url_for("review.choose_password", next=next_page) if user.is_password_one_time else next_page
    return _go_on(goal, token)


def _go_on(goal: str, token: str) -> Response:
    response = make_response(redirect(goal, 303))
    visitor.keep_signed_in(response, token)
    return response


def _record_failure(user: UserRow | None, reason: str) -> None:
    """Whose account it was, where there is one. A name nobody has is left out: people type passwords there."""
    details = {"address": request.remote_addr, "reason": reason}
    subject = user.id if user is not None else ""
    with context().database.writing() as session:
        audit.record(session, action="sign_in_failed", actor=audit.SYSTEM, subject=subject, details=details)


def _sign_in_page(next_page: str, status: int, *, name: str = "", error: str | None = None) -> ResponseReturnValue:
    return render_template("review/sign_in.html", next_page=next_page, name=name, error=error), status


def _end_current(session: Session) -> None:
    """Whoever signs in again leaves no earlier sign-in of this browser behind."""
    if token := request.cookies.get(visitor.COOKIE):
        users.end_sign_in(session, token)


def sign_out() -> ResponseReturnValue:
    """Ends the sign-in on the server: the cookie is worth nothing afterwards, wherever it was copied to."""
    with context().database.writing() as session:
        _end_current(session)
        if g.user is not None:
            audit.record(session, action="signed_out", actor=g.user.id)
    response = make_response(redirect(url_for("review.sign_in"), 303))
    visitor.forget_cookie(response)
    return response


def choose_password() -> ResponseReturnValue:
    """A new password, after the old one was given once more; ends every other sign-in of this person."""
    user: UserRow | None = g.user
    if user is None:
        return redirect(url_for("review.sign_in"), 303)
    next_page = visitor.local_path(request.values.get("next"))
    if request.method != "POST":
        return _password_page(next_page, 200)
    if (too_many := check_limit(user.name)) is not None:
        return too_many
    current, new = request.form.get("current", ""), request.form.get("new", "")
    if problem := _password_problem(user, current, new):
        return _password_page(next_page, 422, error=problem)
    with context().database.writing() as session:
        kept = session.get_one(UserRow, user.id)
        users.set_password(session, kept, new, actor=kept.id)
        token = users.start_sign_in(session, kept)
    return _go_on(next_page, token)


def _password_problem(user: UserRow, current: str, new: str) -> str | None:
    if not is_right(user, current):
        return translate("password.wrong")
    if new != request.form.get("again", ""):
        return translate("password.differ")
    if new == current:
        return translate("password.same")
    if not users.SHORTEST_PASSWORD <= len(new) <= users.LONGEST_PASSWORD:
        return translate("password.length", **_lengths())
    return None


def _password_page(next_page: str, status: int, *, error: str | None = None) -> ResponseReturnValue:
    page = render_template("review/password.html", next_page=next_page, error=error, lengths=_lengths())
    return page, status


def _lengths() -> dict[str, int]:
    return {"shortest": users.SHORTEST_PASSWORD, "longest": users.LONGEST_PASSWORD}
