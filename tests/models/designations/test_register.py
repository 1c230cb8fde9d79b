"""The register loads whole and fast, holds what it promises, and refuses rows that do not hold."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.designations.inflection import FORMS, inflect, load_forms
from models.designations.register import (
    ORGANISATIONS,
    Listing,
    Register,
    RegisterError,
    first_day,
    load_register,
    parse_organisation,
    with_organisations,
)

ROW: dict[str, Any] = {
    "id": "test-band",
    "name": "Test Band",
    "names": [{"name": "Испытательный отряд", "lang": "ru", "kind": "official"}],
    "designations": [
        {
            "jurisdiction": "RU",
            "list": "Единый федеральный список организаций, признанных террористическими (ФСБ)",
            "kind": "terrorist",
            "designated_on": "2020-01-02",
            "delisted_on": None,
            "status": "listed",
        }
    ],
}


def test_whole_register_is_there(register: Register) -> None:
    assert register.version == "2026-09-16"
    assert len(register.organisations) == 370
    assert len(register.by_id) == 370
    assert sum(len(organisation.names) for organisation in register.organisations) > 2_100
    assert sum(len(organisation.listings) for organisation in register.organisations) > 690


def test_every_date_is_a_date_and_every_end_is_after_its_beginning(register: Register) -> None:
    for organisation in register.organisations:
        assert organisation.listings, organisation.id
        for listing in organisation.listings:
            begun = listing.effective_on or listing.designated_on
            if begun and listing.until:
                assert first_day(begun) < first_day(listing.until), organisation.id


def test_every_delisted_or_suspended_row_says_when(register: Register) -> None:
    for organisation in register.organisations:
        for listing in organisation.listings:
            assert (listing.status in ("delisted", "suspended")) == (listing.until is not None), organisation.id


def test_every_name_of_every_organisation_is_found_by_the_matcher(register: Register) -> None:
    """Each registered spelling, sent alone, is found as an occurrence of its organisation."""
    for organisation in register.organisations:
        for name in organisation.names:
            found = {hit.entry.organisation.id for hit in register.matcher.find(name.text)}
            assert organisation.id in found, name.text


def test_register_is_loaded_quickly() -> None:
    """Under 0.7 s on an idle core; the bound here leaves room for a busy machine."""
    started = time.process_time()
    load_register()
    assert time.process_time() - started < 2.0


def test_inflected_forms_are_those_of_the_register(register: Register) -> None:
    """`python -m models.designations.inflection` was run after the last change of a Russian name."""
    names = {n.text for o in register.organisations for n in o.names if n.language == "ru"}
    forms = load_forms()
    assert set(forms) == names
    for name in sorted(names)[::7]:
        assert forms[name] == inflect(name), name
    assert FORMS.read_text(encoding="utf-8").endswith("\n")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Талибан", "Талибаном"),
        ("Правый сектор", "Правого сектора"),
        ("Братья-мусульмане", "Братьев-мусульман"),
        ("Хезболла", "Хезболлой"),
        ("ИГИЛ", "ИГИЛа"),
        ("хуситский", "хуситских"),
        ("талибы", "талибов"),
        ("Рабочая партия Курдистана", "Рабочую партию Курдистана"),
        ("полк «Азов»", "полка «Азов»"),
        ("Джебхат ан-Нусра", "Джебхат ан-Нусры"),
        ("игиловцы", "игиловцев"),
    ],
)
def test_russian_names_in_other_cases(name: str, form: str) -> None:
    assert form in inflect(name)


@pytest.mark.parametrize("name", ["РДК", "Islamic State", "داعش", "", "ФБК"])
def test_names_that_do_not_change(name: str) -> None:
    assert inflect(name) == ()


def test_a_custom_organisation_is_found_in_every_case(register: Register) -> None:
    """Added at run time, without a file: the old register is left as it was."""
    larger = with_organisations(register, [parse_organisation(ROW)], version="2026-09-16+1")
    hits = larger.matcher.find("Речь шла об Испытательном отряде.")
    assert [hit.entry.organisation.id for hit in hits] == ["test-band"]
    assert larger.version == "2026-09-16+1"
    assert "test-band" not in register.by_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": "Bad Id"}, "id 'Bad Id'"),
        ({"name": ""}, "name is not a text"),
        ({"names": []}, "at least one name"),
        ({"names": [{"name": "A", "lang": "xx", "kind": "alias"}]}, "lang 'xx'"),
        ({"names": [{"name": "A", "lang": "en", "kind": "nickname"}]}, "kind 'nickname'"),
        ({"names": [{"name": "A B", "lang": "en", "kind": "alias", "core": "C"}]}, "core 'C'"),
        ({"names": [{"name": "A", "lang": "en", "kind": "alias"}] * 2}, "stands twice"),
        ({"names": [{"name": "A", "lang": "en", "kind": "alias", "ambiguous": 1}]}, "ambiguous is not true or false"),
        ({"surprise": 1}, "unknown field 'surprise'"),
        ({"designations": [{**ROW["designations"][0], "jurisdiction": "Russia"}]}, "jurisdiction 'Russia'"),
        ({"designations": [{**ROW["designations"][0], "designated_on": "2020-02-30"}]}, "designated_on"),
        ({"designations": [{**ROW["designations"][0], "designated_on": "soon"}]}, "'soon' is not a date"),
        ({"designations": [{**ROW["designations"][0], "status": "gone"}]}, "status 'gone'"),
        ({"designations": [{**ROW["designations"][0], "list": "no such list"}]}, "no such list"),
        ({"designations": "none"}, "designations is not a list"),
        ({"covered_by": "nobody"}, "no organisation 'nobody'"),
        ({"context": "word"}, "context is not a list"),
    ],
)
def test_bad_rows_are_refused_with_file_and_reason(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(RegisterError, match=r"organisations\.jsonl") as refused:
        load_register(_write(tmp_path, json.dumps(ROW | change, ensure_ascii=False)))
    assert reason in str(refused.value)


@pytest.mark.parametrize("line", ["{", "[]", "7", '{"id": "test-band"}', json.dumps(ROW)])
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(RegisterError, match="line 2"):
        load_register(_write(tmp_path, json.dumps(ROW) + "\n" + line))


def test_missing_files_are_register_errors(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"register\.json"):
        load_register(tmp_path / "organisations.jsonl")


@pytest.mark.parametrize(
    ("on", "in_force", "status"),
    [
        (date(2003, 3, 3), False, "listed"),
        (date(2003, 3, 4), True, "listed"),
        (date(2025, 5, 19), True, "listed"),
        (date(2025, 5, 20), False, "suspended"),
    ],
)
def test_listing_by_date(on: date, in_force: bool, status: str) -> None:
    """The Taliban row of the Russian list: in force from its entry into force until its suspension."""
    listing = Listing("RU", "…", "terrorist", "suspended", "2003-02-14", "2003-03-04", "2025-05-20")
    assert listing.is_in_force(on) is in_force
    assert listing.status_on(on) == status


def test_a_year_or_month_counts_from_its_first_day() -> None:
    assert first_day("2014") == date(2014, 1, 1)
    assert first_day("2022-03") == date(2022, 3, 1)


def _write(folder: Path, rows: str) -> Path:
    path = folder / "organisations.jsonl"
    path.write_text(rows + "\n", encoding="utf-8")
    (folder / "register.json").write_bytes(ORGANISATIONS.with_name("register.json").read_bytes())
    return path
