"""``/v1/endpoints``: who hears of what happens, and what became of each delivery."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from service.answers import is_id, json_answer, list_answer, read_cursor
from service.api import answers, schemas
from service.auth import auth, caller
from service.context import context
from service.errors import Problem, invalid_field
from store import audit, clock, deliveries, endpoints, outbox
from store.addresses import RefusedError
from store.deliveries import DeliveryFilter
from store.tables import DeliveryRow, EndpointRow

blueprint = APIBlueprint("endpoints", __name__, tag="Endpoints", url_prefix="/v1")
_ADMIN = ["admin"]


@blueprint.post("/endpoints")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.EndpointIn)
@blueprint.output(answers.NewEndpoint, status_code=201, description="Made; the secret is shown this once.")
@blueprint.doc(operation_id="createEndpoint")
def create(json_data: schemas.EndpointIn) -> Response:
    """Register a receiver of webhooks

    Every address that its name leads to now must be public; delivery checks again.
    """
    given = _checked(json_data.model_dump())
    with _refusals_of("headers"), context().database.writing() as session:
        row = endpoints.add_endpoint(session, **given)
        audit.record(session, action="endpoint_added", actor=caller().key_id, subject=row.id)
    return _with_secret(row, status=201, headers={"Location": f"/v1/endpoints/{row.id}"})


@blueprint.get("/endpoints")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.ListQuery, location="query")
@blueprint.output(answers.EndpointList)
@blueprint.doc(operation_id="listEndpoints")
def list_(query_data: schemas.ListQuery) -> Response:
    """List the receivers, newest first"""
    limit = query_data.limit
    with context().database.reading() as session:
        rows = endpoints.list_endpoints(session, limit=limit + 1, after_id=_after(query_data.cursor, "ep"))
    items = [answers.describe_endpoint(row) for row in rows[:limit]]
    return list_answer(items, last_id=rows[limit - 1].id if len(rows) > limit else None)


@blueprint.get("/endpoints/<endpoint_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.Endpoint)
@blueprint.doc(operation_id="getEndpoint")
def get(endpoint_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """Get a receiver"""
    with context().database.reading() as session:
        return json_answer(answers.describe_endpoint(_find(session, endpoint_id)))


@blueprint.patch("/endpoints/<endpoint_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.EndpointChange)
@blueprint.output(answers.Endpoint)
@blueprint.doc(operation_id="changeEndpoint")
def change(endpoint_id: str, json_data: schemas.EndpointChange) -> Response:
    """Change a receiver

    What waits for it goes to its new address, is held while it is paused or switched off, and goes out afterwards.
    """
    given = json_data.model_dump(exclude_unset=True)
    # null takes the description away; elsewhere it says nothing, as if it were absent.
    changes = _checked({name: value for name, value in given.items() if value is not None or name == "description"})
    with _refusals_of("headers"), context().database.writing() as session:
        row = _find_to_change(session, endpoint_id)
        endpoints.change_endpoint(session, row, changes, actor=caller().key_id)
        return json_answer(answers.describe_endpoint(row))


@blueprint.delete("/endpoints/<endpoint_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output({}, status_code=204, description="Gone, its deliveries with it.")
@blueprint.doc(operation_id="deleteEndpoint")
def delete(endpoint_id: str) -> Response:
    """Delete a receiver"""
    with context().database.writing() as session:
        endpoints.delete_endpoint(session, _find_to_change(session, endpoint_id), actor=caller().key_id)
    return Response(status=204)


@blueprint.post("/endpoints/<endpoint_id>/rotate-secret")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output(answers.NewEndpoint, description="The new secret is shown this once.")
@blueprint.doc(operation_id="rotateSecret")
def rotate_secret(endpoint_id: str) -> Response:
    """Give a receiver a new secret

    For 24 hours each webhook carries two signatures, by the new secret and by the one before. Rotated again within
    that time, the older one ends at once.
    """
    with context().database.writing() as session:
        row = _find_to_change(session, endpoint_id)
        endpoints.rotate_secret(session, row, actor=caller().key_id)
    return _with_secret(row)


@blueprint.post("/callback-secret/rotate")
@blueprint.auth_required(auth, roles=["submit"])
@blueprint.output(answers.CallbackSecret)
@blueprint.doc(operation_id="rotateCallbackSecret")
def rotate_callback_secret() -> Response:
    """Give this API key a new callback secret

    It signs what goes to the `callback_url` of all its articles; the one before signs too for 24 hours.
    """
    with context().database.writing() as session:
        row = endpoints.rotate_callback_secret(session, caller().key_id)
    until = clock.isoformat(row.old_callback_secret_until)
    return json_answer({"callback_secret": row.callback_secret, "old_secret_until": until})


@blueprint.post("/endpoints/<endpoint_id>/test")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output(answers.Delivery, status_code=202, description="On its way.")
@blueprint.doc(operation_id="testEndpoint")
def test(endpoint_id: str) -> Response:
    """Send an `endpoint.test` event to this receiver alone"""
    with context().database.writing() as session:
        row = _find(session, endpoint_id)
        _check_enabled(row)
        delivery = outbox.add_test_event(session, row)
        return json_answer(answers.describe_delivery(deliveries.get_record(session, delivery)), status=202)


# --- deliveries -----------------------------------------------------------------------------------


@blueprint.get("/endpoints/<endpoint_id>/deliveries")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.ListQuery, location="query")
@blueprint.output(answers.DeliveryList)
@blueprint.doc(operation_id="listEndpointDeliveries")
def list_endpoint_deliveries(endpoint_id: str, query_data: schemas.ListQuery) -> Response:
    """List the deliveries to a receiver with each attempt, newest first"""
    with context().database.reading() as session:
        _find(session, endpoint_id)
        return _delivery_list(session, query_data, DeliveryFilter(endpoint_id=endpoint_id))


@blueprint.get("/deliveries")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.DeliveryListQuery, location="query")
@blueprint.output(answers.DeliveryList)
@blueprint.doc(operation_id="listDeliveries")
def list_deliveries(query_data: schemas.DeliveryListQuery) -> Response:
    """List deliveries with each attempt, newest first

    `state=failed` are those that nobody tries any more. Those to an article's `callback_url` are here too.
    """
    wanted = DeliveryFilter(state=query_data.state, endpoint_id=query_data.endpoint_id)
    with context().database.reading() as session:
        return _delivery_list(session, query_data, wanted)


@blueprint.get("/deliveries/<delivery_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.Delivery)
@blueprint.doc(operation_id="getDelivery")
def get_delivery(delivery_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """Get a delivery with each attempt"""
    with context().database.reading() as session:
        record = deliveries.get_record(session, _find_delivery(session, delivery_id))
    return json_answer(answers.describe_delivery(record))


@blueprint.post("/deliveries/<delivery_id>/redeliver")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output(answers.Delivery, status_code=202, description="On its way again.")
@blueprint.doc(operation_id="redeliver")
def redeliver(delivery_id: str) -> Response:
    """Send a delivery again, now

    Same `webhook-id`, same body. A delivery whose attempts are used up gets one more.
    """
    with context().database.writing() as session:
        row = _find_delivery(session, delivery_id)
        _check_enabled(session.get_one(EndpointRow, row.endpoint_id))
        deliveries.redeliver(session, DeliveryFilter(ids=[row.id]), actor=caller().key_id)
        session.refresh(row)
        return json_answer(answers.describe_delivery(deliveries.get_record(session, row)), status=202)


@blueprint.post("/endpoints/<endpoint_id>/redeliver")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.Redelivery)
@blueprint.output(answers.Redelivered, status_code=202, description="On their way again.")
@blueprint.doc(operation_id="redeliverAll")
def redeliver_all(endpoint_id: str, json_data: schemas.Redelivery) -> Response:
    """Send all failed deliveries of a receiver again, or those of a span of time

    Each gets one attempt more; they go out a few at a time.
    """
    since, until = (schemas.read_moment(one) if one else None for one in (json_data.since, json_data.until))
    wanted = DeliveryFilter(endpoint_id=endpoint_id, state=json_data.state, since=since, until=until)
    with context().database.writing() as session:
        _check_enabled(_find(session, endpoint_id))
        count = deliveries.redeliver(session, wanted, actor=caller().key_id)
    return json_answer({"count": count}, status=202)


# --- what they share ------------------------------------------------------------------------------


def _delivery_list(session: Session, query: schemas.ListQuery, wanted: DeliveryFilter) -> Response:
    limit = query.limit
    page = replace(wanted, after_id=_after(query.cursor, "dlv"))
    records = deliveries.list_records(session, page, limit=limit + 1)
    items = [answers.describe_delivery(record) for record in records[:limit]]
    return list_answer(items, last_id=records[limit - 1].delivery.id if len(records) > limit else None)


def _with_secret(row: EndpointRow, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return json_answer({**answers.describe_endpoint(row), "secret": row.secret}, status=status, headers=headers)


def _find(session: Session, endpoint_id: str) -> EndpointRow:
    row = endpoints.get_endpoint(session, endpoint_id) if is_id(endpoint_id, "ep") else None
    if row is None:
        raise Problem("not_found", "There is no such endpoint.")
    return row


def _find_to_change(session: Session, endpoint_id: str) -> EndpointRow:
    if is_id(endpoint_id, "ep"):
        endpoints.lock_endpoint(session, endpoint_id)
    return _find(session, endpoint_id)


def _find_delivery(session: Session, delivery_id: str) -> DeliveryRow:
    row = deliveries.get_delivery(session, delivery_id) if is_id(delivery_id, "dlv") else None
    if row is None:
        raise Problem("not_found", "There is no such delivery.")
    return row


def _check_enabled(row: EndpointRow) -> None:
    if not row.is_enabled:
        raise Problem("conflict", "The endpoint is switched off.")


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The same. The name is resolved outside of any transaction: it may take a while."""
    if "url" in given:
        with _refusals_of("url"):
            context().guard.check_receiver(given["url"])
    if "events" in given:
        with _refusals_of("events"):
            endpoints.check_events(given["events"])
    return given


@contextmanager
def _refusals_of(field: str) -> Iterator[None]:
    """What the store refuses inside the block is a fault of this field."""
    try:
        yield
    except RefusedError as error:
        raise invalid_field(field, f"It {error}.") from None


def _after(cursor: str | None, prefix: str) -> str | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, prefix)
    except ValueError as error:
        raise invalid_field("cursor", f"It {error}.", place="query") from None
