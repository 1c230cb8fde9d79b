"""Which occurrences of a name are mentions: the evidence an ambiguous name needs, and the longest true reading."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from models.designations.footnotes import Cover, Note
from models.designations.markers import Mark, MarkFinder
from models.designations.matcher import Hit
from models.designations.phrases import NO_PHRASES, Phrases
from models.designations.register import UNREGISTERED
from models.designations.stems import Stems
from models.designations.wording import ARMED_WORD, GROUP_WORD, TERROR_CONTEXT
from models.types import Span

_OWN = 0.88  # the score of a name that the organisation's own context speaks for
_NEAR = 300  # code points each side in which a word of an organisation's own context counts
_BESIDE = 160  # and in which a word about such groups in general counts
_WINDOW = 48  # code points each side searched for a neighbouring word
_WORDS = re.compile(r"[^\W_]+")
_MT_BEFORE = re.compile(r"\b(?:the|of|by|against|from|with|between|among|over|and) \"?$")
_INDEFINITE = re.compile(
    r"\b(?:an?|any|every|own|future|new|called|no|ideal|исламск\w+|свое|новое|любое|един\w+|образовани\w+|настоящ\w+|построить|создать)\W{1,2}$"
)
_SUFFIX = re.compile(r"-[a-zа-я]{2,24}\b")
_CLOSED = re.compile(r"[.,!?]?\"")


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


@dataclass(frozen=True)
class Page:
    """What the evidence is looked for in. ``phrases`` are labels made of bare words beside a name."""

    text: str
    flat: str
    sentences: Sequence[Span]
    notes: Sequence[Note]
    finder: MarkFinder
    phrases: Phrases = NO_PHRASES
    shouted: dict[int, bool] = field(default_factory=dict, repr=False)  # by the start of the sentence
    _found: dict[Stems, tuple[list[int], list[str]]] = field(default_factory=dict, repr=False)
    _starts: list[int] = field(init=False, repr=False)
    _cover: Cover = field(init=False, repr=False)
    _touching: dict[int, Note] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", [sentence.start for sentence in self.sentences])
        object.__setattr__(self, "_cover", Cover(self.notes))
        object.__setattr__(self, "_touching", {note.start: note for note in self.notes if note.form == "bracket"})

    def sentence_at(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset, offset
        return self.sentences[index].start, self.sentences[index].end

    def between(self, stems: Stems, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Words of *stems* within *start*..*end*. The text is searched once for all, not once a name."""
        if stems not in self._found:
            found = stems.find(self.flat)
            self._found[stems] = ([at for at, _ in found], [word for _, word in found])
        starts, words = self._found[stems]
        for index in range(bisect_left(starts, start), bisect_left(starts, end)):
            yield starts[index], words[index]

    def note_around(self, offset: int) -> Note | None:
        return self._cover.at(offset)

    def bracket_after(self, end: int) -> Note | None:
        """The inline bracket that follows a name ending at *end*, past its quotes and marks."""
        joined = _SUFFIX.match(self.flat, end)  # «ЛГБТ-сообщества (запрещено в РФ)»
        at = end = joined.end() if joined else end
        while at < len(self.flat) and at - end < 8 and self.flat[at] in "\"')*✱,. -":
            at += 1
        note = self._touching.get(at)
        return note if note and "\n" not in self.flat[end:at] else None

    def phrase_beside(self, hit: Hit) -> Note | None:
        """The bare phrase that labels this name."""
        if hit.entry.organisation.id == UNREGISTERED:
            return self.phrases.before(hit.start)
        return self.phrases.of(hit.outer_start, hit.end) or self.phrases.of(hit.start, hit.outer_end)


@dataclass(frozen=True, slots=True)
class Known:
    """What is sure so far: the organisations, and where their names begin, in order."""

    ids: frozenset[str] = frozenset()
    starts: Sequence[int] = ()

    def other_within(self, start: int, end: int) -> bool:
        return bisect_left(self.starts, end) > bisect_left(self.starts, start)


def _known(accepted: Sequence[Candidate]) -> Known:
    return Known(frozenset(c.organisation_id for c in accepted), sorted(c.hit.start for c in accepted))


def decide(hits: Sequence[Hit], page: Page) -> list[Candidate]:
    """The mentions among *hits*, in order, none overlapping another."""
    needs = [_need(hit, page) for hit in hits]
    accepted = [Candidate(hit, *_plain(hit)) for hit, need in zip(hits, needs, strict=True) if need == "none"]
    first = _known(accepted)
    doubtful = [(hit, need) for hit, need in zip(hits, needs, strict=True) if need != "none"]
    for number in range(2):
        # Twice: a name that its neighbours made sure of may itself speak for a shorter one.
        present = _known(accepted) if number else first
        weighed = [(hit, need, weigh(hit, page, present, need)) for hit, need in doubtful]
        accepted += [Candidate(hit, *verdict) for hit, _, verdict in weighed if verdict]
        doubtful = [(hit, need) for hit, need, verdict in weighed if not verdict]
    return resolve(accepted, first.ids)


def resolve(candidates: Iterable[Candidate], clear: frozenset[str]) -> list[Candidate]:
    """The longest reading of each place; of equal ones the organisation named elsewhere, then the usual one."""

    def rank(candidate: Candidate) -> tuple[int, bool, bool, bool, float]:
        hit = candidate.hit
        is_known, is_own = candidate.organisation_id in clear, candidate.sign == "own"
        return (hit.outer_end - hit.outer_start, is_known, is_own, hit.entry.name.is_preferred, candidate.score)

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


def _best(run: list[Candidate], rank: Callable[[Candidate], tuple[int, bool, bool, bool, float]]) -> list[Candidate]:
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
    need = "medium" if name.is_ambiguous else "none"
    is_exact = hit.capitals == "exact"
    if name.label_only:
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
            need = "strong" if is_exact or is_made else "faint"
    elif name.is_ambiguous and name.kind == "acronym":
        letters = sum(character.isalnum() for character in name.core)
        need = "strong" if letters <= 2 else "medium" if letters == 3 else "light"
    return need


# Which signs are enough for which need. The order of strength is that of `_signs`.
ACCEPTED = {
    "label": {"label"},
    "quoted": {"label", "known", "armed", "own", "quoted_near"},
    "strong": {"label", "mark", "tag", "known", "armed"},
    "faint": {"label", "mark", "tag", "known"},
    "lower": {"label", "mark", "tag", "known", "quotes", "quoted_near", "armed"},
    "medium": {"label", "usual", "mark", "tag", "known", "armed", "own", "company", "sentence"},
    "light": {
        "label",
        "usual",
        "mark",
        "tag",
        "known",
        "armed",
        "own",
        "company",
        "sentence",
        "near",
        "quotes",
        "group",
    },
}


def weigh(hit: Hit, page: Page, present: Known, need: str) -> tuple[float, str, str] | None:
    """Score, reason and sign of an ambiguous name, or None where nothing speaks for it."""
    if need == "is":
        return _weigh_is(hit, page, present, page.finder.beside(hit.end))
    for sign, score, why in _signs(hit, page, present, need):
        if sign in ACCEPTED[need]:
            return score, f"read as {hit.entry.organisation.name}, {why}", sign
    return None


def _signs(hit: Hit, page: Page, present: Known, need: str) -> Iterator[tuple[str, float, str]]:
    """What speaks for the name, strongest first: the sign, the score it gives and the reason in words."""
    mark = page.finder.beside(hit.end)
    if _has_label(hit, page, mark):
        yield "label", 0.97, "because the text itself labels it"
    if need == "label" or _is_other_thing(hit, page):
        return
    if hit.entry.name.is_usual and hit.capitals == "exact":
        yield "usual", 0.93, "its usual meaning, and nothing near it speaks against it"
    is_quoted, is_exact = _is_quoted(hit, page), hit.capitals == "exact"
    # A word of which the unquoted name is the object stands before it: «бойцы Азова», not «в Азов бойцы».
    words = _neighbours(hit, page, is_left_only=need == "quoted" and not is_quoted)
    armed, group = _first(words, ARMED_WORD), _first(words, GROUP_WORD)
    if need == "quoted" and not (is_quoted or (is_exact and (armed or group))):
        return
    if mark and not mark.is_late:
        yield "mark", 0.9, f'because it carries the mark "{mark.text}"'
    if not (is_exact or is_quoted) and _INDEFINITE.search(page.flat, max(0, hit.start - 24), hit.start):
        return
    if page.flat[max(0, hit.start - 1) : hit.start] == "#" and len(hit.entry.name.core) > 3:
        yield "tag", 0.85, "because it is written as a tag"
    if hit.entry.organisation.id in present.ids and (need != "strong" or (is_exact and not is_shouted(hit, page))):
        yield "known", 0.95, "which the text also names without doubt"
    own = _own_context(hit, page)
    if own and hit.entry.name.shared_with:  # several share the spelling: the place decides before the kind of words
        yield "own", 0.92, f'because the text around it speaks of "{own}"'
    if armed:
        yield "armed", 0.92, f'because "{armed}" stands beside it'
    if own:
        yield "own", _OWN, f'because the text around it speaks of "{own}"'
    if is_exact and hit.entry.name.kind == "acronym" and present.other_within(*page.sentence_at(hit.start)):
        yield "company", 0.82, "because another such organisation stands in the same sentence"
    yield from _weak_signs(hit, page, "quotes" if is_quoted else "group" if group else None)


def _weak_signs(hit: Hit, page: Page, stands: str | None) -> Iterator[tuple[str, float, str]]:
    start, end = page.sentence_at(hit.start)
    for at, about in islice(page.between(TERROR_CONTEXT, hit.start - _BESIDE, hit.end + _BESIDE), 12):
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
    if hit.capitals == "weak" and not _is_quoted(hit, page):
        # "a banned network" labels no organisation called Network, but «в инстаграме*» is slang for a product.
        is_close = bool(mark and mark.text in page.finder.known) or page.bracket_after(hit.end)
        return bool(hit.entry.name.label_only and is_close)
    if page.note_around(hit.start) or page.bracket_after(hit.end) or page.phrase_beside(hit):
        return True
    return bool(mark and not mark.is_late and mark.text in page.finder.known)


def _is_quoted(hit: Hit, page: Page) -> bool:
    return page.flat[hit.start - 1 : hit.start] == '"' and bool(_CLOSED.match(page.flat, hit.end))


def _is_other_thing(hit: Hit, page: Page) -> bool:
    """A word that belongs to the other meaning of the name stands next to it."""
    against = hit.entry.organisation.against
    if not against:
        return False
    return any(_apart(hit, page, _stems(against), _BESIDE))


def _own_context(hit: Hit, page: Page) -> str | None:
    context = hit.entry.organisation.context
    return next(_apart(hit, page, _stems(context), _NEAR), None) if context else None


def _apart(hit: Hit, page: Page, stems: Stems, reach: int) -> Iterator[str]:
    """Words of *stems* within *reach* of the name and not part of it."""
    for at, word in page.between(stems, hit.start - reach, hit.end + reach):
        if at >= hit.end or at + len(word) <= hit.start:
            yield word


@lru_cache(maxsize=2_000)
def _stems(stems: tuple[str, ...]) -> Stems:
    return Stems(stems)


def _neighbours(hit: Hit, page: Page, *, is_left_only: bool) -> list[str]:
    """The two words before and the two after the name, in its sentence, nearest first."""
    start, end = page.sentence_at(hit.start)
    left = _WORDS.findall(page.flat, max(start, hit.start - _WINDOW), hit.start)[-2:]
    if is_left_only:
        return [*reversed(left)]
    right = _WORDS.findall(page.flat, hit.end, min(end, hit.end + _WINDOW))
    right = right[1:3] if right[:1] == ["s"] else right[:2]  # a possessive is no word
    return [*reversed(left), *right]


def _first(words: list[str], pattern: re.Pattern[str]) -> str | None:
    return next((word for word in words if pattern.fullmatch(word)), None)


def is_shouted(hit: Hit, page: Page) -> bool:
    """Among words all of capitals an acronym or a name of everyday words does not stand out."""
    start, end = page.sentence_at(hit.start)
    known = page.shouted.get(start)
    if known is None:
        sentence = page.text[start:end]
        letters = sum(map(str.isalpha, sentence))
        known = page.shouted[start] = letters > 14 and sum(map(str.isupper, sentence)) > 0.75 * letters
    if known:
        return True
    left = _WORDS.findall(page.text, max(start, hit.start - 24), hit.start)[-1:]
    right = _WORDS.findall(page.text, hit.end, min(end, hit.end + 24))[:1]
    around = [*left, *right]
    return len(around) == 2 and all(word.isupper() and word.isalpha() and len(word) > 1 for word in around)
