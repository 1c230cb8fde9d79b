"""Who an English cue belongs to: the subject before it, that of an earlier cue, or the words behind the verb."""

from collections.abc import Sequence

from models.source_bias import speech_en
from models.source_bias.clauses import Clause, Cue, Draft, Place
from models.source_bias.grammar_en import (
    CLOSING,
    CONJUNCTIONS,
    OBJECTS,
    PREPOSITIONS,
    QUESTIONS,
    SUBJECTS,
    TIMES_AFTER,
    first_subject,
    is_verb,
    subject_before,
)
from models.source_bias.phrases import words

_LONGEST = 30  # words
_RELATIVES = ("who", "which", "that")
_TIME_WORDS = words("a an the his her their monday tuesday wednesday thursday friday saturday sunday")
_AFTER_BY = words("to and in on as for at")


def source_of(clause: Clause, cue: Cue, drafts: Sequence[Draft]) -> tuple[Place | None, int, bool]:
    """The source, the word where this attribution's own words begin, whether it is taken from an earlier one."""
    start = cue.start
    before = clause.forms[start - 1] if start else ""
    gap = clause.gaps[start]
    earlier = next((draft.source for draft in reversed(drafts) if draft.lemma), drafts[-1].source if drafts else None)
    if cue.is_gerund:
        if not gap and before not in CONJUNCTIONS | PREPOSITIONS | {"when", "while"}:
            return subject_before(clause, start, 0), start, False  # "a letter urging X"
        return earlier or first_subject(clause, 0, start) or _behind_comma(clause, start), start, True
    if cue.is_infinitive or (before in CONJUNCTIONS and not gap):
        return earlier or first_subject(clause, 0, start - 1), start - 1, True
    if not gap and before in _RELATIVES:
        return (start - 1, start - 1), start - 1, False
    found = subject_before(clause, start, 0)
    if found is None and gap.startswith(",") and drafts:
        return earlier, start, True
    return found, found[0] if found else start, False


def inverted_source(clause: Clause, cue: Cue) -> Place | None:
    """``“…,” said X``: the source stands behind the verb."""
    first = cue.at + 1
    if cue.lemma not in speech_en.SPEAKING or not cue.start or first >= len(clause.words) or clause.gaps[first]:
        return None
    gap = clause.gaps[cue.start]
    is_quote_end = bool(gap) and (
        clause.quoted[cue.start - 1] >= 0 or (clause.ends_with(cue.start, CLOSING) and len(gap) < 4)
    )
    if not is_quote_end and (gap != "," or subject_before(clause, cue.start, 0)):
        return None  # "X, head of Y, said Z" has its subject before the verb
    if clause.forms[first] in QUESTIONS | PREPOSITIONS | OBJECTS:
        return None
    last = first
    while last + 1 < len(clause.words) and not clause.gaps[last + 1] and last - first < _LONGEST:
        if is_verb(clause, last + 1) or clause.forms[last + 1] in QUESTIONS or _is_time(clause, last + 1):
            break
        last += 1
    if is_quote_end:
        return first, _to_end(clause, last)
    is_clause = last + 1 < len(clause.words) and not clause.gaps[last + 1] and is_verb(clause, last + 1)
    if is_clause or not any(is_verb(clause, word) for word in range(cue.start)):
        return None
    return first, with_apposition(clause, last)


def source_by(clause: Clause, first: int) -> Place | None:
    """``was reported by X``: the words behind *by*, which begin at word *first*."""
    if first >= len(clause.words) or clause.gaps[first] or clause.forms[first].endswith("ing"):
        return None
    last = first
    while last + 1 < len(clause.words) and not clause.gaps[last + 1] and last - first < _LONGEST:
        if is_verb(clause, last + 1) or clause.forms[last + 1] in QUESTIONS | _AFTER_BY:
            break
        last += 1
    return first, last


def noun_end(clause: Clause, first: int) -> int:
    """``“…,” — said in the statement``: to the next mark."""
    last = min(first, len(clause.words) - 1)
    while last + 1 < len(clause.words) and not clause.gaps[last + 1]:
        last += 1
    return last


def with_apposition(clause: Clause, last: int) -> int:
    """``X, head of Y``: to the next comma or the end, if no verb stands before it."""
    first = last + 1
    if first >= len(clause.words) or clause.gaps[first] != ",":
        return last
    if clause.forms[first] in CONJUNCTIONS | SUBJECTS | PREPOSITIONS or clause.forms[first].endswith("ing"):
        return last
    end = noun_end(clause, first)
    return last if any(is_verb(clause, word) for word in range(first, end + 1)) else end


def _behind_comma(clause: Clause, start: int) -> Place | None:
    """``Citing the poll, Smith said``: the subject of the main clause stands behind the comma."""
    for at in range(start + 1, min(len(clause.words), start + 40)):
        if clause.gaps[at] == "," and clause.quoted[at] < 0:
            return first_subject(clause, at, len(clause.words))
    return None


def _is_time(clause: Clause, at: int) -> bool:
    form = clause.forms[at]
    following = clause.forms[at + 1] if at + 1 < len(clause.words) else ""
    return form in ("yesterday", "today") or (form in TIMES_AFTER - {"at"} and following in _TIME_WORDS)


def _to_end(clause: Clause, last: int) -> int:
    """``said X, a former head of Y, who left in June``: all of it describes the speaker, up to a turn."""
    while last + 1 < len(clause.words) and clause.gaps[last + 1] in (",", "") and clause.quoted[last + 1] < 0:
        form = clause.forms[last + 1]
        if not clause.gaps[last + 1]:
            if _is_time(clause, last + 1):
                break
        elif form in (CONJUNCTIONS | SUBJECTS | PREPOSITIONS) - {"who", "of"} or form.endswith("ing"):
            break
        last += 1
    return last
