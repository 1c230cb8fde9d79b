"""The migrations and the tables say the same, on both databases."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

import store
from store.bootstrap import migrate
from store.database import Database
from store.tables import (
    ApiKeyRow,
    ArticleOrganisationRow,
    ArticleRow,
    Base,
    DeliveryRow,
    EndpointRow,
    IdempotencyRow,
    receiver_of,
)

ROOT = Path(store.__file__).parent.parent
MIGRATIONS = Path(store.__file__).parent / "migrations"


def test_there_is_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "include_name": _is_of_the_code}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def _is_of_the_code(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text search is another thing on each database: triggers fill it, store/search.py asks it."""
    return not (kind == "table" and (name or "").startswith("article_words"))


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


def test_a_step_that_fails_leaves_nothing_of_the_steps_before_it(empty_database: Database) -> None:
    """And so who waits for the lock never finds a schema on its way."""
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE policies (in_the_way INTEGER)"))  # which 0008 makes
    with pytest.raises(DBAPIError):
        migrate(empty_database)
    assert inspect(empty_database.engine).get_table_names() == ["policies"]


def test_a_second_run_changes_nothing(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users (id, name, password_hash, is_password_one_time, role, created_at) "
                "VALUES ('usr_1', 'admin', 'x', true, 'admin', '2026-01-01 00:00:00+00')"
            )
        )
    migrate(empty_database)
    with empty_database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM users")) == 1
    assert differences(empty_database) == []


_NOW = "'2026-01-01 00:00:00+00'"
_OLDER_ROWS = (  # as code at migration 0002 writes them
    (
        "INSERT INTO api_keys (id, name, key_sha256, prefix, scopes, callback_secret, created_at) "
        f"VALUES ('key_1', 'k', 'x', 'obk_', '[]', 'whsec_', {_NOW})"
    ),
    (
        "INSERT INTO articles (id, api_key_id, state, text, created_at, review_state, deaths) "
        f"VALUES ('art_1', 'key_1', 'queued', 'words', {_NOW}, 'not_needed', 0)"
    ),
    (
        "INSERT INTO endpoints (id, url, secret, events, is_enabled, created_at) "
        f"VALUES ('ep_1', 'https://Hooks.Example./in', 'whsec_', '[]', true, {_NOW})"
    ),
    f"INSERT INTO events (id, type, article_id, body, created_at) VALUES ('msg_1', 't', 'art_1', '', {_NOW})",
    (
        "INSERT INTO deliveries (id, event_id, endpoint_id, state, attempt_count, created_at) "
        f"VALUES ('dlv_1', 'msg_1', 'ep_1', 'pending', 0, {_NOW})"
    ),
)


def test_an_upgrade_keeps_every_row_and_fills_what_is_new(empty_database: Database) -> None:
    """SQLite must not make a table anew: what hangs on its rows would be deleted with them."""
    migrate(empty_database, revision="0002")
    with empty_database.engine.begin() as connection:
        for statement in _OLDER_ROWS:
            connection.execute(text(statement))
    migrate(empty_database)
    with empty_database.reading() as session:
        endpoint = session.get_one(EndpointRow, "ep_1")
        assert (endpoint.receiver, endpoint.headers, endpoint.is_paused) == ("hooks.example:443", {}, False)
        assert session.get_one(DeliveryRow, "dlv_1").receiver == receiver_of(endpoint.url) == endpoint.receiver
        assert session.get_one(ArticleRow, "art_1").priority == 1
        key = session.get_one(ApiKeyRow, "key_1")
        assert (key.served, key.sees, key.limits, key.expires_at) == (0, "own", {}, None)


_ROWS_OF_0003 = (
    (
        "INSERT INTO reports (article_id, classifier, version, status, body, created_at) "
        """VALUES ('art_1', 'designations', '1', 'ok', '{"mentions": [{"organisation": {"id": "b"}}, """
        f"""{{"organisation": {{"id": "a"}}}}, {{"organisation": {{"id": "b"}}}}]}}', {_NOW})"""
    ),
    (
        "INSERT INTO idempotency (api_key_id, key, body_sha256, article_id, status, answer, created_at) "
        f"VALUES ('key_1', 'k', 'x', 'art_1', 202, '{{}}', {_NOW})"
    ),
)


def test_articles_are_found_by_the_organisations_of_older_reports(empty_database: Database) -> None:
    """And first answers are kept, though SQLite makes their table anew."""
    migrate(empty_database, revision="0003")
    with empty_database.engine.begin() as connection:
        for statement in (*_OLDER_ROWS, *_ROWS_OF_0003):
            connection.exec_driver_sql(statement)
    migrate(empty_database)
    with empty_database.reading() as session:
        found = session.execute(select(ArticleOrganisationRow.organisation_id, ArticleOrganisationRow.article_id))
        assert sorted(tuple(row) for row in found) == [("a", "art_1"), ("b", "art_1")]
        assert session.get_one(IdempotencyRow, ("key_1", "k")).status == 202


def test_the_way_back_from_0004_keeps_what_the_older_code_can_read(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.engine.begin() as connection:
        for statement in (*_OLDER_ROWS, *_ROWS_OF_0003):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "INSERT INTO idempotency (api_key_id, key, body_sha256, status, answer, created_at) "
            f"VALUES ('key_1', 'batch', 'x', 202, '{{}}', {_NOW})"
        )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty_database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        connection.commit()
        assert connection.scalars(text("SELECT key FROM idempotency")).all() == ["k"]


def test_hosts_with_the_older_code_go_on_writing(empty_database: Database) -> None:
    """During an upgrade the schema comes first, then one part after the other is restarted."""
    migrate(empty_database)
    with empty_database.engine.begin() as connection:
        for statement in _OLDER_ROWS:
            connection.execute(text(statement))


def test_there_is_a_way_back_that_loses_no_older_row(empty_database: Database) -> None:
    migrate(empty_database)
    with empty_database.engine.connect() as connection:
        for statement in _OLDER_ROWS:
            connection.execute(text(statement))
        connection.commit()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with empty_database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        connection.commit()
        assert connection.scalar(text("SELECT count(*) FROM deliveries")) == 1
    migrate(empty_database)
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
