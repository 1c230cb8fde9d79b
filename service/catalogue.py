"""The organisations to look up: those built in, the file's and those of the database, as this moment has them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.designations.custom import CustomOrganisation, OrganisationsFile, Scope, with_custom
from models.designations.register import (
    Listing,
    ListSource,
    Organisation,
    Register,
    parse_organisation,
    read_register,
)
from models.folding import fold_name
from store.custom_organisations import current_version, list_current
from store.organisations import load_file, scope_of
from store.settings import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """An organisation with its names as they are searched. ``extends``: it adds to that built-in one."""

    organisation: Organisation
    is_custom: bool
    extends: str | None
    searched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for. ``on``: a listing (in *jurisdiction*, where given) was in force that day."""

    words: str | None = None
    jurisdiction: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class View:
    """All organisations at one version, in order of id."""

    version: str
    entries: Mapping[str, Entry]
    jurisdictions: frozenset[str]
    scope: Scope
    in_file: frozenset[str]

    def find(self, search: Search) -> list[Entry]:
        """What fits, the closest first: a whole name, a name that begins so, a word that does, any part."""
        wanted = fold_name(search.words) if search.words else ""
        if search.words and not wanted:
            return []
        ranked = [
            (rank, identifier, entry)
            for identifier, entry in self.entries.items()
            if (rank := _rank(entry, wanted)) is not None and _is_listed(entry.organisation, search)
        ]
        return [entry for _, _, entry in sorted(ranked, key=lambda item: item[:2])]


def _rank(entry: Entry, wanted: str) -> int | None:
    if not wanted:
        return 0
    best: int | None = None
    for name in entry.searched:
        at = name.find(wanted)
        if at < 0:
            continue
        rank = 0 if name == wanted else 1 if at == 0 else 2 if f" {wanted}" in name else 3
        best = rank if best is None else min(best, rank)
    return best


def _is_listed(organisation: Organisation, search: Search) -> bool:
    if search.jurisdiction is None and search.on is None:
        return True
    return any(
        search.jurisdiction in (None, listing.jurisdiction) and (search.on is None or listing.is_in_force(search.on))
        for listing in organisation.listings
    )


class Catalogue:
    """Made once a process; keeps the view of the newest version. The file is read here, at the start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file: OrganisationsFile = load_file(settings)
        self._built_in: Register | None = None
        self._view: tuple[int, View] | None = None
        self._making = threading.Lock()

    @property
    def lists(self) -> tuple[ListSource, ...]:
        """The lists of the built-in register, each as it was copied; nothing until the first view was made."""
        return self._built_in.lists if self._built_in is not None else ()

    def view(self, session: Session) -> View:
        """What holds now. One cheap query where nothing has changed since the last time."""
        version = current_version(session)
        known = self._view
        if known is not None and known[0] == version:
            return known[1]
        with self._making:
            if self._built_in is None:
                self._built_in = read_register()
            custom = list_current(session, version=version)
            made = _make_view(self._built_in, self._settings, self._file, custom, version)
            self._view = (version, made)
            return made


def _make_view(
    built_in: Register, settings: Settings, file: OrganisationsFile, rows: list[CustomOrganisation], version: int
) -> View:
    register = with_custom(built_in, file, rows, version=version)
    custom = {organisation.id: organisation for organisation in (*file.organisations, *rows)}
    organisations = dict(register.by_id)
    for added in custom.values():
        organisations.setdefault(added.id, parse_organisation(added.to_row()))
    entries = {
        identifier: Entry(
            organisation,
            is_custom=identifier in custom,
            extends=custom[identifier].extends if identifier in custom else None,
            searched=tuple(
                {fold_name(name): None for name in (organisation.name, *(n.text for n in organisation.names))}
            ),
        )
        for identifier, organisation in sorted(organisations.items())
    }
    return View(
        version=register.version,
        entries=entries,
        jurisdictions=frozenset(row.jurisdiction for entry in entries.values() for row in entry.organisation.listings),
        scope=scope_of(settings, built_in),
        in_file=frozenset(one.id for one in file.organisations) - {row.id for row in rows},
    )


def describe(entry: Entry, *, on: date | None = None) -> dict[str, Any]:
    """The organisation of the API contract. With *on*, only the designations in force that day, as of that day."""
    organisation = entry.organisation
    return {
        "id": organisation.id,
        "name": organisation.name,
        "custom": entry.is_custom,
        "extends": entry.extends,
        "note": organisation.note,
        "wikidata": organisation.wikidata,
        "names": [{"text": name.text, "language": name.language, "kind": name.kind} for name in organisation.names],
        "designations": [
            _describe_listing(row, on or datetime.now(UTC).date())
            for row in organisation.listings
            if on is None or row.is_in_force(on)
        ],
    }


def _describe_listing(listing: Listing, on: date) -> dict[str, Any]:
    return {
        "jurisdiction": listing.jurisdiction,
        "list": listing.list,
        "kind": listing.kind,
        "since": listing.designated_on,
        "until": listing.until,
        "status": listing.status_on(on),
        "reference": listing.reference,
    }
