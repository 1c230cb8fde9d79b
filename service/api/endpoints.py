"""``/v1/endpoints``: who hears of what happens, and what became of each delivery."""

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from service.answers import is_id, json_answer, list_answer, read_cursor
from service.api import answers, schemas
from service.auth import auth
from service.context import context
from service.errors import Problem, invalid_field
from store import deliveries, endpoints, outbox
from store.tables import EndpointRow

blueprint = APIBlueprint("endpoints", __name__, tag="Endpoints", url_prefix="/v1")
_ADMIN = ["admin"]


@blueprint.post("/endpoints")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.EndpointIn)
@blueprint.output(answers.NewEndpoint, status_code=201, description="Made; the secret is shown this once.")
@blueprint.doc(operation_id="createEndpoint")
def create(json_data: schemas.EndpointIn) -> Response:
    """Register a receiver of webhooks"""
    url, events = _checked_url(json_data.url), _checked_events(json_data.events)
    with context().database.writing() as session:
        row = endpoints.add_endpoint(session, url, events=events, description=json_data.description)
    body = {**answers.describe_endpoint(row), "secret": row.secret}
    return json_answer(body, status=201, headers={"Location": f"/v1/endpoints/{row.id}"})


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

    Switching it on again also sends what has waited for it since it was switched off.
    """
    url = _checked_url(json_data.url) if json_data.url is not None else None
    events = _checked_events(json_data.events) if json_data.events is not None else None
    with context().database.writing() as session:
        row = _find(session, endpoint_id)
        if url is not None:
            row.url = url
        if events is not None:
            row.events = events
        if "description" in json_data.model_fields_set:
            row.description = json_data.description
        if json_data.is_enabled is not None:
            row.is_enabled = json_data.is_enabled
            row.disabled_reason = None if json_data.is_enabled else "switched off through the API"
        return json_answer(answers.describe_endpoint(row))


@blueprint.delete("/endpoints/<endpoint_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output({}, status_code=204, description="Gone, its deliveries with it.")
@blueprint.doc(operation_id="deleteEndpoint")
def delete(endpoint_id: str) -> Response:
    """Delete a receiver"""
    with context().database.writing() as session:
        session.delete(_find(session, endpoint_id))
    return Response(status=204)


@blueprint.post("/endpoints/<endpoint_id>/test")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output(answers.Delivery, status_code=202, description="On its way.")
@blueprint.doc(operation_id="testEndpoint")
def test(endpoint_id: str) -> Response:
    """Send an `endpoint.test` event to this receiver alone"""
    with context().database.writing() as session:
        delivery = outbox.add_test_event(session, _find_enabled(session, endpoint_id))
        return json_answer(answers.describe_delivery(deliveries.get_record(session, delivery)), status=202)


@blueprint.get("/endpoints/<endpoint_id>/deliveries")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.ListQuery, location="query")
@blueprint.output(answers.DeliveryList)
@blueprint.doc(operation_id="listDeliveries")
def list_deliveries(endpoint_id: str, query_data: schemas.ListQuery) -> Response:
    """List the deliveries to a receiver with each attempt, newest first"""
    limit, after_id = query_data.limit, _after(query_data.cursor, "dlv")
    with context().database.reading() as session:
        _find(session, endpoint_id)
        records = deliveries.list_records(session, endpoint_id, limit=limit + 1, after_id=after_id)
    items = [answers.describe_delivery(record) for record in records[:limit]]
    return list_answer(items, last_id=records[limit - 1].delivery.id if len(records) > limit else None)


@blueprint.post("/deliveries/<delivery_id>/redeliver")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output(answers.Delivery, status_code=202, description="On its way again.")
@blueprint.doc(operation_id="redeliver")
def redeliver(delivery_id: str) -> Response:
    """Send a delivery again, now

    Same `webhook-id`, same body. A delivery whose attempts are used up gets one more.
    """
    with context().database.writing() as session:
        row = deliveries.get_delivery(session, delivery_id) if is_id(delivery_id, "dlv") else None
        if row is None:
            raise Problem("not_found", "There is no such delivery.")
        _check_enabled(session.get_one(EndpointRow, row.endpoint_id))
        deliveries.redeliver(row)
        return json_answer(answers.describe_delivery(deliveries.get_record(session, row)), status=202)


def _find(session: Session, endpoint_id: str) -> EndpointRow:
    row = endpoints.get_endpoint(session, endpoint_id) if is_id(endpoint_id, "ep") else None
    if row is None:
        raise Problem("not_found", "There is no such endpoint.")
    return row


def _find_enabled(session: Session, endpoint_id: str) -> EndpointRow:
    row = _find(session, endpoint_id)
    _check_enabled(row)
    return row


def _check_enabled(row: EndpointRow) -> None:
    if not row.is_enabled:
        raise Problem("conflict", "The endpoint is switched off.")


def _checked_url(url: str) -> str:
    try:
        endpoints.check_url(url, allow_private=context().settings.allow_private_webhooks)
    except ValueError as error:
        raise invalid_field("url", f"It {error}.") from None
    return url


def _checked_events(events: list[str]) -> list[str]:
    try:
        return endpoints.check_events(events)
    except ValueError:
        names = ", ".join(outbox.EVENT_TYPES)
        raise invalid_field("events", f"Must name event types; there are {names}.") from None


def _after(cursor: str | None, prefix: str) -> str | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, prefix)
    except ValueError as error:
        raise invalid_field("cursor", f"It {error}.", place="query") from None
