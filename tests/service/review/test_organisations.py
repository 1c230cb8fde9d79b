"""The pages of organisations: found by name, shown with who lists them, safe and in both languages."""

import pytest
from apiflask import APIFlask
from flask import g

from models.designations.custom import CustomOrganisation
from service.review.findings import read_report
from store import custom_organisations
from store.database import Database
from tests.service.review.conftest import Page, Person
from tests.store import makers

HOSTILE = '"><script>alert(1)</script>\u202e\u200b'
PATH = "/review/organisations"


def add(database: Database, **changes: object) -> None:
    row = {
        "id": "own",
        "name": HOSTILE,
        "names": [{"text": f"Qarzan {HOSTILE}", "language": "en"}],
        "designations": [
            {"jurisdiction": "RU", "list": HOSTILE, "kind": "extremist", "since": "2020", "reference": HOSTILE}
        ],
        **changes,
    }
    with database.writing() as session:
        custom_organisations.keep(session, CustomOrganisation.model_validate(row), changed_by="key_1")


def test_strangers_sign_in_first(app, maria: Person) -> None:  # type: ignore[no-untyped-def]
    for path in (PATH, f"{PATH}/islamic-state"):
        answer = app.test_client().get(path)
        assert answer.status_code == 303
        assert "/review/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize(("language", "heading"), [("en", "Who lists it"), ("ru", "В чьих перечнях")])
def test_one_is_found_and_shown(maria: Person, language: str, heading: str) -> None:
    """The search box needs no script: its form leads to the list, and the list to the organisation."""
    found = maria.get(f"{PATH}?q=исламское государство&lang={language}").text
    assert f'href="{PATH}/islamic-state"' in found
    page = Page(maria.get(f"{PATH}/islamic-state?lang={language}").text)

    assert heading in page.by_id("listings").text
    text = " ".join(element.text for element in page.by_tag("li"))
    assert "2014-12-29" in text
    assert ("Russia" if language == "en" else "Россия") in text


def test_the_list_goes_on(maria: Person) -> None:
    seen: list[str] = []
    path = f"{PATH}?jurisdiction=RU"
    while path:
        page = Page(maria.get(path).text)
        links = [element.attributes.get("href") or "" for element in page.by_tag("a")]
        seen += [link for link in links if link.startswith(f"{PATH}/")]
        more = [e.attributes["href"] for e in page.by_tag("a") if e.attributes.get("rel") == "next"]
        path = str(more[0]) if more else ""

    assert len(seen) == len(set(seen)) > 150


def test_one_of_your_own_is_told_apart_and_harmless(maria: Person, database: Database) -> None:
    add(database)
    for path in (f"{PATH}?q=qarzan", f"{PATH}/own"):
        html = maria.get(f"{path}").text
        assert "<script>" not in html
        assert "\u202e" not in html
    assert "added here" in maria.get(f"{PATH}/own?lang=en").text


def test_an_extension_leads_to_what_it_adds_to(maria: Person, database: Database) -> None:
    add(database, extends="islamic-state", name="Ours")

    assert f'href="{PATH}/islamic-state"' in maria.get(f"{PATH}/own").text
    assert "Qarzan" in maria.get(f"{PATH}/islamic-state").text


@pytest.mark.parametrize("query", ["jurisdiction=ZZ", "after=x", f"q={'x' * 201}"])
def test_what_makes_no_sense_is_not_found(maria: Person, query: str) -> None:
    assert maria.get(f"{PATH}?{query}").status_code == 404


@pytest.mark.parametrize("organisation_id", ["nobody", "%00", "%FF", "x" * 2_000])
def test_an_unknown_one_is_not_found(maria: Person, organisation_id: str) -> None:
    assert maria.get(f"{PATH}/{organisation_id}").status_code == 404


def test_what_is_searched_for_is_shown_as_text(maria: Person) -> None:
    html = maria.get(PATH, query_string={"q": HOSTILE}).text
    assert "<script>" not in html


def test_the_other_language_keeps_the_search(maria: Person) -> None:
    html = maria.get(f"{PATH}?q=taliban&jurisdiction=RU&lang=en").text
    assert "q=taliban" in html.split("По-русски")[0].rsplit("href=", 1)[1]


def test_a_name_that_only_the_text_labels_has_no_page_to_lead_to(app: APIFlask) -> None:
    """Its id stands for no organisation: a link would lead nowhere."""
    body = {
        "text": "Novaya Volna",
        "start": 0,
        "end": 12,
        "organisation": {"id": "unregistered", "name": "Novaya Volna"},
        "score": 0.9,
        "marked": True,
        "marker": None,
        "footnote": None,
        "designated_by": [],
        "reason": "The text labels it.",
    }
    listed = {**body, "organisation": {"id": "islamic-state", "name": "Islamic State"}}
    report = makers.violent_report()
    report["designations"]["mentions"] = [body, listed]
    with app.test_request_context("/review/"):
        g.language = "en"
        shown = read_report(report).mentions

    assert [mention.is_registered for mention in shown] == [False, True]
