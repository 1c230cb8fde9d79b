"""First steps: shown once, safe at every start, and the same from the command line."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

import store
from store import __main__ as command_line
from store import keys, users
from store.bootstrap import ADMIN, set_up
from store.database import Database
from store.settings import Settings

GIVEN_KEY = "a key from the environment"
GIVEN_PASSWORD = "a password from the environment"


def test_the_first_start_shows_a_key_and_a_password(empty_database: Database) -> None:
    first = set_up(empty_database, Settings())
    assert first.api_key is not None
    assert first.admin_password is not None
    with empty_database.reading() as session:
        key = keys.find_key(session, first.api_key)
        admin = users.find_user(session, ADMIN)
        assert key is not None
        assert set(key.scopes) == set(keys.SCOPES)
        assert admin is not None
        assert (admin.role, admin.is_password_one_time) == ("admin", True)
        assert users.check_password(admin, first.admin_password)


def test_the_second_start_shows_no_key_and_a_new_password_while_nobody_used_the_first(database: Database) -> None:
    """Only hashes are kept, so a password that scrolled away unread is replaced, not shown again."""
    first, second = set_up(database, Settings()), set_up(database, Settings())
    assert second.api_key is None
    assert second.admin_password not in (None, first.admin_password)
    with database.writing() as session:
        admin = users.find_user(session, ADMIN)
        assert admin is not None
        users.set_password(session, admin, "one of my own choice")
    third = set_up(database, Settings())
    assert (third.api_key, third.admin_password) == (None, None)
    with database.reading() as session:
        assert len(keys.list_keys(session)) == 1
        assert users.check_password(users.find_user(session, ADMIN), "one of my own choice")


def test_what_the_environment_gives_is_used(database: Database) -> None:
    settings = Settings(api_key=GIVEN_KEY, admin_password=GIVEN_PASSWORD)
    for start in range(3):
        first = set_up(database, settings)
        assert (first.api_key, first.admin_password) == (GIVEN_KEY, None if start else GIVEN_PASSWORD)
    with database.writing() as session:
        (row,) = keys.list_keys(session)
        assert keys.find_key(session, GIVEN_KEY) is row
        admin = users.find_user(session, ADMIN)
        assert admin is not None
        assert not admin.is_password_one_time
        users.set_password(session, admin, "one of my own choice")
    set_up(database, settings)
    with database.reading() as session:
        assert users.check_password(users.find_user(session, ADMIN), "one of my own choice"), "the person's own stays"


def test_a_revoked_key_is_not_brought_back_by_the_environment(database: Database) -> None:
    settings = Settings(api_key=GIVEN_KEY, admin_password=GIVEN_PASSWORD)
    set_up(database, settings)
    with database.writing() as session:
        keys.revoke_key(session, keys.list_keys(session)[0].id)
    with pytest.raises(ValueError, match="OBELUS_API_KEY holds a key that was revoked"):
        set_up(database, settings)
    with database.reading() as session:
        assert keys.find_key(session, GIVEN_KEY) is None


def test_a_new_key_is_made_where_the_last_one_was_revoked(database: Database) -> None:
    """Otherwise nobody could get in any more."""
    first = set_up(database, Settings(admin_password=GIVEN_PASSWORD))
    with database.writing() as session:
        keys.revoke_key(session, keys.list_keys(session)[0].id)
    second = set_up(database, Settings(admin_password=GIVEN_PASSWORD))
    assert second.api_key not in (None, first.api_key)


@pytest.mark.parametrize("password", ["short", "x" * (users.LONGEST_PASSWORD + 1)])
def test_a_bad_first_password_stops_the_start_and_leaves_nothing_behind(database: Database, password: str) -> None:
    with pytest.raises(ValueError, match="10 to 1000"):
        set_up(database, Settings(api_key=GIVEN_KEY, admin_password=password))
    with database.reading() as session:
        assert keys.list_keys(session) == []
        assert users.find_user(session, ADMIN) is None


# --- python -m store ------------------------------------------------------------------------------


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Runs a command against the test's database: (status, stdout, stderr)."""
    monkeypatch.setenv("OBELUS_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))

    def run_command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        status = command_line.main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run_command


def test_set_up_prints_only_what_it_made(database: Database, run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """In a container its output is a log."""
    monkeypatch.setenv("OBELUS_API_KEY", GIVEN_KEY)
    monkeypatch.setenv("OBELUS_ADMIN_PASSWORD", GIVEN_PASSWORD)
    assert run("set-up") == (0, "", "")
    monkeypatch.delenv("OBELUS_API_KEY")
    assert run("set-up") == (0, "", ""), "there is a key already"
    with database.writing() as session:
        keys.revoke_key(session, keys.list_keys(session)[0].id)
    status, output, _ = run("set-up")
    assert status == 0
    shown = output.removeprefix("API key: ").strip()
    with database.reading() as session:
        assert keys.find_key(session, shown) is not None


def test_keys_from_the_command_line(database: Database, run) -> None:  # type: ignore[no-untyped-def]
    status, output, _ = run("add-key", "the wire desk", "--scope", "read")
    assert status == 0
    key_id, key = output.splitlines()[0], output.split("API key (shown once): ")[1].splitlines()[0]
    with database.reading() as session:
        row = keys.find_key(session, key)
        assert row is not None
        assert (row.id, row.name, row.scopes) == (key_id, "the wire desk", ["read"])
    _, listed, _ = run("list-keys")
    assert key_id in listed
    assert "live" in listed
    assert key not in listed
    assert run("revoke-key", key_id) == (0, "", "")
    assert "revoked" in run("list-keys")[1]
    assert run("revoke-key", key_id) == (2, "", f"store: there is no live key {key_id}\n")


def test_users_from_the_command_line(database: Database, run) -> None:  # type: ignore[no-untyped-def]
    assert run("add-user", "anna", "--role", "lead", stdin=GIVEN_PASSWORD + "\n") == (0, "", "")
    with database.reading() as session:
        row = users.find_user(session, "anna")
        assert row is not None
        assert row.role == "lead"
        assert users.check_password(row, GIVEN_PASSWORD)
    assert run("add-user", "anna", stdin=GIVEN_PASSWORD + "\n") == (2, "", "store: there is already a user anna\n")
    status, _, error = run("add-user", "boris", stdin="short\n")
    assert (status, error) == (2, "store: A password has 10 to 1000 characters.\n")
    with database.reading() as session:
        assert users.find_user(session, "boris") is None


def test_migrate_from_the_command_line(run, database: Database) -> None:  # type: ignore[no-untyped-def]
    assert run("migrate") == (0, "", "")
    with database.reading() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) is not None


def test_a_wrong_setting_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "store", "set-up"],
        cwd=Path(store.__file__).parent.parent,
        env=os.environ | {"OBELUS_DATABASE_URL": "mysql://a:secret@b/c", "OBELUS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "store: OBELUS_DATABASE_URL: it must begin with sqlite:/// or postgresql://\n"
