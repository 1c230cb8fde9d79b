"""Where what is said stands around an English cue: before the source, behind the verb, or on both sides."""

from collections.abc import Sequence

from models.source_bias import speech_en
from models.source_bias.clauses import Clause, Cue, Draft, Place
from models.source_bias.grammar_en import (
    AUXILIARIES,
    CLOSING,
    CONJUNCTIONS,
    OBJECTS,
    OPENING,
    PREPOSITIONS,
    QUESTIONS,
    SUBJECTS,
    TIMES_AFTER,
    is_adverb,
    is_verb,
)
from models.source_bias.phrases import words

_NEAR = 16  # words looked at behind a verb
_PRONOUNS = words("he she they it we i there")
_TURNS = words("while although though after before when who which with as because since")
_CONTRASTS = CONJUNCTIONS | words("while although though as")
_INSERTIONS = CONJUNCTIONS | PREPOSITIONS | words("who which when while though although where")


def is_tail(clause: Clause, segment: int, cue: Cue) -> bool:
    """``…, X said``: what is said stands before the source, whose words begin at *segment*."""
    gap = clause.gaps[segment]
    if segment < 1 or not gap or gap in ("(", "—", "–", "-", ":", ";"):
        return False
    is_quoted = clause.quoted[segment - 1] >= 0
    if (is_quoted and not _says_more(clause, cue.at)) or goes_on(clause, cue.at + 1):
        return True
    if cue.frame in ("t", "q", "i") or (cue.frame == "n" and gap != ","):
        return False
    if cue.frame in PREPOSITIONS - TIMES_AFTER and cue.lemma != "say":
        return is_quoted
    if cue.frame in TIMES_AFTER | {"n"} and not _ends_soon(clause, cue.at):
        return False
    return is_quoted or any(is_verb(clause, word) for word in range(max(0, segment - 40), segment))


def content_around(clause: Clause, segment: int, cue: Cue, drafts: Sequence[Draft]) -> Place | None:
    """What stands before word *segment*; with what is behind the verb in ``“A,” he said, “B”``, ``A, he said, B``."""
    content = content_before(clause, segment, drafts)
    after = cue.at + 1
    if content is None or after >= len(clause.words):
        return content
    gap, form = clause.gaps[after], clause.forms[after]
    is_quote = clause.ends_with(after, OPENING) and gap[:1] in (",", ":", "-", "—")
    is_inserted = form in _INSERTIONS or form.endswith("ing") or is_adverb(form)
    is_more = gap == "," and clause.quoted[after] < 0 and not is_inserted
    if is_quote or (is_more and any(is_verb(clause, word) for word in _ahead(clause, after, 20))):
        return content[0], clause.last
    return content


def goes_on(clause: Clause, after: int) -> bool:
    """``The bridge, X says, is safe``: behind the comma before word *after* stands the verb of what is said."""
    is_inside = after < len(clause.words) and clause.gaps[after] == "," and clause.quoted[after] < 0
    return is_inside and clause.forms[after] in AUXILIARIES


def content_before(clause: Clause, segment: int, drafts: Sequence[Draft]) -> Place | None:
    """From the beginning, or the last attribution that ended so, to the mark before word *segment*."""
    if not segment:
        return None
    start = clause.start
    for draft in drafts:
        if draft.source and draft.content and draft.content[0] < clause.words[draft.cue[0]].start:
            start = max(start, clause.words[max(draft.source[1], draft.cue[1])].end)
    return clause.trim(start, _past_marks(clause, segment - 1))


def content_after(clause: Clause, cue: Cue) -> Place | None:
    """What stands behind the verb, past a listener or a time; an object ends where the next clause begins."""
    first = cue.last + 1
    if first < len(clause.words) and cue.lemma in speech_en.TELLING and cue.frame == "n":
        first = _past_listener(clause, first)
    elif cue.frame in TIMES_AFTER and cue.lemma in speech_en.SPEAKING:
        first = _past_time(clause, first)
    if first >= len(clause.words):
        return None
    start = clause.words[first - 1].end
    if clause.forms[first] == "that" and first + 1 < len(clause.words):
        start = clause.words[first].end
    is_object = cue.lemma and cue.lemma not in speech_en.SPEAKING and cue.frame not in ("t", "q")
    return clause.trim(start, _object_end(clause, first) if is_object else clause.last)


def clip_contents(clause: Clause, drafts: Sequence[Draft]) -> None:
    """A content ends where the next attribution of the same level begins."""
    for number, draft in enumerate(drafts):
        if not draft.content or draft.content[0] < clause.words[draft.cue[0]].start:
            continue
        for later in drafts[number + 1 :]:
            begin = clause.words[later.segment].start
            if draft.content[0] < begin < draft.content[1] and _is_apart(clause, later):
                has_joint = clause.forms[later.segment - 1] in _CONTRASTS
                last = later.segment - (2 if has_joint else 1)
                draft.content = clause.trim(draft.content[0], max(_past_marks(clause, last), draft.content[0]))
                break


def _is_apart(clause: Clause, later: Draft) -> bool:
    """``…, adding that``, ``… and said``, ``…, but Y said``, ``…”, Y said``: no part of what was said before."""
    gap, before = clause.gaps[later.segment], clause.forms[later.segment - 1]
    if later.is_chained:
        return gap.startswith(",") or before in CONJUNCTIONS
    if before in _CONTRASTS and clause.gaps[later.segment - 1].startswith(","):
        return True
    is_after = later.content is None or later.content[0] >= clause.words[later.segment].start
    return gap.startswith((",", "”", ";")) and not is_after


def _past_marks(clause: Clause, last: int) -> int:
    """The end of word *last* with the marks that close a quotation or question behind it."""
    end = clause.words[last].end
    for mark in clause.text[end : clause.end]:
        if mark not in CLOSING + "?!,":
            break
        end += 1
    return end


def _ahead(clause: Clause, first: int, reach: int) -> range:
    return range(first, min(len(clause.words), first + reach))


def _says_more(clause: Clause, at: int) -> bool:
    """Whether a clause or quotation follows before the next stop: then what stands before belongs to another."""
    for word in _ahead(clause, at + 1, _NEAR):
        gap = clause.gaps[word]
        if clause.forms[word] == "that" or (":" in gap and word > at + 1):
            return True
        if clause.ends_with(word, OPENING) and gap[:1] != ",":
            return True
        if gap.startswith((",", ".", "”")):
            return False
    return False


def _ends_soon(clause: Clause, at: int) -> bool:
    """No clause follows within the time or place behind the verb."""
    for word in _ahead(clause, at + 1, _NEAR):
        gap = clause.gaps[word]
        if word > at + 1:
            if ":" in gap or clause.ends_with(word, OPENING):
                return False
            if gap.startswith((",", ".")):
                return True
        if clause.forms[word] == "that" or clause.forms[word] in _PRONOUNS or is_verb(clause, word):
            return False
    return True


def _past_listener(clause: Clause, first: int) -> int:
    """``told reporters in Ohio that …``: the word where what is told begins."""
    if clause.forms[first] in OBJECTS or clause.forms[first] in ("her", "you"):
        return first + 1
    for at in _ahead(clause, first + 1, _NEAR):
        is_quote = ":" in clause.gaps[at] or clause.ends_with(at, OPENING)
        if is_quote or clause.forms[at] in QUESTIONS | _PRONOUNS or clause.gaps[at].startswith(","):
            return at
    return first


def _past_time(clause: Clause, first: int) -> int:
    """``said in a statement on Monday that …``: the word where what is said begins."""
    for at in _ahead(clause, first, _NEAR):
        if clause.forms[at] == "that":
            return at
        if at > first and (
            ":" in clause.gaps[at] or clause.ends_with(at, OPENING + ",") or clause.forms[at] in _PRONOUNS
        ):
            return at
    return first


def _object_end(clause: Clause, first: int) -> int:
    """Where the object of a verb ends that is not one of speech: before the next clause of the sentence."""
    for at in range(first + 1, len(clause.words)):
        if clause.quoted[at] < 0 and _begins_clause(clause, at):
            return _past_marks(clause, at - 1)
    return clause.last


def _begins_clause(clause: Clause, at: int) -> bool:
    form, gap = clause.forms[at], clause.gaps[at]
    if not gap:
        following = clause.forms[at + 1] if at + 1 < len(clause.words) else ""
        is_turn = is_adverb(following) or following in SUBJECTS or (following and is_verb(clause, at + 1))
        return form in ("while", "although", "because", "when") or (form in CONJUNCTIONS and bool(is_turn))
    if not gap.startswith((",", ";", "—", "–", "”", "''", '"')):
        return False
    if form in CONJUNCTIONS:
        return any(is_verb(clause, word) for word in _ahead(clause, at + 1, 5))
    return form in _TURNS or form.endswith("ing")
