"""The audit log only grows, stays in one chain, and shows where it was touched."""

import hashlib
import json
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store import audit
from store.audit import FIRST_PREVIOUS_HASH, Head
from store.database import Database
from store.tables import AuditEntryRow


def record_three(database: Database) -> None:
    for number in range(3):
        with database.writing() as session:
            audit.record(session, action="decided", actor="usr_1", subject=f"art_{number}", details={"number": number})


def test_entries_are_numbered_and_chained(database: Database) -> None:
    record_three(database)
    with database.reading() as session:
        rows = session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.seq)).all()
        checked = audit.verify(session)
    assert [(row.seq, row.subject, json.loads(row.details)) for row in rows] == [
        (number + 1, f"art_{number}", {"number": number}) for number in range(3)
    ]
    assert [row.previous_hash for row in rows] == [FIRST_PREVIOUS_HASH, rows[0].hash, rows[1].hash]
    assert checked == audit.Checked(Head(3, rows[2].hash))


def test_an_empty_log_is_whole(session: Session) -> None:
    assert audit.verify(session) == audit.Checked(Head(0, FIRST_PREVIOUS_HASH))


def test_an_entry_goes_with_the_transaction_it_tells_of(database: Database) -> None:
    with database.reading() as session:  # never committed
        audit.record(session, action="signed_in", actor="usr_1")
    record_three(database)
    with database.reading() as session:
        assert audit.verify(session).head.seq == 3


def test_details_come_back_as_they_went_in(database: Database) -> None:
    """NUL, which PostgreSQL's text refuses, and numbers that jsonb would write in another way."""
    details = {"zeta": 1e22, "alpha": "\x00\u202e👍🏽", "empty": None, "list": [1.0, -0.0, {}]}
    with database.writing() as session:
        audit.record(session, action="sign_in_failed", actor=audit.SYSTEM, details=details)
    with database.reading() as session:
        assert json.loads(session.scalars(select(AuditEntryRow.details)).one()) == details
        assert audit.verify(session).broken_at is None


def test_an_unknown_action_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="unknown audit action"):
        audit.record(session, action="looked_at", actor="usr_1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'usr_2' WHERE seq = 2",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_entries WHERE seq = 3",
        pytest.param("TRUNCATE audit_entries", id="postgresql only: TRUNCATE"),
        pytest.param("REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE seq = 2", id="sqlite only: REPLACE"),
        "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE seq = 2",
    ],
)
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    record_three(database)
    with pytest.raises(DBAPIError), database.writing() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert audit.verify(session).head.seq == 3


def test_writers_at_the_same_time_make_one_chain(database: Database) -> None:
    failures: list[BaseException] = []
    gate = threading.Barrier(8)

    def write() -> None:
        try:
            gate.wait()
            for _ in range(10):
                with database.writing() as session:
                    audit.record(session, action="decided", actor="usr_1")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntryRow)) == 80
        assert audit.verify(session).head.seq == 80


# --- who gets past the triggers -------------------------------------------------------------------


def let_in(session: Session) -> None:
    """As an owner of the database could."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
        return
    for name in ("update", "delete", "replace"):
        session.execute(text(f"DROP TRIGGER audit_entries_{name}"))


def columns(session: Session) -> list[dict[str, object]]:
    rows = session.execute(select(*AuditEntryRow.__table__.columns).order_by(AuditEntryRow.seq))
    return [dict(row._mapping) for row in rows]


TAMPERED = {
    "a field": "UPDATE audit_entries SET subject = 'art_9' WHERE seq = 2",
    "details": "UPDATE audit_entries SET details = '{\"number\":2}' WHERE seq = 2",
    "the hash": "UPDATE audit_entries SET hash = 'x' WHERE seq = 2",
    "taken out": "DELETE FROM audit_entries WHERE seq = 2",
    "another number": "UPDATE audit_entries SET seq = 9 WHERE seq = 2",
    "sqlite only: no time": "UPDATE audit_entries SET at = 'yesterday' WHERE seq = 2",
    "sqlite only: bytes": "UPDATE audit_entries SET previous_hash = x'00' WHERE seq = 2",
}


@pytest.mark.parametrize("statement", TAMPERED.values(), ids=TAMPERED)
def test_the_first_entry_that_does_not_hold_is_named(
    database: Database, statement: str, request: pytest.FixtureRequest
) -> None:
    if "sqlite only" in request.node.name and database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps only what fits a column's type")
    record_three(database)
    with database.writing() as session:
        let_in(session)
        session.connection().exec_driver_sql(statement)
        assert audit.verify(session).broken_at == 2


def test_an_entry_before_the_first_is_found(database: Database) -> None:
    record_three(database)
    with database.writing() as session:
        session.execute(
            AuditEntryRow.__table__.insert().values({**columns(session)[0], "seq": -1})  # type: ignore[attr-defined]
        )
        assert audit.verify(session).broken_at == 1


Rows = list[dict[str, object]]


def change(rows: Rows, dice: random.Random) -> None:
    row, name = dice.choice(rows), dice.choice(["actor", "action", "subject", "details", "previous_hash", "hash", "at"])
    row[name] = row["at"].replace(microsecond=(row["at"].microsecond + 1) % 10**6) if name == "at" else f"{row[name]}x"  # type: ignore[attr-defined]


def delete(rows: Rows, dice: random.Random) -> None:
    del rows[dice.randrange(len(rows) - 1)]


def reorder(rows: Rows, dice: random.Random) -> None:
    one, other = dice.sample(range(len(rows)), 2)
    rows[one]["seq"], rows[other]["seq"] = rows[other]["seq"], rows[one]["seq"]


def cut(rows: Rows, dice: random.Random) -> None:
    del rows[dice.randrange(len(rows)) :]


def rewrite(rows: Rows, dice: random.Random) -> None:
    """From some entry on, every hash computed anew: whole in itself."""
    at = dice.randrange(len(rows))
    rows[at]["actor"] = "usr_2"
    for before, row in zip([None, *rows], rows, strict=False):
        made = AuditEntryRow(**{**row, "previous_hash": before["hash"] if before else FIRST_PREVIOUS_HASH})
        row["previous_hash"], row["hash"] = made.previous_hash, audit.entry_hash(made)


TAMPERS: list[Callable[[Rows, random.Random], None]] = [change, delete, reorder, cut, rewrite]


def test_a_thousand_random_tampers_are_all_found(database: Database) -> None:
    """With the head known from before, none of the five kinds gets through; without it, all but two do not."""
    with database.writing() as session:
        for number in range(20):
            audit.record(session, action="decided", actor="usr_1", subject=f"art_{number}", details={"n": number})
        head, true_rows = audit.read_head(session), columns(session)
        assert audit.verify(session, known=head) == audit.Checked(head)
        let_in(session)
        dice, missed = random.Random(6), []
        rounds = 1_000 if database.engine.dialect.name == "sqlite" else 100  # the walk is the same, only slower there
        for number in range(rounds):
            tamper = TAMPERS[number % len(TAMPERS)]
            rows = [dict(row) for row in true_rows]
            tamper(rows, dice)
            session.execute(AuditEntryRow.__table__.delete())  # type: ignore[attr-defined]
            if rows:
                session.execute(AuditEntryRow.__table__.insert(), rows)  # type: ignore[attr-defined]
            if audit.verify(session, known=head).broken_at is None:
                missed.append((number, tamper.__name__))
            is_found_alone = audit.verify(session).broken_at is not None
            assert is_found_alone == (tamper not in (cut, rewrite)), tamper.__name__
        assert missed == []


# --- export ---------------------------------------------------------------------------------------


def test_an_exported_file_is_verified_without_our_code(database: Database) -> None:
    """By what docs/audit.md says of the hash, and nothing else."""
    record_three(database)
    with database.reading() as session:
        lines = list(audit.export_lines(session))
        assert list(audit.export_lines(session, since=3)) == lines[2:]
    before = "0" * 64
    for line in lines:
        entry = json.loads(line)
        assert entry["previous_hash"] == before
        hashed = {name: entry[name] for name in ("action", "actor", "at", "details", "seq", "subject")}
        canonical = json.dumps(hashed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256((before + canonical).encode()).hexdigest()
        assert entry["hash"] == before


def test_every_action_is_documented(root: Path) -> None:
    page = (root / "docs" / "audit.md").read_text("utf-8")
    assert [action for action, meaning in audit.ACTIONS.items() if f"| `{action}` | {meaning} |" not in page] == []


@pytest.mark.parametrize("written", ["", "3", "x:" + "0" * 64, "3:abc", ":" + "0" * 64, "-1:" + "0" * 64])
def test_a_head_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="a head is"):
        audit.parse_head(written)
    assert audit.parse_head(str(Head(3, "a" * 64))) == Head(3, "a" * 64)
