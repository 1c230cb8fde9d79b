"""One-sided sourcing: raised where every source is of one side, silent where one cannot be told."""

import pytest

from models.source_bias.outlets import OutletRegister, load_outlets
from models.types import Evidence
from tests.models.source_bias.test_claims import COUNTRIES, read


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


def sources(text: str, language: str, outlets: OutletRegister, *, source: str | None = None) -> tuple[Evidence, ...]:
    found = read(text, language, outlets, source=source).findings
    return next((one.evidence for one in found if one.label == "bias.one_sided_sourcing"), ())


@pytest.mark.parametrize(("country", "people", "russian"), COUNTRIES)
def test_officials_of_one_country_are_one_side(
    country: str, people: str, russian: str, outlets: OutletRegister
) -> None:
    """The same for every country: ministry, minister by name, then the surname alone."""
    text = (
        f"The {people} Defence Ministry said the bridge was safe. The {people} prime minister, Ada Holt, said "
        "lorries could cross. Holt added that schools would open."
    )
    found = sources(text, "en", outlets)

    assert [evidence.text for evidence in found][-1] == "Holt"
    assert "All 3 attributions" in found[0].reason
    assert all(text[one.start : one.end] == one.text for one in found)
    text = (
        f"Министр обороны {russian} Ада Хольт сообщила, что мост цел. Хольт добавила, что школы откроются. "
        f"Президент {russian} заявил, что дорога свободна."
    )
    assert len(sources(text, "ru", outlets)) == 3


@pytest.mark.parametrize(("country", "people", "russian"), COUNTRIES)
def test_two_countries_are_two_sides(country: str, people: str, russian: str, outlets: OutletRegister) -> None:
    text = (
        f"The {people} Defence Ministry said the bridge was safe. The Peruvian Foreign Ministry said it was not. "
        f"The {people} prime minister said lorries could cross."
    )
    assert not sources(text, "en", outlets)


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("Dole said A is true. Dole said B is true. Dole claimed that C is true.", "en", 3),
        ("Dole said A is true. Birch said B is true. Dole claimed that C is true.", "en", 0),
        ("Dole said A is true. Dole said B is true.", "en", 0),
        ("Dole said A is true. Dole said B is true. Dole said C is true. Residents said D is true.", "en", 0),
        ("He said A is true. He said B is true. He said C is true.", "en", 0),
        ("Sources said A is true. Sources said B is true. Sources said C is true.", "en", 0),
        (
            "The ministry said A is true. The minister said B is true. Kenya lies south. The ministry said C is.",
            "en",
            3,
        ),
        (
            "The ministry said A. Kenya and Peru agree. Minister Ada Holt said B is so. Minister Ole Lund said C is.",
            "en",
            0,
        ),
        ("Reuters said A is true. Reuters said B is true. Reuters said C is true.", "en", 0),
        ("Дорохова сказала, что А. Дорохова отметила, что Б. По словам Дороховой, В верно.", "ru", 3),
        ("Дорохова сказала, что А. Жители отметили, что Б. По словам Дороховой, В верно.", "ru", 0),
        ("Dole sagt A. Dole sagt B. Dole sagt C.", "de", 0),
        ("", "en", 0),
    ],
)
def test_sides(text: str, language: str, count: int, outlets: OutletRegister) -> None:
    """Three told sources of one side, no pronoun without a name before it, no other outlet, no unknown voice."""
    assert len(sources(text, language, outlets)) == count


def test_the_outlet_itself_is_no_source(outlets: OutletRegister) -> None:
    """«Сообщает ТАСС» in a text of TASS credits the outlet; in another's text it is another voice."""
    text = (
        "Минобороны Турции сообщило, что мост цел. Президент Турции заявил, что дорога свободна. "
        "В правительстве Турции добавили, что школы откроются. Об этом сообщает ТАСС."
    )
    assert len(sources(text, "ru", outlets, source="TASS")) == 3
    assert not sources(text, "ru", outlets, source="Reuters")
