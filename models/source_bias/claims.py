"""Claims in the outlet's own voice behind which nobody stands. The rule is told in ``docs/labels.md``.

A sentence is looked at where no source stands in it or in the sentence before, and raised where a phrase of
``claims.*.txt`` makes it a claim. What is quoted, asked, supposed, denied or hedged is none.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from models.source_bias.claim_words import CLAIM_REASONS, LANGUAGES, ClaimWords, claim_words
from models.source_bias.lists import is_in
from models.source_bias.phrases import PhraseMatch, Word
from models.source_bias.quotes import Quotation
from models.source_bias.wordlists import SAYING
from models.types import Attribution, Evidence, Span

_NEAR = 4  # words between what somebody wants and the harm that is meant
_SUBJECT = 9  # words before a charge in which the charged stands
_TOLL = 6  # words between a figure and the deaths it counts
_MOST_WORDS = 80  # of a sentence: a longer one is a list or a ruined text
_OPENING = 3  # words before an adverb of intent that may hold the harm: "hid it deliberately"
_THAT = re.compile(r",\s{1,2}что\b")
_NO_ASSERTION = ("for", "of", "by", "from", "about", "against", "when", "after", "before")
_PAST = (
    "ago",
    "history",
    "anniversary",
    "century",
    "назад",
    "века",
    "истории",
    "годовщину",
    "закончилась",
    "завершилась",
)
_TEXTS = ("доклад", "расследован", "материал", "публикаци", "стать", "заявлени", "сообщени", "пресс-релиз")
_REASON = "“{words}” {claim}; no source is named in this sentence or carried over from the one before."


@dataclass(frozen=True, slots=True)
class Told:
    """An article as claims are looked for in it: sentences that may report, words, quotations, what rules found before.
    ``distanced``: words of hedges and unnamed sources. ``is_credited``: an agency's dateline answers for the events."""

    text: str
    language: str
    sentences: Sequence[Span]
    tokens: Sequence[Word]
    quotations: Sequence[Quotation]
    attributions: Sequence[Attribution]
    distanced: Sequence[Span]
    is_credited: bool


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    words: Sequence[Word]
    is_spoken: bool  # a source stands in it, or it is no assertion
    is_distanced: bool
    is_heading: bool


def find_claims(told: Told) -> tuple[Evidence, ...]:
    """One piece of evidence for each sentence that claims without a source: the words that make it a claim."""
    if told.language not in LANGUAGES:
        return ()
    lists = claim_words(told.language)
    matches = lists.phrases.find(told.text, told.tokens)
    sentences = list(_sentences(told, lists, matches))
    has_sources = any(sentence.is_spoken and not sentence.is_heading for sentence in sentences)
    inside = _inside([(quotation.start, quotation.end) for quotation in told.quotations])
    found: list[Evidence] = []
    at = 0
    before: _Sentence | None = None
    for sentence in sentences:
        while at < len(matches) and matches[at].start < sentence.span.start:
            at += 1
        here = at
        while at < len(matches) and matches[at].end <= sentence.span.end:
            at += 1
        is_carried = before is not None and before.is_spoken
        is_silent = sentence.is_spoken or is_carried or (sentence.is_heading and has_sources)
        if not is_silent and len(sentence.words) <= _MOST_WORDS:
            own = [match for match in matches[here:at] if not inside(match.start)]
            if claim := _claim(told, lists, sentence, own):
                found.append(claim)
        before = sentence
    return tuple(found)


def _claim(told: Told, lists: ClaimWords, sentence: _Sentence, own: Sequence[PhraseMatch]) -> Evidence | None:
    """The first phrase of the sentence that makes it a claim, else its count of the dead."""
    is_sport = any(is_in(word.folded, lists.sport) for word in sentence.words)
    for match in own:
        if (group := _group(told, lists, sentence, match)) and (group[0] in ("known", "passive") or not is_sport):
            return _evidence(told.text, group[1], group[2], group[0])
    if told.is_credited or sentence.is_distanced or is_sport:
        return None
    return _toll(told, lists, sentence)


def _group(told: Told, lists: ClaimWords, sentence: _Sentence, match: PhraseMatch) -> tuple[str, int, int] | None:
    """What kind of claim the phrase makes, and the words to be shown; None where it makes none here."""
    first = _position(sentence, match.start)
    last = first + match.last - match.first
    if _is_refused(sentence, lists, first):
        return None
    if _is_aside(told, sentence, first, match):
        return None
    whole = match.start, match.end
    if match.group == "passive":
        has_agent = _is_open_source(told, match) or _names_agent(told, sentence, last)
        return None if has_agent else (match.group, *whole)
    if sentence.is_distanced:
        return None
    if match.group == "intent":
        return _motive(told, lists, sentence, match)
    is_meant = (
        match.group == "known"
        or (match.group == "accusation" and _has_actor(told, sentence, lists, first))
        or (match.group != "accusation" and _is_of_somebody(told, sentence, lists, match))
    )
    return (match.group, *whole) if is_meant else None


def _evidence(text: str, start: int, end: int, group: str) -> Evidence:
    quoted = text[start:end]
    return Evidence(start, end, quoted, reason=_REASON.format(words=quoted, claim=CLAIM_REASONS[group]))


def _motive(told: Told, lists: ClaimWords, sentence: _Sentence, match: PhraseMatch) -> tuple[str, int, int] | None:
    first = _position(sentence, match.start)
    harm = _harm(sentence, lists, first, first + match.last - match.first)
    if harm is None:
        return None
    start, end = min(match.start, harm.start), max(match.end, harm.end)
    has_actor = _has_actor(told, sentence, lists, min(first, _position(sentence, start)))
    return ("motive", start, end) if has_actor else None


# --- what makes a claim ------------------------------------------------------------------------------


def _is_aside(told: Told, sentence: _Sentence, first: int, match: PhraseMatch) -> bool:
    """``Smith: it is known that …``, ``fired for lying about it``, «в докладе сообщалось», «стало известно 5 мая»."""
    if match.phrase in claim_words(told.language).before_that and not _THAT.match(told.text, match.end):
        return True
    if ":" in told.text[sentence.span.start : match.start]:
        return True
    before = [word.folded for word in sentence.words[max(0, first - _TOLL) : first]]
    if told.language == "en":
        return bool(before) and before[-1] in _NO_ASSERTION
    return before[-1:] in (["когда"], ["нем"], ["ней"], ["них"]) or (
        match.group == "passive" and any(form.startswith(_TEXTS) for form in before)
    )


def _is_refused(sentence: _Sentence, lists: ClaimWords, first: int) -> bool:
    """Denied, supposed or only possible: a word of refusal stands right before."""
    return any(word.folded in lists.refused for word in sentence.words[max(0, first - 2) : first])


def _harm(sentence: _Sentence, lists: ClaimWords, first: int, last: int) -> Word | None:
    """The word of harm nearest behind an intent, or right before an adverb of intent."""
    for word in sentence.words[last + 1 : last + 1 + _NEAR]:
        if is_in(word.folded, lists.harm) and not word.folded.endswith("ся"):  # «скрыться» is no harm to anybody
            return word
    if first == last:
        for word in reversed(sentence.words[max(0, first - _OPENING) : first]):
            if is_in(word.folded, lists.harm):
                return word
    return None


def _has_actor(told: Told, sentence: _Sentence, lists: ClaimWords, first: int) -> bool:
    """Whether somebody who can answer for a deed is named near: an office, a body, or a name within the sentence."""
    near = sentence.words[max(0, first - _SUBJECT) : first]
    if told.language == "ru":  # Russian puts the subject behind the verb as well
        near = [*near, *sentence.words[first + 1 : first + 1 + _NEAR]]
    for word in near:
        if is_in(word.folded, lists.actors):
            return True
        is_first = word.start == sentence.span.start
        if not is_first and told.text[word.start].isupper() and len(word.folded) > 2:
            return True
    return False


def _toll(told: Told, lists: ClaimWords, sentence: _Sentence) -> Evidence | None:
    """``More than 300 militants were killed`` in fighting. A year or *ago* makes it history, ``the 17 killed`` are
    known of already, and behind a colon stands a caption."""
    words = sentence.words
    if ":" in sentence.span.text or any(word.folded in _PAST for word in words):
        return None
    if any(len(word.folded) == 4 and word.folded.isdigit() and word.folded[0] in "12" for word in words):
        return None
    if not any(is_in(word.folded, lists.fighting) for word in words):
        return None
    amounts = [
        number
        for number, word in enumerate(words)
        if (word.folded.isdigit() or word.folded in lists.amounts)
        and (not number or words[number - 1].folded not in ("the", "those", "these"))
        and (number + 1 == len(words) or words[number + 1].folded not in lists.units)
    ]
    for number, word in enumerate(words):
        if is_in(word.folded, lists.deaths):
            near = [amount for amount in amounts if abs(amount - number) <= _TOLL]
            if near and not _is_refused(sentence, lists, number):
                first, last = min(*near, number), max(*near, number)
                return _evidence(told.text, words[first].start, words[last].end, "toll")
    return None


def _is_of_somebody(told: Told, sentence: _Sentence, lists: ClaimWords, match: PhraseMatch) -> bool:
    """``X's real aim``, ``the reform was a complete failure``: somebody or their work is named in the sentence."""
    return any(
        is_in(word.folded, lists.actors)
        or is_in(word.folded, lists.works)
        or (number and told.text[word.start].isupper() and len(word.folded) > 2)
        for number, word in enumerate(sentence.words)
        if not match.start <= word.start < match.end
    )


def _is_open_source(told: Told, match: PhraseMatch) -> bool:
    """«Как стало известно изданию»: who came to know it follows, in place of a comma or *что*."""
    if told.language != "ru" or not match.phrase.startswith("как стало"):
        return False
    return told.text[match.end : match.end + 1] != ","


def _names_agent(told: Told, sentence: _Sentence, last: int) -> bool:
    """``it was reported by X``, «сообщается на сайте X»: somebody reports after all."""
    following = [word.folded for word in sentence.words[last + 1 : last + 4]]
    if told.language == "en":
        return "by" in following or "in" in following[:1]
    return following[:1] in (["в"], ["во"], ["на"], ["со"], ["об"], ["о"], ["из"], ["от"])


# --- what stands behind a sentence ---------------------------------------------------------------------


def _sentences(told: Told, lists: ClaimWords, matches: Sequence[PhraseMatch]) -> Iterator[_Sentence]:
    """Words of a claim are no source, though the verb be one of saying: ``it was reported``."""
    own = {number for match in matches for number in range(match.first, match.last + 1)}
    claimed = _inside([(match.start, match.end) for match in matches if match.group != "passive"])
    attributed = _touched(sorted(_places(told.attributions, claimed)))
    distanced = _touched(sorted((span.start, span.end) for span in told.distanced))
    word = end = 0
    for number, span in enumerate(told.sentences):
        while word < len(told.tokens) and told.tokens[word].start < span.start:
            word += 1
        first = word
        while word < len(told.tokens) and told.tokens[word].end <= span.end:
            word += 1
        gap = told.text[end : span.start] if number else "\n"
        ending = span.text.rstrip(" \t\xa0\"”»')]")[-1:]
        stands_alone = "\n" in gap and told.text[span.end : span.end + 1] in ("\n", "\r")
        is_attributed = attributed(span)
        yield _Sentence(
            span,
            told.tokens[first:word],
            is_spoken=is_attributed
            or ending == "?"
            or any(at not in own and _stands_behind(told.tokens[at].folded, told, lists) for at in range(first, word)),
            is_distanced=distanced(span),
            is_heading=stands_alone and ending not in (".", "!", "…", ":", ";"),
        )
        end = span.end


def _stands_behind(form: str, told: Told, lists: ClaimWords) -> bool:
    is_saying = form in SAYING[told.language] and form != "states"
    return is_saying or form in lists.exactly or is_in(form, lists.behind)


def _position(sentence: _Sentence, start: int) -> int:
    return next(number for number, word in enumerate(sentence.words) if word.end > start)


def _places(attributions: Sequence[Attribution], claimed: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Where sources, cues and contents stand. ``X wants to …`` is a motive that is claimed of X, nothing X said."""
    said = [one for one in attributions if one.source and one.cue]
    for one in sorted(said, key=lambda one: one.cue.start if one.cue else 0):
        if one.cue and not claimed(one.cue.start) and not claimed(one.cue.end - 1):
            for span in (one.source, one.cue, one.content):
                if span:
                    yield span.start, span.end


def _touched(places: Sequence[tuple[int, int]]) -> Callable[[Span], bool]:
    """Whether a span touches any of the sorted *places*; to be asked in order of text."""
    at = 0
    reach = 0

    def ask(span: Span) -> bool:
        nonlocal at, reach
        while at < len(places) and places[at][0] < span.end:
            reach = max(reach, places[at][1])
            at += 1
        return reach > span.start

    return ask


def _inside(places: Sequence[tuple[int, int]]) -> Callable[[int], bool]:
    at = 0

    def ask(position: int) -> bool:
        nonlocal at
        while at < len(places) and places[at][1] <= position:
            at += 1
        return at < len(places) and places[at][0] <= position

    return ask
