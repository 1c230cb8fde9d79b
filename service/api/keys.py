"""``/v1/keys``: API keys made, looked at, changed, given a new secret, revoked. For admins."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from service.answers import is_id, json_answer, list_answer, read_cursor
from service.api import key_shapes, schemas
from service.auth import auth, caller
from service.context import context
from service.errors import Problem, invalid_field
from store import keys
from store.keys import Grant, LastAdminKeyError
from store.tables import ApiKeyRow

blueprint = APIBlueprint("keys", __name__, tag="Keys", url_prefix="/v1/keys")
_ADMIN = ["admin"]


@blueprint.post("")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(key_shapes.KeyIn)
@blueprint.output(key_shapes.NewKey, status_code=201, description="Made; the key is shown this once.")
@blueprint.doc(operation_id="createKey")
def create(json_data: key_shapes.KeyIn) -> Response:
    """Make an API key

    Only its SHA-256 is kept: nobody can show it again.
    """
    key = keys.make_key()
    grant = Grant(json_data.scopes, json_data.sees, _limits(json_data.limits), _moment(json_data.expires_at))
    with _refusals(), context().database.writing() as session:
        row = keys.grant_key(session, key, grant, name=json_data.name, actor=caller().key_id)
        body = {**_describe(session, row), "key": key}
    return json_answer(body, status=201, headers={"Location": f"/v1/keys/{row.id}"})


@blueprint.get("")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.ListQuery, location="query")
@blueprint.output(key_shapes.KeyList)
@blueprint.doc(operation_id="listKeys")
def list_(query_data: schemas.ListQuery) -> Response:
    """List the API keys, newest first, the revoked ones too"""
    limit = query_data.limit
    with context().database.reading() as session:
        rows = keys.list_keys(session, limit=limit + 1, after_id=_after(query_data.cursor))
        around = key_shapes.read_around(session, rows, context().settings)
    items = [key_shapes.describe_key(row, around) for row in rows[:limit]]
    return list_answer(items, last_id=rows[limit - 1].id if len(rows) > limit else None)


@blueprint.get("/<key_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(schemas.SpanQuery, location="query")
@blueprint.output(key_shapes.Key)
@blueprint.doc(operation_id="getKey")
def get(key_id: str, query_data: schemas.SpanQuery) -> Response:  # noqa: ARG001 - it holds no spans
    """Get an API key, without its secret"""
    with context().database.reading() as session:
        return json_answer(_describe(session, _find(session, key_id)))


@blueprint.patch("/<key_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(key_shapes.KeyChange)
@blueprint.output(key_shapes.Key)
@blueprint.doc(operation_id="changeKey")
def change(key_id: str, json_data: key_shapes.KeyChange) -> Response:
    """Change an API key

    It holds from the key's next request on. The last key with the scope `admin` that has no end stays one.
    """
    given = json_data.model_dump(exclude_unset=True)
    # null takes the end of the key away; elsewhere it says nothing, as if it were absent.
    changes = {name: value for name, value in given.items() if value is not None or name == "expires_at"}
    if "expires_at" in changes:
        changes["expires_at"] = _moment(changes["expires_at"])
    with _refusals(), context().database.writing() as session:
        row = _find_live(session, key_id)
        if "limits" in changes:
            changes["limits"] = {**row.limits, **changes["limits"]}
        keys.change_key(session, row, changes, actor=caller().key_id)
        return json_answer(_describe(session, row))


@blueprint.post("/<key_id>/rotate")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.input(key_shapes.RotationQuery, location="query")
@blueprint.output(key_shapes.NewKey, description="The new key is shown this once.")
@blueprint.doc(operation_id="rotateKey")
def rotate(key_id: str, query_data: key_shapes.RotationQuery) -> Response:
    """Give an API key a new secret

    The one before is good for 24 hours more, or for `grace_seconds`; 0 ends it at once. Rotated again within that
    time, the older one ends at once. Id, scopes, limits and articles stay.
    """
    with context().database.writing() as session:
        row = _find_live(session, key_id)
        grace = timedelta(seconds=query_data.grace_seconds)
        key = keys.rotate_key(session, row, grace=grace, actor=caller().key_id)
        return json_answer({**_describe(session, row), "key": key})


@blueprint.delete("/<key_id>")
@blueprint.auth_required(auth, roles=_ADMIN)
@blueprint.output({}, status_code=204, description="It opens nothing any more; it stays in the list.")
@blueprint.doc(operation_id="revokeKey")
def revoke(key_id: str) -> Response:
    """Revoke an API key, for good

    Its articles stay. The last key with the scope `admin` that has no end is not revoked here.
    """
    with _refusals(), context().database.writing() as session:
        keys.revoke_key(session, _find(session, key_id).id, actor=caller().key_id)
    return Response(status=204)


# --- what they share ------------------------------------------------------------------------------


def _describe(session: Session, row: ApiKeyRow) -> dict[str, Any]:
    return key_shapes.describe_key(row, key_shapes.read_around(session, [row], context().settings))


def _find(session: Session, key_id: str, *, to_change: bool = False) -> ApiKeyRow:
    row = keys.get_key(session, key_id, to_change=to_change) if is_id(key_id, "key") else None
    if row is None:
        raise Problem("not_found", "There is no such key.")
    return row


def _find_live(session: Session, key_id: str) -> ApiKeyRow:
    row = _find(session, key_id, to_change=True)
    if row.revoked_at is not None:
        raise Problem("conflict", "The key was revoked.")
    return row


@contextmanager
def _refusals() -> Iterator[None]:
    """What the store refuses inside the block: an end of all admin keys, or what a key cannot be."""
    try:
        yield
    except LastAdminKeyError as error:
        raise Problem("last_admin_key", f"Nothing was done: {error}.") from None
    except ValueError as error:
        raise Problem("invalid", f"Nothing was done: {error}.") from None


def _limits(given: key_shapes.KeyLimits | None) -> dict[str, int | None]:
    return given.model_dump() if given is not None else {}


def _moment(given: str | None) -> datetime | None:
    return schemas.read_moment(given) if given is not None else None


def _after(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    try:
        return read_cursor(cursor, "key")
    except ValueError as error:
        raise invalid_field("cursor", f"It {error}.", place="query") from None
