"""The review: versions of the policy, appeals, single spans decided on, the queue's orders, claims, search, bulk.

Columns are added in place, on SQLite too (see 0003). Full-text search is filled by triggers, so that rows of hosts with
the older code are found too: FTS5 on SQLite, tsvector on PostgreSQL (store/search.py reads both).
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.database import UTCDateTime

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _columns() -> dict[str, list[sa.Column[Any]]]:
    """New at each call: a column belongs to one table object."""
    return {
        "articles": [
            sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
            sa.Column("severity_rank", sa.Integer(), server_default="4", nullable=False),
            sa.Column("certainty", sa.Double(), server_default="1", nullable=False),
            sa.Column("assignee", sa.Text(), nullable=True),
            sa.Column("claimed_until", UTCDateTime(), nullable=True),
            sa.Column("opinion_asked_by", sa.Text(), nullable=True),
        ],
        "decisions": [
            sa.Column("kind", sa.Text(), server_default="decision", nullable=False),
            sa.Column("evidence", Json, server_default="{}", nullable=False),
            sa.Column("labels", Json, server_default="{}", nullable=False),
            sa.Column("missed", Json, server_default="[]", nullable=False),
            sa.Column("before", Json, nullable=True),
            sa.Column("undoes", sa.Text(), nullable=True),
            sa.Column("bulk_id", sa.Text(), nullable=True),
        ],
    }


_INDEXES = (
    ("ix_articles_review_severity", "articles", ["review_state", "severity_rank", "id"], False),
    ("ix_articles_review_certainty", "articles", ["review_state", "certainty", "id"], False),
    ("ix_articles_language", "articles", ["language", "id"], False),
    ("ix_articles_assignee", "articles", ["assignee", "id"], False),
    ("uq_decisions_undoes", "decisions", ["undoes"], True),
    ("ix_decisions_bulk_id", "decisions", ["bulk_id"], False),
)
_TABLES = ("bulk_actions", "saved_views", "appeals", "policies")


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE articles SET severity_rank = 7 - severity WHERE severity IS NOT NULL")
    for name, table, names, is_unique in _INDEXES:
        op.create_index(name, table, names, unique=is_unique)
    _create_tables()
    dialect = op.get_bind().dialect.name
    for statement in _SEARCH[dialect]:
        op.execute(sa.text(statement.replace(":", "\\:")))


def _create_tables() -> None:
    op.create_table(
        "policies",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policies")),
    )
    op.create_table(
        "appeals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("appellant", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("ruled_by", sa.Text(), nullable=True),
        sa.Column("ruled_at", UTCDateTime(), nullable=True),
        sa.Column("decision_id", sa.Text(), nullable=True),
        _of_article("appeals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index("ix_appeals_state", "appeals", ["state", "id"])
    op.create_index(op.f("ix_appeals_article_id"), "appeals", ["article_id"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", Json, nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_saved_views_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_views_owner_id")),
    )
    op.create_index(op.f("ix_saved_views_is_shared"), "saved_views", ["is_shared"])
    op.create_table(
        "bulk_actions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("passed_over", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_actions")),
    )
    op.create_index("uq_bulk_actions_undoes", "bulk_actions", ["undoes"], unique=True)


def _of_article(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["article_id"], ["articles.id"], name=op.f(f"fk_{table}_article_id_articles"), ondelete="CASCADE"
    )


# An article is in `article_words` until its words are erased. ё and е are one letter to who searches.
# SQLite: the index keeps no copy of the text, so taking an article out needs the words that were put in. Its number is
# kept beside it: the hidden row number of a table with a key of its own may change with VACUUM.
_OLD = "replace(replace(OLD.title, 'ё', 'е'), 'Ё', 'Е'), replace(replace(OLD.text, 'ё', 'е'), 'Ё', 'Е')"
_NEW = _OLD.replace("OLD.", "NEW.")
_TAKE_OUT = (
    f"INSERT INTO article_words (article_words, rowid, title, text) SELECT 'delete', number, {_OLD} "
    "FROM article_words_numbers WHERE article_id = OLD.id; "
    "DELETE FROM article_words_numbers WHERE article_id = OLD.id; "
    "INSERT OR IGNORE INTO article_words_due (due) VALUES (1);"
)
_PUT_IN = (
    "INSERT INTO article_words_numbers (article_id) SELECT NEW.id WHERE NEW.erased_at IS NULL; "
    f"INSERT INTO article_words (rowid, title, text) SELECT number, {_NEW} "
    "FROM article_words_numbers WHERE article_id = NEW.id;"
)
_SEARCH = {
    "sqlite": (
        (
            "CREATE TABLE article_words_numbers (number INTEGER PRIMARY KEY AUTOINCREMENT, "
            "article_id TEXT NOT NULL UNIQUE)"
        ),
        # One row while the index may still hold words that were taken out (store/search.py forgets them).
        "CREATE TABLE article_words_due (due INTEGER PRIMARY KEY)",
        (
            "CREATE VIRTUAL TABLE article_words USING fts5(title, text, content='', "
            "tokenize='porter unicode61 remove_diacritics 0')"
        ),
        ("INSERT INTO article_words_numbers (article_id) SELECT id FROM articles WHERE erased_at IS NULL ORDER BY id"),
        (
            f"INSERT INTO article_words (rowid, title, text) SELECT number, {_NEW.replace('NEW.', 'articles.')} "
            "FROM article_words_numbers JOIN articles ON articles.id = article_id"
        ),
        f"CREATE TRIGGER article_words_insert AFTER INSERT ON articles BEGIN {_PUT_IN} END",
        (
            "CREATE TRIGGER article_words_update AFTER UPDATE OF text, title ON articles "
            f"WHEN OLD.text IS NOT NEW.text OR OLD.title IS NOT NEW.title BEGIN {_TAKE_OUT} {_PUT_IN} END"
        ),
        f"CREATE TRIGGER article_words_delete BEFORE DELETE ON articles BEGIN {_TAKE_OUT} END",
    ),
    "postgresql": (
        (
            "CREATE TABLE article_words (article_id TEXT PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE, "
            "words tsvector NOT NULL)"
        ),
        "CREATE INDEX ix_article_words ON article_words USING gin (words)",
        # 1 MB of different words is more than a tsvector holds: then its beginning is found.
        (
            "CREATE FUNCTION article_words_of(title text, body text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$ "
            "DECLARE whole text := translate(coalesce(title, '') || ' ' || body, 'ёЁ', 'еЕ'); "
            "BEGIN RETURN to_tsvector('pg_catalog.russian', whole); "
            "EXCEPTION WHEN program_limit_exceeded THEN "
            "RETURN to_tsvector('pg_catalog.russian', left(whole, 50000)); END $$"
        ),
        ("INSERT INTO article_words SELECT id, article_words_of(title, text) FROM articles WHERE erased_at IS NULL"),
        (
            "CREATE FUNCTION article_words_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.erased_at IS NOT NULL THEN DELETE FROM article_words WHERE article_id = NEW.id; RETURN NULL; "
            "END IF; "
            "INSERT INTO article_words VALUES (NEW.id, article_words_of(NEW.title, NEW.text)) "
            "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words; "
            "RETURN NULL; END $$"
        ),
        (
            "CREATE TRIGGER article_words_insert AFTER INSERT ON articles "
            "FOR EACH ROW EXECUTE FUNCTION article_words_keep()"
        ),
        (
            "CREATE TRIGGER article_words_update AFTER UPDATE OF text, title ON articles FOR EACH ROW "
            "WHEN (OLD.text IS DISTINCT FROM NEW.text OR OLD.title IS DISTINCT FROM NEW.title) "
            "EXECUTE FUNCTION article_words_keep()"
        ),
    ),
}
_NO_SEARCH = {
    "sqlite": (
        *(f"DROP TRIGGER article_words_{name}" for name in ("insert", "update", "delete")),
        "DROP TABLE article_words",
        "DROP TABLE article_words_numbers",
        "DROP TABLE article_words_due",
    ),
    "postgresql": (
        *(f"DROP TRIGGER article_words_{name} ON articles" for name in ("insert", "update")),
        "DROP FUNCTION article_words_keep()",
        "DROP TABLE article_words",
        "DROP FUNCTION article_words_of(text, text)",
    ),
}


def downgrade() -> None:
    for statement in _NO_SEARCH[op.get_bind().dialect.name]:
        op.execute(statement)
    for table in _TABLES:
        op.drop_table(table)
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table, columns in _columns().items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
