"""The customer's own organisations: the file that the settings name, and their table."""

import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from models.designations.custom import OrganisationsFile, OrganisationsFileError
from store import custom_organisations
from store.database import Database
from store.organisations import load_file
from store.settings import Settings
from tests.models.designations.test_custom import GOOD, parse, write


def test_without_the_setting_there_is_no_file() -> None:
    assert load_file(Settings()) == OrganisationsFile()


def test_the_file_must_fit_the_jurisdictions_of_the_settings(tmp_path: Path) -> None:
    """What is listed only where labels are due is looked for too."""
    path = write(tmp_path / "own.jsonl", GOOD)
    fitting = load_file(Settings(organisations_file=path, jurisdictions=("US",), label_duty=("RU",)))

    assert [organisation.id for organisation in fitting.organisations] == ["bluewater-front"]
    with pytest.raises(OrganisationsFileError, match="At least one must be of a jurisdiction that is read here: US"):
        load_file(Settings(organisations_file=path, jurisdictions=("US",), label_duty=()))


# --- the table ------------------------------------------------------------------------------------


def test_the_version_grows_with_each_change(database: Database) -> None:
    with database.writing() as session:
        assert custom_organisations.current_version(session) == 0
        assert custom_organisations.keep(session, parse(), changed_by="key_1") == 1
        assert custom_organisations.keep(session, parse(name="Renamed"), changed_by="key_1") == 2
        assert custom_organisations.keep(session, parse(id="another"), changed_by="key_1") == 3
        assert custom_organisations.remove(session, "bluewater-front", changed_by="key_2") == 4
    with database.reading() as session:
        assert custom_organisations.current_version(session) == 4
        assert custom_organisations.list_current(session, version=4) == [parse(id="another")]
        assert custom_organisations.list_current(session, version=2) == [parse(name="Renamed")]
        assert not custom_organisations.has_current(session, "bluewater-front")
        assert custom_organisations.has_current(session, "another")


def test_of_two_changes_at_once_none_is_overlooked(database: Database) -> None:
    """The second waits for the first: SQLite then numbers it anew, PostgreSQL refuses it."""
    outcome: list[object] = []

    def change_too() -> None:
        try:
            with database.writing() as session:
                outcome.append(custom_organisations.keep(session, parse(id="second"), changed_by="key_2"))
        except IntegrityError as error:
            outcome.append(type(error))

    with database.writing() as session:
        custom_organisations.keep(session, parse(), changed_by="key_1")
        other = threading.Thread(target=change_too)
        other.start()
        other.join(0.3)
        assert outcome == []
    other.join(10)

    assert outcome == [2 if database.engine.dialect.name == "sqlite" else IntegrityError]
