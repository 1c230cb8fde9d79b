"""API keys from the command line."""

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from store import audit, clock, keys
from store.commands import say
from store.database import Database
from store.keys import Grant
from store.tables import ApiKeyRow


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    add = _command(commands, "add-key", _add, "make an API key; it is shown once")
    add.add_argument("name")
    _add_grant(add, scope_help="once or more; default: submit and read")
    _command(commands, "list-keys", _list, "keys without their secrets")
    change = _command(commands, "change-key", _change, "change what is given; it holds from the next request on")
    change.add_argument("id")
    change.add_argument("--name")
    _add_grant(change, scope_help="once or more: takes the place of all it had")
    rotate = _command(commands, "rotate-key", _rotate, "give a key a new secret; it is shown once")
    rotate.add_argument("id")
    rotate.add_argument(
        "--grace-hours", type=int, default=24, metavar="HOURS", help="the secret before is good so long; default 24"
    )
    revoke = _command(commands, "revoke-key", _revoke, "switch a key off for good")
    revoke.add_argument("id")
    for command in (change, revoke):
        command.add_argument("--last-admin", action="store_true", help="also where no key with the scope admin is left")


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[Database, argparse.Namespace], int],
    meaning: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=meaning)
    parser.set_defaults(run=run)
    return parser


def _add_grant(parser: argparse.ArgumentParser, *, scope_help: str) -> None:
    parser.add_argument("--scope", action="append", choices=[*keys.SCOPES], help=scope_help)
    parser.add_argument(
        "--sees", choices=[*keys.SEES], help="whose articles; default: own for keys that submit, else all"
    )
    for name in keys.LIMITS:
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=_limit,
            metavar="NUMBER",
            help="in the place of the setting; or: default",
        )
    parser.add_argument("--expires-at", type=_moment, metavar="DATE", help="such as 2027-01-01; or: never")


def _limit(given: str) -> int | str:
    return given if given == "default" else int(given)


def _moment(given: str) -> datetime | str:
    if given == "never":
        return given
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.now().tzinfo)


def _limits(options: argparse.Namespace, present: Mapping[str, int]) -> dict[str, int | None]:
    given = {name: getattr(options, name) for name in keys.LIMITS}
    return {
        **present,
        **{name: None if value == "default" else value for name, value in given.items() if value is not None},
    }


def _add(database: Database, options: argparse.Namespace) -> int:
    key = keys.make_key()
    ends = options.expires_at if isinstance(options.expires_at, datetime) else None
    grant = Grant(options.scope or ("submit", "read"), options.sees, _limits(options, {}), ends)
    with database.writing() as session:
        row = keys.grant_key(session, key, grant, name=options.name, actor=audit.CLI)
        say(f"{row.id}\nAPI key (shown once): {key}\ncallback secret: {row.callback_secret}")
    return 0


def _list(database: Database, _options: argparse.Namespace) -> int:
    with database.reading() as session:
        rows = keys.list_keys(session)
        graces = keys.list_graces(session, rows)
    for row in rows:
        used = f"used {clock.isoformat(row.last_used_at)}" if row.last_used_at else "never used"
        parts = [row.id, f"{row.prefix}…", _state(row), ",".join(row.scopes), f"sees {row.sees}", used]
        parts += [f"{name}={row.limits[name]}" for name in keys.LIMITS if name in row.limits]
        parts += [f"{name} {clock.isoformat(moment)}" for name, moment in _moments(row, graces) if moment]
        say("  ".join([*parts, row.name]))
    return 0


def _state(row: ApiKeyRow) -> str:
    return "revoked" if row.revoked_at else "live" if keys.is_live(row) else "expired"


def _moments(row: ApiKeyRow, graces: Mapping[str, datetime]) -> list[tuple[str, datetime | None]]:
    return [
        ("created", row.created_at),
        ("rotated", row.rotated_at),
        ("old secret until", graces.get(row.id)),
        ("expires", row.expires_at),
        ("revoked", row.revoked_at),
    ]


def _change(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        row = _find(session, options.id)
        changes: dict[str, Any] = {"name": options.name, "scopes": options.scope, "sees": options.sees}
        changes = {name: value for name, value in changes.items() if value is not None}
        changes["limits"] = _limits(options, row.limits)
        if options.expires_at is not None:
            changes["expires_at"] = options.expires_at if isinstance(options.expires_at, datetime) else None
        keys.change_key(session, row, changes, actor=audit.CLI, may_end_admins=options.last_admin)
    return 0


def _rotate(database: Database, options: argparse.Namespace) -> int:
    grace = timedelta(hours=options.grace_hours)
    if not timedelta(0) <= grace <= keys.LONGEST_GRACE:
        raise ValueError(f"the grace is 0 to {keys.LONGEST_GRACE // timedelta(hours=1)} hours")
    with database.writing() as session:
        key = keys.rotate_key(session, _find(session, options.id), grace=grace, actor=audit.CLI)
        say(f"API key (shown once): {key}")
    return 0


def _revoke(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        if not keys.revoke_key(session, options.id, actor=audit.CLI, may_end_admins=options.last_admin):
            raise ValueError(f"there is no live key {options.id}")
    return 0


def _find(session: Session, key_id: str) -> ApiKeyRow:
    row = keys.get_key(session, key_id, to_change=True)
    if row is None or row.revoked_at is not None:
        raise ValueError(f"there is no live key {key_id}")
    return row
