"""Fair queues, leases of deliveries, rotated secrets, second factors, erased texts, the audit log.

Columns are added in place, on SQLite too: making a table anew would delete it first, and with it, by ON DELETE CASCADE,
what hangs on its rows. For the same reason the way back drops columns by plain SQL.
"""

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from store.database import UTCDateTime

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _columns() -> dict[str, list[sa.Column[Any]]]:
    """New at each call: a column belongs to one table object."""
    return {
        "api_keys": [
            sa.Column("old_callback_secret", sa.Text(), nullable=True),
            sa.Column("old_callback_secret_until", UTCDateTime(), nullable=True),
            sa.Column("served", sa.Double(), server_default="0", nullable=False),
        ],
        "users": [
            sa.Column("disabled_at", UTCDateTime(), nullable=True),
            sa.Column("totp_secret", sa.Text(), nullable=True),
            sa.Column("totp_last_step", sa.Integer(), nullable=True),
            sa.Column("totp_recovery", Json, nullable=True),
        ],
        "sign_ins": [sa.Column("awaits_code", sa.Boolean(), server_default=sa.false(), nullable=False)],
        "articles": [
            sa.Column("priority", sa.Integer(), server_default="1", nullable=False),
            sa.Column("erased_at", UTCDateTime(), nullable=True),
        ],
        "endpoints": [
            sa.Column("receiver", sa.Text(), server_default="", nullable=False),
            sa.Column("old_secret", sa.Text(), nullable=True),
            sa.Column("old_secret_until", UTCDateTime(), nullable=True),
            sa.Column("headers", Json, server_default="{}", nullable=False),
            sa.Column("is_paused", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("failing_since", UTCDateTime(), nullable=True),
            sa.Column("told_failing_at", UTCDateTime(), nullable=True),
        ],
        "deliveries": [
            sa.Column("receiver", sa.Text(), server_default="", nullable=False),
            sa.Column("lease_until", UTCDateTime(), nullable=True),
        ],
    }


_INDEXES = (
    ("ix_articles_waiting", "articles", ["state", "api_key_id", "priority", "id"]),
    ("ix_articles_lease", "articles", ["state", "lease_until"]),
    ("ix_articles_kept", "articles", ["erased_at", "id"]),
    ("ix_endpoints_receiver", "endpoints", ["receiver"]),
    ("ix_deliveries_receiver", "deliveries", ["state", "receiver", "next_attempt_at"]),
    ("ix_deliveries_state", "deliveries", ["state", "id"]),
    ("ix_deliveries_lease_until", "deliveries", ["lease_until"]),
)

_TRIGGERS = {
    # REPLACE deletes a row without its DELETE trigger, so what would take the place of an entry is refused too.
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entries_{name} BEFORE {event} ON audit_entries {condition}"
        "BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
        for name, event, condition in (
            ("update", "UPDATE", ""),
            ("delete", "DELETE", ""),
            ("replace", "INSERT", "WHEN EXISTS (SELECT 1 FROM audit_entries WHERE seq = NEW.seq) "),
        )
    ),
    "postgresql": (
        (
            "CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit entries are only added'; END $$"
        ),
        (
            "CREATE TRIGGER audit_entries_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()"
        ),
    ),
}


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    _fill_receivers()
    for name, table, names in _INDEXES:
        op.create_index(name, table, names)
    op.create_table(
        "audit_entries",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_action"), "audit_entries", ["action"])
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _fill_receivers() -> None:
    """As `store.tables.receiver_of` did when this was written."""
    connection = op.get_bind()
    for endpoint_id, url in connection.execute(sa.text("SELECT id, url FROM endpoints")).all():
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port or (80 if parts.scheme == "http" else 443)
        connection.execute(
            sa.text("UPDATE endpoints SET receiver = :receiver WHERE id = :id"),
            {"receiver": f"{host}:{port}", "id": endpoint_id},
        )
    op.execute(
        "UPDATE deliveries SET receiver = (SELECT receiver FROM endpoints WHERE endpoints.id = deliveries.endpoint_id)"
    )


def downgrade() -> None:
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entries_refuse()")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table, columns in _columns().items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column.name}")
