"""External ids that are told apart, filters of lists, and Idempotency-Keys of batches.

`idempotency` is made anew on SQLite, where a column cannot become nullable in place: nothing hangs on its rows.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.database import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROWS_AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "external_ids",
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_external_ids_api_key_id_api_keys")),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_external_ids_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_key_id", "external_id", name=op.f("pk_external_ids")),
    )
    op.create_index(op.f("ix_external_ids_article_id"), "external_ids", ["article_id"])
    op.create_table(
        "article_organisations",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["articles.id"],
            name=op.f("fk_article_organisations_article_id_articles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "article_id", name=op.f("pk_article_organisations")),
    )
    op.create_index(op.f("ix_article_organisations_article_id"), "article_organisations", ["article_id"])
    op.create_index("ix_articles_source", "articles", ["source", "id"])
    with op.batch_alter_table("idempotency") as table:
        table.alter_column("article_id", existing_type=sa.Text(), nullable=True)
    op.create_index(op.f("ix_idempotency_article_id"), "idempotency", ["article_id"])
    _fill_organisations()


def _fill_organisations() -> None:
    """From the reports that are there, a few at a time."""
    connection = op.get_bind()
    page = sa.text(
        "SELECT article_id, body FROM reports WHERE classifier = 'designations' AND article_id > :last "
        "ORDER BY article_id LIMIT :most"
    )
    add = sa.text("INSERT INTO article_organisations (organisation_id, article_id) VALUES (:organisation, :article)")
    last = ""
    while rows := connection.execute(page, {"last": last, "most": _ROWS_AT_ONCE}).all():
        mentioned = [
            {"organisation": organisation, "article": article_id}
            for article_id, body in rows
            for organisation in sorted(_organisations(body))
        ]
        if mentioned:
            connection.execute(add, mentioned)
        last = rows[-1][0]


def _organisations(body: Any) -> set[str]:
    report = json.loads(body) if isinstance(body, str) else body
    return {mention["organisation"]["id"] for mention in report.get("mentions", ())}


def downgrade() -> None:
    op.drop_index(op.f("ix_idempotency_article_id"), "idempotency")
    op.execute("DELETE FROM idempotency WHERE article_id IS NULL")
    with op.batch_alter_table("idempotency") as table:
        table.alter_column("article_id", existing_type=sa.Text(), nullable=False)
    op.drop_index("ix_articles_source", "articles")
    op.drop_table("article_organisations")
    op.drop_table("external_ids")
