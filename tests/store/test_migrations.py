"""The migrations and the tables say the same, on both databases."""

import os
import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import store
from store.bootstrap import migrate
from store.database import Database
from store.tables import Base

ROOT = Path(store.__file__).parent.parent
MIGRATIONS = Path(store.__file__).parent / "migrations"


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_from_empty_to_exactly_the_tables_of_the_code(empty_database: Database) -> None:
    assert differences(empty_database), "an empty database must differ"
    migrate(empty_database)
    assert differences(empty_database) == []


def test_the_constraints_are_those_of_the_code(database: Database, empty_database: Database) -> None:
    """Alembic compares neither primary nor foreign keys' rules: a schema made by the code itself does."""
    Base.metadata.create_all(empty_database.engine)
    by_migration, by_code = inspect(database.engine), inspect(empty_database.engine)
    for table in Base.metadata.tables:
        assert by_migration.get_pk_constraint(table) == by_code.get_pk_constraint(table)
        assert sorted(map(str, by_migration.get_foreign_keys(table))) == sorted(
            map(str, by_code.get_foreign_keys(table))
        )
        assert sorted(map(str, by_migration.get_indexes(table))) == sorted(map(str, by_code.get_indexes(table)))


def test_a_second_run_changes_nothing(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO users VALUES ('usr_1', 'admin', 'x', true, 'admin', '2026-01-01 00:00:00+00')")
        )
    migrate(empty_database)
    with empty_database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 1
    assert differences(empty_database) == []


def test_processes_that_start_together_migrate_once(empty_database: Database, tmp_path: Path) -> None:
    """As web and workers of several hosts do on an empty database."""
    environment = os.environ | {
        "OBELUS_DATABASE_URL": empty_database.engine.url.render_as_string(hide_password=False),
        "OBELUS_DATA_DIR": str(tmp_path),
    }
    started = [
        subprocess.Popen([sys.executable, "-m", "store", "migrate"], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    ended = [(process.communicate(timeout=60)[1].decode(), process.returncode) for process in started]
    assert ended == [("", 0)] * 2
    assert differences(empty_database) == []
