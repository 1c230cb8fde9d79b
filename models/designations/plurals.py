"""One label for several names: "X and Y (both banned in Russia)", «X и Y, запрещённых в России», "Both groups are"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from models.designations.footnotes import Note

if TYPE_CHECKING:
    from models.designations.linking import Link

# Names in a row: "X, Y and the Z", «X и группировки Y».
_JOINED = re.compile(
    r"[\"',)/ *✱-]{0,4}(?:,|and|or|as well as|but also|или|и|а также|так и|как и)(?: [\w-]{1,16}){0,3}[\"',( *✱-]{0,4}"
)
_AND = re.compile(r" (?:and|и|а также|as well as) ")
_BARE_AND = re.compile(r"[\"')]{0,2} (?:and|as well as) (?:the )?[\"']?")
_PLURAL = re.compile(
    r"\b(?:(?<!by )(?<!in )both|all|оба|обе|обеих|обоих|все|признаны|запрещены|объявлены|внесены|включены|являются"
    r"|принадлежат|принадлежащи|owned by|соцсети|иноагенты|are|were"
    r"|(?:запрещенн|террористическ|экстремистск)[ыи]е|(?:organi[sz]ation|group|movement)s|belong"
    r"|(?:запрещенн|признанн|объявленн|внесенн|включенн|ликвидированн)ы(?:х|ми?)|(?:террористическ|экстремистск)ими?)\b"
)
# It says how many names it speaks of, wherever they stand before it.
_COUNTED = re.compile(
    r"\b(?:(?P<two>(?<!by )(?<!in )both|оба|обе|обеих|обоих|the two (?:groups|organi[sz]ations|movements))"
    r"|(?P<three>all three|все три|всех трех|the three (?:groups|organi[sz]ations|movements)))\b"
)
_POSSESSIVE = re.compile(r"[\"*✱]{0,8}'s?[*✱]{0,8} \w")
_LEAD = 20  # code points before a phrase in which "which are", "both" stand
_ROW_REACH = 60  # code points between two names of a row
_JOINED_REACH = 120  # code points between two names that are joined somehow
_OTHER_NAME = 30  # between two names of one organisation
_COUNTED_REACH = 400  # from the first name to a label that says of how many it speaks


def is_plural(words: str) -> bool:
    """Whether a label (of `Folding.flat`) speaks of several."""
    return _PLURAL.search(words) is not None


def speaks_of_several(note: Note, flat: str) -> bool:
    """As `is_plural`, of a note in the text, with the words before a bare phrase."""
    lead = _LEAD if note.form == "phrase" else 0
    return is_plural(flat[max(0, note.start - lead) : note.end + 1])


def are_in_row(flat: str, end: int, start: int) -> bool:
    """Whether nothing but "and", a comma and a word or two stands between two names."""
    if start - end > _ROW_REACH:
        return False
    between = flat[end:start]
    return not between.strip(' "') or _JOINED.fullmatch(between) is not None


def spread_plurals(links: list["Link"], notes: Sequence[Note], flat: str) -> list["Link"]:
    """Label the names that are joined to the one a note in the plural stands by."""
    spread = list(links)
    marked = _organisations_by_mark(links)
    for number in range(1, len(spread)):  # «запрещённых в РФ организаций X и Y»
        left, right = spread[number - 1], spread[number]
        if right.is_marked or left.note is None or left.mark or notes[left.note].form != "phrase":
            continue
        note = notes[left.note]
        is_before = note.end <= left.candidate.hit.start and speaks_of_several(note, flat)
        if is_before and _is_in_row(left, right, flat):
            spread[number] = replace(right, note=left.note)
    for number in range(len(spread) - 1, 0, -1):
        left, right = spread[number - 1], spread[number]
        if left.is_marked or right.note is None or right.is_in_note:
            continue
        note = notes[right.note]
        if note.start < right.candidate.hit.end:
            continue
        if note.form != "end_note":
            is_spread = _is_joined_to(note, left, right, flat)
        else:
            # Where the mark stands behind several names, the plural is theirs.
            is_own = right.mark is not None and not right.mark.is_late and len(marked[right.mark.text]) == 1
            is_spread = is_own and is_plural(flat[note.start : note.end]) and _is_in_row(left, right, flat)
        if is_spread:
            spread[number - 1] = replace(left, mark=None, note=right.note)
    return spread


def _organisations_by_mark(links: Sequence["Link"]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in links:
        if item.mark:
            found.setdefault(item.mark.text, set()).add(item.candidate.organisation_id)
    return found


def _is_in_row(left: "Link", right: "Link", flat: str) -> bool:
    return are_in_row(flat, left.candidate.hit.end, right.candidate.hit.start)


def _is_joined_to(note: Note, left: "Link", right: "Link", flat: str) -> bool:
    between = flat[left.candidate.hit.end : right.candidate.hit.start]
    if not speaks_of_several(note, flat):
        # "X and Y, banned in Russia": the number does not show in English.
        is_bare = note.form == "phrase" and flat[right.candidate.hit.end : note.start].strip("\"'") == ", "
        return is_bare and _BARE_AND.fullmatch(between) is not None
    is_near = (
        "\n" not in between and len(between) < _JOINED_REACH and not _COUNTED.search(flat, note.start - 8, note.end)
    )
    return _is_in_row(left, right, flat) or (is_near and _AND.search(between) is not None)


def _is_other_name(left: "Link", right: "Link", flat: str) -> bool:
    """ "Islamic State (IS)": two names of one organisation, with hardly anything between."""
    between = flat[left.candidate.hit.end : right.candidate.hit.start]
    is_same = left.candidate.organisation_id == right.candidate.organisation_id
    return is_same and len(between) <= _OTHER_NAME and not any(stop in between for stop in ".!?;\n")


def spread_counted(links: list["Link"], notes: Sequence[Note], flat: str) -> list["Link"]:
    """ "A … B. Both groups are banned": as many organisations before the label as it says."""
    spread = list(links)
    for number, item in enumerate(links):
        note = notes[item.note] if item.note is not None else None
        if note is None or (note.form == "end_note" and note.marker) or note.start < item.candidate.hit.end:
            continue
        said = _COUNTED.search(flat, max(item.candidate.hit.end, note.start - 2 * _LEAD), note.end)
        if not said or (number + 1 < len(links) and links[number + 1].note == item.note):
            continue  # it is counted from the last of the names that it stands by
        named = {item.candidate.organisation_id}
        wanted = 3 if said["three"] else 2
        for before in range(number - 1, -1, -1):
            other = spread[before]
            start, organisation = other.candidate.hit.start, other.candidate.organisation_id
            if note.start - start > _COUNTED_REACH or "\n" in flat[start : note.start]:
                break
            if _POSSESSIVE.match(flat, other.candidate.hit.end):
                continue  # "X or al-Qaida's affiliate Y. Both …"
            is_again = organisation in named
            if not is_again and len(named) == wanted:
                break
            if is_again and not _is_other_name(other, spread[before + 1], flat):
                if len(named) == wanted:
                    break
                continue  # named before as well: "Hamas … Hamas and X, both listed"
            named.add(organisation)
            if not other.is_marked:
                spread[before] = replace(other, note=item.note)
    return spread
