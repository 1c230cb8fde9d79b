"""Receivers of webhooks: made, changed, paused, tried, given a new secret. Who may is in store/roles.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from service.answers import is_id, make_cursor, read_cursor
from service.context import context
from service.review.language import translate
from service.review.visitor import may, permission_required
from store import audit, deliveries, endpoints, outbox
from store.addresses import LONGEST_URL, RefusedError
from store.deliveries import DeliveryFilter
from store.outbox import EVENT_TYPES
from store.tables import EndpointRow

PAGE_SIZE = 25
LONGEST_DESCRIPTION = 500
EVENTS = tuple(name for name in EVENT_TYPES if name != "endpoint.test")  # that one is sent on request alone


def register(blueprint: Blueprint) -> None:
    blueprint.context_processor(template_values)
    blueprint.add_url_rule("/endpoints", "endpoints", list_)
    blueprint.add_url_rule("/endpoints", "add_endpoint", add, methods=["POST"])
    blueprint.add_url_rule("/endpoints/<endpoint_id>", "endpoint", show)
    blueprint.add_url_rule("/endpoints/<endpoint_id>", "change_endpoint", change, methods=["POST"])
    blueprint.add_url_rule("/endpoints/<endpoint_id>/<action>", "act_on_endpoint", act, methods=["POST"])


def template_values() -> dict[str, Any]:
    """For the frame of every page: how many endpoints are in trouble, to those who may see them."""
    return {
        "endpoints_in_trouble": _count_in_trouble() if may("see_deliveries") else 0,
        "reason_key": _REASON_KEYS.get,
    }


_REASON_KEYS = {sentence: f"reason.{name}" for name, sentence in endpoints.REASONS.items()}


def _count_in_trouble() -> int:
    try:
        with context().database.reading() as session:
            return endpoints.count_in_trouble(session)
    except SQLAlchemyError:  # this may be the page that says so
        return 0


@dataclass(frozen=True, slots=True)
class Form:
    """What was put in, to be shown again where it was refused."""

    url: str = ""
    description: str = ""
    events: tuple[str, ...] = ()
    headers: str = ""  # "Name: value", one a line
    refusal: str | None = None

    @classmethod
    def of(cls, row: EndpointRow) -> "Form":
        headers = "\n".join(f"{name}: {endpoints.MASK}" for name in row.headers)
        return cls(row.url, row.description or "", tuple(row.events), headers)

    @classmethod
    def sent(cls, refusal: str | None = None) -> "Form":
        given = request.form
        events = tuple(given.getlist("events"))
        return cls(
            given.get("url", "").strip(),
            given.get("description", "").strip(),
            events,
            given.get("headers", ""),
            refusal,
        )

    def read(self) -> dict[str, Any]:
        """As `store.endpoints` takes it. RefusedError where something cannot be taken; the name is resolved here."""
        context().guard.check_receiver(self.url)
        if len(self.description) > LONGEST_DESCRIPTION:
            raise RefusedError("description", f"must have at most {LONGEST_DESCRIPTION} characters")
        return {
            "url": self.url,
            "description": self.description or None,
            "events": endpoints.check_events(self.events),
            "headers": _read_headers(self.headers),
        }


def _read_headers(lines: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines.splitlines())):
        name, colon, value = line.partition(":")
        if not colon:
            raise RefusedError("headers_line", "must be lines such as Name: value")
        if name.strip() in headers:
            raise RefusedError("headers_twice", "must not name a header twice")
        headers[name.strip()] = value.strip()
    return headers


def _refused(error: RefusedError) -> Form:
    return Form.sent(translate(f"endpoint.refused.{error.code}"))


# --- the list -------------------------------------------------------------------------------------


@permission_required("see_deliveries")
def list_() -> ResponseReturnValue:
    return _list_page(Form(events=tuple(name for name in EVENTS if name.startswith("article."))))


def _list_page(form: Form) -> str:
    with context().database.reading() as session:
        rows = endpoints.list_endpoints(session, limit=PAGE_SIZE + 1, after_id=read_after("ep"))
    shown = rows[:PAGE_SIZE]
    return render_template(
        "review/endpoints.html",
        endpoints=shown,
        form=form,
        events=EVENTS,
        limits=_LIMITS,
        older=make_cursor(shown[-1].id) if len(rows) > PAGE_SIZE else None,
    )


_LIMITS = {"url": LONGEST_URL, "description": LONGEST_DESCRIPTION, "headers": endpoints.MOST_HEADERS}


@permission_required("manage_endpoints")
def add() -> ResponseReturnValue:
    """Answers with the page of the new endpoint: its secret is shown there, this once."""
    try:
        given = Form.sent().read()
        with context().database.writing() as session:
            row = endpoints.add_endpoint(session, **given)
            audit.record(session, action="endpoint_added", actor=g.user.id, subject=row.id)
    except RefusedError as error:
        return _list_page(_refused(error)), 422
    with context().database.reading() as session:
        return _page(session, row, Form.of(row), secret=row.secret), 201


# --- one endpoint ---------------------------------------------------------------------------------


@permission_required("see_deliveries")
def show(endpoint_id: str) -> ResponseReturnValue:
    with context().database.reading() as session:
        row = _find(session, endpoint_id)
        return _page(session, row, Form.of(row))


@permission_required("manage_endpoints")
def change(endpoint_id: str) -> ResponseReturnValue:
    try:
        given = Form.sent().read()
        with context().database.writing() as session:
            endpoints.change_endpoint(session, _find_to_change(session, endpoint_id), given, actor=g.user.id)
    except RefusedError as error:
        with context().database.reading() as session:
            return _page(session, _find(session, endpoint_id), _refused(error)), 422
    return _back(endpoint_id, "changed")


@permission_required("manage_endpoints")
def act(endpoint_id: str, action: str) -> ResponseReturnValue:
    """pause, resume, switch_on, switch_off, rotate, test, redeliver or delete."""
    do = _ACTIONS.get(action)
    if do is None:
        abort(404)
    with context().database.writing() as session:
        row = _find_to_change(session, endpoint_id)
        do(session, row)
    if action == "delete":
        return redirect(url_for("review.endpoints", done=action), 303)
    if action == "rotate":
        with context().database.reading() as session:
            return _page(session, row, Form.of(row), secret=row.secret)
    return _back(endpoint_id, action)


def _change_to(**changes: bool) -> Callable[[Session, EndpointRow], object]:
    return lambda session, row: endpoints.change_endpoint(session, row, changes, actor=g.user.id)


def _redeliver_failed(session: Session, row: EndpointRow) -> None:
    deliveries.redeliver(session, DeliveryFilter(endpoint_id=row.id, state="failed"), actor=g.user.id)


_ACTIONS: Mapping[str, Callable[[Session, EndpointRow], object]] = {
    "pause": _change_to(is_paused=True),
    "resume": _change_to(is_paused=False),
    "switch_on": _change_to(is_enabled=True),
    "switch_off": _change_to(is_enabled=False),
    "rotate": lambda session, row: endpoints.rotate_secret(session, row, actor=g.user.id),
    "test": outbox.add_test_event,
    "redeliver": _redeliver_failed,
    "delete": lambda session, row: endpoints.delete_endpoint(session, row, actor=g.user.id),
}
DONE = ("changed", *_ACTIONS)


def _back(endpoint_id: str, done: str) -> ResponseReturnValue:
    return redirect(url_for("review.endpoint", endpoint_id=endpoint_id, done=done), 303)


def _page(session: Session, row: EndpointRow, form: Form, *, secret: str | None = None) -> str:
    wanted = DeliveryFilter(endpoint_id=row.id, after_id=read_after("dlv"))
    records = deliveries.list_records(session, wanted, limit=PAGE_SIZE + 1)
    shown = records[:PAGE_SIZE]
    done = request.args.get("done")
    return render_template(
        "review/endpoint.html",
        endpoint=row,
        form=form,
        events=EVENTS,
        limits=_LIMITS,
        secret=secret,
        is_live=endpoints.is_live(row),
        done=done if done in DONE else None,
        records=shown,
        older=make_cursor(shown[-1].delivery.id) if len(records) > PAGE_SIZE else None,
    )


def _find(session: Session, endpoint_id: str) -> EndpointRow:
    row = endpoints.get_endpoint(session, endpoint_id) if is_id(endpoint_id, "ep") else None
    if row is None:
        abort(404)
    return row


def _find_to_change(session: Session, endpoint_id: str) -> EndpointRow:
    if is_id(endpoint_id, "ep"):
        endpoints.lock_endpoint(session, endpoint_id)
    return _find(session, endpoint_id)


def read_after(prefix: str) -> str | None:
    """The cursor ``?after=`` of a list of such ids."""
    cursor = request.args.get("after")
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, prefix)
    except ValueError:
        abort(404)
