"""API keys: made, looked at, changed, given a new secret, revoked. A secret is on the page that answers, this once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.answers import is_id, make_cursor
from service.api.key_shapes import read_around
from service.context import context
from service.limits import quotas_of
from service.review.endpoints import read_after
from service.review.language import translate
from service.review.visitor import permission_required
from store import keys
from store.keys import Grant, LastAdminKeyError
from store.tables import ApiKeyRow

PAGE_SIZE = 25
DONE = ("changed", "revoked")
_LONGEST_NUMBER = 10  # digits


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/keys", "keys", list_)
    blueprint.add_url_rule("/keys", "add_key", add, methods=["POST"])
    blueprint.add_url_rule("/keys/<key_id>", "key", show)
    blueprint.add_url_rule("/keys/<key_id>", "change_key", change, methods=["POST"])
    blueprint.add_url_rule("/keys/<key_id>/rotate", "rotate_key", rotate, methods=["POST"])
    blueprint.add_url_rule("/keys/<key_id>/revoke", "revoke_key", revoke, methods=["POST"])


class _RefusedError(Exception):
    """What was put in cannot be taken; the code of the message that says why."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was put in, to be shown again where it was refused."""

    name: str = ""
    scopes: tuple[str, ...] = ()
    sees: str = ""  # empty: as the scopes make it
    limits: Mapping[str, str] = field(default_factory=dict)
    expires_on: str = ""
    refusal: str | None = None

    @classmethod
    def of(cls, row: ApiKeyRow) -> "Form":
        limits = {name: str(value) for name, value in row.limits.items()}
        ends = row.expires_at.date().isoformat() if row.expires_at is not None else ""
        return cls(row.name, tuple(row.scopes), row.sees, limits, ends)

    @classmethod
    def sent(cls, refusal: str | None = None) -> "Form":
        given = request.form
        limits = {name: given.get(name, "").strip() for name in keys.LIMITS}
        name, scopes = given.get("name", "").strip(), tuple(given.getlist("scopes"))
        return cls(name, scopes, given.get("sees", ""), limits, given.get("expires_on", "").strip(), refusal)

    def read(self, present: ApiKeyRow | None = None) -> dict[str, Any]:
        """As `store.keys` takes it. A day that is that of *present* keeps its very moment."""
        if not self.scopes:
            raise _RefusedError("scopes")
        for code, check in (
            ("name", lambda: keys.check_name(self.name)),
            ("scopes", lambda: keys.check_scopes(self.scopes)),
            ("limits", lambda: keys.check_limits(self._numbers())),
            ("end", lambda: self._end(present)),
        ):
            try:
                check()
            except ValueError:
                raise _RefusedError(code) from None
        if self.sees not in ("", *keys.SEES):
            raise _RefusedError("sees")
        given = {"name": self.name, "scopes": self.scopes, "limits": self._numbers(), "expires_at": self._end(present)}
        return given | ({"sees": self.sees} if self.sees else {})

    def _numbers(self) -> dict[str, int | None]:
        written = {name: self.limits.get(name, "") for name in keys.LIMITS}
        if any(len(value) > _LONGEST_NUMBER or (value and not value.isdecimal()) for value in written.values()):
            raise ValueError("not a number")
        return {name: int(value) if value else None for name, value in written.items()}

    def _end(self, present: ApiKeyRow | None) -> datetime | None:
        if present is not None and Form.of(present).expires_on == self.expires_on:
            return present.expires_at
        if not self.expires_on:
            return None
        return keys.check_end(datetime.combine(date.fromisoformat(self.expires_on), datetime.min.time(), UTC))


# --- the list -------------------------------------------------------------------------------------


@permission_required("see_keys")
def list_() -> ResponseReturnValue:
    return _list_page(Form(scopes=("submit", "read")))


def _list_page(form: Form) -> str:
    with context().database.reading() as session:
        rows = keys.list_keys(session, limit=PAGE_SIZE + 1, after_id=read_after("key"))
    shown = rows[:PAGE_SIZE]
    return render_template(
        "review/keys.html",
        keys=[(row, _state(row)) for row in shown],
        older=make_cursor(shown[-1].id) if len(rows) > PAGE_SIZE else None,
        **_form_values(form, {}),
    )


def _state(row: ApiKeyRow) -> str:
    return "revoked" if row.revoked_at is not None else "live" if keys.is_live(row) else "expired"


def _form_values(form: Form, limits: Mapping[str, int]) -> dict[str, Any]:
    settings = context().settings
    defaults = {name: getattr(settings, f"rate_{name}") for name in keys.LIMITS}
    return {
        "form": form,
        "scopes": keys.SCOPES,
        "sees": keys.SEES,
        "limits": keys.LIMITS,
        "defaults": defaults,
        "longest_name": keys.LONGEST_NAME,
        "quotas": {
            name: {"per_minute": _show(quota.per_minute), "size": _show(quota.size)} if quota else None
            for name, quota in quotas_of(limits, settings).items()
        },
    }


def _show(number: int) -> str:
    """With a no-break space between thousands: the same in both languages."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


@permission_required("manage_keys")
def add() -> ResponseReturnValue:
    """Answers with the page of the new key, which is shown there, this once."""
    key = keys.make_key()
    try:
        given = Form.sent().read()
    except _RefusedError as refused:
        return _list_page(Form.sent(translate(f"key.refused.{refused}"))), 422
    grant = Grant(given["scopes"], given.get("sees"), given["limits"], given["expires_at"])
    with context().database.writing() as session:
        row = keys.grant_key(session, key, grant, name=given["name"], actor=g.user.id)
    return _page(row.id, secret=key, status=201)


# --- one key --------------------------------------------------------------------------------------


@permission_required("see_keys")
def show(key_id: str) -> ResponseReturnValue:
    return _page(key_id)


@permission_required("manage_keys")
def change(key_id: str) -> ResponseReturnValue:
    try:
        with context().database.writing() as session:
            row = _find_live(session, key_id)
            keys.change_key(session, row, Form.sent().read(row), actor=g.user.id)
    except _RefusedError as refused:
        return _page(key_id, form=Form.sent(translate(f"key.refused.{refused}")), status=422)
    except LastAdminKeyError:
        return _page(key_id, form=Form.sent(translate("key.refused.last_admin")), status=409)
    return redirect(url_for("review.key", key_id=key_id, done="changed"), 303)


@permission_required("manage_keys")
def rotate(key_id: str) -> ResponseReturnValue:
    grace = timedelta(0) if request.form.get("at_once") else keys.GRACE
    with context().database.writing() as session:
        key = keys.rotate_key(session, _find_live(session, key_id), grace=grace, actor=g.user.id)
    return _page(key_id, secret=key)


@permission_required("manage_keys")
def revoke(key_id: str) -> ResponseReturnValue:
    """The last admin key only where a second form, which says so, was sent."""
    is_said = bool(request.form.get("last_admin"))
    try:
        with context().database.writing() as session:
            keys.revoke_key(session, _find(session, key_id).id, actor=g.user.id, may_end_admins=is_said)
    except LastAdminKeyError:
        return _page(key_id, is_last_admin=True, status=409)
    return redirect(url_for("review.key", key_id=key_id, done="revoked"), 303)


def _page(
    key_id: str, *, form: Form | None = None, secret: str | None = None, is_last_admin: bool = False, status: int = 200
) -> ResponseReturnValue:
    settings = context().settings
    with context().database.reading() as session:
        row = _find(session, key_id)
        around = read_around(session, [row], settings)
    done = request.args.get("done")
    page = render_template(
        "review/key.html",
        key=row,
        state=_state(row),
        old_until=around.graces.get(row.id),
        is_bootstrap=around.bootstrap_id == row.id,
        secret=secret,
        is_last_admin=is_last_admin,
        done=done if done in DONE else None,
        **_form_values(form or Form.of(row), row.limits),
    )
    return make_response(page, status)


def _find(session: Session, key_id: str) -> ApiKeyRow:
    row = keys.get_key(session, key_id) if is_id(key_id, "key") else None
    if row is None:
        abort(404)
    return row


def _find_live(session: Session, key_id: str) -> ApiKeyRow:
    """404 also for a revoked one: its page offers no deeds."""
    row = keys.get_key(session, key_id, to_change=True) if is_id(key_id, "key") else None
    if row is None or row.revoked_at is not None:
        abort(404)
    return row
