"""``python -m store``: the schema, API keys, people, backups and the audit log from the command line."""

import argparse
import sys
from collections.abc import Sequence

from store.commands import audit, backup, keys, schema, users
from store.database import open_database
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
    for subject in (schema, keys, users, audit, backup):
        subject.register(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
