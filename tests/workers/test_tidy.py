"""What is past its time goes; what is not stays."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from store import audit, clock, erasure, suggestions
from store.database import Database
from store.queues import Queues
from store.suggestions import NewSuggestion
from store.tables import ArticleRow, AttemptRow, DeliveryRow, IdempotencyRow, SignInRow, SuggestionRow, UserRow
from tests.workers.conftest import add_receiver
from tests.workers.fakes import FakeReader
from workers.classify import Desk
from workers.tidy import Tidier


def test_what_is_past_its_time_is_deleted(
    database: Database, no_redis: Queues, add: Callable[..., list[str]], key_id: str
) -> None:
    """Sign-ins after 8 hours, idempotency keys after a day, attempts after 30 days; younger ones stay."""
    add_receiver(database, "https://hooks.example/")
    (article_id,) = add(1)
    Desk(database, no_redis, FakeReader(), articles_per_claim=8, lease_seconds=60).read_waiting()
    now = clock.now()
    with database.writing() as session:
        delivery_id = session.scalars(select(DeliveryRow.id)).one()
        session.add(
            UserRow(id="u", name="u", password_hash="", is_password_one_time=False, role="lead", created_at=now)
        )
        session.flush()
        for days in (0.0, 31.0):
            at = now - timedelta(days=days)
            session.add(SignInRow(token_sha256=str(days), user_id="u", created_at=at, seen_at=at))
            session.add(
                IdempotencyRow(api_key_id=key_id, key=str(days), body_sha256="", article_id=article_id, created_at=at)
            )
        for days in (31.0, 29.0):
            session.add(
                AttemptRow(delivery_id=delivery_id, number=1, started_at=now - timedelta(days=days), duration_ms=1)
            )
    Tidier(database).turn()

    with database.reading() as session:
        for table in (SignInRow, IdempotencyRow, AttemptRow):
            assert session.scalar(select(func.count()).select_from(table)) == 1, table


@pytest.mark.parametrize(("days", "left"), [(None, 1), (30, 0)])
def test_old_suggestions_go_where_a_retention_is_set(
    database: Database, key_id: str, days: int | None, left: int
) -> None:
    with database.writing() as session:
        made = suggestions.add_suggestion(
            session, NewSuggestion("A comment.", is_kept=True, scores={}), api_key_id=key_id
        )
        session.flush()
        session.execute(update(SuggestionRow).values(id=f"sug_{1:012x}{made.id[16:]}"))
    Tidier(database, days).turn()

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SuggestionRow)) == left


@pytest.mark.parametrize(("days", "left"), [(None, erasure.BATCH + 1), (30, 0)])
def test_old_texts_are_erased_one_batch_a_turn(
    database: Database, add: Callable[..., list[str]], days: int | None, left: int
) -> None:
    """Where a retention is set; the next batch does not wait for the next minute."""
    add(erasure.BATCH + 1)
    with database.writing() as session:
        session.execute(update(ArticleRow).values(state="failed", created_at=clock.now() - timedelta(days=31)))
    tidier = Tidier(database, days)
    for _ in range(2):
        tidier.turn()

    with database.reading() as session:
        kept = select(func.count()).select_from(ArticleRow).where(ArticleRow.erased_at.is_(None))
        assert session.scalar(kept) == left


def test_the_head_of_the_audit_log_is_told_when_it_is_new(
    database: Database, caplog: pytest.LogCaptureFixture, key_id: str
) -> None:
    caplog.set_level(logging.INFO, logger="workers.tidy")
    tidier = Tidier(database)
    for action in ("signed_in", None, "signed_out"):
        if action is not None:
            with database.writing() as session:
                audit.record(session, action=action, actor="usr_1")
        for _ in range(30):  # on a busy machine the figures take some turns
            tidier._tidied_at = float("-inf")
            tidier.turn()

    told = [record.head for record in caplog.records if record.message == "audit.head"]  # type: ignore[attr-defined]
    with database.reading() as session:
        assert len(told) == 2
        assert told[-1] == str(audit.read_head(session))
