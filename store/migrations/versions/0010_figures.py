"""Numbers counted beforehand, so that the page of figures is quick among any number of articles."""

import sqlalchemy as sa
from alembic import op

from store.database import UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figures",
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "at", "measure", "name", name=op.f("pk_figures")),
    )


def downgrade() -> None:
    op.drop_table("figures")
