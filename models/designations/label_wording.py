"""What a new footnote says, in the article's language: who lists the organisation, and as what. No view on it.

The wording is ours. It keeps to what a listing means: some states ban, others designate, the United Nations sanction.
"""

from collections.abc import Mapping

# Jurisdiction: English name; Russian with its preposition.
_PLACES: Mapping[str, tuple[str, str]] = {
    "RU": ("Russia", "на территории РФ"),
    "KZ": ("Kazakhstan", "в Казахстане"),
    "KG": ("Kyrgyzstan", "в Киргизии"),
    "TJ": ("Tajikistan", "в Таджикистане"),
    "UZ": ("Uzbekistan", "в Узбекистане"),
    "BY": ("Belarus", "в Беларуси"),
    "UA": ("Ukraine", "в Украине"),
    "US": ("the United States", "в США"),
    "GB": ("the United Kingdom", "в Великобритании"),
    "EU": ("the European Union", "в Евросоюзе"),
    "CA": ("Canada", "в Канаде"),
    "AU": ("Australia", "в Австралии"),
    "IN": ("India", "в Индии"),
    "TR": ("Turkey", "в Турции"),
    "IL": ("Israel", "в Израиле"),
    "DE": ("Germany", "в Германии"),
    "EG": ("Egypt", "в Египте"),
    "CN": ("China", "в Китае"),
    "IR": ("Iran", "в Иране"),
    "PK": ("Pakistan", "в Пакистане"),
    "SA": ("Saudi Arabia", "в Саудовской Аравии"),
}
_DESIGNATING = frozenset({"US", "CA", "AU", "EU"})  # their lists designate or sanction; they ban nothing by name

_BANNED = {
    "terrorist": ("A terrorist organization banned in {}.", "Террористическая организация, запрещённая {}"),
    "extremist": ("An extremist organization banned in {}.", "Экстремистская организация, запрещённая {}"),
    "sanctions": (
        "An organization under sanctions; dealings with it are prohibited in {}.",
        "Организация под санкциями; операции с ней запрещены {}",
    ),
    "banned": ("An organization banned in {}.", "Организация, деятельность которой запрещена {}"),
}
_DESIGNATED = {
    **_BANNED,
    "terrorist": ("An organization designated as terrorist in {}.", "Организация, признанная террористической {}"),
    "extremist": ("An organization designated as extremist in {}.", "Организация, признанная экстремистской {}"),
}
_UNITED_NATIONS = (
    "An organization under UN sanctions; dealings with it are prohibited.",
    "Организация под санкциями ООН; операции с ней запрещены",
)


def footnote_wording(kind: str, jurisdiction: str, language: str) -> str:
    """The sentence without its marker; English unless *language* is ``ru``. An unknown jurisdiction gives its code."""
    column = 1 if language == "ru" else 0
    if jurisdiction == "UN":
        return _UNITED_NATIONS[column]
    wordings = _DESIGNATED if jurisdiction in _DESIGNATING else _BANNED
    place = _PLACES.get(jurisdiction, (jurisdiction, f"в {jurisdiction}"))[column]
    return wordings[kind][column].format(place)
