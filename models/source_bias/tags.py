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
# Which tags count, chosen on PolNeAR's training articles: what is let in there is right more than four times in ten.
SURE = {SOURCE: 0.65, CUE: 0.5, CONTENT: 0.65}
_DOUBTFUL_CUE = 0.65  # for what the rules alone would leave out
_NEW_CUE = 0.75  # for what no rule has
_FAR = 6  # words between a cue and a source that no rule joins to it

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
    """In order, those of *ruled* whose cue is tagged, and one for each surely tagged cue that no rule has.

    What is doubtful by the rules, or unknown to them, needs its source tagged too, and the unknown its content.
    The rules place what they know; tags complete it.
    """
    tagged = {label: _words_of(clause, tags, label) for label in (SOURCE, CUE, CONTENT)}
    sources, contents = ([place for place, _ in tagged[label]] for label in (SOURCE, CONTENT))
    known = [
        draft
        for draft in ruled
        if (score := _score(draft.cue, tagged[CUE])) and (score >= _DOUBTFUL_CUE or not draft.is_doubtful)
    ]
    unknown = [
        (read_cue(clause, *cue, known) if read_cue else None) or Draft(cue, None, None, cue[0])
        for cue, score in tagged[CUE]
        if score >= _NEW_CUE and not any(_overlap(draft.cue, cue) for draft in ruled)
    ]
    drafts = sorted([*known, *unknown], key=lambda draft: draft.cue)
    placed = [draft.source is not None for draft in drafts]  # by the rules
    for draft in drafts:
        draft.source = _source(draft, drafts, sources)
    for draft, is_placed in zip(drafts, placed, strict=True):
        draft.content = _content(clause, draft, drafts, contents, is_placed=is_placed)
    for draft in unknown:
        draft.is_doubtful = True
        said = _as_words(clause, draft.content) if draft.content else None
        draft.content = draft.content if _is_tagged(said, contents) else None
    found = [draft for draft in drafts if draft.source and (draft.content or draft.is_ahead)]
    found = [draft for draft in found if not draft.is_doubtful or _is_tagged(draft.source, sources)]
    for draft in found:
        draft.is_doubtful = False
    return found


def _words_of(clause: Clause, tags: Sequence[WordSpan], label: str) -> list[tuple[Place, float]]:
    """The words that tags of *label* mark, with the tags' scores."""
    found = []
    for tag in tags:
        if tag.label == label:
            inside = [at for at, word in enumerate(clause.words) if word.start < tag.end and tag.start < word.end]
            if inside:
                found.append(((inside[0], inside[-1]), tag.score))
    return found


def _score(place: Place, tagged: Sequence[tuple[Place, float]]) -> float:
    """Of the surest tag that touches *place*; 0 where none does."""
    return max((score for other, score in tagged if _overlap(place, other)), default=0.0)


def _is_tagged(place: Place | None, tagged: Sequence[Place]) -> bool:
    return place is not None and any(_overlap(place, other) for other in tagged)


def _overlap(one: Place, other: Place) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _as_words(clause: Clause, place: Place) -> Place | None:
    inside = [at for at, word in enumerate(clause.words) if word.start < place[1] and place[0] < word.end]
    return (inside[0], inside[-1]) if inside else None


def _source(draft: Draft, drafts: list[Draft], tagged: list[Place]) -> Place | None:
    """The tagged source that the rule's touches, else the nearest one that no cue parts from this one."""
    if draft.source:
        touched = [place for place in tagged if _overlap(place, draft.source)]
        if touched:
            return min(touched)[0], max(touched)[1]
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


def _content(
    clause: Clause, draft: Draft, drafts: list[Draft], tagged: list[Place], *, is_placed: bool
) -> Place | None:
    """The tagged contents that the rule's touches; the rule's own where the cue stands within the tagged one."""
    ruled = _as_words(clause, draft.content) if draft.content else None
    outer = [place for place in tagged if place[0] <= draft.cue[0] and draft.cue[1] <= place[1]]
    if outer and ruled:
        return draft.content
    own = [place for place in tagged if not _overlap(place, draft.cue)]
    touched = [place for place in own if ruled and _overlap(place, ruled)]
    if not touched and draft.content and is_placed:
        return draft.content
    if not touched:
        free = [
            place
            for place in own
            if not any(other is not draft and _between(other.cue, place, draft.cue) for other in drafts)
        ]
        if not free:
            return None
        touched = [min(free, key=lambda place: _distance(place, draft.cue))]
    start, end = min(place[0] for place in touched), max(place[1] for place in touched)
    if ruled and draft.cue[1] < ruled[0]:
        start = min(start, ruled[0])
    left, right = clause.words[start].start, clause.words[end].end
    for quotation in clause.quotations:  # the marks of a quotation belong to it
        if quotation.inner_start >= left - 1 and quotation.start <= left <= quotation.inner_start + 1:
            left = quotation.start
        if quotation.inner_end - 2 <= right <= quotation.end:
            right = quotation.end
    return left, right
