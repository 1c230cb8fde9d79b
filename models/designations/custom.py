"""The customer's own organisations: their shape, the file they may stand in, and the register with them in it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from models.designations.register import (
    Organisation,
    Register,
    RegisterError,
    first_day,
    parse_organisation,
    with_organisations,
)
from models.folding import fold_name

LONGEST_ID = 64
_ID = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_ID - 1}}}")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_LONGEST_FILE = 50_000_000  # bytes


class OrganisationsFileError(RegisterError):
    """The file, the line and the reason, in one sentence."""


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise PydanticCustomError(
            "organisation_id", "Must be 1 to 64 lower-case letters, digits and hyphens, no hyphen first."
        )
    return value


def _check_jurisdiction(value: str) -> str:
    if not _JURISDICTION.fullmatch(value):
        raise PydanticCustomError("jurisdiction", "Must be two capital letters, such as RU, UN or FR.")
    return value


def _check_day(value: str) -> str:
    try:
        first_day(value)
    except ValueError:
        raise PydanticCustomError("partial_date", "Must be a date: YYYY-MM-DD, YYYY-MM or YYYY.") from None
    return value


def _check_searchable(value: str) -> str:
    if "\0" in value or sum(character.isalnum() for character in fold_name(value)) < 2:
        raise PydanticCustomError("searchable", "Must hold at least two letters or digits to be looked for.")
    return value


Identifier = Annotated[str, AfterValidator(_check_id)]
Day = Annotated[str, AfterValidator(_check_day)]
Line = Annotated[str, Field(min_length=1, max_length=300)]
Stem = Annotated[str, Field(min_length=2, max_length=60)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class CustomName(_Strict):
    """A spelling to look for. Russian names are looked for in every case."""

    text: Annotated[Line, AfterValidator(_check_searchable)]
    language: Literal["en", "ru", "ar", "ar-Latn"]
    kind: Literal["official", "alias", "acronym"] = "alias"
    ambiguous: bool = Field(default=False, description="Also means something else: counts only with evidence near it.")
    quoted_only: bool = Field(default=False, description="Counts only in quotes or after a word for an organisation.")
    case_sensitive: bool = Field(default=False, description="Capitals must fit.")


class CustomDesignation(_Strict):
    """Who lists it, on which list, since when."""

    jurisdiction: Annotated[str, AfterValidator(_check_jurisdiction)] = Field(examples=["RU"])
    list: Line
    kind: Literal["terrorist", "extremist", "sanctions"]
    since: Day | None = Field(None, description="YYYY-MM-DD, YYYY-MM or YYYY; null: not known, counts as in force.")
    until: Day | None = Field(None, description="The first day on which it is not in force any more.")
    status: Literal["listed", "delisted", "suspended"] = "listed"
    reference: Line | None = None

    @field_validator("until")
    @classmethod
    def _check_order(cls, value: str | None, info: ValidationInfo) -> str | None:
        since = info.data.get("since")
        if value is not None and since is not None and first_day(value) < first_day(since):
            raise PydanticCustomError("order", "Must not be before since.")
        return value


class CustomOrganisation(_Strict):
    """An organisation of your own, or with `extends` more names and designations for one that is built in."""

    id: Identifier
    name: Line
    extends: Identifier | None = Field(None, description="The id of a built-in organisation that this adds to.")
    note: Annotated[str, Field(max_length=2_000)] | None = None
    context: Annotated[list[Stem], Field(max_length=50)] = Field(
        [], description="Beginnings of words that speak for this reading of an ambiguous name."
    )
    against: Annotated[list[Stem], Field(max_length=50)] = Field([], description="And those that speak against it.")
    names: Annotated[list[CustomName], Field(min_length=1, max_length=200)]
    designations: Annotated[list[CustomDesignation], Field(max_length=50, validate_default=True)] = []

    @field_validator("names")
    @classmethod
    def _check_names(cls, value: Sequence[CustomName]) -> Sequence[CustomName]:
        if len({(name.text, name.language) for name in value}) != len(value):
            raise PydanticCustomError("same_name", "The same name stands twice.")
        return value

    @field_validator("designations")
    @classmethod
    def _check_designations(
        cls, value: Sequence[CustomDesignation], info: ValidationInfo
    ) -> Sequence[CustomDesignation]:
        if not value and info.data.get("extends") is None:
            raise PydanticCustomError("listed_nowhere", "Give at least one: what nobody lists is not looked for.")
        return value

    def to_row(self) -> dict[str, Any]:
        """The row of ``organisations.jsonl`` that says the same."""
        return {
            "id": self.id,
            "name": self.name,
            "note": self.note,
            "context": [stem.lower() for stem in self.context],
            "against": [stem.lower() for stem in self.against],
            "names": [
                {"name": name.text, "lang": name.language, **name.model_dump(exclude={"text", "language"})}
                for name in self.names
            ],
            "designations": [_listing_row(designation) for designation in self.designations],
        }


def _listing_row(given: CustomDesignation) -> dict[str, Any]:
    ended = "suspended_on" if given.status == "suspended" else "delisted_on"
    return {
        "jurisdiction": given.jurisdiction,
        "list": given.list,
        "kind": given.kind,
        "designated_on": given.since,
        ended: given.until,
        # In the register a row says what it is today; on the days before its end it counts as listed all the same.
        "status": "delisted" if given.until is not None and given.status == "listed" else given.status,
        "reference": given.reference,
    }


@dataclass(frozen=True, slots=True)
class Scope:
    """What an organisation has to fit to: the ids of the register, and the jurisdictions that are read here."""

    built_in: frozenset[str]
    jurisdictions: tuple[str, ...]

    @classmethod
    def of(cls, jurisdictions: Iterable[str], register: Register) -> "Scope":
        return cls(frozenset(register.by_id), tuple(dict.fromkeys(jurisdictions)))

    def check(self, organisation: CustomOrganisation) -> None:
        """`ScopeError` where it takes a built-in id, extends what is not there, or would never be looked for."""
        if organisation.id in self.built_in:
            raise ScopeError("id", "This is a built-in organisation: take another id, and extends to add to it.")
        if organisation.extends is None:
            listing = [designation.jurisdiction for designation in organisation.designations]
            if not set(listing) & set(self.jurisdictions):
                known = ", ".join(self.jurisdictions)
                raise ScopeError("designations", f"At least one must be of a jurisdiction that is read here: {known}.")
        elif organisation.extends not in self.built_in:
            raise ScopeError("extends", "There is no built-in organisation of this id.")


class ScopeError(ValueError):
    """``field`` and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


# --- the file -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrganisationsFile:
    """What the customer's file holds; ``digest`` is the beginning of its SHA-256, empty without a file."""

    organisations: tuple[CustomOrganisation, ...] = ()
    digest: str = ""


def read_file(path: Path, scope: Scope) -> OrganisationsFile:
    """Raises `OrganisationsFileError` at the first line that does not hold."""
    try:
        raw = path.read_bytes()
        if len(raw) > _LONGEST_FILE:
            raise OrganisationsFileError(f"{path.name} has more than {_LONGEST_FILE:,} bytes")
        lines = raw.decode("utf-8-sig").split("\n")
    except OSError as error:
        raise OrganisationsFileError(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OrganisationsFileError(f"{path.name} is not UTF-8") from None
    found: dict[str, CustomOrganisation] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            organisation = _parse_line(line)
            if organisation.id in found:
                raise ValueError(f"the id {organisation.id} stands twice")
            scope.check(organisation)
        except ValueError as error:
            raise OrganisationsFileError(f"{path.name}, line {number}: {error}") from None
        found[organisation.id] = organisation
    return OrganisationsFile(tuple(found.values()), hashlib.sha256(raw).hexdigest()[:8])


def _parse_line(line: str) -> CustomOrganisation:
    try:
        return CustomOrganisation.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from None


# --- the register with them in it -----------------------------------------------------------------


def with_custom(
    register: Register, file: OrganisationsFile, rows: Iterable[CustomOrganisation], *, version: int
) -> Register:
    """The register that also knows the file's organisations and the *rows* of the database; a row wins over the file.

    Its version names what was added: ``2026-09-16+3`` is change 3 of the database, ``+file-1a2b3c4d`` the file.
    """
    from_database = tuple(rows)
    custom = {organisation.id: organisation for organisation in (*file.organisations, *from_database)}
    if not custom:
        return register
    parts = [register.version, *([f"file-{file.digest}"] if file.organisations else [])]
    if from_database:
        parts.append(str(version))
    extra: dict[str, Organisation] = {}
    for organisation in custom.values():
        made = parse_organisation(organisation.to_row())
        if organisation.extends is None:
            extra[made.id] = made
        else:
            target = _known(organisation, register.by_id, extra)
            extra[target.id] = _extended(target, made)
    return with_organisations(register, extra.values(), version="+".join(parts))


def _known(
    organisation: CustomOrganisation, built_in: Mapping[str, Organisation], extra: Mapping[str, Organisation]
) -> Organisation:
    wanted = organisation.extends or ""
    target = extra.get(wanted) or built_in.get(wanted)
    if target is None:
        raise ValueError(f"custom organisation {organisation.id} extends {wanted}, which the register does not know")
    return target


def _extended(target: Organisation, more: Organisation) -> Organisation:
    spelled = {(name.text, name.language) for name in target.names}
    return replace(
        target,
        names=(*target.names, *(name for name in more.names if (name.text, name.language) not in spelled)),
        listings=(*target.listings, *more.listings),
        context=(*target.context, *more.context),
        against=(*target.against, *more.against),
    )
