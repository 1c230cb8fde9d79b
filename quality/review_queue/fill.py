"""Fills an empty database quickly: rows in bulk, then indexes and words; the figures as the relay counts them."""

import contextlib
import sqlite3
from datetime import datetime
from typing import Any

from quality.review_queue.rows import COLUMNS, SHARES, USERS, Maker
from store import keys, saved_views, users
from store.bootstrap import migrate
from store.database import Database
from store.endpoints import add_endpoint
from workers.figures import FigureKeeper

KEY = "a key for the measurement: "  # and the caller's name
ADMIN = "admin"
_PART = 5_000  # articles at a time
# As the migration of the words does it (store/migrations/versions/0008_review.py).
_WORDS = {
    "sqlite": (
        "INSERT INTO article_words_numbers (article_id) SELECT id FROM articles ORDER BY id",
        (
            "INSERT INTO article_words (rowid, title, text) SELECT number, replace(title, 'ё', 'е'), "
            "replace(text, 'ё', 'е') FROM article_words_numbers JOIN articles ON articles.id = article_id"
        ),
    ),
    "postgresql": ("INSERT INTO article_words SELECT id, article_words_of(title, text) FROM articles",),
}
_FAST = "journal_mode=OFF synchronous=OFF foreign_keys=OFF secure_delete=OFF cache_size=-500000 threads=2"


def fill(database: Database, number: int) -> None:
    """Make the schema and *number* articles with all that hangs on them."""
    migrate(database)
    maker = _make_people(database, number)
    if database.engine.dialect.name == "sqlite":
        _fill_sqlite(database, maker)
    else:
        _fill_postgresql(database, maker)
    keeper = FigureKeeper(database)
    while keeper.turn():
        pass


def _make_people(database: Database, number: int) -> Maker:
    with database.writing() as session:
        key_ids = {
            name: keys.add_key(session, KEY + name, name=name, scopes=["submit", "read", "review"]).id
            for name in SHARES
        }
        keys.add_key(session, KEY + ADMIN, name=ADMIN, scopes=[*keys.SCOPES])
        first = users.add_user(session, "user-0", "a long password", role="admin")
        session.flush()
        others = [users.add_user(session, f"user-{place}", "a long password") for place in range(1, USERS)]
        session.flush()
        for place in range(20):
            saved_views.save_view(session, owner_id=first.id, name=f"view {place}", query={"label": "violence"})
        endpoints = [
            add_endpoint(session, f"https://own{place}.example/hook", events=["article.classified"]).id
            for place in range(3)
        ]
        session.flush()
        user_ids = [first.id, *(one.id for one in others)]
    zone = "" if database.engine.dialect.name == "sqlite" else "+00"
    return Maker(number, key_ids, user_ids, endpoints, lambda moment: _write(moment) + zone)


def _write(moment: datetime) -> str:
    """As SQLAlchemy has SQLite keep it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _fill_sqlite(database: Database, maker: Maker) -> None:
    path = database.engine.url.database
    assert path is not None
    database.dispose()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in _FAST.split():
            connection.execute(f"PRAGMA {pragma}")
        made = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        later = connection.execute(made).fetchall()
        for kind, name, _ in later:
            connection.execute(f"DROP {kind} {name}")
        connection.execute("BEGIN")
        for rows in maker.parts(_PART):
            for table, values in rows.items():
                names = _columns(table)
                marks = ", ".join("?" * len(names))
                connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        for statement in (*_WORDS["sqlite"], *(sql for _, _, sql in later)):
            connection.execute(statement)
        connection.execute("COMMIT")


def _fill_postgresql(database: Database, maker: Maker) -> None:
    connection: Any = database.engine.raw_connection()
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE 'ix_%'")
        later = cursor.fetchall()
        for name, _ in later:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("ALTER TABLE articles DISABLE TRIGGER USER")
        for rows in maker.parts(_PART):
            for table in (name for name in COLUMNS if name in rows):  # what others refer to first
                with cursor.copy(f"COPY {table} ({', '.join(_columns(table))}) FROM STDIN") as copy:
                    for row in rows[table]:
                        copy.write_row(row)
        cursor.execute("SELECT setval('signatures_number_seq', (SELECT max(number) FROM signatures))")
        for statement in (*_WORDS["postgresql"], *(sql for _, sql in later)):
            cursor.execute(statement)
        cursor.execute("ALTER TABLE articles ENABLE TRIGGER USER")
        connection.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as analysed:
        analysed.exec_driver_sql("VACUUM ANALYZE")


def _columns(table: str) -> list[str]:
    return [f'"{name}"' for name in COLUMNS[table].split()]
