"""Signing in: who gets in, for how long, and what stops whoever guesses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.review.attempts import PER_ADDRESS, PER_NAME, SignInAttempts
from service.review.visitor import COOKIE
from store import audit, clock, users
from store.database import Database
from store.queues import open_queues
from store.tables import AuditEntryRow, SignInRow, UserRow
from tests.service.review.conftest import PASSWORD, SAME_ORIGIN, MakePerson, Person

NOWHERE = open_queues("unix:///nonexistent/redis.sock").redis


@pytest.fixture
def client(app: APIFlask, make_person: MakePerson) -> FlaskClient:
    """A browser of a stranger, while the user "maria" exists."""
    make_person("maria")
    return app.test_client()


def sign_in(client: FlaskClient, name: str = "maria", password: str = PASSWORD, **more: str) -> TestResponse:
    form = {"name": name, "password": password, **more}
    return client.post("/review/sign-in", data=form, headers=SAME_ORIGIN)


def change_sign_ins(database: Database, **values: object) -> None:
    with database.writing() as session:
        session.execute(update(SignInRow).values(**values))


def test_a_stranger_is_sent_to_the_sign_in_page_and_back_again(client: FlaskClient) -> None:
    answer = client.get("/review/?state=all")
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200

    signed_in = sign_in(client, next="/review/?state=all")

    assert (signed_in.status_code, signed_in.location) == (303, "/review/?state=all")
    assert client.get("/review/?state=all").status_code == 200


def test_asking_with_head_is_no_attempt(client: FlaskClient, database: Database) -> None:
    assert client.head("/review/sign-in").status_code == 200
    with database.reading() as session:
        assert session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "sign_in_failed")).all() == []


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = sign_in(client).headers["Set-Cookie"]

    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/review"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(client: FlaskClient) -> None:
    form = {"name": "maria", "password": PASSWORD}
    answer = client.post("https://localhost/review/sign-in", data=form, headers=SAME_ORIGIN)

    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_the_database_never_holds_the_cookie(client: FlaskClient, database: Database) -> None:
    token = sign_in(client).headers["Set-Cookie"].split(";")[0].removeprefix(f"{COOKIE}=")

    with database.reading() as session:
        assert token not in session.scalars(select(SignInRow.token_sha256)).all()


WRONG = {
    "wrong password": ("maria", "not the password"),
    "unknown user": ("nobody", PASSWORD),
    "empty": ("", ""),
    "name with NUL": ("maria\0", PASSWORD),
    "markup": ("<script>alert(1)</script>", "x"),
    "endless": ("m" * 100_000, "p" * 100_000),
}


@pytest.mark.parametrize(("name", "password"), WRONG.values(), ids=WRONG)
def test_who_does_not_know_the_password_stays_out(client: FlaskClient, name: str, password: str) -> None:
    """The same answer whether the name or the password is wrong, and no cookie."""
    answer = sign_in(client, name, password)

    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "<script" not in answer.text
    assert COOKIE not in answer.headers.get("Set-Cookie", "")
    assert client.get("/review/").status_code == 303


ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/reviewer", "/docs", "http:/review/", "/review/../docs", "/review/\r\nX: y", "http://[", "/review//evil\t.example",
]  # fmt: skip


@pytest.mark.parametrize("goal", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_signing_in(client: FlaskClient, goal: str) -> None:
    assert sign_in(client, next=goal).location == "/review/"


def test_a_one_time_password_opens_nothing_but_the_page_that_replaces_it(app: APIFlask, database: Database) -> None:
    with database.writing() as session:
        users.add_user(session, "otto", "one-time-password", is_one_time=True)
    client = app.test_client()
    assert sign_in(client, "otto", "one-time-password").location.startswith("/review/password")
    for path in ("/review/", "/review/articles/art_0"):
        assert client.get(path).location.startswith("/review/password")

    refused = client.post(
        "/review/password",
        data={"current": "one-time-password", "new": "one-time-password", "again": "one-time-password"},
        headers=SAME_ORIGIN,
    )
    assert refused.status_code == 422
    chosen = client.post(
        "/review/password",
        data={"current": "one-time-password", "new": "a password of my own", "again": "a password of my own"},
        headers=SAME_ORIGIN,
    )

    assert (chosen.status_code, chosen.location) == (303, "/review/")
    assert client.get("/review/").status_code == 200
    assert sign_in(app.test_client(), "otto", "one-time-password").status_code == 401
    assert sign_in(app.test_client(), "otto", "a password of my own").location == "/review/"


REFUSED_PASSWORDS = {
    "wrong current": ("not it", "a long enough one", "a long enough one"),
    "two that differ": (PASSWORD, "a long enough one", "a long enough two"),
    "too short": (PASSWORD, "short", "short"),
    "too long": (PASSWORD, "x" * 1_001, "x" * 1_001),
    "the old one": (PASSWORD, PASSWORD, PASSWORD),
}


@pytest.mark.parametrize(("current", "new", "again"), REFUSED_PASSWORDS.values(), ids=REFUSED_PASSWORDS)
def test_a_password_is_changed_only_as_the_page_says(maria: Person, current: str, new: str, again: str) -> None:
    answer = maria.post("/review/password", {"current": current, "new": new, "again": again})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert new not in answer.text or new == "short"
    assert sign_in(maria.client).status_code == 303, "the old password still works"


def test_changing_the_password_ends_the_sign_ins_of_other_browsers(
    app: APIFlask, database: Database, maria: Person
) -> None:
    other = app.test_client()
    sign_in(other)
    maria.post("/review/password", {"current": PASSWORD, "new": "another password", "again": "another password"})

    assert maria.get("/review/").status_code == 200
    assert other.get("/review/").status_code == 303


def test_signing_out_ends_it_on_the_server(client: FlaskClient, app: APIFlask) -> None:
    token = sign_in(client).headers["Set-Cookie"].split(";")[0].removeprefix(f"{COOKIE}=")
    thief = app.test_client()
    thief.set_cookie(COOKIE, token, path="/review")
    assert thief.get("/review/").status_code == 200

    answer = client.post("/review/sign-out", headers=SAME_ORIGIN)

    assert (answer.status_code, answer.location) == (303, "/review/sign-in")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert thief.get("/review/").status_code == 303


def test_signing_in_again_ends_the_sign_in_before(client: FlaskClient, database: Database) -> None:
    sign_in(client)
    sign_in(client)

    with database.reading() as session:
        name = select(UserRow.id).where(UserRow.name == "maria").scalar_subquery()
        rows = session.scalars(select(SignInRow).where(SignInRow.user_id == name)).all()
    assert len(rows) == 2, "this one and the one the fixture made for another browser"


Age = Callable[[], dict[str, object]]
TOO_OLD: dict[str, Age] = {
    "idle": lambda: {"seen_at": clock.now() - users.IDLE - timedelta(seconds=1)},
    "absolute": lambda: {"created_at": clock.now() - users.ABSOLUTE - timedelta(seconds=1), "seen_at": clock.now()},
}


@pytest.mark.parametrize("age", TOO_OLD.values(), ids=TOO_OLD)
def test_a_sign_in_ends_when_idle_and_after_a_working_day(maria: Person, database: Database, age: Age) -> None:
    assert maria.get("/review/").status_code == 200

    change_sign_ins(database, **age())

    assert maria.get("/review/").status_code == 303


def test_reading_pages_keeps_a_sign_in_alive(maria: Person, database: Database) -> None:
    """The sign of life is written though the page only reads."""
    before = clock.now() - timedelta(minutes=20)
    change_sign_ins(database, seen_at=before)

    maria.get("/review/")

    with database.reading() as session:
        assert session.scalars(select(SignInRow.seen_at)).one() > before


@pytest.mark.parametrize("cookie", ["", "x", "ё", "a" * 3_000, '"; drop table users'])
def test_a_made_up_cookie_is_a_stranger(app: APIFlask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie(COOKIE, cookie, path="/review")

    assert client.get("/review/").status_code == 303


FOREIGN = {
    "fetch metadata": {"Sec-Fetch-Site": "cross-site"},
    "same site only": {"Sec-Fetch-Site": "same-site"},
    "origin": {"Origin": "https://evil.example"},
    "null origin": {"Origin": "null"},
    "other port": {"Origin": "http://localhost:8080"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize(
    "path",
    [
        "/review/sign-in",
        "/review/sign-in/code",
        "/review/sign-out",
        "/review/password",
        "/review/second-factor",
        "/review/second-factor/off",
        "/review/articles/a/decisions",
        "/review/audit/export",
    ],
)
def test_a_form_of_another_site_is_refused(maria: Person, path: str, headers: dict[str, str]) -> None:
    form = {"name": "maria", "password": PASSWORD}
    answer = maria.client.post(path, data=form, headers=headers)

    assert answer.status_code == 403
    assert "not sent from a page of this dashboard" in answer.text
    assert maria.get("/review/").status_code == 200


def test_a_browser_without_fetch_metadata_is_known_by_its_origin(client: FlaskClient) -> None:
    form = {"name": "maria", "password": PASSWORD}
    answer = client.post("/review/sign-in", data=form, headers={"Origin": "http://localhost"})

    assert answer.status_code == 303


def test_pages_tell_the_browser_to_name_its_origin(client: FlaskClient) -> None:
    """Under ``no-referrer`` browsers send ``Origin: null`` even to ourselves."""
    assert client.get("/review/sign-in").headers["Referrer-Policy"] == "same-origin"


def test_guessing_one_users_password_is_stopped_though_redis_is_down(client: FlaskClient) -> None:
    answers = [sign_in(client, name, "wrong") for name in ["maria", "MARIA", " maria "] * 4]

    assert [answer.status_code for answer in answers] == [401] * PER_NAME.amount + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= PER_NAME.get_expiry()
    assert sign_in(client).status_code == 429, "the right password neither, until the time is over"
    assert sign_in(client, "somebody else").status_code == 401


def test_guessing_many_names_from_one_address_is_stopped() -> None:
    attempts = SignInAttempts(NOWHERE)
    waits = [attempts.seconds_to_wait(f"user {number}", "203.0.113.7") for number in range(PER_ADDRESS.amount + 1)]

    assert waits[:-1] == [None] * PER_ADDRESS.amount
    assert waits[-1] is not None
    assert attempts.seconds_to_wait("another", "203.0.113.8") is None


def test_one_subscribers_ipv6_addresses_count_as_one() -> None:
    attempts = SignInAttempts(NOWHERE)
    for number in range(PER_ADDRESS.amount):
        assert attempts.seconds_to_wait(f"user {number}", f"2001:db8::{number:x}") is None

    assert attempts.seconds_to_wait("another", "2001:db8::ffff") is not None
    assert attempts.seconds_to_wait("yet another", "2001:db8:0:1::1") is None


def test_attempts_at_all_web_processes_count_together(redis_server: str) -> None:
    one, other = (SignInAttempts(open_queues(redis_server).redis) for _ in range(2))
    for _ in range(PER_NAME.amount // 2):
        assert one.seconds_to_wait("shared", "203.0.113.9") is None
        assert other.seconds_to_wait("shared", "203.0.113.9") is None

    assert one.seconds_to_wait("shared", "203.0.113.9") is not None
    assert other.seconds_to_wait("shared", "203.0.113.9") is not None


def test_a_person_who_is_switched_off_is_out_at_once(app: APIFlask, maria: Person, database: Database) -> None:
    """In every browser, and with the answer of a wrong password; switched on again, the password is good."""

    def find(session: Session) -> UserRow:
        return session.get_one(UserRow, maria.user_id)

    with database.writing() as session:
        users.disable(session, find(session), actor=audit.CLI)
    assert maria.get("/review/").status_code == 303
    answer = sign_in(app.test_client())
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    with database.writing() as session:
        users.enable(session, find(session), actor=audit.CLI)
    assert sign_in(app.test_client()).status_code == 303


def test_sign_ins_are_in_the_audit_log(client: FlaskClient, database: Database) -> None:
    """Which account and from where; never what was typed as a name that nobody has."""
    sign_in(client, "maria", "wrong")
    sign_in(client, "a password typed into the wrong field", "wrong")
    sign_in(client)
    new = "another password"
    client.post("/review/password", data={"current": PASSWORD, "new": new, "again": new}, headers=SAME_ORIGIN)
    client.post("/review/sign-out", headers=SAME_ORIGIN)
    client.post("/review/sign-out", headers=SAME_ORIGIN)

    with database.reading() as session:
        user = session.scalars(select(UserRow)).one()
        entries = audit.list_entries(session, limit=10)[::-1]
    failed = '{"address":"127.0.0.1","reason":"password"}'
    assert [(entry.action, entry.actor, entry.subject, entry.details) for entry in entries] == [
        ("sign_in_failed", audit.SYSTEM, user.id, failed),
        ("sign_in_failed", audit.SYSTEM, "", failed),
        ("signed_in", user.id, "", '{"address":"127.0.0.1"}'),
        ("password_changed", user.id, user.id, "{}"),
        ("signed_out", user.id, "", "{}"),
    ]
