"""Signatures of articles, and their bands as an index: which earlier ones say almost the same.

Articles that were read before have none, and are like nothing until they are sent again: their words need not be here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signatures",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_signatures_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signatures")),
        sa.UniqueConstraint("article_id", name=op.f("uq_signatures_article_id")),
    )
    op.create_table(
        "signature_bands",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "number", name=op.f("pk_signature_bands")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("signature_bands")
    op.drop_table("signatures")
