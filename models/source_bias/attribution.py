"""Who is quoted or cited: source, cue and content of every attribution, in English and Russian.

Rules read each sentence for its cues (verbs by lemma with the frames they attribute in, adjectives, nouns, fixed
phrases) and give each a source and a content by the order of words; no grammar is parsed. Where the encoder has
marked words as source, cue or content, its tags lead and the rules pair and complete them (``tags.py``). How well
both do is measured in ``quality/source_bias`` and told in ``CARD.md``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from models.encoder import WordSpan
from models.source_bias.chain import join_quotations, look_around
from models.source_bias.clauses import Clause, Draft, Place, read_clauses
from models.source_bias.cues_en import find_english, read_cue
from models.source_bias.cues_ru import find_russian
from models.source_bias.phrases import Word
from models.source_bias.quotes import Quotation
from models.source_bias.tags import ReadCue, follow_tags
from models.types import Attribution, Span

_FEWEST_QUOTED_WORDS = 4  # fewer are names, titles or scare quotes
_Kind = Literal["direct", "indirect", "mixed", "none"]


@dataclass(frozen=True, slots=True)
class _Rules:
    """How one language is read: all attributions of a clause; the one around a cue that a tag gave."""

    find: Callable[[Clause], list[Draft]]
    read_cue: ReadCue | None = None


_RULES: Mapping[str, _Rules] = {"en": _Rules(find_english, read_cue), "ru": _Rules(find_russian)}


def find_attributions(  # noqa: PLR0913  # what reading a text once gives, and the tags
    text: str,
    sentences: Sequence[Span],
    tokens: Sequence[Word],
    quotations: Sequence[Quotation],
    language: str,
    *,
    tags: Sequence[WordSpan] = (),
) -> tuple[Attribution, ...]:
    """All attributions in the order of their contents; empty for a language without rules.

    *tags* are the encoder's ``attribution.source``, ``.cue`` and ``.content``, as spans of *text* in order (see
    ``tags_of``). A content runs from its first to its last word: in ``“A,” he said. “B.”`` source and cue stand
    within it. A long quotation nobody is said to speak is an attribution of kind ``none``, without source and cue.
    """
    rules = _RULES.get(language)
    if rules is None:
        return ()
    read: list[tuple[Clause, list[Draft]]] = []
    first = 0
    for clause in read_clauses(text, sentences, tokens, quotations):
        drafts = rules.find(clause)
        if tags:
            while first < len(tags) and tags[first].end <= clause.start:
                first += 1
            drafts = follow_tags(clause, drafts, _tags_within(tags, first, clause.end), rules.read_cue)
        read.append((clause, [draft for draft in drafts if not draft.is_doubtful]))
    look_around(read)
    join_quotations(text, read)
    return tuple(_in_order(text, read))


def _tags_within(tags: Sequence[WordSpan], first: int, end: int) -> list[WordSpan]:
    last = first
    while last < len(tags) and tags[last].start < end:
        last += 1
    return list(tags[first:last])


def _in_order(text: str, read: Sequence[tuple[Clause, list[Draft]]]) -> list[Attribution]:
    found = [one for clause, drafts in read for one in _attributions(clause, drafts)]
    claimed = sorted((one.content.start, one.content.end) for one in found if one.content)
    at = covered = 0
    for clause, _ in read:
        for quotation in clause.quotations:
            while at < len(claimed) and claimed[at][0] < quotation.end:
                covered = max(covered, claimed[at][1])
                at += 1
            if clause.start <= quotation.start >= covered and _is_long(text, quotation):
                found.append(Attribution("none", None, None, _span(text, (quotation.start, quotation.end))))
    return sorted(found, key=lambda one: one.content.start if one.content else 0)


def _is_long(text: str, quotation: Quotation) -> bool:
    words = text[quotation.inner_start : quotation.inner_end].split(None, _FEWEST_QUOTED_WORDS)
    return len(words) >= _FEWEST_QUOTED_WORDS


def _attributions(clause: Clause, drafts: Sequence[Draft]) -> Iterator[Attribution]:
    for draft in drafts:
        if draft.source and draft.content:
            source = _with_bracket(clause.text, clause.place(*draft.source))
            cue = draft.cue_place or clause.place(*draft.cue)
            kind = _kind(draft.elsewhere or clause, draft.content, (source, cue))
            yield Attribution(kind, *(_span(clause.text, place) for place in (source, cue, draft.content)))


def _kind(clause: Clause, content: Place, own: Sequence[Place]) -> _Kind:
    """Direct where all words but the speaker's *own* are quoted, mixed where some are. What a content runs on into
    behind the clause is nothing but quotation."""
    said = [
        number >= 0
        for word, number in zip(clause.words, clause.quoted, strict=True)
        if content[0] <= word.start and word.end <= content[1] and not any(a <= word.start < b for a, b in own)
    ]
    if not any(said):
        return "indirect"
    return "direct" if all(said) else "mixed"


def _with_bracket(text: str, place: Place) -> Place:
    """``X (of Y`` with the mark that closes it."""
    start, end = place
    opening = {")": "(", "»": "«", "”": "“"}.get(text[end : end + 1])
    return (start, end + 1) if opening and opening in text[start:end] else place


def _span(text: str, place: Place) -> Span:
    return Span(place[0], place[1], text[place[0] : place[1]])
