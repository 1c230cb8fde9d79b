"""/v1/organisations: look up, add, change and remove; and what may not be changed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.designations.custom import OrganisationsFileError
from models.designations.register import read_register
from service.app import create_app
from store.database import Database
from store.settings import Settings
from tests.models.designations.test_custom import EXTENSION, GOOD, write
from tests.service.conftest import Api, assert_problem, make_caller

BAD = yaml.safe_load((Path(__file__).parent.parent / "models" / "designations" / "custom.yaml").read_text("utf-8"))


def found(api: Api, query: str) -> list[dict[str, Any]]:
    answer = api.get(f"/v1/organisations?limit=100&{query}")
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json["data"]  # type: ignore[index]
    return data


def test_one_says_who_lists_it_since_when(api: Api) -> None:
    answer = api.get("/v1/organisations/islamic-state").json

    assert answer is not None
    assert list(answer) == ["id", "name", "custom", "extends", "note", "wikidata", "names", "designations"]
    assert (answer["name"], answer["custom"]) == ("Islamic State", False)
    assert {"text": "ISIS", "language": "en", "kind": "acronym"} in answer["names"]
    (russian,) = [row for row in answer["designations"] if row["jurisdiction"] == "RU"]
    assert list(russian) == ["jurisdiction", "list", "kind", "since", "until", "status", "reference"]
    assert (russian["kind"], russian["since"], russian["status"]) == ("terrorist", "2014-12-29", "listed")


@pytest.mark.parametrize(
    "words",
    ["islamic state", "ISLAMIC STATE", "“Islamic-State”", "исламское государство", "ИСЛАМСКОЕ ГОСУДАРСТВО", "isis"],
)  # fmt: skip
def test_names_are_found_folded_and_the_closest_first(api: Api, words: str) -> None:
    assert found(api, f"q={words}")[0]["id"] == "islamic-state"


@pytest.mark.parametrize("words", ["zzzzzz", "***", "\u200b", "«»", "x" * 200])
def test_what_nobody_is_called_is_not_found(api: Api, words: str) -> None:
    assert found(api, f"q={words}") == []


def test_filters_choose(api: Api) -> None:
    everything = read_register().organisations
    on = date(2016, 1, 1)
    russian = {o.id for o in everything for row in o.listings if row.jurisdiction == "RU" and row.is_in_force(on)}
    answer, cursor = set(), ""
    while True:
        page = api.get(f"/v1/organisations?jurisdiction=RU&on=2016-01-01&limit=50&cursor={cursor}").json
        assert page is not None
        answer |= {item["id"] for item in page["data"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert answer == russian


def test_on_shows_only_what_was_in_force_that_day(api: Api) -> None:
    """A ban that was suspended later counts as listed on the days before."""
    for day, expected in (("2024-05-01", ["listed"]), ("2025-06-01", [])):
        (item,) = [one for one in found(api, f"q=taliban&on={day}") if one["id"] == "taliban"]
        assert [row["status"] for row in item["designations"] if row["jurisdiction"] == "RU"] == expected


def test_pages_hold_everything_once(api: Api) -> None:
    seen, path = [], "/v1/organisations?limit=100"
    while path:
        answer = api.get(path)
        seen += [item["id"] for item in answer.json["data"]]  # type: ignore[index]
        path = answer.headers["Link"].split(">")[0].lstrip("<") if "Link" in answer.headers else ""

    assert seen == sorted(organisation.id for organisation in read_register().organisations)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("on=2024-13-01", "/on"), ("on=yesterday", "/on"), ("on=2024", "/on"), ("jurisdiction=ru", "/jurisdiction"),
     ("jurisdiction=ZZ", "/jurisdiction"), ("cursor=x", "/cursor"), ("limit=0", "/limit"), ("colour=red", "/colour"),
     (f"q={'x' * 201}", "/q")],
)  # fmt: skip
def test_a_bad_parameter_is_named(api: Api, query: str, pointer: str) -> None:
    problem = assert_problem(api.get(f"/v1/organisations?{query}"), 422, "invalid")
    assert [(error["pointer"], error["in"]) for error in problem["errors"]] == [(pointer, "query")]


def test_one_of_your_own_lives_and_dies(admin: Api) -> None:
    made = admin.post("/v1/organisations", json=GOOD)
    assert (made.status_code, made.headers["Location"]) == (201, "/v1/organisations/bluewater-front")
    assert made.json == admin.get("/v1/organisations/bluewater-front").json
    assert made.json["custom"] is True  # type: ignore[index]
    assert [item["id"] for item in found(admin, "q=синей воды")] == ["bluewater-front"]

    changed = admin.request("PUT", "/v1/organisations/bluewater-front", json={**GOOD, "name": "Renamed"})
    assert (changed.status_code, changed.json["name"]) == (200, "Renamed")  # type: ignore[index]
    assert_problem(admin.post("/v1/organisations", json=GOOD), 409, "conflict")

    assert admin.request("DELETE", "/v1/organisations/bluewater-front").status_code == 204
    assert_problem(admin.get("/v1/organisations/bluewater-front"), 404, "not_found")
    assert_problem(admin.request("DELETE", "/v1/organisations/bluewater-front"), 404, "not_found")
    assert_problem(admin.request("PUT", "/v1/organisations/bluewater-front", json=GOOD), 404, "not_found")
    assert admin.post("/v1/organisations", json=GOOD).status_code == 201


def test_a_built_in_one_is_not_changed(admin: Api) -> None:
    body = {**GOOD, "id": "islamic-state"}
    for method, path in (("POST", ""), ("PUT", "/islamic-state"), ("DELETE", "/islamic-state")):
        problem = assert_problem(admin.request(method, f"/v1/organisations{path}", json=body), 409, "conflict")
        assert '"extends": "islamic-state"' in problem["detail"]


def test_names_can_be_added_to_a_built_in_one(admin: Api) -> None:
    assert admin.post("/v1/organisations", json=EXTENSION).status_code == 201
    assert {item["id"] for item in found(admin, "q=qarzanists")} == {"islamic-state", "our-word"}
    extension = admin.get("/v1/organisations/our-word").json
    assert extension is not None
    assert (extension["extends"], extension["custom"]) == ("islamic-state", True)


@pytest.mark.parametrize(
    "case", [case for case in BAD if case["name"] != "a built-in id"], ids=lambda case: case["name"]
)
def test_a_bad_field_is_named(admin: Api, case: dict[str, Any]) -> None:
    body = {key: value for key, value in {**GOOD, **case["change"]}.items() if value is not None}
    problem = assert_problem(admin.post("/v1/organisations", json=body), 422, "invalid")
    assert f"/{case['at']}" in [error["pointer"] for error in problem["errors"]]
    assert admin.get("/v1/organisations/bluewater-front").status_code == 404


def test_the_id_of_the_address_counts(admin: Api) -> None:
    admin.post("/v1/organisations", json=GOOD)
    answer = admin.request("PUT", "/v1/organisations/bluewater-front", json={**GOOD, "id": "other"})
    assert assert_problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/id"


@pytest.mark.parametrize("organisation_id", ["x", "Islamic-State", "%00", "%FF", "ы" * 50, "..", "x" * 3_000])
def test_an_id_that_is_none_is_not_found(admin: Api, organisation_id: str) -> None:
    assert_problem(admin.get(f"/v1/organisations/{organisation_id}"), 404, "not_found")


def test_the_files_organisations_are_shown_and_not_changed(tmp_path: Path, database: Database) -> None:
    settings = Settings(
        data_dir=tmp_path,
        redis_url=f"unix://{tmp_path}/no.sock",
        organisations_file=write(tmp_path / "own.jsonl", GOOD),
    )
    admin = make_caller(create_app(settings, database=database), database, "admin", ["read", "admin"])

    assert admin.get("/v1/organisations/bluewater-front").json["custom"] is True  # type: ignore[index]
    problem = assert_problem(admin.request("DELETE", "/v1/organisations/bluewater-front"), 409, "conflict")
    assert "OBELUS_ORGANISATIONS_FILE" in problem["detail"]


def test_a_bad_file_stops_the_start(tmp_path: Path, database: Database) -> None:
    settings = Settings(data_dir=tmp_path, organisations_file=write(tmp_path / "own.jsonl", GOOD, "{"))
    with pytest.raises(OrganisationsFileError, match=r"own\.jsonl, line 2"):
        create_app(settings, database=database)
