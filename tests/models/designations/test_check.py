"""The check of the register: what it must remark, what it must let pass, and that an old list is never called clean."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from models.designations import check as checking
from models.designations.check import COULD_NOT_CHECK, WRONG, check, main, status_of
from models.designations.register import (
    KINDS,
    LANGUAGES,
    NAME_KINDS,
    ORGANISATIONS,
    STATUSES,
    ListSource,
    Register,
    RegisterError,
    load_register,
    parse_organisation,
)

SCHEMA = json.loads(ORGANISATIONS.with_name("organisations.schema.json").read_text(encoding="utf-8"))
LIST = "Единый федеральный список организаций, признанных террористическими (ФСБ)"
ON = date(2026, 10, 1)


def row(identifier: str, *names: dict[str, Any], **more: Any) -> dict[str, Any]:
    listing = {
        "jurisdiction": "RU",
        "list": LIST,
        "kind": "terrorist",
        "status": "listed",
        "designated_on": "2020-01-02",
    }
    return {"id": identifier, "name": identifier, "names": list(names), "designations": [listing], **more}


def name(text: str, **more: Any) -> dict[str, Any]:
    return {"name": text, "lang": "en", "kind": "alias", **more}


def remarks(*rows: dict[str, Any], lists: tuple[ListSource, ...] = ()) -> list[tuple[str, str]]:
    organisations = tuple(parse_organisation(item) for item in rows)
    return [(r.kind, r.where) for r in check(Register("test", organisations, lists), ON)]


def test_the_shipped_register_needs_no_mending(register: Register) -> None:
    assert {remark.kind for remark in check(register, ON)} == {"stale"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("a", name("Zeravk Host"), name("zeravk-host"))], [("duplicate", "a")]),
        ([row("a", name("Zeravk"), wikidata="Q1"), row("b", name("Molun"), wikidata="Q1")], [("duplicate", "b")]),
        ([row("a", name("Zeravk")), row("b", name("Zeravk"))], [("shared", "a")]),
        ([row("a", name("Zeravk", shared_with=["b"])), row("b", name("Zeravk", shared_with=["a"]))], []),
        ([row("a", name("Zeravk", preferred=True)), row("b", name("Zeravk"))], []),
        ([row("a", name("Silent Crow"))], [("ordinary", "a")]),
        ([row("a", name("Silent Crow", ordinary=True))], []),
        ([row("a", name("Новый дом", lang="ru"))], [("ordinary", "a")]),
        ([row("a", name("Зеравк", lang="ru"))], []),
        ([row("a", name("ZVK", kind="acronym"))], [("short", "a")]),
        ([row("a", name("ZVK", kind="acronym", ambiguous=True))], []),
    ],
)
def test_names_that_need_a_look_are_remarked(rows: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    assert remarks(*rows) == expected


def test_a_russian_form_that_is_another_organisations_name_is_shared() -> None:
    """«Зеравка» is the genitive of one name and the whole of another."""
    found = remarks(row("a", name("Зеравк", lang="ru")), row("b", name("Зеравка", lang="ru")))
    assert found == [("shared", "a")]


@pytest.mark.parametrize(
    ("as_of", "is_complete", "remarked"),
    [
        (date(2026, 9, 16), True, False),
        (date(2026, 9, 16), False, True),
        (date(2026, 8, 1), True, True),
        (None, True, True),
    ],
)
def test_a_list_too_old_or_not_whole_could_not_be_checked(
    as_of: date | None, is_complete: bool, remarked: bool
) -> None:
    source = ListSource("RU", LIST, as_of, is_complete)
    found = check(Register("test", (), (source,)), ON)
    assert [remark.what.startswith("could not check") for remark in found] == [True] * remarked
    assert status_of(found) == (COULD_NOT_CHECK if remarked else 0)


def test_the_command_says_could_not_check_and_never_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--on", "2027-06-01"]) == COULD_NOT_CHECK
    out = capsys.readouterr().out
    assert "20 of 20 lists could not be checked" in out
    assert "clean" not in out


def test_the_command_refuses_a_bad_row_by_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "organisations.jsonl"
    path.write_text(json.dumps(row("a", name("A b"))) + "\n" + json.dumps(row("B", name("C"))) + "\n", encoding="utf-8")
    (tmp_path / "register.json").write_bytes(ORGANISATIONS.with_name("register.json").read_bytes())
    assert main([str(path)]) == WRONG
    assert "line 2" in capsys.readouterr().err
    with pytest.raises(RegisterError, match="line 2"):
        load_register(path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "unregistered"}, "kept for names"),
        ({"designations": [{**row("a")["designations"][0], "delisted_on": "2019-01-01"}]}, "lies before"),
        (
            {"designations": [{**row("a")["designations"][0], "effective_on": "2021", "suspended_on": "2020"}]},
            "lies before",
        ),
    ],
)
def test_rows_that_contradict_themselves_are_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_organisation({**row("a", name("Zeravk")), **change})


def test_every_row_fits_the_schema() -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)
    for number, line in enumerate(ORGANISATIONS.read_text(encoding="utf-8").splitlines(), start=1):
        assert not list(validator.iter_errors(json.loads(line))), number


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"id": "Bad Id"},
        {"names": []},
        {"names": [name("A", lang="xx")]},
        {"names": [name("A", ambiguous=1)]},
        {"designations": [{"jurisdiction": "Russia", "list": "x", "kind": "terrorist", "status": "listed"}]},
        {"designations": [{"jurisdiction": "RU", "list": "x", "kind": "bad", "status": "listed"}]},
    ],
)
def test_schema_and_loader_refuse_the_same(change: dict[str, Any]) -> None:
    bad = {**row("a", name("Zeravk")), **change}
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(bad)
    with pytest.raises(ValueError, match=r".+"):
        parse_organisation(bad)


def test_schema_and_loader_know_the_same_words() -> None:
    names = SCHEMA["$defs"]["name"]["properties"]
    listings = SCHEMA["$defs"]["designation"]["properties"]
    assert tuple(names["lang"]["enum"]) == LANGUAGES
    assert tuple(names["kind"]["enum"]) == NAME_KINDS
    assert tuple(listings["kind"]["enum"]) == KINDS
    assert tuple(listings["status"]["enum"]) == STATUSES
    assert checking.WRONG != checking.COULD_NOT_CHECK
