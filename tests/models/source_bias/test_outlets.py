"""The outlet register: what it holds, and how an outlet is looked up."""

from pathlib import Path

import pytest

from models.source_bias.outlets import COLUMNS, OutletRegister, OutletRegisterError, load_outlets


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


@pytest.mark.parametrize(
    ("source", "name", "ownership", "country"),
    [
        ("ria.ru", "RIA Novosti", "state", "RU"),
        ("РИА Новости", "RIA Novosti", "state", "RU"),
        ("РИА «Новости»", "RIA Novosti", "state", "RU"),
        (" риа  новости ", "RIA Novosti", "state", "RU"),
        ("TASS", "TASS", "state", "RU"),
        ("Интерфакс", "Interfax", "private", "RU"),
        ("www.bbc.co.uk", "BBC", "public_service", "GB"),
        ("Al Jazeera", "Al Jazeera", "state_funded", "QA"),
        ("meduza.io", "Meduza", "private", "LV"),
        ("Xinhua", "Xinhua", "state", "CN"),
        ("Voice of America", "Voice of America", "state_funded", "US"),
        ("AFP", "AFP", "public_service", "FR"),
        ("lt.example.sputniknews.com", "Sputnik", "state", "RU"),
        ("bakhtarnews.af", "Bakhtar News Agency", "state", "AF"),
    ],
)
def test_source_names_and_domains(
    outlets: OutletRegister, source: str, name: str, ownership: str, country: str
) -> None:
    """An outlet is found by its name in either language, however quoted and spaced, and by its domain."""
    record = outlets.by_source(source)

    assert record is not None
    assert (record.outlet.name, record.outlet.ownership, record.outlet.country) == (name, ownership, country)


@pytest.mark.parametrize(
    "url",
    ["https://ria.ru/20171211/a.html", "http://RIA.ru:80/x", "//m.ria.ru", "ria.ru/path", "https://user@ria.ru./"],
)
def test_urls(outlets: OutletRegister, url: str) -> None:
    record = outlets.by_url(url)

    assert record is not None
    assert record.name == "RIA Novosti"


@pytest.mark.parametrize(
    "url",
    [None, "", "https://", "https://notria.ru/", "https://ria.ru.example.org/", "http://[", "x" * 10_000, "a." * 5_000],
)
def test_other_urls_find_nothing(outlets: OutletRegister, url: str | None) -> None:
    """A host is compared label by label: looking like ria.ru is not being it."""
    assert outlets.by_url(url) is None


def test_a_name_that_several_outlets_share_finds_none(outlets: OutletRegister) -> None:
    """ "Daily News" is printed in three countries; the domain must tell which."""
    assert sum(record.name == "Daily News" for record in outlets.records) > 1
    assert outlets.by_source("Daily News") is None


def test_agencies_keep_their_usual_spelling(outlets: OutletRegister) -> None:
    found = outlets.agency("риа новости")

    assert found is not None
    assert (found[0].name, found[1]) == ("RIA Novosti", "РИА Новости")
    assert outlets.agency("Kommersant") is None  # a newspaper, no agency


def test_the_register_is_sound(outlets: OutletRegister) -> None:
    """A version, one outlet a domain, a two-letter country, and an owner in every row."""
    domains = [domain for record in outlets.records for domain in record.domains]

    assert outlets.version
    assert len(outlets.records) > 900
    assert len(domains) == len(set(domains))
    assert all(domain == domain.lower() and "/" not in domain and "." in domain for domain in domains)
    assert all(record.country is None or len(record.country) == 2 for record in outlets.records)
    assert all(record.name and record.owner for record in outlets.records)


def test_the_same_class_gives_the_same_ownership_everywhere(outlets: OutletRegister) -> None:
    """The mapping of CARD.md holds for every row of the matrix, whatever the country."""
    by_class = {
        "SC": "state", "CaPu": "unknown", "CaPr": "private", "ISFM": "state_funded", "ISF": "state_funded",
        "ISM": "public_service", "IP": "public_service",
    }  # fmt: skip

    assert {(r.typology, r.ownership) for r in outlets.records if not r.is_stated} == set(by_class.items())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("One\ttwo", "line 3: 2 columns"),
        ("N\t\tn.example\tXX\tO\tgovernment\t\tno\tobelus", "line 3: unknown ownership 'government'"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "outlets.tsv"
    path.write_text("# version 1\n" + "\t".join(COLUMNS) + f"\n{line}\n", "utf-8")

    with pytest.raises(OutletRegisterError, match=message):
        load_outlets(path)


def test_a_missing_register_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutletRegisterError, match=r"none\.tsv is missing"):
        load_outlets(tmp_path / "none.tsv")
