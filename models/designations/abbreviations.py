"""Short forms that a text itself introduces: "Islamic State Khorasan Province (ISKP)", «… (далее — РДК)».

Where the register does not know the short form, the text's own definition is believed, and all its later uses are
mentions of the same organisation.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from models.designations.matcher import Entry, Hit
from models.designations.mentions import Candidate
from models.designations.page import Page
from models.designations.register import Name
from models.designations.wording import PLACE

_INTRODUCED = re.compile(
    r"[\"»”'’*]{0,3} [(\[]"
    r"(?:(?:далее|сокращ[её]нно|hereinafter|hereafter|also known as|known as|or|aka|или)[ ,:—–-]{1,4})?"
    r"[\"«“]?(?P<short>[A-ZА-ЯЁ][A-ZА-ЯЁa-zа-яё.&-]{0,8}[A-ZА-ЯЁ]\.?)[\"»”]?(?=[)\],;*])"
)
_SHORTEST_NAME = 9  # code points: nobody abbreviates an acronym
_MOST_FORMS = 30  # short forms that one text may introduce
_MOST = 200  # uses of one short form that are looked for


def find_abbreviations(page: Page, accepted: Sequence[Candidate]) -> list[Candidate]:
    """The uses of short forms introduced behind one of *accepted* that are no mentions yet."""
    taken = sorted((c.hit.outer_start, c.hit.outer_end) for c in accepted)
    found: dict[int, Candidate] = {}
    introduced: set[str] = set()
    for candidate in accepted:
        hit = candidate.hit
        if hit.end - hit.start < _SHORTEST_NAME or "(" not in page.text[hit.end : hit.end + 5]:
            continue
        match = _INTRODUCED.match(page.text, hit.end)
        if not match or match["short"] in introduced or _is_other_word(match["short"]):
            continue
        introduced.add(match["short"])
        if len(introduced) > _MOST_FORMS:
            break
        for start in _uses(page.text, match["short"], match.start("short")):
            end = start + len(match["short"])
            if start not in found and not _is_taken(start, end, taken):
                found[start] = _candidate(candidate, start, end, match["short"])
    return [found[start] for start in sorted(found)]


def _is_other_word(short: str) -> bool:
    capitals = sum(character.isupper() for character in short)
    letters = sum(character.isalpha() for character in short)
    return capitals < 2 or 2 * capitals < letters or PLACE.search(short.lower()) is not None


def _uses(text: str, short: str, at: int) -> Iterator[int]:
    uses = re.compile(rf"(?<![\w.-]){re.escape(short)}(?!\w)")
    for number, match in enumerate(uses.finditer(text, at)):
        if number == _MOST:
            return
        yield match.start()


def _is_taken(start: int, end: int, taken: Sequence[tuple[int, int]]) -> bool:
    at = bisect_left(taken, (end, 0)) - 1
    return at >= 0 and taken[at][1] > start


def _candidate(named: Candidate, start: int, end: int, short: str) -> Candidate:
    organisation = named.hit.entry.organisation
    name = Name(short, named.hit.entry.name.language, "acronym", short)
    entry = Entry(organisation, name, 0, end - start, end - start)
    reason = f"the text itself introduces {short} as a short form of {organisation.name}"
    return Candidate(Hit(start, end, start, end, "exact", entry), 0.9, reason)
