"""First steps of an installation: the schema, the first key, the first admin. Safe to run at every start."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from store import keys, users
from store.database import Database
from store.settings import Settings
from store.tables import ApiKeyRow

ADMIN = "admin"
_MIGRATION_LOCK = 0x6F62656C7573  # any number that is ours: two processes may start at once on an empty database


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a person must be shown now, because it is kept only as a hash. None: shown at an earlier start."""

    api_key: str | None
    admin_password: str | None


def migrate(database: Database) -> None:
    """Bring the schema up to date, from empty or from any earlier version, whole or not at all.

    Processes that start together wait for each other: SQLite by its write lock, PostgreSQL by an advisory one.
    """
    config = Config()
    folder = str(Path(__file__).parent / "migrations").replace("%", "%%")  # the option is read by configparser
    config.set_main_option("script_location", folder)
    with database.engine.execution_options(begin="IMMEDIATE").connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def set_up(database: Database, settings: Settings) -> FirstSteps:
    """Migrate, then make sure that one admin key and one admin exist."""
    migrate(database)
    with database.writing() as session:
        return FirstSteps(_ensure_key(session, settings), _ensure_admin(session, settings))


def _ensure_key(session: Session, settings: Settings) -> str | None:
    if settings.api_key is not None:
        key = settings.api_key.get_secret_value()
        if keys.was_revoked(session, key):
            raise ValueError("OBELUS_API_KEY holds a key that was revoked: set another")
        if keys.find_key(session, key) is None:
            keys.add_key(session, key, name="bootstrap", scopes=keys.SCOPES)
        return key
    if session.scalars(select(ApiKeyRow.id).where(ApiKeyRow.revoked_at.is_(None)).limit(1)).first():
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
