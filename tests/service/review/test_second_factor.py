"""The second factor in the browser: set up, asked for, recovered from, given up; and guessing stopped."""

import time

import pyotp
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from service.review.attempts import PER_NAME
from service.review.visitor import COOKIE
from store import audit, clock, users
from store.database import Database
from store.second_factor import STEP_SECONDS
from store.tables import SignInRow, UserRow
from tests.service.review.conftest import PASSWORD, SAME_ORIGIN, Page, Person

PATH = "/review/second-factor"


def next_code(secret: str, steps: int = 1) -> str:
    """Of the step to come: the present one may be used up, and this one is good already."""
    return pyotp.TOTP(secret).at(int(time.time()) + steps * STEP_SECONDS)


@pytest.fixture
def secret(maria: Person) -> str:
    """What the page offers."""
    (field,) = [e for e in Page(maria.get(PATH).text).by_tag("input") if e.attributes.get("name") == "secret"]
    return str(field.attributes["value"])


@pytest.fixture
def codes(maria: Person, secret: str) -> list[str]:
    """Set up; its recovery codes."""
    answer = maria.post(PATH, {"secret": secret, "password": PASSWORD, "code": next_code(secret, 0)})
    assert answer.status_code == 200, answer.text
    return [element.text for element in Page(answer.text).by_tag("code")]


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data=form, headers=SAME_ORIGIN)


def give_password(app: APIFlask) -> FlaskClient:
    """Another browser, after the first step."""
    client = app.test_client()
    answer = post(client, "/review/sign-in", name="maria", password=PASSWORD, next="/review/?state=all")
    assert answer.location.startswith("/review/sign-in/code")
    return client


def test_the_page_offers_a_key_and_shows_the_codes_once(maria: Person, secret: str, codes: list[str]) -> None:
    assert len(set(codes)) == 10
    page = maria.get(PATH).text
    assert "10 recovery codes are left" in page
    assert secret not in page
    assert not any(code in page for code in codes)


def test_the_password_alone_opens_nothing(app: APIFlask, codes: list[str]) -> None:
    client = give_password(app)
    for path in ("/review/", "/review/password", PATH, "/review/organisations"):
        assert "/review/sign-in" in client.get(path).location
    assert "/review/sign-in" in post(client, PATH, password=PASSWORD).location


def test_password_and_code_do(app: APIFlask, secret: str, codes: list[str], database: Database) -> None:
    client = give_password(app)
    half = client.get_cookie(COOKIE, path="/review")
    answer = post(client, "/review/sign-in/code", code=next_code(secret), next="/review/?state=all")

    assert (answer.status_code, answer.location) == (303, "/review/?state=all")
    assert client.get("/review/").status_code == 200
    assert half is not None
    assert f"{COOKIE}={half.value}" not in answer.headers["Set-Cookie"], "the token of the first step is gone"
    with database.reading() as session:
        assert audit.find_last(session, "signed_in") is not None


def test_a_code_that_was_used_is_refused(app: APIFlask, secret: str, codes: list[str], database: Database) -> None:
    code = next_code(secret)
    assert post(give_password(app), "/review/sign-in/code", code=code).status_code == 303
    again = post(give_password(app), "/review/sign-in/code", code=code)

    assert again.status_code == 401
    assert "used before" in again.text
    with database.reading() as session:
        failed = audit.find_last(session, "sign_in_failed")
        assert failed is not None
        assert '"reason":"code"' in failed.details


def test_a_recovery_code_lets_in_once(app: APIFlask, codes: list[str]) -> None:
    assert post(give_password(app), "/review/sign-in/code", code=codes[3]).status_code == 303
    assert post(give_password(app), "/review/sign-in/code", code=codes[3]).status_code == 401


def test_guessing_codes_is_stopped_by_the_counter_of_passwords(app: APIFlask, codes: list[str]) -> None:
    client = give_password(app)
    statuses = [post(client, "/review/sign-in/code", code=f"{n:06}").status_code for n in range(PER_NAME.amount + 1)]
    assert statuses[-1] == 429
    assert statuses.count(401) <= PER_NAME.amount
    assert post(client, "/review/sign-in/code", code=codes[0]).status_code == 429


def test_the_second_step_must_follow_soon(app: APIFlask, secret: str, codes: list[str], database: Database) -> None:
    client = give_password(app)
    with database.writing() as session:
        late = clock.now() - users.AWAITING_CODE
        session.execute(update(SignInRow).where(SignInRow.awaits_code).values(created_at=late))
    for answer in (client.get("/review/sign-in/code"), post(client, "/review/sign-in/code", code=next_code(secret))):
        assert answer.location.startswith("/review/sign-in")
        assert "code" not in answer.location


def test_the_code_page_is_nothing_to_strangers_and_to_who_is_in(app: APIFlask, maria: Person) -> None:
    for client in (app.test_client(), maria.client):
        assert client.get("/review/sign-in/code").location.startswith("/review/sign-in?")


REFUSED = {
    "wrong password": {"password": "not it"},
    "wrong code": {"code": "000000"},
    "no code": {"code": ""},
    "another secret": {"secret": "A" * 32},
    "no secret": {"secret": "<script>alert(1)</script>"},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_it_is_set_up_only_with_password_and_code(
    maria: Person, secret: str, database: Database, wrong: dict[str, str]
) -> None:
    right = {"secret": secret, "password": PASSWORD, "code": next_code(secret, 0)}
    answer = maria.post(PATH, right | wrong)

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    with database.reading() as session:
        assert session.get_one(UserRow, maria.user_id).totp_secret is None


def test_setting_it_up_ends_the_sign_ins_of_other_browsers(app: APIFlask, maria: Person, secret: str) -> None:
    other = app.test_client()
    assert post(other, "/review/sign-in", name="maria", password=PASSWORD).status_code == 303
    maria.post(PATH, {"secret": secret, "password": PASSWORD, "code": next_code(secret, 0)})

    assert maria.get("/review/").status_code == 200
    assert other.get("/review/").status_code == 303


def test_it_is_not_replaced_from_a_page_that_was_left_open(maria: Person, secret: str, codes: list[str]) -> None:
    answer = maria.post(PATH, {"secret": "B" * 32, "password": PASSWORD, "code": next_code("B" * 32, 0)})
    assert (answer.status_code, answer.location) == (303, PATH)


def test_it_is_given_up_with_password_and_code(maria: Person, app: APIFlask, secret: str, codes: list[str]) -> None:
    off = f"{PATH}/off"
    assert maria.post(off, {"password": "not it", "code": codes[0]}).status_code == 422
    assert maria.post(off, {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert maria.post(off, {"password": PASSWORD, "code": next_code(secret)}).status_code == 303

    client = app.test_client()
    assert post(client, "/review/sign-in", name="maria", password=PASSWORD).location == "/review/"


def test_a_one_time_password_is_still_replaced_after_the_code(
    app: APIFlask, codes: list[str], database: Database
) -> None:
    with database.writing() as session:
        session.execute(update(UserRow).values(is_password_one_time=True))
    client = give_password(app)
    assert post(client, "/review/sign-in/code", code=codes[0]).location.startswith("/review/password")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_pages_speak_both_languages(maria: Person, language: str) -> None:
    assert ("Второй фактор" in maria.get(f"{PATH}?lang={language}").text) == (language == "ru")
