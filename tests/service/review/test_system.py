"""The system page says what is there, and what is away; it never waits for long."""

import json

import pytest
from sqlalchemy import text

from store import audit, condition
from store.database import Database
from tests.service.conftest import Api
from tests.service.review.conftest import MakePerson, Person


@pytest.fixture
def auditor(make_person: MakePerson) -> Person:
    return make_person("auditor", role="auditor")


def test_without_redis_the_page_says_so_and_shows_the_rest(auditor: Person, api: Api) -> None:
    api.submit_id()
    page = auditor.get("/review/system")

    assert page.status_code == 200
    assert page.text.count("Redis does not answer in time.") == 2
    assert "SQLite" in page.text
    assert condition.newest_schema() in page.text
    assert "this program wants" not in page.text
    assert "research@" in page.text
    assert "1267/1989/2253" in page.text  # the lists of the register
    assert "Articles to be read</dt><dd>1<" in page.text


def test_another_schema_is_said(auditor: Person, database: Database) -> None:
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "this program wants" in auditor.get("/review/system").text


def test_a_verification_of_the_audit_log_is_kept_and_shown(auditor: Person, database: Database) -> None:
    assert "Never verified here." in auditor.get("/review/system").text
    with database.reading() as session:
        before = audit.read_head(session)
    assert auditor.post("/review/system/verify").status_code == 303

    assert "Whole when it was verified" in auditor.get("/review/system").text
    with database.reading() as session:
        entry = audit.find_last(session, "audit_verified")
    assert entry is not None
    assert json.loads(entry.details) == {"head": str(before), "broken_at": None}


def test_a_log_that_was_cut_since_the_last_verification_is_told(auditor: Person, database: Database) -> None:
    with database.writing() as session:
        audit.record(session, action="decided", actor="usr_1")
    auditor.post("/review/system/verify")
    with database.writing() as session:
        session.execute(text("DROP TRIGGER audit_entries_update"))
        session.execute(text("UPDATE audit_entries SET actor = 'usr_2' WHERE seq = 1"))
    auditor.post("/review/system/verify")

    assert "Broken at entry 1" in auditor.get("/review/system").text
