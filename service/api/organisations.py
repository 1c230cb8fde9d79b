"""``/v1/organisations``: who is listed by whom, and the organisations you add yourself."""

from datetime import date

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.exc import IntegrityError

from models.designations.custom import CustomOrganisation, ScopeError
from service.answers import json_answer, list_answer, open_cursor
from service.api import answers, schemas
from service.auth import auth, caller
from service.catalogue import Entry, Search, View, describe
from service.context import context
from service.errors import Problem, invalid_field
from store import custom_organisations

blueprint = APIBlueprint("organisations", __name__, tag="Organisations", url_prefix="/v1/organisations")
_ADMIN = ["admin"]


@blueprint.get("")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.OrganisationListQuery, location="query")
@blueprint.output(answers.OrganisationList)
@blueprint.doc(operation_id="listOrganisations")
def list_(query_data: schemas.OrganisationListQuery) -> Response:
    """Look organisations up

    The closest names first, else in order of id. We record that an authority lists a name and take no view on it.
    """
    on = date.fromisoformat(query_data.on) if query_data.on is not None else None
    view = _view()
    if query_data.jurisdiction is not None and query_data.jurisdiction not in view.jurisdictions:
        known = ", ".join(sorted(view.jurisdictions))
        raise invalid_field("jurisdiction", f"There is no list of that jurisdiction; there are {known}.", place="query")
    found = view.find(Search(query_data.q, query_data.jurisdiction, on))
    begin = _after(found, query_data.cursor)
    page = found[begin : begin + query_data.limit]
    is_more = len(found) > begin + len(page)
    items = [describe(entry, on=on) for entry in page]
    return list_answer(items, last_id=page[-1].organisation.id if is_more else None)


@blueprint.get("/<organisation_id>")
@blueprint.auth_required(auth, roles=["read"])
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(answers.Organisation)
@blueprint.doc(operation_id="getOrganisation")
def get(organisation_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """Get an organisation: its names, and who lists it since when"""
    return json_answer(describe(_find(_view(), organisation_id)))


@blueprint.post("")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(CustomOrganisation)
@blueprint.output(answers.Organisation, status_code=201, description="Added; the next article is read with it.")
@blueprint.doc(operation_id="addOrganisation")
def add(json_data: CustomOrganisation) -> Response:
    """Add an organisation of your own

    With `extends` it gives names and designations to a built-in one, which itself is never changed.
    """
    view = _view()
    _check(view, json_data)
    if json_data.id in view.entries:
        raise Problem("conflict", "There is already an organisation of this id.")
    entry = _keep(json_data)
    return json_answer(describe(entry), status=201, headers={"Location": f"/v1/organisations/{json_data.id}"})


@blueprint.put("/<organisation_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(CustomOrganisation)
@blueprint.output(answers.Organisation)
@blueprint.doc(operation_id="changeOrganisation")
def change(organisation_id: str, json_data: CustomOrganisation) -> Response:
    """Put an organisation of your own in the place of what stood there"""
    view = _view()
    _check_own(view, organisation_id)
    if json_data.id != organisation_id:
        raise invalid_field("id", "Must be the id of the address.")
    _check(view, json_data)
    return json_answer(describe(_keep(json_data)))


@blueprint.delete("/<organisation_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output({}, status_code=204, description="No longer looked for; earlier reports stay as they are.")
@blueprint.doc(operation_id="deleteOrganisation")
def delete(organisation_id: str) -> Response:
    """Remove an organisation of your own"""
    _check_own(_view(), organisation_id)
    try:
        with context().database.writing() as session:
            if not custom_organisations.has_current(session, organisation_id):
                raise Problem("not_found", "There is no such organisation.")
            custom_organisations.remove(session, organisation_id, changed_by=caller().key_id)
    except IntegrityError:
        raise _at_once() from None
    return Response(status=204)


def _view() -> View:
    with context().database.reading() as session:
        return context().catalogue.view(session)


def _find(view: View, organisation_id: str) -> Entry:
    entry = view.entries.get(organisation_id)
    if entry is None:
        raise Problem("not_found", "There is no such organisation.")
    return entry


def _check(view: View, given: CustomOrganisation) -> None:
    if given.id in view.scope.built_in:
        raise _built_in(given.id)
    try:
        view.scope.check(given)
    except ScopeError as error:
        raise invalid_field(error.field, error.reason) from None


def _check_own(view: View, organisation_id: str) -> None:
    """What is built in or stands in the file is not changed here."""
    if organisation_id in view.scope.built_in:
        raise _built_in(organisation_id)
    _find(view, organisation_id)
    if organisation_id in view.in_file:
        raise Problem("conflict", "This organisation stands in OBELUS_ORGANISATIONS_FILE: change it there.")


def _built_in(organisation_id: str) -> Problem:
    return Problem(
        "conflict",
        f"{organisation_id} is built in and is not changed. To add names or designations, send an organisation with "
        f'an id of its own and "extends": "{organisation_id}".',
    )


def _keep(given: CustomOrganisation) -> Entry:
    try:
        with context().database.writing() as session:
            custom_organisations.keep(session, given, changed_by=caller().key_id)
    except IntegrityError:
        raise _at_once() from None
    return _find(_view(), given.id)


def _at_once() -> Problem:
    return Problem("conflict", "The list was changed by somebody else at the same moment. Nothing was done; ask again.")


def _after(found: list[Entry], cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        last_id = open_cursor(cursor)
        return [entry.organisation.id for entry in found].index(last_id) + 1
    except ValueError:
        raise invalid_field("cursor", "It is not a cursor of this list.", place="query") from None
