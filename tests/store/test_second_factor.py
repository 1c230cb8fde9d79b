"""Codes are good once, for a clock that is half a minute off, and only for who has the secret."""

import threading
import time
from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy.orm import Session

from store import audit, second_factor, users
from store.database import Database
from store.second_factor import RECOVERY_CODES, STEP_SECONDS
from store.tables import UserRow

Travel = Callable[[float], None]


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Our clock, so many seconds from a fixed moment on; the app's stands still."""

    def go(seconds: float) -> None:
        monkeypatch.setattr(second_factor.time, "time", lambda: NOW + seconds)

    go(0)
    return go


NOW = 1_800_000_000 + 15.0  # the middle of a step


def code_of(secret: str, seconds: float = 0) -> str:
    return pyotp.TOTP(secret).at(NOW + seconds)  # type: ignore[arg-type]


@pytest.fixture
def enabled(database: Database, travel: Travel) -> tuple[str, str, list[str]]:
    """(user id, secret, recovery codes); set up a while ago."""
    secret = second_factor.make_secret()
    with database.writing() as session:
        user = users.add_user(session, "maria", "correct horse battery")
        codes = second_factor.enable(session, user, secret=secret, code=code_of(secret))
    travel(10 * STEP_SECONDS)
    return user.id, secret, codes


def use(database: Database, user_id: str, code: str) -> bool:
    with database.writing() as session:
        return second_factor.use_code(session, session.get_one(UserRow, user_id), code)


def test_an_app_gets_what_it_needs() -> None:
    secret = second_factor.make_secret()
    read = pyotp.parse_uri(second_factor.make_uri(secret, "мария & co"))
    assert (read.secret, read.issuer, read.name) == (secret, "Obelus", "мария & co")
    assert isinstance(read, pyotp.TOTP)
    assert (read.interval, read.digits) == (STEP_SECONDS, 6)
    assert len({second_factor.make_secret() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("drift", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False), (86_400, False)]
)
def test_a_clock_may_be_half_a_minute_off(
    database: Database, enabled: tuple[str, str, list[str]], drift: float, is_good: bool
) -> None:
    user_id, secret, _ = enabled
    assert use(database, user_id, code_of(secret, 10 * STEP_SECONDS + drift)) is is_good


def test_a_code_is_good_once_and_none_before_it_any_more(
    database: Database, enabled: tuple[str, str, list[str]], travel: Travel
) -> None:
    user_id, secret, _ = enabled
    at = 10 * STEP_SECONDS
    assert use(database, user_id, code_of(secret, at))
    assert not use(database, user_id, code_of(secret, at))
    assert not use(database, user_id, code_of(secret, at - STEP_SECONDS)), "an earlier one, overseen"
    travel(at + STEP_SECONDS)
    assert use(database, user_id, code_of(secret, at + STEP_SECONDS))


def test_the_code_of_the_set_up_is_used_up(database: Database, travel: Travel) -> None:
    secret = second_factor.make_secret()
    with database.writing() as session:
        user = users.add_user(session, "maria", "correct horse battery")
        second_factor.enable(session, user, secret=secret, code=code_of(secret))
        assert not second_factor.use_code(session, user, code_of(secret))


def test_of_two_requests_with_one_code_one_gets_in(database: Database, enabled: tuple[str, str, list[str]]) -> None:
    user_id, secret, codes = enabled
    for code in (code_of(secret, 10 * STEP_SECONDS), codes[0]):
        gate, results = threading.Barrier(4), []

        def try_it(code: str = code, gate: threading.Barrier = gate, results: list[bool] = results) -> None:
            gate.wait()
            results.append(use(database, user_id, code))

        threads = [threading.Thread(target=try_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert sorted(results) == [False, False, False, True]


def test_each_recovery_code_lets_in_once(database: Database, enabled: tuple[str, str, list[str]]) -> None:
    user_id, _, codes = enabled
    assert len(set(codes)) == RECOVERY_CODES
    assert use(database, user_id, codes[0].lower().replace("-", " "))
    assert not use(database, user_id, codes[0])
    assert all(use(database, user_id, code) for code in codes[1:])
    with database.reading() as session:
        assert session.get_one(UserRow, user_id).totp_recovery == []
        last = audit.find_last(session, "recovery_code_used")
        assert last is not None
        assert (last.actor, last.details) == (user_id, '{"left":0}')


def test_the_database_holds_no_recovery_code(database: Database, enabled: tuple[str, str, list[str]]) -> None:
    user_id, _, codes = enabled
    with database.reading() as session:
        kept = session.get_one(UserRow, user_id).totp_recovery or []
    assert len(kept) == RECOVERY_CODES
    assert not {code.replace("-", "") for code in codes} & {value.upper() for value in kept}


@pytest.mark.parametrize(
    "code", ["", "000000", "12345", "1234567", "１２３４５６", "ёёёёёё", "\0", "a" * 10_000, "-" * 99]
)
def test_what_is_no_code_is_refused(database: Database, enabled: tuple[str, str, list[str]], code: str) -> None:
    user_id, secret, _ = enabled
    if code == code_of(secret, 10 * STEP_SECONDS):
        pytest.skip("one in a million")
    assert not use(database, user_id, code)


def test_nobody_locks_themselves_out_by_a_slip(session: Session, travel: Travel) -> None:
    user = users.add_user(session, "maria", "correct horse battery")
    secret = second_factor.make_secret()
    for wrong_secret, code in ((secret, "000000"), ("not base32", code_of(secret)), ("", ""), ("A" * 8, "0")):
        with pytest.raises(ValueError, match="not right"):
            second_factor.enable(session, user, secret=wrong_secret, code=code)
    assert user.totp_secret is None
    assert not second_factor.use_code(session, user, code_of(secret)), "without a second factor no code is good"


def test_turned_off_by_the_person_or_from_the_command_line(
    database: Database, enabled: tuple[str, str, list[str]]
) -> None:
    user_id, secret, codes = enabled
    for actor, action in ((user_id, "second_factor_disabled"), (audit.CLI, "second_factor_reset")):
        with database.writing() as session:
            user = session.get_one(UserRow, user_id)
            user.totp_secret = secret
            second_factor.disable(session, user, actor=actor)
            found = audit.find_last(session, action)
            assert found is not None
            assert (found.actor, found.subject) == (actor, user_id)
            with pytest.raises(ValueError, match="has no second factor"):
                second_factor.disable(session, user, actor=actor)
    assert not use(database, user_id, codes[0])


def test_setting_it_up_ends_every_sign_in(session: Session, travel: Travel) -> None:
    user = users.add_user(session, "maria", "correct horse battery")
    token, secret = users.start_sign_in(session, user), second_factor.make_secret()
    second_factor.enable(session, user, secret=secret, code=code_of(secret))
    assert users.find_signed_in(session, token) is None


def test_the_real_clock_is_used() -> None:
    assert second_factor.time is time
