"""The customer's own organisations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.database import UTCDateTime

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custom_organisations",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_custom_organisations")),
    )
    with op.batch_alter_table("custom_organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_custom_organisations_organisation_id"), ["organisation_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("custom_organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_custom_organisations_organisation_id"))

    op.drop_table("custom_organisations")
