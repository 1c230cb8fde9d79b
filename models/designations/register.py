"""The register of designated organisations: who lists whom, on which list, from when until when.

It records that an authority lists a name and takes no view on the listing. Two files hold it: ``register.json`` (its
version, and for each list the date of the copy and how complete it is) and ``organisations.jsonl`` (one organisation
a line). A row that does not hold is refused with its line and the reason; sources and gaps are in docs/register.md.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.designations.matcher import Matcher

HERE = Path(__file__).parent
ORGANISATIONS = HERE / "organisations.jsonl"
META = "register.json"
UNREGISTERED = "unregistered"  # the id of a name that only the text labels (models/designations/unregistered.py)

LANGUAGES = ("en", "ru", "ar", "ar-Latn")
NAME_KINDS = ("official", "alias", "acronym", "mt-artefact", "derived")
KINDS = ("terrorist", "extremist", "sanctions")
STATUSES = ("listed", "delisted", "suspended", "listed-as-seen-2013", "unverified-current")
_NAME_FIELDS = {
    "name", "lang", "kind", "core", "ambiguous", "ordinary", "quoted_only", "label_only", "short",
    "case_sensitive", "preferred", "usual", "shared_with",
}  # fmt: skip
_LISTING_FIELDS = {
    "jurisdiction", "list", "kind", "designated_on", "delisted_on", "effective_on", "suspended_on", "status",
    "reference",
}  # fmt: skip
_ORGANISATION_FIELDS = {
    "id", "name", "wikidata", "note", "covered_by", "context", "against", "names", "designations",
}  # fmt: skip
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class RegisterError(ValueError):
    """A register that must not be used: the message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling. ``core`` is the name itself where ``text`` has its head noun with it (movement "X" → X).

    ``is_ambiguous``: also means something else, needs evidence. ``is_ordinary``: made of everyday words, so its
    capitals matter. ``quoted_only``: counts only in quotes or after a word for an organisation. ``label_only``: counts
    only where the text itself labels it. ``is_short``: part of a name ("the Guards"), which counts where the text also
    names the organisation or labels it. ``is_preferred``: the usual reading of a spelling several share. ``is_usual``:
    ambiguous, but means the organisation unless one of its ``against`` words stands near.
    """

    text: str
    language: str
    kind: str
    core: str
    is_ambiguous: bool = False
    is_ordinary: bool = False
    quoted_only: bool = False
    label_only: bool = False
    is_short: bool = False
    is_case_sensitive: bool = False
    is_preferred: bool = False
    is_usual: bool = False
    shared_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """One authority's listing. Dates are ISO, and may be a year or a month; None where no date was seen."""

    jurisdiction: str
    list: str
    kind: str
    status: str
    designated_on: str | None = None
    effective_on: str | None = None
    suspended_on: str | None = None
    delisted_on: str | None = None
    reference: str | None = None

    @property
    def until(self) -> str | None:
        return self.delisted_on or self.suspended_on

    def has_begun(self, on: date) -> bool:
        """An unknown start counts as begun: a list that shows the row says so, only not since when."""
        begun = self.effective_on or self.designated_on
        return begun is None or first_day(begun) <= on

    def has_ended(self, on: date) -> bool:
        if self.until is not None:
            return first_day(self.until) <= on
        return self.status in ("delisted", "suspended")

    def is_in_force(self, on: date) -> bool:
        return self.has_begun(on) and not self.has_ended(on)

    def status_on(self, on: date) -> str:
        """``listed`` on the days in force even if it ended later; otherwise what the register says."""
        return "listed" if self.until is not None and not self.has_ended(on) else self.status


@dataclass(frozen=True, slots=True)
class Organisation:
    """``context``, ``against``: beginnings of words that speak for or against (lower case; ``$`` ends a whole word)."""

    id: str
    name: str
    names: tuple[Name, ...]
    listings: tuple[Listing, ...]
    wikidata: str | None = None
    note: str | None = None
    covered_by: str | None = None
    context: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list as copied: ``as_of`` its date, ``is_complete`` whether every row of it is in the register."""

    jurisdiction: str
    list: str
    as_of: date | None
    is_complete: bool
    window_days: int = 45

    def is_fresh(self, on: date) -> bool:
        """Whether the copy may speak for the day *on*; an older copy means "could not check"."""
        return self.as_of is not None and on <= self.as_of + timedelta(days=self.window_days)


@dataclass(frozen=True)
class Register:
    """All organisations, in the order of the file, with the automaton that finds their names."""

    version: str
    organisations: tuple[Organisation, ...]
    lists: tuple[ListSource, ...] = ()
    forms: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def by_id(self) -> dict[str, Organisation]:
        return {organisation.id: organisation for organisation in self.organisations}

    @cached_property
    def of_terrorists(self) -> frozenset[str]:
        """The lists that call what they hold terrorist."""
        return frozenset(row.list for known in self.organisations for row in known.listings if row.kind == "terrorist")

    @cached_property
    def jurisdictions(self) -> tuple[str, ...]:
        """Whose lists it holds, in order of the alphabet."""
        return tuple(sorted({row.jurisdiction for known in self.organisations for row in known.listings}))

    @cached_property
    def matcher(self) -> "Matcher":
        from models.designations.matcher import build_matcher  # the automaton is for reading, not for looking up

        return build_matcher(self.organisations, forms=self.forms)


def load_register(path: Path = ORGANISATIONS) -> Register:
    """Read the register and build its automaton. Raises `RegisterError` at the first row that does not hold."""
    from models.designations.inflection import load_forms

    read = read_register(path)
    register = Register(read.version, read.organisations, read.lists, load_forms())
    register.matcher.find("")  # built here, not in the first article
    return register


def read_register(path: Path = ORGANISATIONS) -> Register:
    """The register to look organisations up in: no automaton is built. Raises as `load_register`."""
    version, lists = _read_meta(path.with_name(META))
    register = Register(version, tuple(read_organisations(path)), lists)
    _check_references(register, path)
    return register


def with_organisations(register: Register, extra: Iterable[Organisation], *, version: str) -> Register:
    """A new register that also knows *extra*; a row with a known id takes the place of the old one."""
    rows = {**register.by_id, **{organisation.id: organisation for organisation in extra}}
    return Register(version, tuple(rows.values()), register.lists, register.forms)


def parse_organisation(row: Any) -> Organisation:
    """One organisation out of its JSON object; ``ValueError`` says what is wrong with it."""
    _check_fields(row, _ORGANISATION_FIELDS, "organisation")
    identifier = _text(row, "id")
    if not _ID.fullmatch(identifier):
        raise ValueError(f"id {identifier!r} is not lower-case letters, digits and hyphens")
    if identifier == UNREGISTERED:
        raise ValueError(f"id {identifier!r} is kept for names that only the text labels")
    names = tuple(_parse_name(name) for name in _rows(row, "names"))
    if not names:
        raise ValueError("an organisation needs at least one name")
    spellings = [(name.text, name.language) for name in names]
    if len(set(spellings)) != len(spellings):
        raise ValueError("the same name stands twice")
    return Organisation(
        id=identifier,
        name=_text(row, "name"),
        names=names,
        listings=tuple(_parse_listing(listing) for listing in _rows(row, "designations")),
        wikidata=_optional_text(row, "wikidata"),
        note=_optional_text(row, "note"),
        covered_by=_optional_text(row, "covered_by"),
        context=_texts(row, "context"),
        against=_texts(row, "against"),
    )


def first_day(value: str) -> date:
    """The first day of an ISO date, month or year; ``ValueError`` where it is none of them."""
    match = _DATE.fullmatch(value)
    if not match:
        raise ValueError(f"{value!r} is not a date (YYYY, YYYY-MM or YYYY-MM-DD)")
    year, month, day = match.groups()
    return date(int(year), int(month or 1), int(day or 1))


def _parse_name(row: Any) -> Name:
    _check_fields(row, _NAME_FIELDS, "name")
    text = _text(row, "name")
    core = _optional_text(row, "core") or text
    if core not in text:
        raise ValueError(f"core {core!r} is not part of the name {text!r}")
    return Name(
        text=text,
        language=_one_of(row, "lang", LANGUAGES),
        kind=_one_of(row, "kind", NAME_KINDS),
        core=core,
        is_ambiguous=_flag(row, "ambiguous"),
        is_ordinary=_flag(row, "ordinary"),
        quoted_only=_flag(row, "quoted_only"),
        label_only=_flag(row, "label_only"),
        is_short=_flag(row, "short"),
        is_case_sensitive=_flag(row, "case_sensitive"),
        is_preferred=_flag(row, "preferred"),
        is_usual=_flag(row, "usual"),
        shared_with=_texts(row, "shared_with"),
    )


def _parse_listing(row: Any) -> Listing:
    _check_fields(row, _LISTING_FIELDS, "designation")
    jurisdiction = _text(row, "jurisdiction")
    if not _JURISDICTION.fullmatch(jurisdiction):
        raise ValueError(f"jurisdiction {jurisdiction!r} is not two capital letters")
    dates = {key: _optional_text(row, key) for key in ("designated_on", "effective_on", "suspended_on", "delisted_on")}
    for key, value in dates.items():
        if value is not None:
            try:
                first_day(value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
    begun = dates["effective_on"] or dates["designated_on"]
    for key in ("suspended_on", "delisted_on"):
        ended = dates[key]
        if begun and ended and first_day(ended) < first_day(begun):
            raise ValueError(f"{key} {ended} lies before the listing of {begun}")
    return Listing(
        jurisdiction=jurisdiction,
        list=_text(row, "list"),
        kind=_one_of(row, "kind", KINDS),
        status=_one_of(row, "status", STATUSES),
        reference=_optional_text(row, "reference"),
        **dates,
    )


def _read_meta(path: Path) -> tuple[str, tuple[ListSource, ...]]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        version = _text(meta, "version")
        lists = tuple(
            ListSource(
                _text(row, "jurisdiction"),
                _text(row, "list"),
                first_day(row["as_of"]) if row.get("as_of") else None,
                _flag(row, "complete"),
                _window(meta),
            )
            for row in _rows(meta, "lists")
        )
    except (OSError, ValueError) as error:
        raise RegisterError(f"{path.name}: {error}") from error
    return version, lists


def _window(meta: dict[str, Any]) -> int:
    days = meta.get("window_days")
    if not isinstance(days, int) or isinstance(days, bool) or days < 1:
        raise ValueError("window_days is not a number of days")
    return days


def read_organisations(path: Path) -> list[Organisation]:
    """The rows of an organisations file. Raises `RegisterError` with the line of the first that does not hold."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise RegisterError(f"{path.name}: {error}") from error
    rows: dict[str, Organisation] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            organisation = parse_organisation(json.loads(line))
            if organisation.id in rows:
                raise ValueError(f"id {organisation.id!r} stands twice")
        except ValueError as error:
            raise RegisterError(f"{path.name}, line {number}: {error}") from error
        rows[organisation.id] = organisation
    return list(rows.values())


def _check_references(register: Register, path: Path) -> None:
    known_lists = {(source.jurisdiction, source.list) for source in register.lists}
    for number, organisation in enumerate(register.organisations, start=1):
        others = {other for name in organisation.names for other in name.shared_with}
        if organisation.covered_by:
            others.add(organisation.covered_by)
        for other in sorted(others - register.by_id.keys()):
            raise RegisterError(f"{path.name}, organisation {number} ({organisation.id}): no organisation {other!r}")
        for listing in organisation.listings:
            if (listing.jurisdiction, listing.list) not in known_lists:
                raise RegisterError(f"{path.name}, {organisation.id}: {META} has no list {listing.list!r}")


def _check_fields(row: Any, known: set[str], what: str) -> None:
    if not isinstance(row, dict):
        raise ValueError(f"the {what} is not an object")
    unknown = sorted(row.keys() - known)
    if unknown:
        raise ValueError(f"the {what} has an unknown field {unknown[0]!r}")


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} is not a text")
    return value


def _optional_text(row: dict[str, Any], key: str) -> str | None:
    return None if row.get(key) is None else _text(row, key)


def _one_of(row: dict[str, Any], key: str, allowed: Sequence[str]) -> str:
    value = _text(row, key)
    if value not in allowed:
        raise ValueError(f"{key} {value!r} is not one of {', '.join(allowed)}")
    return value


def _flag(row: dict[str, Any], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is not true or false")
    return value


def _texts(row: dict[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"{key} is not a list of texts")
    return tuple(value)


def _rows(row: dict[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    if not isinstance(value, list):
        raise ValueError(f"{key} is not a list")
    return value
