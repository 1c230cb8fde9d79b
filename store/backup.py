"""A backup is one file: a whole SQLite database, or an archive of pg_dump. It is made while everything runs."""

import fcntl
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.util import CommandError
from sqlalchemy import URL, Engine, inspect

from store import audit, bootstrap
from store.database import Database, open_database

LOCK = "obelus.lock"  # in the data folder, held by whoever runs the stack there


class BackupError(ValueError):
    """Why a backup cannot be made or used, in a sentence for a person."""


def make(database: Database, file: Path) -> None:
    """Write a backup to *file*, which must not be there yet; nothing is left of one that fails."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    if file.exists():
        raise BackupError(f"{file} is there already")
    if not _has_tables(database):
        raise BackupError("the database is empty")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        if database.engine.dialect.name == "sqlite":
            _copy_sqlite(_path(database), unfinished)
            with closing(sqlite3.connect(unfinished)) as copy:
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
        else:
            _run_postgresql(database.engine, "pg_dump", "--format=custom", f"--file={unfinished}")
        unfinished.replace(file)
    except OSError as error:
        raise BackupError(f"cannot write {file}: {os.strerror(error.errno or 0)}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def restore(database: Database, file: Path, *, data_dir: Path, force: bool = False) -> audit.Head:
    """Put the backup into *database*, brought up to this version's schema. Returns the head of its audit log.

    All of it is checked first on SQLite. PostgreSQL's must be empty: what was there before stays there.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    with _nobody_runs(data_dir):
        if database.engine.dialect.name == "sqlite":
            return _restore_sqlite(database, file, force=force)
        return _restore_postgresql(database, file)


@contextmanager
def _nobody_runs(data_dir: Path) -> Iterator[None]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError(f"Obelus is running with the data in {data_dir}: stop it first") from None
        yield


# --- SQLite ---------------------------------------------------------------------------------------


def _path(database: Database) -> Path:
    return Path(database.engine.url.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """In one step, so that it is one moment; who writes to *source* goes on. What *target* held is gone afterwards,
    or all of it is there still: SQLite writes the copy as one transaction, whoever has the file open."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as opened,
        closing(sqlite3.connect(target)) as copy,
    ):
        opened.backup(copy)


def _restore_sqlite(database: Database, file: Path, *, force: bool) -> audit.Head:
    path = _path(database)
    if path.exists() and not force and _has_tables(database):
        raise BackupError(f"{path} holds a database: with --force the backup takes its place")
    database.dispose()
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.") as folder:
        checked = Path(folder) / path.name
        try:
            _copy_sqlite(file, checked)
            _check_sqlite(checked)
            head = _bring_up_to_date(database.engine.url.set(database=str(checked)))
            _copy_sqlite(checked, path)
        except sqlite3.Error as error:
            raise BackupError(f"{file} cannot be restored: {error}") from None
    return head


def _check_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        whole = copy.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
        if not whole or copy.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise sqlite3.DatabaseError("it is damaged")


# --- PostgreSQL -----------------------------------------------------------------------------------


def _restore_postgresql(database: Database, file: Path) -> audit.Head:
    if _has_tables(database):
        raise BackupError(
            "the database of OBELUS_DATABASE_URL holds tables: make an empty one (createdb) and name it there"
        )
    database.dispose()
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run_postgresql(database.engine, "pg_restore", *options, str(file))
    return _bring_up_to_date(database.engine.url)


def _run_postgresql(engine: Engine, program: str, *arguments: str) -> None:
    """The password goes by the environment: a command line is seen by everybody on the machine."""
    url = engine.url.set(drivername="postgresql", password=None).render_as_string()
    password = {"PGPASSWORD": str(engine.url.password)} if engine.url.password else {}
    try:
        subprocess.run(  # noqa: S603 - PostgreSQL's own program, and no shell
            [program, f"--dbname={url}", *arguments], check=True, capture_output=True, env={**os.environ, **password}
        )
    except FileNotFoundError:
        raise BackupError(f"{program} is not installed: it comes with the client programs of PostgreSQL") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
        raise BackupError(f"{program} ended with status {error.returncode} and said: {said[0]}") from None


# --- both -----------------------------------------------------------------------------------------


def _has_tables(database: Database) -> bool:
    return bool(inspect(database.engine).get_table_names())


def _bring_up_to_date(url: URL) -> audit.Head:
    """The schema of this version; then the audit log must be whole."""
    restored = open_database(url.render_as_string(hide_password=False))
    try:
        if "alembic_version" not in inspect(restored.engine).get_table_names():
            raise BackupError("the file is no backup of Obelus")
        try:
            bootstrap.migrate(restored)
        except CommandError:
            raise BackupError("the backup was made by a newer version of Obelus than this one") from None
        with restored.reading() as session:
            checked = audit.verify(session)
        if checked.broken_at is not None:
            raise BackupError(f"the backup's audit log is broken at entry {checked.broken_at}")
        return checked.head
    finally:
        restored.dispose()
