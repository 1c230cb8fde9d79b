"""The policy in the dashboard: tried before it is saved, saved by admins, with who changed what."""

from typing import Any

import pytest

from store import policies
from store.database import Database
from store.policy import DEFAULT_POLICY, Policy
from tests.service.review.conftest import MakePerson, Page, Person
from tests.service.review.test_article import add_sample
from tests.service.review.test_queue import HOSTILE

PATH = "/review/policy"


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("anna", role="admin")


def form(*rules: tuple[str, str, str], **fields: str) -> dict[str, Any]:
    columns = zip(*rules, strict=True) if rules else ((), (), ())
    given = dict(zip(("label", "action", "min_score"), map(list, columns), strict=True))
    return {"name": "house", "over": "1", "note": "as the board decided", **given, **fields}


RULES = (("violence", "block", "0.6"), ("", "review", "0.5"), ("bias", "label", "0,7"))


def current(database: Database) -> Policy:
    with database.reading() as session:
        return policies.current_policy(session)


def test_the_form_shows_the_policy_in_force(boss: Person) -> None:
    page = Page(boss.get(PATH).text)
    labels = [one.attributes.get("value") for one in page.by_tag("input") if one.attributes.get("name") == "label"]
    assert [label for label in labels if label] == [rule.label for rule in DEFAULT_POLICY.rules]
    assert "In force: default@1" in page.by_tag("main")[0].text
    assert len(boss.get(f"{PATH}?lang=ru").data) < 60_000


def test_it_is_tried_before_it_is_saved(boss: Person, database: Database) -> None:
    article_id = add_sample(database)
    assert "Put in force" not in boss.get(PATH).text, "only what was tried can be saved"
    tried = boss.post(f"{PATH}/preview", form(*RULES))
    assert tried.status_code == 200
    assert "Of 1 articles, 1 would have another action" in tried.text
    assert f"/review/articles/{article_id}" in tried.text
    assert current(database) == DEFAULT_POLICY
    assert "Put in force" in tried.text

    saved = boss.post(PATH, form(*RULES))
    assert saved.status_code == 303
    made = current(database)
    assert (made.reference, [(rule.label, rule.action, rule.min_score) for rule in made.rules]) == (
        "house@2",
        [("violence", "block", 0.6), ("bias", "label", 0.7)],
    )
    page = boss.get(saved.headers["Location"]).text
    for words in ("is in force from the next article on", "house@2", "default@1", "anna", "as the board decided"):
        assert words in page
    version = boss.get(f"{PATH}/versions/2").text
    assert "New rules" in version
    assert "Rules that are gone" in version
    assert boss.get(f"{PATH}/versions/1").status_code == 200
    assert [boss.get(f"{PATH}/versions/{number}").status_code for number in (0, 3, 10**12)] == [404] * 3


def test_somebody_else_s_change_is_not_overwritten_unseen(boss: Person, database: Database) -> None:
    boss.post(PATH, form(*RULES))
    stale = boss.post(PATH, form(("bias", "block", "0.1")))
    assert (stale.status_code, "Somebody else changed the policy" in stale.text) == (409, True)
    assert current(database).reference == "house@2"
    page = Page(stale.text)
    (over,) = [one.attributes["value"] for one in page.by_tag("input") if one.attributes.get("name") == "over"]
    assert over == "2", "saved again, it is on purpose"
    assert boss.post(PATH, form(("bias", "block", "0.1"), over="2")).status_code == 303


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (form(("violense", "block", "0.5")), "There is no such label"),
        (form(("violence", "delete", "0.5")), "There is no such action"),
        (form(("violence", "block", "much")), "a number from 0 to 1"),
        (form(("violence", "block", "nan")), "a number from 0 to 1"),
        (form(("violence", "block", "1.5")), "a number from 0 to 1"),
        (form(("violence", "block", "")), "a number from 0 to 1"),
        (form(("bias", "label", "0.5"), ("bias", "label", "0.7")), "two rules of the same label"),
        (form(name="a b"), "A name has 1 to 64"),
        (form(note="x" * 501), "The reason is too long"),
        (form(*[("violence", "block", "0.5")] * 203), "too many rules"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_said_and_kept_in_the_form(
    boss: Person, database: Database, given: dict[str, Any], words: str
) -> None:
    for path in (PATH, f"{PATH}/preview"):
        answer = boss.post(path, given)
        assert (answer.status_code, words in answer.text) == (422, True)
        for label in given.get("label", ()):
            assert label in answer.text
    assert current(database) == DEFAULT_POLICY


def test_a_lead_tries_and_an_admin_saves(make_person: MakePerson, database: Database) -> None:
    lead, auditor = make_person("lead", role="lead"), make_person("auditor", role="auditor")
    for person in (lead, auditor):
        assert "Put in force" not in person.post(f"{PATH}/preview", form(*RULES)).text
        assert person.post(PATH, form(*RULES)).status_code == 403
    assert current(database) == DEFAULT_POLICY


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_fields_are_shown_as_text(boss: Person, words: str) -> None:
    page = Page(boss.post(f"{PATH}/preview", form((words, words, words), name=words, note=words)).text)
    assert [one.attributes.get("src") for one in page.by_tag("script")] == ["/review/static/keys.js"]
    assert not page.by_tag("img")
