"""The schema and the first steps from the command line."""

import argparse
import sys

from store import bootstrap, weak_secrets
from store.commands import say
from store.database import Database
from store.settings import load_settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("migrate", help="bring the schema up to date").set_defaults(run=_migrate)
    commands.add_parser("set-up", help="migrate; make the first key and admin if there are none").set_defaults(
        run=_set_up
    )


def _migrate(database: Database, _options: argparse.Namespace) -> int:
    bootstrap.migrate(database)
    return 0


def _set_up(database: Database, _options: argparse.Namespace) -> int:
    """Shows only what was made here: a secret that the environment gave must not end up in a container's log."""
    settings = load_settings()
    if weak_secrets.is_open_redis(settings.redis):
        warning = "store: warning: the Redis of OBELUS_REDIS_URL is on another machine and asks for no password"
        print(warning, file=sys.stderr)  # noqa: T201
    first = bootstrap.set_up(database, settings)
    if first.api_key and settings.api_key is None:
        say(f"API key: {first.api_key}")
    if first.admin_password and settings.admin_password is None:
        say(f"user {bootstrap.ADMIN}, password: {first.admin_password}")
    return 0
