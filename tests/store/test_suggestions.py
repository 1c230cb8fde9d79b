"""What callers say a score should have been, kept for reviewers and no longer than it may be."""

import pytest

from store import suggestions
from store.database import Database
from store.keys import add_key, make_key
from store.suggestions import NewSuggestion
from store.tables import SuggestionRow
from tests.store.makers import ago

SCORES = {"THREAT": {"summaryScore": {"value": 1.0}}}


@pytest.fixture
def key_id(database: Database) -> str:
    with database.writing() as session:
        return add_key(session, make_key(), name="tests", scopes=["submit"]).id


def test_the_newest_come_first_in_pages(database: Database, key_id: str) -> None:
    ids = []
    for number in range(3):
        with database.writing() as session:
            new = NewSuggestion(f"No. {number}", is_kept=True, scores=SCORES, languages=["en"], community="c")
            ids.append(suggestions.add_suggestion(session, new, api_key_id=key_id).id)
    ids.sort(reverse=True)
    with database.reading() as session:
        first = suggestions.list_suggestions(session, limit=2)
        rest = suggestions.list_suggestions(session, limit=2, after_id=first[-1].id)

    assert [row.id for row in first + rest] == ids
    assert (first[0].scores, first[0].languages, first[0].community) == (SCORES, ["en"], "c")


def test_what_is_past_its_time_is_deleted(database: Database, key_id: str) -> None:
    """By the day its id tells; what is younger stays."""
    with database.writing() as session:
        new = NewSuggestion("A comment.", is_kept=True, scores=SCORES)
        young = suggestions.add_suggestion(session, new, api_key_id=key_id)
        milliseconds = int(ago(31 * 86_400).timestamp() * 1000)
        values = {column.name: getattr(young, column.name) for column in SuggestionRow.__table__.columns}
        session.add(SuggestionRow(**values | {"id": f"sug_{milliseconds:012x}{'0' * 20}"}))
    with database.writing() as session:
        assert suggestions.forget_old_suggestions(session, days=32) == 0
        assert suggestions.forget_old_suggestions(session, days=30) == 1
    with database.reading() as session:
        assert [row.id for row in suggestions.list_suggestions(session, limit=10)] == [young.id]
