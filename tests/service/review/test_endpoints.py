"""The pages of webhooks: who may see and change what, a secret shown once, what failed sent again."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import select, update

import service.review.endpoints
import store.addresses
import store.endpoints
from service.review.messages import MESSAGES
from service.review.webhook_messages import WEBHOOK_MESSAGES
from store import clock, endpoints, sending
from store.database import Database
from store.sending import Attempt
from store.tables import AttemptRow, AuditEntryRow, DeliveryRow, EndpointRow
from tests.service.conftest import Api
from tests.service.review.conftest import MakePerson, Page, Person
from tests.store.makers import ALL
from workers import egress

PATH = "/review/endpoints"
URL = "https://receiver.example.org/hooks"
HOSTILE = '"><script>alert(1)</script>\u202e'
FORM = {"url": URL, "description": "the CMS", "events": ["article.failed", "article.classified"], "headers": ""}


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("anna", role="admin")


def add(database: Database, **fields: object) -> str:
    with database.writing() as session:
        row = endpoints.add_endpoint(session, URL, events=["article.classified"])
        for name, value in fields.items():
            setattr(row, name, value)
        return row.id


def get(database: Database, endpoint_id: str) -> EndpointRow:
    with database.reading() as session:
        return session.get_one(EndpointRow, endpoint_id)


def deliver(
    database: Database, boss: Person, endpoint_id: str, *, status: int | None, failure: str | None = None
) -> str:
    """A test event, and the one attempt to send it."""
    boss.post(f"{PATH}/{endpoint_id}/test")
    with database.writing() as session:
        (sent,) = sending.claim_deliveries(session, limit=1, share=ALL)
        assert sending.record_attempt(session, sent, Attempt(clock.now(), 12, status, failure))
        return sent.delivery_id


# --- who ------------------------------------------------------------------------------------------


def pages(endpoint_id: str) -> list[str]:
    return [PATH, f"{PATH}/{endpoint_id}", "/review/deliveries"]


def deeds(endpoint_id: str) -> list[str]:
    actions = [f"{PATH}/{endpoint_id}/{action}" for action in service.review.endpoints._ACTIONS]
    return [PATH, f"{PATH}/{endpoint_id}", "/review/deliveries/redeliver", *actions]


@pytest.mark.parametrize(
    ("role", "may_look", "may_do"),
    [("moderator", False, False), ("lead", True, False), ("auditor", True, False), ("admin", True, True)],
)
def test_an_admin_manages_a_lead_and_an_auditor_look_on(
    database: Database, make_person: MakePerson, role: str, may_look: bool, may_do: bool
) -> None:
    person, endpoint_id = make_person(role=role), add(database)
    assert (f'href="{PATH}"' in person.get("/review/").text) is may_look
    for path in pages(endpoint_id):
        answer = person.get(path)
        assert answer.status_code == (200 if may_look else 403)
        assert (f'action="{PATH}' in answer.text) is (may_do and path != "/review/deliveries")
    for path in deeds(endpoint_id):
        assert (person.post(path).status_code != 403) is may_do, path
    if not may_do:
        assert get(database, endpoint_id).is_enabled


def test_strangers_sign_in_first(app, database: Database) -> None:  # type: ignore[no-untyped-def]
    endpoint_id = add(database)
    for path in pages(endpoint_id):
        assert "/review/sign-in" in app.test_client().get(path).headers["Location"]
    for path in deeds(endpoint_id):
        assert "/review/sign-in" in app.test_client().post(path).headers["Location"]


def test_a_form_of_another_site_changes_nothing(database: Database, boss: Person) -> None:
    endpoint_id = add(database)
    answer = boss.client.post(f"{PATH}/{endpoint_id}/pause", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not get(database, endpoint_id).is_paused


# --- making and changing --------------------------------------------------------------------------


def test_the_secret_of_a_new_receiver_is_shown_once(database: Database, boss: Person) -> None:
    answer = boss.post(PATH, FORM | {"headers": "Authorization: Bearer of theirs\r\n\r\nX-Tenant: 7\r\n"})
    assert answer.status_code == 201
    with database.reading() as session:
        row = session.scalars(select(EndpointRow)).one()
        (entry,) = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "endpoint_added"))
    assert Page(answer.text).by_id("secret").text == row.secret
    assert (row.description, row.events) == ("the CMS", ["article.classified", "article.failed"])
    assert row.headers == {"Authorization": "Bearer of theirs", "X-Tenant": "7"}
    assert (entry.action, entry.actor, entry.subject) == ("endpoint_added", boss.user_id, row.id)
    again = boss.get(f"{PATH}/{row.id}").text
    assert row.secret not in again
    assert "of theirs" not in again


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": ""}, "scheme"),
        ({"url": "http://receiver.example.org/"}, "scheme"),
        ({"url": "https://inside.example.org/"}, "private"),
        ({"url": "https://10.0.0.1/"}, "private"),
        ({"url": "https://receiver.example.org:8443/"}, "port"),
        ({"events": []}, "no_events"),
        ({"events": ["article.unheard"]}, "events"),
        ({"headers": "Host: x"}, "headers_ours"),
        ({"headers": "no colon"}, "headers_line"),
        ({"headers": "X: a\nX: b"}, "headers_twice"),
        ({"headers": "X: ***"}, "headers_value"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept_in_the_form(
    database: Database, boss: Person, fields: dict[str, object], code: str, language: str
) -> None:
    sentence = MESSAGES[f"endpoint.refused.{code}"][("en", "ru").index(language)]
    endpoint_id = add(database)
    for path in (PATH, f"{PATH}/{endpoint_id}"):
        answer = boss.post(f"{path}?lang={language}", FORM | fields)  # type: ignore[arg-type]
        assert answer.status_code == 422
        page = Page(answer.text)
        assert sentence in " ".join(element.text for element in page.by_tag("p"))
        assert page.by_id("url").attributes["value"] == (FORM | fields)["url"]
    with database.reading() as session:
        assert len(session.scalars(select(EndpointRow)).all()) == 1
    assert get(database, endpoint_id).description is None


def test_a_change_keeps_the_values_of_headers_that_are_masked(database: Database, boss: Person) -> None:
    endpoint_id = add(database, headers={"X-Key": "secret"})
    page = Page(boss.get(f"{PATH}/{endpoint_id}").text)
    assert page.by_id("headers").text.strip() == "X-Key: ***"
    form = FORM | {"url": "https://new.example.org/", "headers": "X-Key: ***\r\nX-New: n"}
    answer = boss.post(f"{PATH}/{endpoint_id}", form)
    assert answer.status_code == 303
    row = get(database, endpoint_id)
    assert (row.url, row.receiver) == ("https://new.example.org/", "new.example.org:443")
    assert row.headers == {"X-Key": "secret", "X-New": "n"}
    assert "Saved." in boss.get(answer.headers["Location"]).text


def test_pausing_and_switching_off(database: Database, boss: Person) -> None:
    endpoint_id = add(database)
    path = f"{PATH}/{endpoint_id}"
    for action, is_enabled, is_paused, sentence in (
        ("pause", True, True, "Paused: what happens"),
        ("resume", True, False, "in use"),
        ("switch_off", False, False, "somebody switched it off"),
        ("switch_on", True, False, "in use"),
    ):
        answer = boss.post(f"{path}/{action}")
        row = get(database, endpoint_id)
        assert (row.is_enabled, row.is_paused) == (is_enabled, is_paused)
        assert sentence in boss.get(answer.headers["Location"]).text
    assert boss.post(f"{path}/explode").status_code == 404
    assert boss.post(f"{PATH}/ep_{'0' * 32}/pause").status_code == 404


def test_a_new_secret_is_shown_once(database: Database, boss: Person) -> None:
    endpoint_id = add(database)
    old = get(database, endpoint_id).secret
    answer = boss.post(f"{PATH}/{endpoint_id}/rotate")
    row = get(database, endpoint_id)
    assert Page(answer.text).by_id("secret").text == row.secret != old
    assert row.old_secret == old
    again = boss.get(f"{PATH}/{endpoint_id}").text
    assert "signs too" in again
    assert row.secret not in again


def test_a_deleted_one_is_gone(database: Database, boss: Person) -> None:
    endpoint_id = add(database)
    answer = boss.post(f"{PATH}/{endpoint_id}/delete")
    assert "is deleted" in boss.get(answer.headers["Location"]).text
    assert boss.get(f"{PATH}/{endpoint_id}").status_code == 404


# --- deliveries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ru"])
def test_each_attempt_is_shown(database: Database, boss: Person, language: str) -> None:
    endpoint_id = add(database)
    deliver(database, boss, endpoint_id, status=None, failure="connection refused")
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(next_attempt_at=None))
    deliver(database, boss, endpoint_id, status=500)
    page = Page(boss.get(f"{PATH}/{endpoint_id}?lang={language}").text)
    attempts = [element.text for element in page.by_tag("ol") if element.attributes.get("class") == "attempts"]
    assert len(attempts) == 2
    assert "HTTP 500" in attempts[0]
    assert MESSAGES["failure.connection refused"][("en", "ru").index(language)] in attempts[1]


def test_those_that_failed_are_sent_again_one_by_one_or_all(database: Database, boss: Person) -> None:
    endpoint_id = add(database)
    made = []
    for _ in range(3):
        made.append(deliver(database, boss, endpoint_id, status=204))
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="failed"))
    page = Page(boss.get("/review/deliveries").text)
    boxes = [element.attributes["value"] for element in page.by_tag("input") if element.attributes.get("name") == "ids"]
    assert sorted(str(box) for box in boxes) == sorted(made)

    answer = boss.post("/review/deliveries/redeliver", {"ids": [made[0], "dlv_none", "x"]})  # type: ignore[dict-item]
    assert "1 on their way again" in boss.get(answer.headers["Location"]).text
    answer = boss.post("/review/deliveries/redeliver", {"all": "1"})
    assert "2 on their way again" in boss.get(answer.headers["Location"]).text
    with database.reading() as session:
        assert set(session.scalars(select(DeliveryRow.state))) == {"pending"}
    assert boss.get("/review/deliveries?state=lost").status_code == 404


def test_a_callback_of_an_article_is_told_apart(admin: Api, database: Database, boss: Person) -> None:
    from tests.service.conftest import finish

    article_id = admin.submit_id(fields={"callback_url": URL})
    finish(database, article_id)
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="failed", next_attempt_at=None))
    text = boss.get("/review/deliveries").text
    assert "Callback of an article" in text
    assert f"/review/articles/{article_id}" in text
    assert URL not in boss.get(PATH).text


def test_lists_go_on(database: Database, boss: Person) -> None:
    made = [add(database) for _ in range(27)]
    first = Page(boss.get(PATH).text)
    (more,) = [element.attributes["href"] for element in first.by_tag("a") if element.attributes.get("rel") == "next"]
    second = boss.get(str(more)).text
    shown = [one for one in made if one in second]
    assert len(shown) == 2
    assert boss.get(f"{PATH}?after=nonsense").status_code == 404


# --- trouble --------------------------------------------------------------------------------------


def test_every_page_says_when_webhooks_do_not_arrive(database: Database, boss: Person, maria: Person) -> None:
    endpoint_id = add(database)
    assert "do not arrive" not in boss.get("/review/").text
    with database.writing() as session:
        session.execute(update(EndpointRow).values(failing_since=clock.now(), told_failing_at=clock.now()))
    assert "do not arrive" in boss.get("/review/").text
    assert "do not arrive" not in maria.get("/review/").text, "a moderator could do nothing about it"
    with database.writing() as session:
        endpoints.switch_off(session, session.get_one(EndpointRow, endpoint_id), reason=endpoints.REASONS["failing"])
    assert "do not arrive" in boss.get("/review/").text
    assert "five days" in boss.get(f"{PATH}/{endpoint_id}").text
    boss.post(f"{PATH}/{endpoint_id}/switch_on")
    assert "do not arrive" not in boss.get("/review/").text


def test_what_a_customer_wrote_is_text(database: Database, boss: Person, make_person: MakePerson) -> None:
    endpoint_id = add(database, description=HOSTILE, disabled_reason=HOSTILE, is_enabled=False)
    with database.writing() as session:
        session.add(
            AttemptRow(
                delivery_id=deliver_row(session, endpoint_id), number=1, started_at=clock.now(), duration_ms=1,
                status=None, failure=HOSTILE,
            )
        )  # fmt: skip
    auditor = make_person(role="auditor")
    for path in pages(endpoint_id):
        assert "<script>" not in boss.get(path).text
        assert "\u202e" not in auditor.get(path).text, "what hides is spelt out, outside of a form's fields"


def deliver_row(session, endpoint_id: str) -> str:  # type: ignore[no-untyped-def]
    from store import outbox

    row = session.get_one(EndpointRow, endpoint_id)
    delivery = outbox.add_test_event(session, row)
    delivery.state = "failed"
    return delivery.id


# --- words ----------------------------------------------------------------------------------------


def words_after(pattern: str, *modules: object) -> set[str]:
    sources: Iterable[str] = (Path(str(module.__file__)).read_text("utf-8") for module in modules)  # type: ignore[attr-defined]
    return {found for source in sources for found in re.findall(pattern, source)}


def test_every_refusal_has_its_sentence_in_both_languages() -> None:
    codes = words_after(r'RefusedError\("(\w+)"', store.addresses, store.endpoints, service.review.endpoints)
    assert len(codes) > 10
    told = {key.removeprefix("endpoint.refused.") for key in WEBHOOK_MESSAGES if key.startswith("endpoint.refused.")}
    assert codes == told


def test_every_failure_and_reason_has_its_words_in_both_languages() -> None:
    words = {words for _, words in egress._CATEGORIES} | {"no answer", "address not allowed", "unusable secret"}
    assert {f"failure.{one}" for one in words} <= set(MESSAGES)
    assert {f"reason.{one}" for one in endpoints.REASONS} <= set(MESSAGES)
