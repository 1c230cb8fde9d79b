"""``python -m store``: the schema, API keys and users from the command line."""

import argparse
import getpass
import sys
from collections.abc import Sequence

from store import bootstrap, clock, keys, users
from store.database import Database, open_database
from store.settings import load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        database = open_database(load_settings().database)
        try:
            return int(options.run(database, options))
        finally:
            database.dispose()
    except ValueError as error:
        print(f"store: {error}", file=sys.stderr)  # noqa: T201
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m store", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("migrate", help="bring the schema up to date").set_defaults(run=_migrate)
    commands.add_parser("set-up", help="migrate; make the first key and admin if there are none").set_defaults(
        run=_set_up
    )
    add_key = commands.add_parser("add-key", help="make an API key; it is shown once")
    add_key.add_argument("name")
    add_key.add_argument("--scope", action="append", choices=[*keys.SCOPES], help="default: submit and read")
    add_key.set_defaults(run=_add_key)
    commands.add_parser("list-keys", help="keys without their secrets").set_defaults(run=_list_keys)
    revoke_key = commands.add_parser("revoke-key", help="switch a key off for good")
    revoke_key.add_argument("id")
    revoke_key.set_defaults(run=_revoke_key)
    add_user = commands.add_parser("add-user", help="add a person; asks for the password")
    add_user.add_argument("name")
    add_user.add_argument("--role", choices=users.ROLES, default="moderator")
    add_user.set_defaults(run=_add_user)
    return parser


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the answer of a command


def _migrate(database: Database, _options: argparse.Namespace) -> int:
    bootstrap.migrate(database)
    return 0


def _set_up(database: Database, _options: argparse.Namespace) -> int:
    """Shows only what was made here: a secret that the environment gave must not end up in a container's log."""
    settings = load_settings()
    first = bootstrap.set_up(database, settings)
    if first.api_key and settings.api_key is None:
        _say(f"API key: {first.api_key}")
    if first.admin_password and settings.admin_password is None:
        _say(f"user {bootstrap.ADMIN}, password: {first.admin_password}")
    return 0


def _add_key(database: Database, options: argparse.Namespace) -> int:
    key = keys.make_key()
    with database.writing() as session:
        row = keys.add_key(session, key, name=options.name, scopes=options.scope or ("submit", "read"))
        _say(f"{row.id}\nAPI key (shown once): {key}\ncallback secret: {row.callback_secret}")
    return 0


def _list_keys(database: Database, _options: argparse.Namespace) -> int:
    with database.reading() as session:
        for row in keys.list_keys(session):
            state = "revoked" if row.revoked_at else "live"
            used = clock.isoformat(row.last_used_at) or "never used"
            _say(f"{row.id}  {row.prefix}…  {state}  {','.join(row.scopes)}  {used}  {row.name}")
    return 0


def _revoke_key(database: Database, options: argparse.Namespace) -> int:
    with database.writing() as session:
        if not keys.revoke_key(session, options.id):
            raise ValueError(f"there is no live key {options.id}")
    return 0


def _add_user(database: Database, options: argparse.Namespace) -> int:
    password = getpass.getpass(f"Password for {options.name}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    with database.writing() as session:
        if users.find_user(session, options.name) is not None:
            raise ValueError(f"there is already a user {options.name}")
        users.add_user(session, options.name, password, role=options.role)
    return 0


if __name__ == "__main__":
    sys.exit(main())
