"""The outlet register: who publishes, who owns the publisher, and in which country.

The data is ``outlets.tsv`` beside this file. ``ownership`` follows one rule for every row and country, which
``load_outlets`` checks: where the row names a ``reason`` (what is on public record about the owner's legal form), the
value of ``REASONS``; else, where the State Media Matrix has a class, the value of ``CLASSES``; a row with neither
states the owner and the value by hand.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from models.types import Outlet, Ownership

OUTLETS_FILE = Path(__file__).with_name("outlets.tsv")
COLUMNS = (
    "name", "aliases", "domains", "accounts", "country", "owner",
    "ownership", "typology", "reason", "status", "agency", "origin", "basis",
)  # fmt: skip
CLASSES: Mapping[str, Ownership] = {
    "SC": "state",  # state-controlled: owned or financed and directed by a state
    "CaPu": "unknown",  # captured public or state-managed: the class does not say which
    "CaPr": "private",  # captured private: a private owner, whatever the ties
    "ISFM": "state_funded",  # independent, state-funded and state-managed
    "ISF": "state_funded",  # independent, state-funded
    "ISM": "public_service",  # independent, state-managed
    "IP": "public_service",  # independent public
}
REASONS: Mapping[str, Ownership] = {
    "state-held": "state",  # a state body, or a company in which state bodies hold the controlling share
    "public-law": "public_service",  # a broadcaster that a statute or charter sets up as a public body
    "private-held": "private",  # the controlling share is in private hands
}
BASES = ("matrix", "class", "general")
"""What owner and ownership rest on: the row of the Matrix; its class, with an owner and names entered by hand; general
knowledge alone, which nobody has checked against a source."""
_SOCIAL = frozenset({"t.me", "vk.com", "x.com", "twitter.com"})
_AROUND = re.compile(
    r"^(?:the|news agency|информационное агентство|агентство|иа|телеканал|радиостанция|газета|издание|портал|журнал)\s"
    r"|(?:\s-)?\s(?:news agency|press agency|news|online|web news|newspaper|tv channel|editorial|opinion|агентство)$"
    r"|\s?\([^()]{1,30}\)$"
)
_MOST_AROUND = 3  # "The … News Agency (English)"
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")  # "Россия-1" is "Россия 1"; the dash of "Интерфакс -" is no part of the name
_FOLDED = str.maketrans({**dict.fromkeys("\"'«»“”„‘’"), **dict.fromkeys("‐‑‒–—", "-"), "ё": "е"})


class OutletRegisterError(Exception):
    """The register's file is missing or a line of it cannot be read."""


@dataclass(frozen=True, slots=True)
class OutletRecord:
    """One outlet. ``typology`` is the State Media Matrix class, empty where the outlet is not in the matrix."""

    name: str
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    country: str | None
    owner: str
    ownership: Ownership
    typology: str
    is_agency: bool
    is_stated: bool  # entered by hand from public facts, not taken from the matrix
    accounts: tuple[str, ...] = ()  # channels on social sites: ``t.me/tass_agency``
    reason: str = ""
    is_closed: bool = False  # no longer published, as far as the matrix knows
    basis: str = "general"  # one of ``BASES``

    @property
    def outlet(self) -> Outlet:
        return Outlet(name=self.name, ownership=self.ownership, country=self.country)


@dataclass(frozen=True, slots=True)
class OutletRegister:
    """Look-ups by host name, by name and by agency credit; build it with ``load_outlets``."""

    version: str
    records: tuple[OutletRecord, ...]
    domains: Mapping[str, OutletRecord]
    names: Mapping[str, OutletRecord]
    agencies: Mapping[str, tuple[OutletRecord, str]]
    accounts: Mapping[str, OutletRecord]

    def by_url(self, url: str | None) -> OutletRecord | None:
        """The outlet whose domain the URL's host is or lies under, or whose channel of a social site the URL shows;
        None for no URL, a bad one or an unknown host."""
        if not url:
            return None
        try:
            parts = urlsplit(url if "//" in url else f"//{url}")
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return None
        site = host.removeprefix("www.").removeprefix("m.")
        if site in _SOCIAL:
            channel = parts.path.removeprefix("/s/").strip("/").partition("/")[0].lower()
            return self.accounts.get(f"{site}/{channel}")
        return self._by_host(_ascii_host(host))

    def by_source(self, source: str | None) -> OutletRecord | None:
        """The outlet with this name (words such as "news agency" around it aside), or, where *source* looks like one,
        this domain."""
        if not source:
            return None
        name = fold_name(source)
        for _ in range(_MOST_AROUND + 1):
            if found := self.names.get(name):
                return found
            name = _AROUND.sub("", name, count=1)
        return self.by_url(source.strip()) if "." in source and " " not in source.strip() else None

    def agency(self, credit: str) -> tuple[OutletRecord, str] | None:
        """The news agency behind a credit such as ``РИА НОВОСТИ``, and the credit in its usual spelling."""
        return self.agencies.get(fold_name(credit))

    def _by_host(self, host: str) -> OutletRecord | None:
        labels = host.lower().rstrip(".").split(".")
        for start in range(max(0, len(labels) - 8), len(labels) - 1):  # a host of 1,000 labels is not an outlet's
            if found := self.domains.get(".".join(labels[start:])):
                return found
        return None


def _ascii_host(host: str) -> str:
    """The host as domains are listed: ``россиясегодня.рф`` in its ASCII form."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def fold_name(name: str) -> str:
    """A name for comparison: case, quotes, dashes and spacing do not tell outlets apart."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_FOLDED)
    return " ".join(_HYPHEN.sub(" ", folded).split())


def load_outlets(path: Path = OUTLETS_FILE) -> OutletRegister:
    """Read the register.

    Raises OutletRegisterError, naming file and line, where it is missing or a line is not as ``COLUMNS`` says.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise OutletRegisterError(f"no outlet register: {path.name} is missing") from None
    version = ""
    records: list[OutletRecord] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            version = version or line.removeprefix("# version").strip()
        elif tuple(line.split("\t")) != COLUMNS:
            records.append(_record(line, where=f"{path.name}, line {number}"))
    return OutletRegister(
        version=version,
        records=tuple(records),
        domains={domain: record for record in records for domain in record.domains},
        names=_names(records),
        agencies=_agencies(records),
        accounts={account: record for record in records for account in record.accounts},
    )


def _record(line: str, *, where: str) -> OutletRecord:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise OutletRegisterError(f"{where}: {len(cells)} columns, expected {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    if row["ownership"] not in get_args(Ownership):
        raise OutletRegisterError(f"{where}: unknown ownership {row['ownership']!r}")
    _check_rule(row, where=where)
    ownership: Ownership = row["ownership"]  # type: ignore[assignment]  # just checked
    return OutletRecord(
        name=row["name"],
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        domains=tuple(filter(None, row["domains"].split("|"))),
        country=row["country"] or None,
        owner=row["owner"],
        ownership=ownership,
        typology=row["typology"],
        is_agency=row["agency"] == "yes",
        is_stated=row["origin"] == "obelus",
        accounts=tuple(filter(None, row["accounts"].split("|"))),
        reason=row["reason"],
        is_closed=row["status"] == "closed",
        basis=row["basis"],
    )


def _check_rule(row: Mapping[str, str], *, where: str) -> None:
    """The one rule of ownership, the same for every country."""
    for column, known in (("typology", CLASSES), ("reason", REASONS)):
        if row[column] and row[column] not in known:
            raise OutletRegisterError(f"{where}: unknown {column} {row[column]!r}")
    if row["basis"] not in BASES:
        raise OutletRegisterError(f"{where}: unknown basis {row['basis']!r}")
    expected = REASONS.get(row["reason"]) or CLASSES.get(row["typology"])
    if expected and row["ownership"] != expected:
        raise OutletRegisterError(f"{where}: ownership is {row['ownership']!r}, the rule gives {expected!r}")


def _agencies(records: Iterable[OutletRecord]) -> dict[str, tuple[OutletRecord, str]]:
    agencies: dict[str, tuple[OutletRecord, str]] = {}
    for record in records:
        for name in (record.name, *record.aliases) if record.is_agency else ():
            agencies.setdefault(fold_name(name), (record, name))  # the first spelling listed is the usual one
    return agencies


def _names(records: Iterable[OutletRecord]) -> dict[str, OutletRecord]:
    """Names that mean one outlet. A name that two outlets of the matrix share ("Daily News", "Canal 8") means none
    of them, unless they agree on owner and country; an outlet entered by hand comes before the matrix."""
    found: dict[str, list[OutletRecord]] = {}
    for record in records:
        for name in (record.name, *record.aliases):
            same = found.setdefault(fold_name(name), [])
            if record not in same:
                same.append(record)
    names = {}
    for name, same in found.items():
        known = [record for record in same if record.is_stated] or same
        if len(known) == 1 or len({(record.ownership, record.country) for record in known}) == 1:
            names[name] = known[0]
    return names
