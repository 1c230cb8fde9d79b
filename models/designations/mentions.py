"""Which occurrences of a name are mentions: the evidence an ambiguous name needs, and the longest true reading."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from models.designations.markers import Mark
from models.designations.matcher import Hit
from models.designations.page import Page
from models.designations.plurals import are_in_row
from models.designations.surroundings import (
    first,
    followers,
    held_by,
    is_in_title,
    is_legal_form,
    is_named_so,
    is_nickname,
    is_other_thing,
    is_person,
    is_quoted,
    is_shouted,
    neighbours,
    own_context,
    says,
    stands_alone,
)
from models.designations.wording import ARMED_WORD, GROUP_WORD, TERROR_CONTEXT

_OWN = 0.88  # the score of a name that the organisation's own context speaks for
_BESIDE = 160  # and in which a word about such groups in general counts
_FAR = 1500  # the same in a text that also names other organisations
_APART = 48  # the same where the text also names the organisation without doubt
_CLOSE = 24  # and in which a word of another meaning is not outweighed by a neighbour
_EVERYDAY = 5  # letters up to which a word without its capital may be another: мета, but инстаграм
_ROUNDS = 8  # of names that speak for names; three were the most seen in news
_MT_BEFORE = re.compile(r"\b(?:the|of|by|against|from|with|between|among|over|and) \"?$")
_IN_LINK_BEFORE, _IN_LINK = re.compile(r"[./@_]"), re.compile(r"[/@_]|\.[a-zа-я]| high school")
_INDEFINITE = re.compile(
    r"\b(?:an?|any|every|own|future|new|called|no|ideal|исламск\w+|свое|новое|любое|един\w+|образовани\w+|настоящ\w+|построить|создать)\W{1,2}$"
)

_Rank = tuple[int, bool, bool, bool, int, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An occurrence believed to be a mention, why, and how sure."""

    hit: Hit
    score: float
    reason: str
    sign: str = ""  # what decided, a key of `ACCEPTED`'s sets; empty where the name needs no evidence

    @property
    def organisation_id(self) -> str:
        return self.hit.entry.organisation.id


@dataclass(frozen=True, slots=True)
class Known:
    """What is sure so far: the organisations, and where their names stand, in order."""

    ids: frozenset[str] = frozenset()
    labelled: frozenset[str] = frozenset()  # those of them that the text itself labels
    spans: Sequence[tuple[int, int]] = ()

    def other_within(self, start: int, end: int) -> bool:
        return bisect_left(self.spans, (end, 0)) > bisect_left(self.spans, (start, 0))

    def other_joined(self, hit: Hit, flat: str) -> bool:
        """Whether another name is joined to this one by "and", "or" or a comma."""
        at = bisect_left(self.spans, (hit.start, 0))
        if at and are_in_row(flat, self.spans[at - 1][1], hit.start):
            return True
        return at < len(self.spans) and are_in_row(flat, hit.end, self.spans[at][0])


def _known(accepted: Sequence[Candidate]) -> Known:
    return Known(
        frozenset(c.organisation_id for c in accepted),
        frozenset(c.organisation_id for c in accepted if c.sign == "label"),
        sorted((c.hit.start, c.hit.end) for c in accepted),
    )


def decide(hits: Sequence[Hit], page: Page) -> list[Candidate]:
    """The mentions among *hits*, in order, none overlapping another."""
    needs = [_need(hit, page) for hit in hits]
    accepted = [Candidate(hit, *_plain(hit)) for hit, need in zip(hits, needs, strict=True) if need == "none"]
    first = _known(accepted)
    doubtful = [(hit, need) for hit, need in zip(hits, needs, strict=True) if need != "none"]
    present, is_new, rounds = first, True, _ROUNDS
    while doubtful and is_new and (rounds := rounds - 1) >= 0:
        # Again and again: a name that its neighbours made sure of may itself speak for another one.
        weighed = [(hit, need, weigh(hit, page, present, need)) for hit, need in doubtful]
        found = [Candidate(hit, *verdict) for hit, _, verdict in weighed if verdict]
        doubtful = [(hit, need) for hit, need, verdict in weighed if not verdict]
        accepted += found
        known, present = present, _known(accepted)
        is_new = (
            present.ids != known.ids
            or present.labelled != known.labelled
            or any(c.hit.entry.name.kind == "acronym" for c in found)
        )
    return resolve(accepted, first.ids)


def resolve(candidates: Iterable[Candidate], clear: frozenset[str]) -> list[Candidate]:
    """The longest reading of each place; of equal ones the organisation named elsewhere, then the usual one."""

    def rank(candidate: Candidate) -> _Rank:
        hit = candidate.hit
        is_known, is_own = candidate.organisation_id in clear, candidate.sign == "own"
        if hit.entry.name.shared_with:  # the place decides before what else the text speaks of
            is_known, is_own = is_own, is_known
        return (
            hit.outer_end - hit.outer_start,
            is_known,
            is_own,
            hit.entry.name.is_preferred,
            hit.end,
            candidate.score,
        )

    taken: list[Candidate] = []
    last_end = -1
    # Overlapping candidates form a run; each run is short, because names are.
    run: list[Candidate] = []
    for candidate in [*sorted(candidates, key=lambda c: c.hit.outer_start), None]:
        if candidate is not None and (not run or candidate.hit.outer_start < last_end):
            run.append(candidate)
            last_end = max(last_end, candidate.hit.outer_end)
            continue
        taken += _best(run, rank)
        if candidate is not None:
            run, last_end = [candidate], candidate.hit.outer_end
    return sorted(taken, key=lambda c: c.hit.start)


def _best(run: list[Candidate], rank: Callable[[Candidate], _Rank]) -> list[Candidate]:
    kept: list[Candidate] = []
    spans: list[tuple[int, int]] = []  # of those kept, in order of place
    for candidate in sorted(run, key=rank, reverse=True):
        start, end = candidate.hit.outer_start, candidate.hit.outer_end
        at = bisect_right(spans, (start, end))
        if (at == 0 or spans[at - 1][1] <= start) and (at == len(spans) or end <= spans[at][0]):
            spans.insert(at, (start, end))
            kept.append(candidate)
    return kept


def _plain(hit: Hit) -> tuple[float, str]:
    name = hit.entry.name
    if hit.capitals == "weak":
        return 0.93, f"names {hit.entry.organisation.name} (without its capitals)"
    if name.kind == "derived":
        return 0.95, f"a word made from the name of {hit.entry.organisation.name}"
    return 0.99, f"an unambiguous name of {hit.entry.organisation.name}"


def _need(hit: Hit, page: Page) -> str:
    """How much evidence this name asks for: a key of `ACCEPTED`, ``none``, or ``is`` for machine translation's verb."""
    name = hit.entry.name
    need = "medium" if name.is_ambiguous or (name.is_ordinary and is_in_title(hit, page)) else "none"
    is_exact = hit.capitals == "exact"
    if is_nickname(hit, page) or is_legal_form(hit, page) or is_person(hit, page):
        need = "nickname"
    elif hit.is_elsewhere:
        need = "label" if name.label_only or not is_exact else "elsewhere"
    elif name.is_short:
        need = "short"
    elif name.label_only:
        need = "label"
    elif name.quoted_only:
        need = "quoted"
    elif name.kind == "mt-artefact" and name.core == "is":
        need = "is"
    elif (name.is_ambiguous or name.is_ordinary) and (hit.capitals == "weak" or is_shouted(hit, page)):
        # Without its capitals, or in a line all of capitals, a name of everyday words does not stand out.
        if not name.is_ambiguous:
            need = "light" if is_exact else "lower"
        else:
            is_made = name.kind in ("acronym", "mt-artefact", "derived")
            need = "strong" if is_exact or is_made else "word" if name.is_ordinary else "faint"
    elif name.is_ambiguous and name.kind == "acronym":
        letters = sum(character.isalnum() for character in name.core)
        need = "strong" if letters <= 2 else "medium" if letters == 3 else "light"
    return need


# Which signs are enough for which need. The order of strength is that of `_signs`.
ACCEPTED = {
    "label": {"label", "labelled"},
    "nickname": {"label"},
    "elsewhere": {"label", "known"},  # only others list it: once the text labels it, all its names count
    "quoted": {"label", "known", "armed", "own", "among", "row", "company", "beside", "says", "followers",
        "whole", "quoted_near"},
    "short": {"label", "known"},
    "strong": {"label", "mark", "tag", "known", "armed", "among", "row", "beside"},
    "faint": {"label", "mark", "tag", "known"},
    "word": {"label", "mark", "tag"},
    "lower": {"label", "mark", "tag", "known", "armed", "quotes", "quoted_near"},
    "medium": {"label", "usual", "mark", "tag", "known", "armed", "own", "among", "row", "company", "beside",
        "followers", "whole", "sentence"},
    "light": {"label", "usual", "mark", "tag", "known", "armed", "own", "row", "company", "sentence", "near",
        "quotes", "group"},
}  # fmt: skip


def weigh(hit: Hit, page: Page, present: Known, need: str) -> tuple[float, str, str] | None:
    """Score, reason and sign of an ambiguous name, or None where nothing speaks for it."""
    if need == "is":
        return _weigh_is(hit, page, present, page.finder.beside(hit.end))
    if need == "short" and not stands_alone(hit, page):
        return None
    for sign, score, why in _signs(hit, page, present, need):
        if sign in ACCEPTED[need]:
            return score, f"read as {hit.entry.organisation.name}, {why}", sign
    return None


def _signs(hit: Hit, page: Page, present: Known, need: str) -> Iterator[tuple[str, float, str]]:
    """What speaks for the name, strongest first: the sign, the score it gives and the reason in words."""
    mark = page.finder.of(hit.start, hit.end)
    if _has_label(hit, page, mark):
        yield "label", 0.97, "because the text itself labels it"
    if need == "label" and is_labelled_name(hit, page, present) and not is_other_thing(hit, page, _APART):
        yield "labelled", 0.85, "which the text itself labels elsewhere"
    if need in ("label", "nickname"):
        return
    if need == "elsewhere":
        if hit.entry.organisation.id in present.ids and not hit.entry.name.core.isdigit():
            yield "known", 0.9, "which the text itself labels elsewhere"
        return
    in_quotes, is_exact = is_quoted(hit, page), hit.capitals == "exact"
    # A word of which the unquoted name is the object stands before it: «бойцы Азова», not «в Азов бойцы».
    words = neighbours(hit, page, is_left_only=need == "quoted" and not in_quotes)
    armed, group = first(words, ARMED_WORD), first(words, GROUP_WORD)
    # "the Azov fighters" are no part of the sea, wherever it is named; "the fighters' boat on the Sea of Azov" is.
    is_known = hit.entry.organisation.id in present.ids
    reach = _APART if is_known or own_context(hit, page, _APART) else _BESIDE
    if is_other_thing(hit, page, reach) and not (armed and is_exact and not is_other_thing(hit, page, _CLOSE)):
        return
    if not (mark and mark.text in page.finder.known) and is_named_so(hit, page):
        return
    if hit.entry.name.is_usual and is_exact:
        yield "usual", 0.93, "its usual meaning, and nothing near it speaks against it"
    if need == "quoted" and not (in_quotes or (is_exact and (armed or group))):
        yield from _begins_speech(hit, page) if is_known and is_exact else ()
        return
    if mark and not mark.is_late:
        yield "mark", 0.9, f'because it carries the mark "{mark.text}"'
    if not (is_exact or in_quotes) and _INDEFINITE.search(page.flat, max(0, hit.start - 24), hit.start):
        return
    if page.flat[max(0, hit.start - 1) : hit.start] == "#" and len(hit.entry.name.core) > 3:
        yield "tag", 0.85, "because it is written as a tag"
    yield from _signs_of_text(hit, page, present, need, armed)
    yield from _weak_signs(hit, page, "quotes" if in_quotes else "group" if group else None)


def _begins_speech(hit: Hit, page: Page) -> Iterator[tuple[str, float, str]]:
    """«Азов не сдает своих»: the quotes are not the name's alone."""
    if page.flat[hit.start - 1 : hit.start] == '"':
        yield "known", 0.85, "which the text also names without doubt"


def _signs_of_text(
    hit: Hit, page: Page, present: Known, need: str, armed: str | None
) -> Iterator[tuple[str, float, str]]:
    """What else the text speaks of, and the words around the name."""
    is_clear = hit.capitals == "exact" and not (need == "strong" and is_shouted(hit, page))
    if hit.entry.organisation.id in present.ids and (is_clear or need != "strong"):
        yield "known", 0.95, "which the text also names without doubt"
    own = own_context(hit, page)
    if own and hit.entry.name.shared_with:  # several share the spelling: the place decides before the kind of words
        yield "own", 0.92, f'because the text around it speaks of "{own}"'
    if armed:
        yield "armed", 0.92, f'because "{armed}" stands beside it'
    if own:
        yield "own", _OWN, f'because the text around it speaks of "{own}"'
    if is_clear:
        yield from _signs_of_others(hit, page, present, own, need)


def _signs_of_others(
    hit: Hit, page: Page, present: Known, own: str | None, need: str
) -> Iterator[tuple[str, float, str]]:
    """What other organisations in the text, without doubt, speak for a name that stands out."""
    name, others = hit.entry.name, len(present.ids - {hit.entry.organisation.id})
    if not others:
        return
    is_rare = name.is_preferred or not name.is_ordinary
    if why := own or held_by(hit, page):
        yield "among", 0.8, f'because the text around it speaks of "{why}" and names other such organisations'
    if name.shared_with:  # of which of them, others do not say
        return
    if is_rare and is_quoted(hit, page):
        yield "beside", 0.75, "because it stands in quotes and the text names other such organisations"
    if present.other_joined(hit, page.flat):
        yield "row", 0.85, "because another such organisation is joined to it"
    if is_rare and present.other_within(*page.sentence_at(hit.start)):
        yield "company", 0.82, "because another such organisation stands in the same sentence"
    is_enough = others > 1 if need == "strong" else is_rare and name.kind != "acronym"
    if is_enough and (far := own_context(hit, page, _FAR)):
        yield "beside", 0.75, f'because the text speaks of "{far}" and names other such organisations'


def _weak_signs(hit: Hit, page: Page, stands: str | None) -> Iterator[tuple[str, float, str]]:
    if stands == "quotes" and hit.capitals == "exact":
        if said := says(hit, page):
            yield "says", 0.75, f'because it stands in quotes and "{said}" makes it somebody who speaks'
        if whose := followers(hit, page):
            yield "followers", 0.75, f'because it stands in quotes and has "{whose}"'
        if " " in hit.entry.name.core:
            yield "whole", 0.72, "because the whole name stands in quotes"
    start, end = page.sentence_at(hit.start)
    for at, about in islice(page.between(TERROR_CONTEXT, hit.start - _BESIDE, hit.end + _BESIDE), 12):
        if page.note_around(at):  # a label is the editor's word about its own name, and may have been put in by us
            continue
        why = f'because the words around it ("{about}") speak of such groups'
        if start <= at < end and not hit.entry.name.is_ordinary:
            yield "sentence", 0.78, why
        if stands == "quotes":
            yield "quoted_near", 0.7, f'because it stands in quotes near "{about}"'
        yield "near", 0.75, why
    if stands == "quotes":
        yield "quotes", 0.7, "because it stands in quotes"
    if stands == "group":
        yield "group", 0.7, "because a word for an organisation stands beside it"


def is_labelled_name(hit: Hit, page: Page, present: Known) -> bool:
    """Whether a name that needs a label is one that the text labels elsewhere: Instagram, "the LGBT movement".

    Not a bare acronym (ЛГБТ), of which most of a text may speak in its everyday meaning, and not part of a link.
    """
    name = hit.entry.name
    if is_named_so(hit, page):
        return False
    if _IN_LINK_BEFORE.search(page.flat, max(0, hit.start - 1), hit.start) or _IN_LINK.match(page.flat, hit.end):
        return False
    is_name = hit.capitals == "exact" or len(name.core) > _EVERYDAY
    return hit.entry.organisation.id in present.labelled and name.kind != "acronym" and is_name


def _weigh_is(hit: Hit, page: Page, present: Known, mark: Mark | None) -> tuple[float, str, str] | None:
    """ "the is militants": machine translation of ИГ. After these words a verb cannot stand."""
    if not _MT_BEFORE.search(page.flat, max(0, hit.start - 12), hit.start):
        return None
    if mark:
        return (
            0.95,
            'machine translation wrote "is" for the acronym IS: no verb can stand here, and a mark follows',
            "mark",
        )
    if hit.entry.organisation.id in present.ids:
        return (
            0.9,
            'machine translation wrote "is" for the acronym IS: no verb can stand here, and the text names it',
            "known",
        )
    return None


def _has_label(hit: Hit, page: Page, mark: Mark | None) -> bool:
    if hit.capitals == "weak" and not is_quoted(hit, page):
        # "a banned network" labels no organisation called Network, but «в инстаграме*» is slang for a product.
        is_close = bool(mark and mark.text in page.finder.known) or page.bracket_after(hit.end)
        return bool(hit.entry.name.label_only and is_close)
    if page.note_around(hit.start) or page.bracket_after(hit.end) or page.phrase_beside(hit):
        return True
    if mark and not mark.is_late and mark.text in page.finder.known:
        return True
    if hit.capitals == "exact" and page.label_of_row(hit.end) is not None:
        return True
    return page.note_about_it(hit.end) is not None
