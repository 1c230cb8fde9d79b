"""Who a Russian cue belongs to: the nominative before or behind the verb, or *в* with a body that speaks."""

from collections.abc import Sequence

from models.source_bias import speech_ru
from models.source_bias.clauses import Clause, Draft, Place
from models.source_bias.morphology_ru import is_finite, is_plural_only, is_unknown, may_be_subject, verb_forms

_LONGEST = 22  # words of a source
_LONGEST_TITLE = 60  # code points of a quotation that is a name
_SEARCHED = 14  # words behind a verb
NAME_GAPS = ("", "«", "»", '"', "“", "”", "``", "'", "(", ")", "№", "».", "-", "&", "»)", "(«")
"""What may stand between the words of one name or description."""
DASHES = ("—", "–", "-")
_JOINTS = ("и", "а", "но")
_RELATIVES = ("который", "которая", "которое", "которые")
_INTO = ("в", "во", "на")


def source_before(clause: Clause, at: int, kind: str, drafts: Sequence[Draft]) -> tuple[Place | None, bool]:
    """The subject in front of the verb at word *at*, and whether it is that of an earlier attribution."""
    earlier = drafts[-1].source if drafts else None
    if kind == "gerund":
        return earlier, True
    gap = clause.gaps[at]
    before = clause.forms[at - 1] if at else ""
    if not gap and before in _JOINTS and earlier:
        return earlier, True
    if not gap and before in _RELATIVES:
        return (at - 1, at - 1), False
    if not gap.startswith((",", ")")) and gap not in DASHES:
        return source_within(clause, _segment_start(clause, at), at, kind), False
    opening = max(0, at - 1)  # "X, глава Y, сообщил"
    while opening and at - opening < _LONGEST and not clause.gaps[opening].startswith((",", "(")):
        opening -= 1
    found = source_within(clause, _segment_start(clause, opening), opening, kind) if opening else None
    if found and not clause.forms[opening].startswith("котор"):
        found = found[0], at - 1
    return found, False


def source_within(clause: Clause, first: int, end: int, kind: str) -> Place | None:
    """The subject among words *first* to *end* - 1, past adverbs, times and occasions (``в интервью …``)."""
    at = first
    while at < end:
        form = clause.forms[at]
        if lead := next((lead for lead in speech_ru.LEADS if clause.forms[at : at + len(lead)] == list(lead)), None):
            at += len(lead)
        elif is_body(clause, at, kind):
            return at + 1, min(end - 1, name_end(clause, at + 1))
        elif _is_preposition(clause, at):
            at += 2
            while at < end - 1 and (clause.forms[at] in speech_ru.AGENCIES or not _may_speak(clause, at)):
                at += 1
        elif form[0].isdigit() or form in speech_ru.MONTHS or form in speech_ru.ADVERBS or form in ("что", "этом"):
            at += 1
        else:
            break
    while end - 1 > at and clause.forms[end - 1] in speech_ru.ADVERBS | speech_ru.LISTENERS:
        end -= 1
    if at >= end or not _may_speak(clause, at):
        return None
    verb = next((word for word in range(at + 1, end) if is_finite(clause.forms[word])), end)
    return at, verb - 1


def source_after(clause: Clause, first: int, kind: str) -> Place | None:
    """Behind the verb: past listeners and times to the first word that can be a subject, or *в* with a body."""
    at = first
    while at < min(len(clause.words), first + _SEARCHED):
        form = clause.forms[at]
        if clause.gaps[at] not in NAME_GAPS or (at == first and clause.gaps[at].startswith(")")):
            return None
        if is_body(clause, at, kind):
            return at + 1, name_end(clause, at + 1)
        if _is_preposition(clause, at):
            at += 2
            continue
        is_listener = form in speech_ru.LISTENERS or (form in speech_ru.AGENCIES and _goes_on(clause, at))
        is_other_number = kind == "singular" and clause.quoted[at] < 0 and is_plural_only(form)
        if form not in speech_ru.ADVERBS and not is_listener and not is_other_number and _may_speak(clause, at):
            return at, name_end(clause, at)
        at += 1
    return None


def name_end(clause: Clause, first: int) -> int:
    """The last word of the name or description that begins at word *first*."""
    if clause.forms[first] in ("его", "ее", "их"):
        return first
    last = first
    while last + 1 < len(clause.words) and last - first < _LONGEST and not _ends_name(clause, first, last + 1):
        last += 1
    return last - 1 if last > first and clause.forms[last] in _JOINTS else last


def is_body(clause: Clause, at: int, kind: str) -> bool:
    """``в МИД сообщили``: *в* with what is no time, medium or occasion, and a verb in the plural."""
    following = clause.forms[at + 1] if at + 1 < len(clause.words) else ""
    if kind != "plural" or clause.forms[at] not in _INTO or not following or following[0].isdigit():
        return False
    return following not in speech_ru.NOT_A_BODY


def _ends_name(clause: Clause, first: int, at: int) -> bool:
    form, gap = clause.forms[at], clause.gaps[at]
    if gap not in NAME_GAPS or form in speech_ru.NO_NAME or form in speech_ru.LISTENERS or form in verb_forms():
        return True
    quotation = clause.quotations[clause.quoted[at]] if clause.quoted[at] >= 0 else None
    if quotation and quotation.end - quotation.start > _LONGEST_TITLE:
        return True
    if not _is_preposition(clause, at):
        return False
    following = clause.forms[at + 1] if at + 1 < len(clause.words) else "0"
    is_behind_title = clause.quoted[first] >= 0 and quotation is None
    return is_behind_title or following in speech_ru.NOT_A_BODY or following[0].isdigit() or form in speech_ru.TURNS


def _may_speak(clause: Clause, at: int) -> bool:
    """A nominative; abbreviations and surnames that the dictionary lacks count by their capitals."""
    word = clause.words[at]
    is_name = clause.text[word.start : word.end].isupper() or (at > 0 and is_unknown(word.folded))
    return (is_name and clause.is_capital(at) and len(word.folded) > 1) or may_be_subject(word.folded)


def _is_preposition(clause: Clause, at: int) -> bool:
    """Not the initial of ``В. Жидкин``."""
    word = clause.words[at]
    is_initial = clause.is_capital(at) and clause.text[word.end : word.end + 1] == "."
    return word.folded in speech_ru.PREPOSITIONS and not is_initial


def _goes_on(clause: Clause, at: int) -> bool:
    """Whether a body or person is still to come behind the agency that was told."""
    for following in range(at + 1, min(len(clause.words), at + 6)):
        form = clause.forms[following]
        if clause.gaps[following] not in NAME_GAPS or form in ("со", "ссылаясь"):
            return False
        if form in _INTO or (form not in speech_ru.AGENCIES and _may_speak(clause, following)):
            return True
    return False


def _segment_start(clause: Clause, end: int) -> int:
    """The first word of what stands between word *end* and the mark, joint or verb before it."""
    if end and clause.gaps[end] not in NAME_GAPS and not clause.gaps[end].startswith((",", "(")):
        return end
    first = end
    while first and end - first < 2 * _LONGEST:
        form = clause.forms[first - 1]
        if first < end:
            if clause.gaps[first] not in NAME_GAPS or (clause.quoted[first - 1] < 0 and form in verb_forms()):
                break
            if not clause.gaps[first] and form in ("что", *_JOINTS) and _has_verb(clause, first - 1):
                break
        first -= 1
    return first


def _has_verb(clause: Clause, end: int) -> bool:
    return not end or any(clause.forms[word] in verb_forms() for word in range(max(0, end - 15), end))
