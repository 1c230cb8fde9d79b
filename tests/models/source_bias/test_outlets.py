"""The outlet register: what it holds, and how an outlet is looked up."""

import re
from pathlib import Path

import pytest

from models.source_bias.outlets import CLASSES, COLUMNS, REASONS, OutletRegister, OutletRegisterError, load_outlets


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
        ("Al Jazeera", "Al Jazeera", "state", "QA"),
        ("Россия-1", "VGTRK", "state", "RU"),
        ("Россия 1", "VGTRK", "state", "RU"),
        ("телеканал «Звезда»", "Zvezda", "state", "RU"),
        ("AFP news agency", "AFP", "public_service", "FR"),
        ("агентство Интерфакс", "Interfax", "private", "RU"),
        ("CNN (Web News)", "CNN", "private", "US"),
        ("Wall Street Journal - Editorial", "The Wall Street Journal", "private", "US"),
        ("Парламентская газета", "Parlamentskaya Gazeta", "state", "RU"),
        ("россиясегодня.рф", "Rossiya Segodnya", "state", "RU"),
        ("NTV", "NTV", "state", "RU"),
        ("Zimpapers Television Network (ZTN)", "Zimpapers Television Network (ZTN)", "state", "ZW"),
        ("RAI", "RAI", "public_service", "IT"),
        ("OneWorld", "OneWorld", "state", "RU"),
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


def test_one_rule_gives_the_ownership_of_every_row(outlets: OutletRegister) -> None:
    """Hand rows and matrix rows, whatever the country: the reason decides, else the class."""
    classed = [r for r in outlets.records if r.typology]
    by_owner: dict[tuple[str, str], set[str]] = {}
    for record in classed:
        by_owner.setdefault((record.owner, record.typology), set()).add(record.ownership)

    assert all(r.ownership == (REASONS.get(r.reason) or CLASSES[r.typology]) for r in classed)
    assert len({r.country for r in classed if r.reason}) > 15  # no rule made for one country
    assert all(len(values) == 1 for values in by_owner.values())


def test_russian_state_outlets_have_russian_names(outlets: OutletRegister) -> None:
    russian = [r for r in outlets.records if r.country == "RU" and r.ownership == "state"]

    assert len(russian) > 60
    assert not [r.name for r in russian if not re.search("[а-яё]", " ".join((r.name, *r.aliases)), re.I)]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://t.me/tass_agency/123", "TASS"),
        ("t.me/s/rian_ru", "RIA Novosti"),
        ("https://m.vk.com/vesti?w=wall", "VGTRK"),
        ("https://x.com/Reuters/status/1", "Reuters"),
        ("https://t.me/somebody", None),
        ("https://t.me/", None),
    ],
)
def test_channels_of_social_sites(outlets: OutletRegister, url: str, name: str | None) -> None:
    """A channel is its outlet's; the site alone is nobody's."""
    record = outlets.by_url(url)

    assert (record and record.name) == name


def test_closed_outlets_are_marked(outlets: OutletRegister) -> None:
    """What the matrix says of an outlet's state is kept."""
    assert sum(r.is_closed for r in outlets.records) >= 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("One\ttwo", "line 3: 2 columns"),
        ("N\t\tn.example\t\tXX\tO\tgovernment\t\t\t\tno\tobelus\tgeneral", "line 3: unknown ownership 'government'"),
        ("N\t\tn.example\t\tXX\tO\tprivate\tXY\t\t\tno\tobelus\tgeneral", "line 3: unknown typology 'XY'"),
        ("N\t\tn.example\t\tXX\tO\tprivate\t\tliked\t\tno\tobelus\tgeneral", "line 3: unknown reason 'liked'"),
        (
            "N\t\tn.example\t\tXX\tO\tprivate\tSC\t\t\tno\tobelus\tgeneral",
            "line 3: ownership is 'private', the rule gives",
        ),
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


def test_every_row_says_what_it_rests_on(outlets: OutletRegister) -> None:
    """Rows of the Matrix rest on it; of those by hand, one whose value the class gives rests on it, the others on
    general knowledge."""
    for record in outlets.records:
        by_hand = "class" if record.typology and not record.reason else "general"
        assert record.basis == (by_hand if record.is_stated else "matrix"), record.name


def test_an_unknown_basis_is_refused(tmp_path: Path) -> None:
    row = "A\t\ta.example\t\tNO\tB\tprivate\t\t\t\tno\tobelus\thearsay"
    path = tmp_path / "outlets.tsv"
    path.write_text("\t".join(COLUMNS) + "\n" + row + "\n", "utf-8")

    with pytest.raises(OutletRegisterError, match="basis"):
        load_outlets(path)
