"""Queries of the queue under a name: a person's own, or shared with everybody."""

from collections.abc import Mapping

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from store import clock
from store.review_tables import SavedViewRow

LONGEST_NAME = 80
MOST_VIEWS = 50  # of one person


class ViewError(ValueError):
    """The view cannot be kept; ``code`` names the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def save_view(
    session: Session, *, owner_id: str, name: str, query: Mapping[str, str], is_shared: bool = False
) -> SavedViewRow:
    """Add it, or put it in the place of the person's view of that name."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\0" in name:
        raise ViewError("name")
    mine = select(SavedViewRow).where(SavedViewRow.owner_id == owner_id)
    row = session.scalars(mine.where(SavedViewRow.name == name)).first()
    if row is not None:
        row.query, row.is_shared = dict(query), is_shared
        return row
    if (session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST_VIEWS:
        raise ViewError("many")
    row = SavedViewRow(
        id=clock.new_id("viw"),
        owner_id=owner_id,
        name=name,
        query=dict(query),
        is_shared=is_shared,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def list_views(session: Session, owner_id: str) -> list[SavedViewRow]:
    """The person's own, and those that others share; by name."""
    query = select(SavedViewRow).where(or_(SavedViewRow.owner_id == owner_id, SavedViewRow.is_shared))
    return sorted(session.scalars(query), key=lambda row: (row.owner_id != owner_id, row.name.casefold(), row.id))


def delete_view(session: Session, view_id: str, *, owner_id: str) -> bool:
    """False where the person has no such view."""
    found = delete(SavedViewRow).where(SavedViewRow.id == view_id, SavedViewRow.owner_id == owner_id)
    return bool(session.execute(found).rowcount)  # type: ignore[attr-defined]
