"""First steps: shown once, safe at every start, and the same from the command line."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

import store
from store import __main__ as command_line
from store import audit, clock, keys, users
from store.bootstrap import ADMIN, set_up
from store.database import Database
from store.settings import Settings
from store.tables import ApiKeyRow, AuditEntryRow, RetiredKeyRow

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
        keys.revoke_key(session, keys.list_keys(session)[0].id, may_end_admins=True)
    with pytest.raises(ValueError, match="OBELUS_API_KEY holds a key that was revoked"):
        set_up(database, settings)
    with database.reading() as session:
        assert keys.find_key(session, GIVEN_KEY) is None


@pytest.mark.parametrize("rotations", [1, 2])
def test_a_replaced_key_is_not_brought_back_by_the_environment(database: Database, rotations: int) -> None:
    """However often its key got a new secret since."""
    settings = Settings(api_key=GIVEN_KEY, admin_password=GIVEN_PASSWORD)
    set_up(database, settings)
    for _ in range(rotations):
        with database.writing() as session:
            keys.rotate_key(session, keys.list_keys(session)[0], grace=timedelta(hours=1), actor="cli")
    if rotations == 1:
        set_up(database, settings)  # it is still good for an hour
        with database.writing() as session:
            session.execute(update(RetiredKeyRow).values(good_until=clock.now()))
    with pytest.raises(ValueError, match="OBELUS_API_KEY holds a key that was replaced"):
        set_up(database, settings)
    with database.reading() as session:
        assert keys.find_key(session, GIVEN_KEY) is None
        assert len(keys.list_keys(session)) == 1


def test_a_new_key_is_made_where_the_last_one_was_revoked(database: Database) -> None:
    """Otherwise nobody could get in any more."""
    first = set_up(database, Settings(admin_password=GIVEN_PASSWORD))
    with database.writing() as session:
        keys.revoke_key(session, keys.list_keys(session)[0].id, may_end_admins=True)
    second = set_up(database, Settings(admin_password=GIVEN_PASSWORD))
    assert second.api_key not in (None, first.api_key)


@pytest.mark.parametrize("password", ["short", "correct horse " * 100])
def test_a_bad_first_password_stops_the_start_and_leaves_nothing_behind(database: Database, password: str) -> None:
    with pytest.raises(ValueError, match="10 to 1000"):
        set_up(database, Settings(api_key=GIVEN_KEY, admin_password=password))
    with database.reading() as session:
        assert keys.list_keys(session) == []
        assert users.find_user(session, ADMIN) is None


def test_what_is_in_force_is_recorded_when_it_changes(database: Database, tmp_path: Path) -> None:
    """At the first start, and at the first one with another register."""
    set_up(database, Settings())
    set_up(database, Settings())
    listing = {"jurisdiction": "RU", "list": "House list", "kind": "extremist", "since": "2020-01-01"}
    names = [{"text": "Own Vanguard", "language": "en"}]
    own = {"id": "own", "name": "Own", "names": names, "designations": [listing]}
    file = tmp_path / "organisations.jsonl"
    file.write_text(json.dumps(own), "utf-8")
    set_up(database, Settings(organisations_file=file))
    with database.reading() as session:
        entries = audit.list_entries(session, limit=100)[::-1]
    in_force = ["register_in_force", "policy_in_force", "register_in_force"]
    assert [entry.action for entry in entries if entry.action in in_force] == in_force
    entries = [entry for entry in entries if entry.action.startswith("register")]
    assert entries[1].subject.startswith(f"{entries[0].subject}+file-")
    assert {entry.actor for entry in entries} == {audit.SYSTEM}


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
        keys.revoke_key(session, keys.list_keys(session)[0].id, may_end_admins=True)
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
    assert run("rotate-key", key_id)[0] == run("change-key", key_id, "--name", "x")[0] == 2


def test_a_key_is_changed_and_rotated_from_the_command_line(database: Database, run) -> None:  # type: ignore[no-untyped-def]
    limits = ("--articles-per-minute", "60", "--burst-seconds", "10")
    _, output, _ = run("add-key", "desk", "--scope", "submit", *limits, "--expires-at", "2999-01-01")
    key_id, key = output.splitlines()[0], output.split("API key (shown once): ")[1].splitlines()[0]
    assert "sees own" in (listed := run("list-keys")[1])
    assert "articles_per_minute=60  burst_seconds=10" in listed
    assert "expires 2999-01-01T00:00:00.000Z" in listed
    changes = ("--name", "a desk", "--scope", "read", "--sees", "all", "--expires-at", "never")
    assert run("change-key", key_id, *changes, "--burst-seconds", "default") == (0, "", "")
    with database.reading() as session:
        row = session.get_one(ApiKeyRow, key_id)
    assert (row.name, row.scopes, row.sees, row.expires_at) == ("a desk", ["read"], "all", None)
    assert row.limits == {"articles_per_minute": 60}

    status, output, _ = run("rotate-key", key_id, "--grace-hours", "1")
    new = output.removeprefix("API key (shown once): ").strip()
    assert "old secret until" in run("list-keys")[1]
    with database.reading() as session:
        assert {keys.find_key(session, one).id for one in (key, new)} == {key_id}  # type: ignore[union-attr]
        actors = {entry.actor for entry in audit.list_entries(session, limit=10)}
    assert status == 0
    assert actors == {"cli"}
    assert run("rotate-key", key_id, "--grace-hours", "721")[0] == 2
    assert "obk_" not in run("list-keys")[1].replace(f"{new[:8]}…", "")


def test_the_last_admin_key_goes_only_where_that_is_said(database: Database, run) -> None:  # type: ignore[no-untyped-def]
    key_id = run("add-key", "boss", "--scope", "admin")[1].splitlines()[0]
    for command in (("revoke-key", key_id), ("change-key", key_id, "--scope", "read")):
        status, _, error = run(*command)
        assert (status, "last key with the scope admin" in error) == (2, True)
    assert run("revoke-key", key_id, "--last-admin") == (0, "", "")


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


def test_people_are_looked_after_from_the_command_line(database: Database, run) -> None:  # type: ignore[no-untyped-def]
    """Each command is one entry in the audit log, by ``cli``."""
    run("add-user", "anna", stdin=GIVEN_PASSWORD + "\n")
    with database.writing() as session:
        user = users.find_user(session, "anna")
        assert user is not None
        token = users.start_sign_in(session, user)
        user.totp_secret = "A" * 32
    assert run("list-users")[1] == f"{user.id}  moderator  live  second factor  anna\n"
    assert run("set-role", "anna", "lead") == (0, "", "")
    assert run("reset-second-factor", "anna") == (0, "", "")
    assert run("reset-second-factor", "anna") == (2, "", "store: anna has no second factor\n")
    assert run("disable-user", "anna") == (0, "", "")
    with database.reading() as session:
        assert users.find_signed_in(session, token) is None
    assert run("list-users")[1] == f"{user.id}  lead  off  password only  anna\n"
    assert run("enable-user", "anna") == (0, "", "")
    assert run("set-password", "--one-time", "anna", stdin="a password of the day\n") == (0, "", "")
    assert run("list-users")[1] == f"{user.id}  lead  one-time password  password only  anna\n"
    assert run("set-password", "anna", stdin="short\n") == (2, "", "store: A password has 10 to 1000 characters.\n")
    assert run("disable-user", "boris") == (2, "", "store: there is no user boris\n")
    with database.reading() as session:
        entries = audit.list_entries(session, limit=100)[::-1]
    assert [entry.action for entry in entries] == [
        "user_added", "user_role_changed", "second_factor_reset", "user_disabled", "user_enabled", "password_changed",
    ]  # fmt: skip
    assert {(entry.actor, entry.subject) for entry in entries} == {(audit.CLI, user.id)}


def test_the_audit_log_from_the_command_line(database: Database, run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with database.writing() as session:
        head = audit.record(session, action="user_added", actor="cli").hash
    assert run("audit", "verify") == (0, f"1 entries, whole; head 1:{head}\n", "")
    assert run("audit", "verify", "--head", f"1:{head}")[0] == 0
    assert run("audit", "verify", "--head", f"2:{head}")[0] == 1, "an entry that was there is gone"
    status, output, _ = run("audit", "export", "-")
    assert [json.loads(line)["action"] for line in output.splitlines()] == ["user_added", "audit_exported"]
    head = json.loads(output.splitlines()[-1])["hash"]
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", "--since", "2", str(file)) == (0, "", "")
    assert [json.loads(line)["seq"] for line in file.read_text("utf-8").splitlines()] == [2, 3]
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("audit", "export", str(file)) == (2, "", f"store: cannot write {file}: File exists\n")
    with database.reading() as session:
        head = audit.read_head(session).hash
    with database.writing() as session:
        forged = AuditEntryRow(
            seq=4, at=clock.now(), actor="", action="", subject="", details="{}", previous_hash=head, hash="x"
        )
        session.add(forged)
    status, output, _ = run("audit", "verify")
    assert status == 1
    assert "broken at entry 4" in output


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
