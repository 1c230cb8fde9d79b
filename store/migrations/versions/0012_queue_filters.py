"""What the queue's filters by decision and by judgement find their articles with.

`judgements` is filled by the relay with the hours that it counts; hours counted before are counted anew for it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decisions_action", "decisions", ["action", "id"])
    op.create_table(
        "judgements",
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reviewers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_judgements_decision_id_decisions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name=op.f("fk_judgements_article_id_articles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("decision_id", "finding", name=op.f("pk_judgements")),
    )
    op.create_index(op.f("ix_judgements_article_id"), "judgements", ["article_id"])
    op.create_index("ix_judgements_value", "judgements", ["value", "label", "decision_id"])
    op.create_index("ix_judgements_reviewers", "judgements", ["reviewers", "decision_id"])
    op.execute("DELETE FROM figures WHERE grain = 'hour' AND measure = 'counted'")


def downgrade() -> None:
    op.drop_table("judgements")
    op.drop_index("ix_decisions_action", "decisions")
