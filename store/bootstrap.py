"""First steps of an installation: the schema, the first key, the first admin. Safe to run at every start."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.designations.custom import with_custom
from models.designations.register import read_register
from store import audit, keys, users
from store.database import Database
from store.organisations import load_file
from store.policies import current_policy
from store.settings import Settings
from store.tables import ApiKeyRow

ADMIN = "admin"
_MIGRATION_LOCK = 0x6F62656C7573  # any number that is ours: two processes may start at once on an empty database


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a person must be shown now, because it is kept only as a hash. None: shown at an earlier start."""

    api_key: str | None
    admin_password: str | None


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the schema up to *revision*, from empty or from any earlier version, whole or not at all.

    Processes that start together wait for each other: SQLite by its write lock, PostgreSQL by an advisory one.
    """
    config = Config()
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")  # the option is read by configparser
    config.set_main_option("script_location", folder)
    # Begun here: else Alembic, which takes SQLite's DDL for not transactional, ends a transaction after each step.
    with database.engine.execution_options(begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def set_up(database: Database, settings: Settings) -> FirstSteps:
    """Migrate, then make sure that one admin key and one admin exist; record which register and policy apply now.

    OrganisationsFileError where the file of `OBELUS_ORGANISATIONS_FILE` cannot be used.
    """
    migrate(database)
    register = with_custom(read_register(), load_file(settings), (), version=0)
    with database.writing() as session:
        first = FirstSteps(_ensure_key(session, settings), _ensure_admin(session, settings))
        _record_in_force(session, "register_in_force", register.version)
        _record_in_force(session, "policy_in_force", current_policy(session).reference)
        return first


def _record_in_force(session: Session, action: str, version: str) -> None:
    """Once per change: what is added by the API is recorded where it is added."""
    last = audit.find_last(session, action)
    if last is None or last.subject != version:
        audit.record(session, action=action, actor=audit.SYSTEM, subject=version)


def _ensure_key(session: Session, settings: Settings) -> str | None:
    if settings.api_key is not None:
        key = settings.api_key.get_secret_value()
        if (reason := keys.why_dead(session, key)) is not None:
            raise ValueError(f"OBELUS_API_KEY holds a key that was {reason}: set another")
        if keys.find_key(session, key) is None:
            keys.add_key(session, key, name="bootstrap", scopes=keys.SCOPES)
        return key
    if any(map(keys.is_live, session.scalars(select(ApiKeyRow).where(ApiKeyRow.revoked_at.is_(None))))):
        return None
    key = keys.make_key()
    keys.add_key(session, key, name="first key", scopes=keys.SCOPES)
    return key


def _ensure_admin(session: Session, settings: Settings) -> str | None:
    """The password to show: the one that was set, or a one-time one until somebody has used it."""
    admin = users.find_user(session, ADMIN)
    if settings.admin_password is not None:
        password = settings.admin_password.get_secret_value()
        if admin is None:
            users.add_user(session, ADMIN, password, role="admin")
            return password
        return None
    if admin is not None and not admin.is_password_one_time:
        return None
    password = secrets.token_urlsafe(12)
    if admin is None:
        users.add_user(session, ADMIN, password, role="admin", is_one_time=True)
    else:
        users.set_password(session, admin, password, is_one_time=True)
    return password
