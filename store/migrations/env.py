"""Alembic's entry: `store.bootstrap.migrate` hands in the connection."""

from alembic import context

from store import (
    review_tables,  # noqa: F401 - its tables belong to the metadata
    similarity,  # noqa: F401 - its tables belong to the metadata
)
from store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
