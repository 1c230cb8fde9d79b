"""Attributions led by the encoder's word tags: where it marks a cue, there is one; rules pair and complete.

The tags of one sentence say which words are source, cue or content, not which of them belong together, and a content
within another is one run with it. So each cue is read by the rules of grammar, and what they give is then laid over
the tags.
"""

from collections.abc import Callable, Sequence

from models.encoder import SentenceScores, WordSpan
from models.source_bias.clauses import Clause, Draft, Place
from models.types import Span

SOURCE, CUE, CONTENT = "attribution.source", "attribution.cue", "attribution.content"
# The network marks too much rather than too little: F1 on PolNeAR's dev part rises from .66 with all tags to .74.
SURE = {SOURCE: 0.65, CUE: 0.8, CONTENT: 0.65}
_FAR = 12  # words between a cue and a source that no rule joins to it

ReadCue = Callable[[Clause, int, int, list[Draft]], Draft | None]


def tags_of(scores: SentenceScores, rows: Sequence[int], sentences: Sequence[Span]) -> tuple[WordSpan, ...]:
    """The sure attribution tags of *sentences*, whose rows in *scores* are *rows*, as spans of the text, in order."""
    found = [
        WordSpan(sentence.start + tag.start, sentence.start + tag.end, tag.label, tag.score)
        for row, sentence in zip(rows, sentences, strict=True)
        for tag in scores.words_of(row)
        if tag.score >= SURE.get(tag.label, 2.0)
    ]
    return tuple(sorted(found, key=lambda tag: tag.start))


def follow_tags(clause: Clause, ruled: list[Draft], tags: Sequence[WordSpan], read_cue: ReadCue | None) -> list[Draft]:
    """One draft for each tagged cue, in order, and those of *ruled* that the tags bear out."""
    places = {label: _words_of(clause, tags, label) for label in (SOURCE, CUE, CONTENT)}
    drafts: list[Draft] = []
    for cue in places[CUE]:
        known = [draft for draft in ruled if _overlap(draft.cue, cue)]
        draft = known[0] if known else read_cue(clause, *cue, drafts) if read_cue else None
        draft = draft or Draft(cue, None, None, cue[0])
        draft.is_doubtful = False
        drafts.append(draft)
    drafts += [
        draft
        for draft in ruled
        if not any(_overlap(draft.cue, cue) for cue in places[CUE]) and _is_borne_out(clause, draft, places)
    ]
    drafts.sort(key=lambda draft: draft.cue)
    for draft in drafts:
        draft.source = _source(draft, drafts, places[SOURCE])
    for draft in drafts:
        draft.content = _content(clause, draft, drafts, places[CONTENT])
    return [draft for draft in drafts if draft.source and (draft.content or draft.is_ahead)]


def _words_of(clause: Clause, tags: Sequence[WordSpan], label: str) -> list[Place]:
    found = []
    for tag in tags:
        if tag.label == label:
            inside = [at for at, word in enumerate(clause.words) if word.start < tag.end and tag.start < word.end]
            if inside:
                found.append((inside[0], inside[-1]))
    return found


def _overlap(one: Place, other: Place) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _is_borne_out(clause: Clause, draft: Draft, places: dict[str, list[Place]]) -> bool:
    """A rule's attribution whose cue no tag marks: if it is plain speech, or its source and content are tagged."""
    if draft.is_sure or draft.source is None or draft.content is None:
        return draft.is_sure and not draft.is_doubtful
    content = _as_words(clause, draft.content)
    return (
        any(_overlap(draft.source, place) for place in places[SOURCE])
        and content is not None
        and any(_overlap(content, place) for place in places[CONTENT])
    )


def _as_words(clause: Clause, place: Place) -> Place | None:
    inside = [at for at, word in enumerate(clause.words) if word.start < place[1] and place[0] < word.end]
    return (inside[0], inside[-1]) if inside else None


def _source(draft: Draft, drafts: list[Draft], tagged: list[Place]) -> Place | None:
    """The tagged source that the rule's touches, else the nearest one that no cue parts from this one."""
    if draft.source:
        touched = [place for place in tagged if _overlap(place, draft.source)]
        if touched:
            return touched[-1]
    near = [place for place in tagged if not _overlap(place, draft.cue) and _distance(place, draft.cue) <= _FAR]
    free = [
        place
        for place in near
        if not any(other is not draft and _between(other.cue, place, draft.cue) for other in drafts)
    ]
    if free and not draft.is_chained:
        return min(free, key=lambda place: (_distance(place, draft.cue), place[0] > draft.cue[0]))
    return draft.source


def _distance(one: Place, other: Place) -> int:
    return max(one[0] - other[1], other[0] - one[1])


def _between(middle: Place, one: Place, other: Place) -> bool:
    return min(one[1], other[1]) < middle[0] and middle[1] < max(one[0], other[0])


def _content(clause: Clause, draft: Draft, drafts: list[Draft], tagged: list[Place]) -> Place | None:
    """The tagged contents that the rule's touches; the rule's own where the cue stands within the tagged one."""
    ruled = _as_words(clause, draft.content) if draft.content else None
    outer = [place for place in tagged if place[0] <= draft.cue[0] and draft.cue[1] <= place[1]]
    if outer and ruled:
        return draft.content
    own = [place for place in tagged if not _overlap(place, draft.cue)]
    touched = [place for place in own if ruled and _overlap(place, ruled)]
    if not touched:
        free = [
            place
            for place in own
            if not any(other is not draft and _between(other.cue, place, draft.cue) for other in drafts)
        ]
        if not free:
            return draft.content
        touched = [min(free, key=lambda place: _distance(place, draft.cue))]
    start, end = min(place[0] for place in touched), max(place[1] for place in touched)
    left, right = clause.words[start].start, clause.words[end].end
    for quotation in clause.quotations:  # the marks of a quotation belong to it
        if quotation.inner_start >= left - 1 and quotation.start <= left <= quotation.inner_start + 1:
            left = quotation.start
        if quotation.inner_end - 2 <= right <= quotation.end:
            right = quotation.end
    return left, right
