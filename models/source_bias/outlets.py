"""The outlet register: who publishes, who owns the publisher, and in which country.

The data is ``outlets.tsv`` beside this file; how each ownership value was reached stands in ``CARD.md``.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from models.types import Outlet, Ownership

OUTLETS_FILE = Path(__file__).with_name("outlets.tsv")
COLUMNS = ("name", "aliases", "domains", "country", "owner", "ownership", "typology", "agency", "origin")
_QUOTES = str.maketrans("", "", "\"'«»“”„‘’")


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

    def by_url(self, url: str | None) -> OutletRecord | None:
        """The outlet whose domain the URL's host is or lies under; None for no URL, a bad one or an unknown host."""
        if not url:
            return None
        try:
            host = urlsplit(url if "//" in url else f"//{url}").hostname
        except ValueError:
            return None
        return self._by_host(host or "")

    def by_source(self, source: str | None) -> OutletRecord | None:
        """The outlet with this name, or, where *source* looks like one, this domain."""
        if not source:
            return None
        if found := self.names.get(fold_name(source)):
            return found
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


def fold_name(name: str) -> str:
    """A name for comparison: case, quotes, dashes and spacing do not tell outlets apart."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_QUOTES).replace("ё", "е")
    for dash in "‐‑‒–—":
        folded = folded.replace(dash, "-")
    return " ".join(folded.split())


def load_outlets(path: Path = OUTLETS_FILE) -> OutletRegister:
    """Read the register.

    Raises OutletRegisterError, naming file and line, where it is missing or a line is not as ``COLUMNS`` says.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise OutletRegisterError(f"no outlet register: {path} is missing") from None
    version = ""
    records: list[OutletRecord] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            version = version or line.removeprefix("# version").strip()
        elif tuple(line.split("\t")) != COLUMNS:
            records.append(_record(line, where=f"{path}, line {number}"))
    return OutletRegister(
        version=version,
        records=tuple(records),
        domains={domain: record for record in records for domain in record.domains},
        names=_names(records),
        agencies=_agencies(records),
    )


def _record(line: str, *, where: str) -> OutletRecord:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS):
        raise OutletRegisterError(f"{where}: {len(cells)} columns, expected {len(COLUMNS)}")
    row = dict(zip(COLUMNS, cells, strict=True))
    if row["ownership"] not in get_args(Ownership):
        raise OutletRegisterError(f"{where}: unknown ownership {row['ownership']!r}")
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
    )


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
