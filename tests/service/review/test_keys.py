"""The pages of API keys: who may, a key shown once, what is refused, and an admin's key that stays."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from service.review import keys as pages
from service.review.key_messages import KEY_MESSAGES
from store import audit, keys
from store.database import Database
from store.keys import Grant
from store.tables import ApiKeyRow
from tests.service.review.conftest import MakePerson, Page, Person

PATH = "/review/keys"
FORM = {"name": "wire desk", "scopes": ["submit", "read"], "sees": ""}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("anna", role="admin")


def add(database: Database, name: str = "wire desk", **grant: object) -> str:
    with database.writing() as session:
        given = Grant(**{"scopes": ["submit", "read"], **grant})  # type: ignore[arg-type]
        return keys.grant_key(session, f"key of {name}", given, name=name, actor="cli").id


def get(database: Database, key_id: str) -> ApiKeyRow:
    with database.reading() as session:
        return session.get_one(ApiKeyRow, key_id)


def last_entry(database: Database) -> tuple[str, str, str]:
    with database.reading() as session:
        (entry,) = audit.list_entries(session, limit=1)
    return entry.action, entry.actor, entry.subject


def test_an_admin_manages_and_an_auditor_looks_on(database: Database, make_person: MakePerson) -> None:
    key_id = add(database)
    auditor = make_person("ivan", role="auditor")
    for path in (PATH, f"{PATH}/{key_id}"):
        answer = auditor.get(path)
        assert answer.status_code == 200
        assert "wire desk" in answer.text
        assert f'action="{PATH}' not in answer.text
    for path in (PATH, f"{PATH}/{key_id}", f"{PATH}/{key_id}/rotate", f"{PATH}/{key_id}/revoke"):
        assert auditor.post(path, FORM).status_code == 403
    row = get(database, key_id)
    assert (row.revoked_at, row.rotated_at) == (None, None)


# --- making ---------------------------------------------------------------------------------------


def test_a_new_key_is_shown_once_and_works(database: Database, boss: Person) -> None:
    answer = boss.post(PATH, FORM | {"articles_per_minute": "60", "burst_seconds": "10", "expires_on": "2999-01-01"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    secret = Page(answer.text).by_id("secret").text
    with database.reading() as session:
        row = keys.find_key(session, secret)
    assert row is not None
    assert (row.name, row.scopes, row.sees) == ("wire desk", ["read", "submit"], "own")
    assert row.limits == {"articles_per_minute": 60, "burst_seconds": 10}
    assert row.expires_at == datetime(2999, 1, 1, tzinfo=UTC)
    assert last_entry(database) == ("key_added", boss.user_id, row.id)
    for path in (PATH, f"{PATH}/{row.id}", "/review/audit"):
        assert secret not in boss.get(path).text
    assert "60 a minute, 10 at once" in boss.get(f"{PATH}/{row.id}").text


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["write"]}, "scopes"),
        ({"sees": "some"}, "sees"),
        ({"articles_per_minute": "many"}, "limits"),
        ({"articles_per_minute": "-1"}, "limits"),
        ({"characters_per_minute": "1" * 5_000}, "limits"),
        ({"burst_seconds": "0"}, "limits"),
        ({"expires_on": "2020-01-01"}, "end"),
        ({"expires_on": "soon"}, "end"),
        ({"expires_on": "2999-13-01"}, "end"),
    ],
    ids=str,
)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_cannot_be_is_refused_and_stays_in_the_form(
    database: Database, boss: Person, fields: dict[str, object], reason: str, language: str
) -> None:
    key_id = add(database)
    for path in (PATH, f"{PATH}/{key_id}"):
        answer = boss.post(f"{path}?lang={language}", {**FORM, "articles_per_minute": "7", **fields})  # type: ignore[dict-item]
        assert answer.status_code == 422
        page = Page(answer.text)
        (alert,) = [found for found in page.elements if found.attributes.get("role") == "alert"]
        assert KEY_MESSAGES[f"key.refused.{reason}"][language == "ru"] in alert.text
        if "articles_per_minute" not in fields:
            assert page.by_id("articles_per_minute").attributes["value"] == "7"
    with database.reading() as session:
        assert [row.limits for row in session.scalars(select(ApiKeyRow))] == [{}]


def test_a_hostile_name_is_shown_as_text(database: Database, boss: Person) -> None:
    key_id = add(database, HOSTILE)
    for path in (PATH, f"{PATH}/{key_id}", "/review/audit"):
        assert "<script>" not in boss.get(path).text


def test_the_list_goes_page_by_page(database: Database, boss: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_SIZE", 2)
    made = sorted((add(database, f"key {number}") for number in range(3)), reverse=True)
    page = Page(boss.get(PATH).text)
    (older,) = [link for link in page.by_tag("a") if link.attributes.get("rel") == "next"]
    listed = [boss.get(path).text for path in (PATH, older.attributes["href"] or "")]
    assert [[key_id in text for key_id in made] for text in listed] == [[True, True, False], [False, False, True]]


# --- one key --------------------------------------------------------------------------------------


def test_a_change_is_kept(database: Database, boss: Person) -> None:
    key_id = add(database, limits={"articles_per_minute": 5}, expires_at=datetime(2999, 1, 1, 12, tzinfo=UTC))
    form = {"name": "desk", "scopes": "read", "sees": "all", "requests_per_minute": "0", "expires_on": "2999-01-01"}
    answer = boss.post(f"{PATH}/{key_id}", form)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PATH}/{key_id}?done=changed")
    row = get(database, key_id)
    assert (row.name, row.scopes, row.sees) == ("desk", ["read"], "all")
    assert row.limits == {"requests_per_minute": 0}
    assert row.expires_at == datetime(2999, 1, 1, 12, tzinfo=UTC), "a day left as it was keeps its hour"
    assert last_entry(database) == ("key_changed", boss.user_id, key_id)
    assert "Saved." in boss.get(answer.headers["Location"]).text
    boss.post(f"{PATH}/{key_id}", form | {"expires_on": ""})
    assert get(database, key_id).expires_at is None


@pytest.mark.parametrize(("form", "lives"), [({}, True), ({"at_once": "yes"}, False)], ids=["grace", "at once"])
def test_a_new_secret_is_shown_once(database: Database, boss: Person, form: dict[str, str], lives: bool) -> None:
    key_id = add(database)
    answer = boss.post(f"{PATH}/{key_id}/rotate", form)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    secret = Page(answer.text).by_id("secret").text
    with database.reading() as session:
        assert keys.find_key(session, secret) is not None
        assert (keys.find_key(session, "key of wire desk") is not None) is lives
    assert ("the key before is good too" in answer.text) is lives
    assert last_entry(database) == ("key_rotated", boss.user_id, key_id)
    assert secret not in boss.get(f"{PATH}/{key_id}").text


def test_a_revoked_key_offers_no_deeds(database: Database, boss: Person) -> None:
    key_id = add(database)
    assert boss.post(f"{PATH}/{key_id}/revoke").status_code == 303
    assert get(database, key_id).revoked_at is not None
    assert last_entry(database) == ("key_revoked", boss.user_id, key_id)
    page = boss.get(f"{PATH}/{key_id}").text
    assert ">revoked<" in page
    assert f'action="{PATH}/{key_id}' not in page
    assert boss.post(f"{PATH}/{key_id}", FORM).status_code == 404
    assert boss.post(f"{PATH}/{key_id}/rotate").status_code == 404


def test_the_last_admin_key_goes_only_where_that_was_said(database: Database, boss: Person) -> None:
    key_id = add(database, scopes=["admin"])
    for form in (FORM | {"scopes": "read"}, FORM | {"scopes": "admin", "expires_on": "2999-01-01"}):
        answer = boss.post(f"{PATH}/{key_id}", form)  # type: ignore[arg-type]
        assert answer.status_code == 409
        assert "make another one first" in answer.text
    asked = boss.post(f"{PATH}/{key_id}/revoke")
    assert asked.status_code == 409
    assert get(database, key_id).revoked_at is None
    assert "Revoke it all the same" in asked.text
    assert boss.post(f"{PATH}/{key_id}/revoke", {"last_admin": "yes"}).status_code == 303
    assert get(database, key_id).revoked_at is not None


@pytest.mark.parametrize("key_id", ["x", "key_" + "0" * 32, "art_" + "0" * 32, "key_%00"])
def test_what_is_no_key_has_no_page(boss: Person, key_id: str) -> None:
    assert boss.get(f"{PATH}/{key_id}").status_code == 404
    for deed in ("", "/rotate", "/revoke"):
        assert boss.post(f"{PATH}/{key_id}{deed}", FORM).status_code == 404


def test_a_form_of_another_site_changes_nothing(database: Database, boss: Person) -> None:
    key_id = add(database)
    for path in (PATH, f"{PATH}/{key_id}/rotate", f"{PATH}/{key_id}/revoke"):
        assert boss.client.post(path, data=FORM, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    row = get(database, key_id)
    assert (row.revoked_at, row.rotated_at) == (None, None)


def test_the_pages_read_in_russian(database: Database, boss: Person) -> None:
    key_id = add(database)
    assert "Создать ключ" in boss.get(f"{PATH}?lang=ru").text
    assert "присылать статьи" in boss.get(f"{PATH}/{key_id}?lang=ru").text
