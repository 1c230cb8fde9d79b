"""The customer's own organisations: their shape, their file, and the register with them in it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from models.designations.custom import (
    CustomOrganisation,
    OrganisationsFile,
    OrganisationsFileError,
    Scope,
    read_file,
    with_custom,
)
from models.designations.register import Register, read_register
from models.types import Rules

CASES = yaml.safe_load((Path(__file__).parent / "custom.yaml").read_text("utf-8"))
GOOD: dict[str, Any] = {
    "id": "bluewater-front",
    "name": "Bluewater Front",
    "names": [{"text": "Bluewater Front", "language": "en"}, {"text": "Фронт синей воды", "language": "ru"}],
    "designations": [{"jurisdiction": "RU", "list": "House list", "kind": "terrorist", "since": "2020-05"}],
}
EXTENSION: dict[str, Any] = {
    "id": "our-word",
    "name": "Our word for it",
    "extends": "islamic-state",
    "names": [{"text": "Qarzanists", "language": "en"}],
}


@pytest.fixture(scope="module")
def built_in() -> Register:
    return read_register()


@pytest.fixture
def scope(built_in: Register) -> Scope:
    return Scope.of(Rules().jurisdictions, built_in)


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def parse(**changes: Any) -> CustomOrganisation:
    return CustomOrganisation.model_validate({**GOOD, **changes})


def test_the_shape_refuses_lenient_types() -> None:
    with pytest.raises(ValidationError):
        parse(names=[{"text": "Bluewater", "language": "en", "ambiguous": "yes"}])


# --- the file -------------------------------------------------------------------------------------


def test_a_good_file_is_read(tmp_path: Path, scope: Scope) -> None:
    """Blank lines do not matter; the digest is that of the bytes."""
    found = read_file(write(tmp_path / "own.jsonl", GOOD, "", EXTENSION), scope)

    assert [organisation.id for organisation in found.organisations] == ["bluewater-front", "our-word"]
    assert len(found.digest) == 8


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_bad_row_is_refused_with_line_and_field(tmp_path: Path, scope: Scope, case: dict[str, Any]) -> None:
    row = {key: value for key, value in {**GOOD, **case["change"]}.items() if value is not None}
    path = write(tmp_path / "own.jsonl", EXTENSION, row)
    with pytest.raises(OrganisationsFileError, match=rf"^own\.jsonl, line 2: {case['at']}: "):
        read_file(path, scope)


@pytest.mark.parametrize("line", ["{", "[]", "7", '"x"', "[" * 100_000, "null", '{"id": "a\\u0000"}', "﻿{}"])
def test_a_line_that_is_no_object_is_refused(tmp_path: Path, scope: Scope, line: str) -> None:
    with pytest.raises(OrganisationsFileError, match=r"^own\.jsonl, line 1: "):
        read_file(write(tmp_path / "own.jsonl", line), scope)


def test_what_is_no_text_file_is_refused(tmp_path: Path, scope: Scope) -> None:
    (tmp_path / "own.jsonl").write_bytes(b"\xff\xfe{}")
    for path in (tmp_path / "own.jsonl", tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(OrganisationsFileError, match=path.name):
            read_file(path, scope)


def test_an_id_stands_once(tmp_path: Path, scope: Scope) -> None:
    with pytest.raises(OrganisationsFileError, match=r"line 2: the id bluewater-front stands twice"):
        read_file(write(tmp_path / "own.jsonl", GOOD, GOOD), scope)


# --- the register ---------------------------------------------------------------------------------


def test_the_version_tells_what_was_added(built_in: Register) -> None:
    file = OrganisationsFile((parse(id="of-the-file"),), "1a2b3c4d")

    assert with_custom(built_in, OrganisationsFile(), [], version=5) is built_in
    assert with_custom(built_in, OrganisationsFile(), [parse()], version=5).version == f"{built_in.version}+5"
    assert with_custom(built_in, file, [], version=5).version == f"{built_in.version}+file-1a2b3c4d"
    assert with_custom(built_in, file, [parse()], version=5).version == f"{built_in.version}+file-1a2b3c4d+5"


def test_a_row_wins_over_the_file(built_in: Register) -> None:
    file = OrganisationsFile((parse(name="In the file"),), "1a2b3c4d")

    assert with_custom(built_in, file, [parse()], version=1).by_id["bluewater-front"].name == "Bluewater Front"


def test_an_extension_adds_names_and_takes_nothing_away(built_in: Register) -> None:
    more = CustomOrganisation.model_validate(EXTENSION)
    before = built_in.by_id["islamic-state"]
    register = with_custom(built_in, OrganisationsFile(), [more], version=1)
    after = register.by_id["islamic-state"]

    assert after.names == (*before.names, after.names[-1])
    assert after.names[-1].text == "Qarzanists"
    assert after.listings == before.listings
    assert "our-word" not in register.by_id


@pytest.mark.parametrize(
    ("status", "day", "in_force"),
    [("listed", "2021-12-31", True), ("listed", "2022-01-01", False), ("suspended", "2021-12-31", True),
     ("suspended", "2022-01-01", False), ("delisted", "2019-01-01", False)],
)  # fmt: skip
def test_a_listing_ends_on_its_day(built_in: Register, status: str, day: str, in_force: bool) -> None:
    listing = {**GOOD["designations"][0], "until": "2022", "status": status}
    register = with_custom(built_in, OrganisationsFile(), [parse(designations=[listing])], version=1)
    (made,) = register.by_id["bluewater-front"].listings

    assert made.is_in_force(date.fromisoformat(day)) is in_force
    assert made.status_on(date(2021, 1, 1)) == "listed"
    assert made.status_on(date(2023, 1, 1)) == ("suspended" if status == "suspended" else "delisted")
