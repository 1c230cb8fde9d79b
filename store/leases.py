"""The tokens of leases: which process holds what, so that nobody waits for the dead.

A lease ends by itself. A token that names its holder lets a neighbour that knows it to be dead end it at once.
"""

import secrets
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import clock
from store.tables import ArticleRow, DeliveryRow

Leased = type[ArticleRow] | type[DeliveryRow]
_UNFINISHED = {ArticleRow: ArticleRow.state == "queued", DeliveryRow: DeliveryRow.state == "pending"}


def make_token(holder: str) -> str:
    """Not to be guessed, and never the same twice. *holder*: the name of a process, or nothing."""
    return f"{holder}:{secrets.token_hex(16)}"


def holder_of(token: str) -> str:
    """Empty where the token names nobody, as those of older versions."""
    return token.rpartition(":")[0]


def list_tokens(session: Session, rows: Leased) -> set[str]:
    """Of the leases that have not ended, by the database's clock."""
    held = select(rows.lease_token).where(_UNFINISHED[rows], rows.lease_until > clock.database_now(session))
    return {token for token in session.scalars(held) if token is not None}


def end_leases(session: Session, rows: Leased, tokens: Collection[str]) -> None:
    """Their time is over: another may claim what they hold, and the old holder can write no more once one has."""
    session.execute(
        update(rows)
        .where(_UNFINISHED[rows], rows.lease_token.in_(tokens))
        .values(lease_until=clock.database_now(session))
        .execution_options(synchronize_session=False)
    )
