"""``python -m models.designations.check [--on DATE] [FILE]``: what a reviewer of the register must look at.

Rows that do not hold, names that stand twice, spellings that several organisations share without saying so, names that
are everyday words without being marked as such, and lists whose copy is too old or not complete: of those it says
"could not check", never "clean". Exit status 0: nothing to do; 1: something is wrong; 3: nothing wrong was found, but
some lists could not be checked.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.designations.inflection import inflect, load_forms
from models.designations.register import ORGANISATIONS, Name, Register, RegisterError, read_register
from models.folding import fold_name

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

WRONG, COULD_NOT_CHECK = 1, 3
_SHORT = 3  # letters: a shorter acronym always has other meanings
# English words that organisations take for names; there is no English dictionary among what Obelus runs on.
_ENGLISH = frozenset(
    """
    action alliance army assembly awakening base battalion black blood bridge brigade brotherhood brothers call cause
    cell citizens combat command community congress council crow defence defenders dawn division east eagle edge
    emirate faith fatherland fire force forum fist foundation free freedom front future generation gold group guard
    guards hammer hand hawk home honour hope house international iron jihad justice king land league legion liberation
    liberty life light lion march martyrs memorial men messenger militia mission movement nation national network new
    night north nova oath oasis order organisation organization party path patriot peace people pit bull power pride
    proud pure rebirth red resistance resolve revival revolution right rise sector service shield shining silent
    society soldiers sons south spark spear spring star state storm struggle sun sword tiger tigers torch tradition
    truth union unity vanguard victory voice volunteers war watch wave west white will wings witnesses wolf wolves
    workers world youth zero
    """.split()  # noqa: SIM905  # reads better as prose
)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to look at: ``kind`` duplicate, shared, ordinary, short or stale; ``where`` an organisation or list."""

    kind: str
    where: str
    what: str


def check(register: Register, on: date) -> list[Remark]:
    """All remarks on *register* as of the day *on*, in the order of the file."""
    return [*_duplicates(register), *_shared(register), *_ordinary(register), *_stale(register, on)]


def _duplicates(register: Register) -> Iterator[Remark]:
    numbers: dict[str, str] = {}
    for organisation in register.organisations:
        seen: dict[tuple[str, str], str] = {}
        for name in organisation.names:
            folded = fold_name(name.text)
            # "Isis" beside "ISIS" is meant: the two ask for different evidence.
            key = (folded, name.text if name.is_case_sensitive or name.is_ambiguous else "")
            if key in seen:
                yield Remark("duplicate", organisation.id, f"{name.text!r} is {seen[key]!r} in another spelling")
            seen.setdefault(key, name.text)
        rows = [(row.jurisdiction, row.list, row.reference, row.designated_on) for row in organisation.listings]
        for row in sorted({row for row in rows if rows.count(row) > 1}, key=str):
            yield Remark("duplicate", organisation.id, f"the {row[0]} listing of {row[3] or 'no date'} stands twice")
        if organisation.wikidata:
            other = numbers.setdefault(organisation.wikidata, organisation.id)
            if other != organisation.id:
                yield Remark("duplicate", organisation.id, f"{organisation.wikidata} is {other} as well")


def _shared(register: Register) -> Iterator[Remark]:
    """Spellings of several organisations of which at least one does not name the other in ``shared_with``."""
    owners: dict[str, list[tuple[str, Name]]] = {}
    for organisation in register.organisations:
        for name in organisation.names:
            for spelling in sorted({fold_name(form) for form in (name.text, *_forms(name, register))}):
                owners.setdefault(spelling, []).append((organisation.id, name))
    told: set[tuple[str, str]] = set()
    for spelling, found in owners.items():
        ids = sorted({identifier for identifier, _ in found})
        if len(ids) < 2 or (ids[0], ids[1]) in told:
            continue
        named = {identifier: {other for owner, n in found if owner == identifier for other in n.shared_with}
                 for identifier in ids}  # fmt: skip
        if any(not (set(ids) - {identifier}) & named[identifier] for identifier in ids) and not _is_preferred(found):
            told.add((ids[0], ids[1]))
            yield Remark("shared", ids[0], f"{spelling!r} is also a name of {', '.join(ids[1:])}")


def _is_preferred(found: Sequence[tuple[str, Name]]) -> bool:
    return len({identifier for identifier, name in found if name.is_preferred}) == 1


def _forms(name: Name, register: Register) -> tuple[str, ...]:
    if name.language != "ru":
        return ()
    return register.forms[name.text] if name.text in register.forms else inflect(name.text)


def _ordinary(register: Register) -> Iterator[Remark]:
    for organisation in register.organisations:
        for name in organisation.names:
            if name.is_ambiguous or name.is_ordinary or name.quoted_only or name.label_only or name.core != name.text:
                continue
            words = fold_name(name.text).split()
            letters = sum(map(str.isalnum, name.text))
            if name.kind == "acronym" and letters <= _SHORT:
                yield Remark("short", organisation.id, f"{name.text!r} has {letters} letters and is not ambiguous")
            elif len(words) <= 2 and name.kind in ("official", "alias") and _are_everyday(words, name.language):
                yield Remark("ordinary", organisation.id, f"{name.text!r} is made of everyday words, not marked so")


def _are_everyday(words: Sequence[str], language: str) -> bool:
    if language == "en":
        return all(word in _ENGLISH for word in words)
    return language == "ru" and all(_is_russian_word(word) for word in words)


def _is_russian_word(word: str) -> bool:
    """In the dictionary, and not only as a proper name or an abbreviation."""
    proper = {"Name", "Surn", "Patr", "Geox", "Orgn", "Trad", "Abbr"}
    parses = [parse for parse in _analyser().parse(word) if parse.is_known]
    return bool(parses) and not any(proper & set(parse.tag.grammemes) for parse in parses)


def _stale(register: Register, on: date) -> Iterator[Remark]:
    for source in register.lists:
        where = f"{source.jurisdiction}, {source.list}"
        if not source.is_fresh(on):
            copied = f"copied {source.as_of.isoformat()}" if source.as_of else "copied on an unknown day"
            yield Remark("stale", where, f"could not check: {copied}, window {source.window_days} days")
        elif not source.is_complete:
            yield Remark("stale", where, "could not check: not every row of it is here")


@cache
def _analyser() -> "MorphAnalyzer":
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang="ru")


def status_of(remarks: Iterable[Remark]) -> int:
    kinds = {remark.kind for remark in remarks}
    if kinds - {"stale"}:
        return WRONG
    return COULD_NOT_CHECK if kinds else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.designations.check", description="Check the register.")
    parser.add_argument("file", nargs="?", type=Path, default=ORGANISATIONS)
    parser.add_argument("--on", type=date.fromisoformat, default=None, help="the day lists are judged for (today)")
    given = parser.parse_args(arguments)
    try:
        read = read_register(given.file)
    except RegisterError as error:
        print(f"refused: {error}", file=sys.stderr)  # noqa: T201
        return WRONG
    register = Register(read.version, read.organisations, read.lists, load_forms())
    on = given.on or datetime.now(UTC).date()
    remarks = check(register, on)
    for remark in remarks:
        print(f"{remark.kind:9} {remark.where}: {remark.what}")  # noqa: T201
    names = sum(len(organisation.names) for organisation in register.organisations)
    stale = sum(remark.kind == "stale" for remark in remarks)
    found = f"{len(remarks) - stale} to mend, {stale} of {len(register.lists)} lists could not be checked"
    print(f"register {register.version}: {len(register.organisations)} organisations, {names} names; {found}")  # noqa: T201
    return status_of(remarks)


if __name__ == "__main__":
    sys.exit(main())
