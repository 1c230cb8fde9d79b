"""What callers say a score should have been."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.database import UTCDateTime

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suggestions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("scores", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("community", sa.Text(), nullable=True),
        sa.Column("client_token", sa.Text(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_suggestions_api_key_id_api_keys")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestions")),
    )


def downgrade() -> None:
    op.drop_table("suggestions")
