"""Lists among a million articles: indexes that go on in the order of the list, and the language that is filtered by.

Until an article was read, its language is the one that was sent: so that one column, and its index, says which it is.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OLD = (
    ("ix_articles_external_id", "articles", ["external_id"]),
    ("ix_deliveries_endpoint_id", "deliveries", ["endpoint_id"]),
)
_NEW = (
    ("ix_articles_external_id", "articles", ["external_id", "id"]),
    ("ix_deliveries_endpoint", "deliveries", ["endpoint_id", "id"]),
    ("ix_deliveries_endpoint_state", "deliveries", ["endpoint_id", "state", "id"]),
)


def upgrade() -> None:
    op.execute(
        "UPDATE articles SET language = requested_language WHERE language IS NULL AND requested_language IS NOT NULL"
    )
    _exchange(_OLD, _NEW)


def downgrade() -> None:
    _exchange(_NEW, _OLD)
    op.execute("UPDATE articles SET language = NULL WHERE state <> 'classified'")


def _exchange(gone: tuple[tuple[str, str, list[str]], ...], made: tuple[tuple[str, str, list[str]], ...]) -> None:
    for name, table, _ in gone:
        op.drop_index(name, table)
    for name, table, columns in made:
        op.create_index(name, table, columns)
