"""Whose articles a key sees, its limits and its end; and the secrets that rotation retired."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.database import UTCDateTime

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("sees", sa.Text(), server_default="own", nullable=False))
    op.add_column("api_keys", sa.Column("limits", Json, server_default="{}", nullable=False))
    op.add_column("api_keys", sa.Column("rotated_at", UTCDateTime(), nullable=True))
    op.add_column("api_keys", sa.Column("expires_at", UTCDateTime(), nullable=True))
    op.create_table(
        "retired_keys",
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("good_until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_retired_keys_api_key_id_api_keys")),
        sa.PrimaryKeyConstraint("key_sha256", name=op.f("pk_retired_keys")),
    )
    op.create_index(op.f("ix_retired_keys_api_key_id"), "retired_keys", ["api_key_id"])


def downgrade() -> None:
    op.drop_table("retired_keys")
    for column in ("expires_at", "rotated_at", "limits", "sees"):
        op.execute(f"ALTER TABLE api_keys DROP COLUMN {column}")
