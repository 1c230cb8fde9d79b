"""What was read in an article, so that a repeat of it is not read again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("articles", sa.Column("reading_key", sa.Text(), nullable=True))
    op.create_index(op.f("ix_articles_reading_key"), "articles", ["reading_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_articles_reading_key"), "articles")
    op.execute("ALTER TABLE articles DROP COLUMN reading_key")
