"""Who calls the API: a Bearer key (RFC 6750) and its scopes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from apiflask import HTTPTokenAuth
from flask import g
from sqlalchemy.exc import SQLAlchemyError

from service import limits
from service.context import context
from service.errors import Problem
from store import keys

_log = structlog.get_logger("service.auth")

auth = HTTPTokenAuth(
    scheme="Bearer", description="An API key, such as `obk_…`; `POST /v1/keys` and `python -m store add-key` make them."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The API key behind a request."""

    key_id: str
    scopes: frozenset[str]
    callback_secret: str
    sees: str = "own"
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def sees_only(self) -> str | None:
        """The key whose articles this caller may see; None: everybody's."""
        return None if "admin" in self.scopes or self.sees == "all" else self.key_id

    def require(self, scope: str) -> None:
        if scope not in self.scopes and "admin" not in self.scopes:
            raise Problem(
                "insufficient_scope",
                f"The key needs the scope {scope}.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )


def caller() -> Caller:
    """The caller of the current request, behind ``auth_required``."""
    found: Caller = g.caller
    return found


@auth.verify_token  # type: ignore[untyped-decorator]
def find_caller(token: str) -> Caller:
    """Who has this key; Problem ``no_key`` where nobody has."""
    row = keys.look_up_key(context().database, token)
    if row is None:
        limits.count_wrong_key()
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Problem("no_key", "There is no such key, or it is good no more.", headers=headers)
    found = Caller(row.id, frozenset(row.scopes), row.callback_secret, row.sees, row.limits)
    g.caller, g.key_id = found, row.id
    limits.count_request(found)
    if not keys.was_seen_lately(row):
        _touch(row.id)
    return found


@auth.get_user_roles  # type: ignore[untyped-decorator]
def _scopes(found: Caller) -> list[str]:
    """Flask-HTTPAuth compares these with the route's scopes; a missing one is refused here, with our own problem."""
    return [*keys.SCOPES] if "admin" in found.scopes else [*found.scopes]


@auth.error_handler  # type: ignore[untyped-decorator]
def _refuse(status: int) -> None:
    if status == 401:
        limits.count_wrong_key()
        raise Problem("no_key", "Send the header Authorization: Bearer KEY.", headers={"WWW-Authenticate": "Bearer"})
    raise Problem("insufficient_scope", headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


def _touch(key_id: str) -> None:
    """Remember when the key was last used; nobody's request fails because of it."""
    try:
        with context().database.writing() as session:
            keys.touch_key(session, key_id)
    except SQLAlchemyError as error:
        _log.warning("key_not_touched", error_type=type(error).__name__)
