"""The page of the audit log: whole, in order, for admins and auditors alone, and taken away as a file."""

import json

import pytest
from apiflask import APIFlask

from service.review.audit import PAGE_SIZE
from store import audit
from store.database import Database
from tests.service.review.conftest import SAME_ORIGIN, MakePerson, Page, Person

PATH = "/review/audit"
HOSTILE = '"><script>alert(1)</script>\u202e'


@pytest.fixture
def ivan(make_person: MakePerson) -> Person:
    return make_person("ivan", role="auditor")


def record(database: Database, count: int, *, actor: str = "usr_0", action: str = "decided") -> None:
    with database.writing() as session:
        for number in range(count):
            audit.record(session, action=action, actor=actor, subject=f"art_{number}", details={"name": HOSTILE})


@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_entry_is_shown_with_names_and_without_markup(ivan: Person, database: Database, language: str) -> None:
    record(database, 1, actor=ivan.user_id)
    answer = ivan.get(f"{PATH}?lang={language}")
    page = Page(answer.text)

    row = page.by_id("entry-1").text
    assert all(part in row for part in ("ivan", "art_0", "⟦U+202E⟧", "decided" if language == "en" else "решение"))
    assert "<script>alert" not in answer.text
    with database.reading() as session:
        assert audit.read_head(session).hash in answer.text


def test_older_pages_follow_without_a_gap(ivan: Person, database: Database) -> None:
    record(database, PAGE_SIZE * 2 + 1)
    seen: list[str] = []
    path = PATH
    while path:
        page = Page(ivan.get(path).text)
        seen += [found for found in page.ids() if found.startswith("entry-")]
        path = next((str(e.attributes["href"]) for e in page.by_tag("a") if e.attributes.get("rel") == "next"), "")

    assert seen == [f"entry-{seq}" for seq in range(PAGE_SIZE * 2 + 1, 0, -1)]


def test_one_action_is_picked_out(ivan: Person, database: Database) -> None:
    record(database, 2)
    record(database, 1, action="signed_in")
    page = Page(ivan.get(f"{PATH}?action=signed_in").text)

    assert [found for found in page.ids() if found.startswith("entry-")] == ["entry-3"]
    assert "no such entries" in ivan.get(f"{PATH}?action=backup_made").text


@pytest.mark.parametrize("query", ["action=nothing", "after=x", "after=YXJ0XzE", "action=decided&after=" + "A" * 40])
def test_what_does_not_exist_is_404(ivan: Person, query: str) -> None:
    assert ivan.get(f"{PATH}?{query}").status_code == 404


def test_the_file_holds_every_entry_and_the_one_about_itself(ivan: Person, database: Database) -> None:
    record(database, 3)
    answer = ivan.post(f"{PATH}/export")

    assert answer.status_code == 200
    assert answer.mimetype == "application/jsonl"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="obelus-audit-')
    entries = [json.loads(line) for line in answer.get_data().splitlines()]
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4]
    assert (entries[-1]["action"], entries[-1]["actor"]) == ("audit_exported", ivan.user_id)


def test_the_file_is_not_taken_by_a_link_or_another_site(ivan: Person) -> None:
    assert ivan.get(f"{PATH}/export").status_code in (404, 405)
    assert ivan.client.post(f"{PATH}/export", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_strangers_sign_in_first(app: APIFlask) -> None:
    for answer in (app.test_client().get(PATH), app.test_client().post(f"{PATH}/export", headers=SAME_ORIGIN)):
        assert "/review/sign-in" in answer.headers["Location"]
