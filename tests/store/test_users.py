"""People who sign in: slow hashes, and sign-ins that end."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import clock, users
from store.database import Database
from store.tables import SignInRow, UserRow

PASSWORD = "correct horse, battery"


@pytest.fixture(scope="module")
def password_hash() -> str:
    """Slow on purpose, so made once."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def user(session: Session, password_hash: str) -> UserRow:
    return add_row(session, "anna", password_hash)


def add_row(session: Session, name: str, password_hash: str) -> UserRow:
    row = UserRow(
        id=clock.new_id("usr"),
        name=name,
        password_hash=password_hash,
        is_password_one_time=False,
        role="moderator",
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def test_passwords_are_kept_as_argon2id(database: Database) -> None:
    """At least what OWASP asks for: 19 MiB, two passes."""
    with database.writing() as session:
        users.add_user(session, "anna", PASSWORD)
    with database.reading() as session:
        (row,) = session.execute(text("SELECT * FROM users")).mappings()
    assert not any(PASSWORD in str(value) for value in row.values())
    kept = extract_parameters(row["password_hash"])
    assert kept.type.name == "ID"
    assert kept.memory_cost >= 19 * 1024
    assert kept.time_cost >= 2
    assert PasswordHasher().verify(row["password_hash"], PASSWORD)


def test_only_the_password_itself_opens(user: UserRow) -> None:
    assert users.check_password(user, PASSWORD)
    for wrong in ("", PASSWORD + " ", "x" * 100_000):
        assert not users.check_password(user, wrong)


def test_an_unknown_name_opens_nothing() -> None:
    assert not users.check_password(None, PASSWORD)


def test_a_broken_hash_opens_nothing(session: Session, user: UserRow) -> None:
    user.password_hash = "not a hash"
    assert not users.check_password(user, PASSWORD)


@pytest.mark.parametrize("password", ["", "x" * (users.SHORTEST_PASSWORD - 1), "x" * (users.LONGEST_PASSWORD + 1)])
def test_too_short_and_too_long_passwords_are_refused(
    session: Session, user: UserRow, password_hash: str, password: str
) -> None:
    with pytest.raises(ValueError, match="10 to 1000 characters"):
        users.set_password(session, user, password)
    with pytest.raises(ValueError, match="10 to 1000 characters"):
        users.add_user(session, "boris", password)
    assert user.password_hash == password_hash


@pytest.mark.parametrize("password", ["x" * users.SHORTEST_PASSWORD, "ж" * users.LONGEST_PASSWORD], ids=len)
def test_the_shortest_and_the_longest_password_work(session: Session, password: str) -> None:
    assert users.check_password(users.add_user(session, "boris", password), password)


def test_names_are_unique_and_roles_known(session: Session, user: UserRow) -> None:
    with pytest.raises(ValueError, match="unknown role"):
        users.add_user(session, "boris", PASSWORD, role="root")
    assert users.find_user(session, "boris") is None
    assert users.find_user(session, "anna") is user
    with pytest.raises(IntegrityError):
        users.add_user(session, "anna", PASSWORD)
    session.rollback()


def test_a_one_time_password_stays_one_until_it_is_changed(session: Session) -> None:
    made = users.add_user(session, "boris", PASSWORD, is_one_time=True)
    assert made.is_password_one_time
    users.set_password(session, made, "one of my own choice")
    assert not made.is_password_one_time
    assert not users.check_password(made, PASSWORD)


def test_a_new_password_signs_everybody_out(session: Session, user: UserRow, password_hash: str) -> None:
    other = add_row(session, "boris", password_hash)
    token, others_token = users.start_sign_in(session, user), users.start_sign_in(session, other)
    session.flush()
    users.set_password(session, user, "one of my own choice")
    assert users.find_signed_in(session, token) is None
    assert users.find_signed_in(session, others_token) is other


def test_the_table_holds_only_the_tokens_hash(session: Session, user: UserRow) -> None:
    token = users.start_sign_in(session, user)
    session.flush()
    (row,) = session.execute(text("SELECT * FROM sign_ins")).mappings()
    assert not any(token in str(value) for value in row.values())
    assert len(token) >= 43, "256 bits"


@pytest.mark.parametrize(
    ("seen", "created", "is_live"),
    [
        pytest.param(timedelta(0), timedelta(0), True, id="fresh"),
        pytest.param(timedelta(minutes=29), timedelta(hours=7), True, id="in use all day"),
        pytest.param(timedelta(minutes=31), timedelta(hours=1), False, id="left alone"),
        pytest.param(timedelta(minutes=1), timedelta(hours=8, seconds=5), False, id="too long in all"),
    ],
)
def test_a_sign_in_ends(session: Session, user: UserRow, seen: timedelta, created: timedelta, is_live: bool) -> None:
    token = users.start_sign_in(session, user)
    session.flush()
    row = session.scalars(select(SignInRow)).one()
    row.seen_at, row.created_at = clock.now() - seen, clock.now() - created
    session.flush()
    assert (users.find_signed_in(session, token) is user) is is_live
    if is_live:
        assert clock.now() - row.seen_at < timedelta(minutes=1), "seen again"
    users.forget_ended_sign_ins(session)
    assert len(session.scalars(select(SignInRow)).all()) == int(is_live)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "x" * 100_000])
def test_a_wrong_token_is_nobody(session: Session, user: UserRow, token: str) -> None:
    users.start_sign_in(session, user)
    session.flush()
    assert users.find_signed_in(session, token) is None


def test_signing_out_ends_one_sign_in(session: Session, user: UserRow) -> None:
    first, second = users.start_sign_in(session, user), users.start_sign_in(session, user)
    session.flush()
    users.end_sign_in(session, first)
    assert users.find_signed_in(session, first) is None
    assert users.find_signed_in(session, second) is user
