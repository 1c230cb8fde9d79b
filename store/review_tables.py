"""Tables of the review: policies, appeals, who is named, saved views, bulk actions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from store.tables import Base


class PolicyRow(Base):
    """One version of the customer's policy. Rows are added, never edited: the newest is in force.

    Two changes at once meet at the primary key, so none is overlooked. Version 1 is the built-in one and has no row.
    """

    __tablename__ = "policies"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    rules: Mapped[list[Any]]  # [{"label", "action", "min_score"}, …]
    note: Mapped[str | None]  # why it was changed
    changed_by: Mapped[str]
    created_at: Mapped[datetime]


class AppealRow(Base):
    """Somebody asks for another look. `appealed` until it is `ruled`; the decision it led to stands with the others."""

    __tablename__ = "appeals"
    __table_args__ = (Index("ix_appeals_state", "state", "id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    appellant: Mapped[str | None]  # as whoever recorded it names them
    reason: Mapped[str]
    recorded_by: Mapped[str]
    created_at: Mapped[datetime]
    ruling: Mapped[str | None]  # upheld, overturned
    ruled_by: Mapped[str | None]
    ruled_at: Mapped[datetime | None]
    decision_id: Mapped[str | None]  # of the ruling


class SavedViewRow(Base):
    """A query of the queue under a name: a person's own, or shared with all."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(server_default=false(), index=True)
    created_at: Mapped[datetime]


class BulkRow(Base):
    """Decisions made at once. Rows are added, never edited: one that `undoes` another took it back."""

    __tablename__ = "bulk_actions"
    __table_args__ = (Index("uq_bulk_actions_undoes", "undoes", unique=True),)
    id: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    made_by: Mapped[str]
    done: Mapped[int]  # articles decided on
    passed_over: Mapped[int]  # articles that were changed, or claimed by others, meanwhile
    undoes: Mapped[str | None]
    created_at: Mapped[datetime]


class JudgementRow(Base):
    """The latest judgement of one finding, as the figures count it: written anew with its hour
    (store/figure_counts.py), so that each of those numbers leads to its articles."""

    __tablename__ = "judgements"
    __table_args__ = (
        Index("ix_judgements_value", "value", "label", "decision_id"),
        Index("ix_judgements_reviewers", "reviewers", "decision_id"),
    )
    decision_id: Mapped[str] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"), primary_key=True)
    finding: Mapped[str] = mapped_column(primary_key=True)  # classifier/index
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    label: Mapped[str]
    value: Mapped[str]  # upheld, overturned, unsure
    reviewers: Mapped[int]  # how many have judged it


class SampledScoreRow(Base):
    """A score that the figures sampled: written anew with its hour, as judgements are, so that the mean and each share
    of the scores lead to the articles that they are computed from."""

    __tablename__ = "sampled_scores"
    __table_args__ = (Index("ix_sampled_scores_version", "classifier", "version", "tenth", "article_id"),)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    classifier: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    tenth: Mapped[int]  # 0 to 9: from tenth / 10 on, and the last one up to 1
