"""The table of the customer's own organisations: what holds now, and at which version."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.designations.custom import CustomOrganisation
from store import audit, clock
from store.tables import CustomOrganisationRow


def current_version(session: Session) -> int:
    """The number of the newest change, 0 before the first: one look at the end of an index."""
    return session.scalar(select(func.max(CustomOrganisationRow.version))) or 0


def list_current(session: Session, *, version: int) -> list[CustomOrganisation]:
    """What held at *version*, in order of id."""
    newest = (
        select(func.max(CustomOrganisationRow.version))
        .where(CustomOrganisationRow.version <= version)
        .group_by(CustomOrganisationRow.organisation_id)
    )
    bodies = session.scalars(
        select(CustomOrganisationRow.body)
        .where(CustomOrganisationRow.version.in_(newest), CustomOrganisationRow.is_removed.is_(False))
        .order_by(CustomOrganisationRow.organisation_id)
    )
    return [CustomOrganisation.model_validate(body) for body in bodies]


def has_current(session: Session, organisation_id: str) -> bool:
    row = session.scalars(
        select(CustomOrganisationRow)
        .where(CustomOrganisationRow.organisation_id == organisation_id)
        .order_by(CustomOrganisationRow.version.desc())
        .limit(1)
    ).first()
    return row is not None and not row.is_removed


def keep(session: Session, organisation: CustomOrganisation, *, changed_by: str) -> int:
    """Add it, or put it in the place of the one with its id. Returns the new version.

    IntegrityError where another change was made at the same moment.
    """
    return _add(session, organisation.id, organisation.model_dump(), changed_by=changed_by)


def remove(session: Session, organisation_id: str, *, changed_by: str) -> int:
    """Returns the new version. The rows stay: a report names the version that it was made with."""
    return _add(session, organisation_id, None, changed_by=changed_by)


def _add(session: Session, organisation_id: str, body: Mapping[str, Any] | None, *, changed_by: str) -> int:
    version = current_version(session) + 1
    session.add(
        CustomOrganisationRow(
            version=version,
            organisation_id=organisation_id,
            body=dict(body or {}),
            is_removed=body is None,
            changed_by=changed_by,
            created_at=clock.now(),
        )
    )
    session.flush()
    audit.record(
        session,
        action="organisation_kept" if body is not None else "organisation_removed",
        actor=changed_by,
        subject=organisation_id,
        details={"version": version},
    )
    return version
