"""People are added, changed and switched off by an admin; nobody locks everybody out."""

import re

import pytest

from store import audit, users
from store.database import Database
from store.tables import UserRow
from tests.service.review.conftest import MakePerson, Page, Person


@pytest.fixture
def admin_person(make_person: MakePerson) -> Person:
    return make_person("root", role="admin")


def fetch(database: Database, user_id: str) -> UserRow:
    with database.reading() as session:
        return session.get_one(UserRow, user_id)


def test_a_new_person_gets_a_one_time_password_that_is_shown_once(admin_person: Person, database: Database) -> None:
    answer = admin_person.post("/review/people", {"name": " anna ", "role": "lead"})
    password = Page(answer.text).by_id("secret").text

    with database.reading() as session:
        anna = users.find_user(session, "anna")
        assert anna is not None
        assert (answer.status_code, anna.role, anna.is_password_one_time) == (201, "lead", True)
        assert users.check_password(anna, password)
        last = audit.find_last(session, "user_added")
        assert last is not None
        assert (last.actor, last.subject) == (admin_person.user_id, anna.id)
        assert password not in last.details
    assert password not in admin_person.get(f"/review/people/{anna.id}").text


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"name": "", "role": "lead"}, 422),
        ({"name": "x" * 201, "role": "lead"}, 422),
        ({"name": "a\x00b", "role": "lead"}, 422),
        ({"name": "two\nlines", "role": "lead"}, 422),
        ({"name": "anna", "role": "king"}, 422),
        ({"name": "root", "role": "lead"}, 409),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(
    admin_person: Person, database: Database, form: dict[str, str], status: int
) -> None:
    answer = admin_person.post("/review/people", form)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    with database.reading() as session:
        assert len(users.list_users(session)) == 1


def test_a_role_holds_from_the_next_page_on(admin_person: Person, make_person: MakePerson, database: Database) -> None:
    maria = make_person()
    assert maria.get("/review/audit").status_code == 403
    admin_person.post(f"/review/people/{maria.user_id}/role", {"role": "auditor"})

    assert maria.get("/review/audit").status_code == 200
    assert fetch(database, maria.user_id).role == "auditor"
    assert admin_person.post(f"/review/people/{maria.user_id}/role", {"role": "king"}).status_code == 400


def test_who_is_switched_off_is_out_at_once_and_may_be_let_in_again(
    admin_person: Person, make_person: MakePerson, database: Database
) -> None:
    maria = make_person()
    admin_person.post(f"/review/people/{maria.user_id}/switch", {"state": "off"})
    assert maria.get("/review/").status_code == 303
    assert fetch(database, maria.user_id).disabled_at is not None

    admin_person.post(f"/review/people/{maria.user_id}/switch", {"state": "on"})
    assert fetch(database, maria.user_id).disabled_at is None


def test_a_forgotten_password_and_a_lost_phone_are_helped(
    admin_person: Person, make_person: MakePerson, database: Database
) -> None:
    maria = make_person()
    with database.writing() as session:
        session.get_one(UserRow, maria.user_id).totp_secret = "A" * 32
    page = admin_person.post(f"/review/people/{maria.user_id}/password")
    answer = admin_person.post(f"/review/people/{maria.user_id}/second-factor")

    row = fetch(database, maria.user_id)
    assert answer.status_code == 303
    assert row.totp_secret is None
    assert row.is_password_one_time
    assert users.check_password(row, Page(page.text).by_id("secret").text)
    assert maria.get("/review/").status_code == 303
    with database.reading() as session:
        assert audit.find_last(session, "second_factor_reset") is not None


@pytest.mark.parametrize("deed", ["role", "switch", "password", "second-factor"])
def test_nobody_changes_themselves(admin_person: Person, database: Database, deed: str) -> None:
    form = {"role": "moderator", "state": "off"}
    answer = admin_person.post(f"/review/people/{admin_person.user_id}/{deed}", form)

    assert answer.status_code == 403
    row = fetch(database, admin_person.user_id)
    assert (row.role, row.disabled_at, row.is_password_one_time) == ("admin", None, False)
    assert "/role" not in re.sub(r"\s", "", admin_person.get(f"/review/people/{admin_person.user_id}").text)


def test_an_auditor_sees_people_and_no_form(admin_person: Person, make_person: MakePerson) -> None:
    auditor = make_person("auditor", role="auditor")
    assert "<select" not in auditor.get("/review/people").text
    assert "<select" not in auditor.get(f"/review/people/{admin_person.user_id}").text
    assert auditor.get("/review/people/usr_nobody").status_code == 404
