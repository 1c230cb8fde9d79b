"""Suggestions of callers: listed newest first, for those who may see them, with nothing they hold run or lost."""

import pytest

from store import suggestions
from store.database import Database
from store.suggestions import NewSuggestion
from tests.service.review import samples
from tests.service.review.conftest import MakePerson, Page
from tests.service.review.test_queue import HOSTILE

PATH = "/review/suggestions"


def add(database: Database, text: str, *, is_kept: bool = True, **fields: object) -> None:
    scores = {"TOXICITY": {"summaryScore": {"value": 0.25}, "spanScores": [{"begin": 0, "end": 2}]}}
    with database.writing() as session:
        new = NewSuggestion(text, is_kept, scores, languages=["en"], **fields)  # type: ignore[arg-type]
        suggestions.add_suggestion(session, new, api_key_id=samples.key_id(session))


def test_they_are_listed_newest_first(make_person: MakePerson, database: Database) -> None:
    lead = make_person("lead", role="lead")
    assert "No suggestions have come in." in lead.get(PATH).text
    add(database, "It rained.", community="comments")
    add(database, "Kept by nobody.", is_kept=False)
    page = Page(lead.get(PATH).text).by_id("content").text
    for words in ("TOXICITY", "0.25", "passages: 1", "It rained.", "comments", "asked not to keep the text"):
        assert words in page
    assert "Kept by nobody." not in page
    assert page.index("asked not to keep") < page.index("It rained.")
    assert make_person("maria").get(PATH).status_code == 403


def test_pages_lead_on_and_end(make_person: MakePerson, database: Database) -> None:
    lead = make_person("lead", role="lead")
    for number in range(26):
        add(database, f"Number {number}.")
    first = Page(lead.get(PATH).text)
    (older,) = [str(one.attributes["href"]) for one in first.by_tag("a") if one.attributes.get("rel") == "next"]
    last = lead.get(older).text
    assert "Number 0." in last
    assert "Number 1." not in last
    assert 'rel="next"' not in last
    assert lead.get(f"{PATH}?after=x").status_code == 404


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_suggestions_are_shown_as_text(make_person: MakePerson, database: Database, text: str) -> None:
    if "\0" in text:
        return
    add(database, text, community=text)
    page = make_person("lead", role="lead").get(PATH)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
