"""The scores that the figures sampled, so that their mean and their shares lead to their articles.

Filled by the relay with the hours that it counts, as `judgements` is; hours counted before are counted anew for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sampled_scores",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("classifier", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("tenth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_sampled_scores_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "classifier", name=op.f("pk_sampled_scores")),
    )
    op.create_index("ix_sampled_scores_version", "sampled_scores", ["classifier", "version", "tenth", "article_id"])
    op.execute("DELETE FROM figures WHERE grain = 'hour' AND measure = 'counted'")


def downgrade() -> None:
    op.drop_table("sampled_scores")
