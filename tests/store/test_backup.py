"""The commands of docs/operations.md: a backup of a busy database, restored into an empty place, is the same again."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Row, func, select, text

from store import __main__ as command_line
from store import audit, backup, keys
from store.backup import BackupError
from store.bootstrap import migrate
from store.database import Database, open_database
from store.settings import Settings
from store.tables import ArticleRow, Base
from tests.store import servers
from tests.store.backends import Backend
from tests.store.makers import add_articles
from workers.launcher import only_one

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command against a database: (status, stdout, stderr)."""
    monkeypatch.setenv("OBELUS_DATA_DIR", str(tmp_path / "data"))
    if (programs := servers.find_postgresql()) is not None:
        monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")

    def run_command(database: Database, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setenv("OBELUS_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
        status = command_line.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run_command


@contextmanager
def busy(database: Database, key_id: str) -> Iterator[None]:
    """Articles and audit entries come in meanwhile."""
    stop, failures = threading.Event(), []

    def keep_writing() -> None:
        try:
            while not stop.is_set():
                with database.writing() as session:
                    add_articles(session, key_id, 1)
                    audit.record(session, action="decided", actor="usr_1")
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join(timeout=30)
    assert failures == []


def rows_of(database: Database, table: str) -> list[Row[tuple[object, ...]]]:
    found = Base.metadata.tables[table]
    with database.reading() as session:
        return list(session.execute(select(found).order_by(*found.primary_key.columns)).all())


def count_articles(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


def test_a_backup_of_a_busy_database_is_restored_whole(
    database: Database, empty_database: Database, key_id: str, tmp_path: Path, run: Run
) -> None:
    with database.writing() as session:
        add_articles(session, key_id, 100)
    file = tmp_path / "backup"
    with busy(database, key_id):
        status, output, error = run(database, "backup", file)
    assert (status, error) == (0, "")
    assert output.startswith(f"wrote {file}, ")
    assert file.stat().st_mode & 0o777 == 0o600, "it holds texts and secrets"
    assert list(tmp_path.glob("backup.*")) == []

    status, output, error = run(empty_database, "restore", file)

    assert (status, error) == (0, "")
    assert count_articles(empty_database) >= 100
    for table in Base.metadata.tables:
        restored = rows_of(empty_database, table)
        if table == "audit_entries":
            assert restored.pop().action == "backup_restored"
        assert restored == rows_of(database, table)[: len(restored)], table
    status, output, _ = run(empty_database, "audit", "verify")
    assert status == 0, output
    with database.reading() as session:
        entry = audit.find_last(session, "backup_made")
        assert entry is not None
        assert (entry.actor, entry.details) == (audit.CLI, '{"file":"backup"}')


def test_a_full_database_is_not_replaced_unasked(
    database: Database, key_id: str, tmp_path: Path, run: Run, backend: Backend
) -> None:
    with database.writing() as session:
        add_articles(session, key_id, 3)
    run(database, "backup", tmp_path / "backup")
    with database.writing() as session:
        add_articles(session, key_id, 3)

    status, _, error = run(database, "restore", tmp_path / "backup")

    assert status == 2
    assert ("--force" if backend.name == "sqlite" else "createdb") in error
    assert count_articles(database) == 6
    status, _, error = run(database, "restore", "--force", tmp_path / "backup")
    if backend.name == "sqlite":
        assert (status, count_articles(database)) == (0, 3)
    else:
        assert (status, count_articles(database)) == (2, 6), "PostgreSQL has better ways to keep two"


def test_nothing_is_restored_while_obelus_runs(
    database: Database, empty_database: Database, key_id: str, tmp_path: Path, run: Run
) -> None:
    """The lock is the one that `make run` takes."""
    run(database, "backup", tmp_path / "backup")
    with only_one(Settings(data_dir=tmp_path / "data")):
        status, _, error = run(empty_database, "restore", "--force", tmp_path / "backup")
    assert status == 2
    assert "Obelus is running" in error
    assert run(empty_database, "restore", tmp_path / "backup")[0] == 0


def test_a_backup_is_never_written_over(database: Database, tmp_path: Path, run: Run) -> None:
    (tmp_path / "backup").write_text("older")
    assert run(database, "backup", tmp_path / "backup") == (2, "", f"store: {tmp_path / 'backup'} is there already\n")
    status, _, error = run(database, "backup", tmp_path / "no" / "folder")
    assert (status, error) == (2, f"store: cannot write {tmp_path / 'no' / 'folder'}: No such file or directory\n")
    assert (tmp_path / "backup").read_text() == "older"


def test_an_empty_database_is_not_worth_a_backup(empty_database: Database, tmp_path: Path, run: Run) -> None:
    assert run(empty_database, "backup", tmp_path / "backup") == (2, "", "store: the database is empty\n")
    assert not (tmp_path / "backup").exists()


def test_what_is_no_backup_changes_nothing(empty_database: Database, tmp_path: Path, run: Run) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"not a database" * 1_000)
    for file in (garbage, tmp_path / "nowhere"):
        status, _, error = run(empty_database, "restore", file)
        assert status == 2
        assert error.startswith("store: ")
    assert "nowhere" in error
    with empty_database.engine.connect() as connection:
        assert not empty_database.engine.dialect.has_table(connection, "articles")


def test_a_database_without_the_programs_of_postgresql(
    database: Database, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, _, error = run(database, "backup", tmp_path / "backup")
    if backend.name == "sqlite":
        assert status == 0
    else:
        assert (status, error.split(":")[1]) == (2, " pg_dump is not installed")
        assert not (tmp_path / "backup").exists()


# --- what only a file of SQLite can suffer --------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A backup of ten articles."""
    database = open_database(f"sqlite:///{tmp_path / 'var' / 'obelus.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
        add_articles(session, key_id, 10)
    backup.make(database, tmp_path / "backup")
    database.dispose()
    return tmp_path / "backup"


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'new' / 'obelus.sqlite3'}")
    yield database
    database.dispose()


def test_a_backup_is_one_file_that_needs_no_other(file: Path, target: Database, tmp_path: Path) -> None:
    alone = tmp_path / "alone" / "copy"
    alone.parent.mkdir()
    shutil.move(file, alone)
    backup.restore(target, alone, data_dir=tmp_path)
    assert count_articles(target) == 10
    assert list(alone.parent.iterdir()) == [alone], "restoring writes nothing beside it"


def test_the_log_of_the_old_database_is_not_read_with_the_new(file: Path, target: Database, tmp_path: Path) -> None:
    """As a process leaves it that was killed: a write-ahead log with changes of another database."""
    path = Path(target.engine.url.database or "")
    migrate(target)
    with target.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
        add_articles(session, key_id, 3)
    left = {f"{path}{suffix}": Path(f"{path}{suffix}").read_bytes() for suffix in ("", "-wal", "-shm")}
    target.dispose()
    for name, content in left.items():
        Path(name).write_bytes(content)

    backup.restore(target, file, data_dir=tmp_path, force=True)

    assert count_articles(target) == 10


DAMAGE = {
    "torn": lambda path: path.write_bytes(path.read_bytes()[:-8_192]),
    "a dead reference": lambda path: execute(path, "UPDATE articles SET api_key_id = 'key_0'"),
    "another application": lambda path: execute(path, "DROP TABLE alembic_version"),
    "newer": lambda path: execute(path, "UPDATE alembic_version SET version_num = '9999'"),
    "changed": lambda path: execute(
        path, "DROP TRIGGER audit_entries_update", "UPDATE audit_entries SET subject = 'key_0'"
    ),
}


def execute(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_backup_takes_nobodys_place(
    file: Path, target: Database, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    migrate(target)
    with target.writing() as session:
        keys.add_key(session, "here before", name="tests", scopes=["submit"])
    damage(file)

    with pytest.raises(BackupError):
        backup.restore(target, file, data_dir=tmp_path, force=True)

    with target.reading() as session:
        assert keys.find_key(session, "here before") is not None
    target.dispose()
    folder = Path(target.engine.url.database or "").parent
    assert [path.name for path in folder.iterdir()] == ["obelus.sqlite3"]


def test_a_backup_of_an_older_version_is_brought_up_to_date(file: Path, target: Database, tmp_path: Path) -> None:
    older = open_database(f"sqlite:///{tmp_path / 'older.sqlite3'}")
    migrate(older, revision="0002")
    older.dispose()
    backup.restore(target, tmp_path / "older.sqlite3", data_dir=tmp_path)
    with target.reading() as session:
        assert audit.verify(session) == audit.Checked(audit.Head())
        assert session.scalar(text("SELECT count(*) FROM articles")) == 0


def test_the_commands_of_the_documentation_are_those(root: Path) -> None:
    page = (root / "docs" / "operations.md").read_text("utf-8")
    assert "python -m store backup FILE" in page
    assert "python -m store restore FILE" in page
    ended = subprocess.run(
        [sys.executable, "-m", "store", "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "backup" in ended.stdout
    assert "restore" in ended.stdout
