"""Setting a second factor up, and giving it up again: each asks for the password and a code."""

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.context import context
from service.review import visitor
from service.review.language import translate
from service.review.sign_in import check_limit, is_right
from service.review.visitor import user_required
from store import second_factor, users
from store.tables import UserRow


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/second-factor", "second_factor", show)
    blueprint.add_url_rule("/second-factor", "enable_second_factor", enable, methods=["POST"])
    blueprint.add_url_rule("/second-factor/off", "disable_second_factor", disable, methods=["POST"])


@user_required
def show() -> ResponseReturnValue:
    return _page()


def _page(secret: str = "", *, error: str | None = None, status: int = 200) -> ResponseReturnValue:
    """*secret* is the one to be set up: it goes to and fro in the form until a code proves that the app has it."""
    user: UserRow = g.user
    if not second_factor.is_secret(secret):
        secret = second_factor.make_secret()
    page = render_template(
        "review/second_factor.html",
        is_on=user.totp_secret is not None,
        left=len(user.totp_recovery or ()),
        secret=secret,
        uri=second_factor.make_uri(secret, user.name),
        error=error,
    )
    return page, status


@user_required
def enable() -> ResponseReturnValue:
    """Shows the recovery codes, once; every other browser has to sign in anew."""
    secret = request.form.get("secret", "")
    if (refused := _refuse(secret)) is not None:
        return refused
    try:
        with context().database.writing() as session:
            user = session.get_one(UserRow, g.user.id, with_for_update=True)
            if user.totp_secret is not None:  # set up in another window meanwhile
                return redirect(url_for("review.second_factor"), 303)
            codes = second_factor.enable(session, user, secret=secret, code=request.form.get("code", ""))
            token = users.start_sign_in(session, user)
    except ValueError:
        return _page(secret, error=translate("second_factor.wrong"), status=422)
    response = make_response(render_template("review/recovery_codes.html", codes=codes))
    visitor.keep_signed_in(response, token)
    return response


@user_required
def disable() -> ResponseReturnValue:
    if (refused := _refuse()) is not None:
        return refused
    with context().database.writing() as session:
        user = session.get_one(UserRow, g.user.id)
        is_good = second_factor.use_code(session, user, request.form.get("code", ""))
        if is_good:
            second_factor.disable(session, user, actor=user.id)
    if not is_good:
        return _page(error=translate("second_factor.wrong"), status=422)
    return redirect(url_for("review.second_factor"), 303)


def _refuse(secret: str = "") -> ResponseReturnValue | None:
    """Who found an open browser knows no password, and may not guess it here either."""
    if (too_many := check_limit(g.user.name)) is not None:
        return too_many
    if not is_right(g.user, request.form.get("password", "")):
        return _page(secret, error=translate("password.wrong"), status=422)
    return None
