"""Backups from the command line."""

import argparse
from pathlib import Path

from store import audit, backup
from store.commands import say
from store.database import Database
from store.settings import load_settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    make = commands.add_parser("backup", help="write the whole database to one file, while everything runs")
    make.add_argument("file", metavar="FILE", type=Path, help="a new file; it holds texts and secrets")
    make.set_defaults(run=_make)
    restore = commands.add_parser("restore", help="put a backup back, while nothing runs")
    restore.add_argument("file", metavar="FILE", type=Path)
    restore.add_argument("--force", action="store_true", help="SQLite: in the place of the database that is there")
    restore.set_defaults(run=_restore)


def _make(database: Database, options: argparse.Namespace) -> int:
    backup.make(database, options.file)
    _record(database, "backup_made", options.file)
    say(f"wrote {options.file}, {options.file.stat().st_size:,} bytes: keep it as safe as the database")
    return 0


def _restore(database: Database, options: argparse.Namespace) -> int:
    head = backup.restore(database, options.file, data_dir=load_settings().data_dir, force=options.force)
    _record(database, "backup_restored", options.file)
    say(f"restored {options.file}; its audit log ended with {head}")
    return 0


def _record(database: Database, action: str, file: Path) -> None:
    with database.writing() as session:
        audit.record(session, action=action, actor=audit.CLI, details={"file": file.name})
