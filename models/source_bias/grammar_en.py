"""Just enough English grammar to read who speaks: the group of a verb, the words of its subject."""

from models.source_bias.clauses import Clause, Place
from models.source_bias.phrases import words
from models.source_bias.speech_en import KINDS

BE = words("is was are were be been being am isn't wasn't aren't weren't")
AUXILIARIES = BE | words(
    "has have had having do does did will would can could may might must should shall hasn't haven't hadn't don't "
    "doesn't didn't won't wouldn't can't couldn't shouldn't cannot not never"
)
DETERMINERS = words(
    "the a an this these those his her their its our my your some any each every no many several most few another all "
    "both one two three four five six seven eight nine ten"
)
SUBJECTS = words("he she they we i you it who which that some many others most everyone nobody one there")
OBJECTS = words("him them me us himself herself themselves itself")
PREPOSITIONS = words(
    "about for on of against with as in over from out by at into up down off through toward towards after before "
    "during among around upon under between within without despite amid per via since until like to"
)
CONJUNCTIONS = words("and or but nor yet")
SUBORDINATORS = words(
    "because although though while when as if unless until since whereas where whether that after before so than how "
    "why what once"
)
QUESTIONS = words("that whether if how why what when where who which")
ADVERBS = words(
    "also then now later still just only even ever always again already soon once twice often sometimes instead "
    "meanwhile however therefore too first further thus here there yesterday today tonight both long all each"
)
TIMES_AFTER = words("in on at during after before")
"""Prepositions of the time or occasion behind a verb of speech."""
OPENING = "“\"'‘"
CLOSING = "”\"'’»"
_NO_ADVERBS = words("family july italy reply ally daily weekly supply early elderly")
_FINITE = words(
    "went came got took gave made had did became began left held kept ran put brought stood won lost met paid sent "
    "built fell rose grew spent led seems seem appears appear goes comes takes makes gets gives keeps remains remain"
)
_TIMES = words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december morning afternoon evening night week month year"
)
_INSERTED_BY = {",": ",", ")": "(", "—": "—", "–": "–", "-": "-"}
_LONGEST_SUBJECT = 30  # words
_LONGEST_INSERTION = 45


def is_adverb(form: str) -> bool:
    return form in ADVERBS or (form.endswith("ly") and form not in _NO_ADVERBS)


def is_verb(clause: Clause, at: int) -> bool:
    """Something like a finite verb; a guess by lists and endings."""
    form = clause.forms[at]
    if form in AUXILIARIES or form in _FINITE:
        return True
    if clause.is_capital(at) and not clause.is_title:
        return False
    kinds = KINDS[form][1] if form in KINDS else frozenset()
    return "d" in kinds or (form.endswith("ed") and len(form) > 4) or ("s" in kinds and not is_noun_place(clause, at))


def is_noun_place(clause: Clause, at: int) -> bool:
    """After an article, a preposition or a possessive stands no finite verb."""
    if not at or clause.gaps[at]:
        return not at
    before = clause.forms[at - 1]
    if before == "to":
        return False
    return (
        before in DETERMINERS - {"some", "many", "most", "all", "both", "one"}
        or before in PREPOSITIONS
        or is_possessive(clause, at - 1)
    )


def is_possessive(clause: Clause, at: int) -> bool:
    return clause.forms[at].endswith("'s") or (
        clause.forms[at].endswith("s") and clause.gaps[at + 1] in ("'", "’") and at + 1 < len(clause.words)
    )


def group_start(clause: Clause, at: int) -> int:
    """The first auxiliary, negation or adverb that belongs to the verb at *at*."""
    start = at
    while start and not clause.gaps[start]:
        before = clause.forms[start - 1]
        if not (before in AUXILIARIES or is_adverb(before)):
            break
        start -= 1
    return start


def subject_before(clause: Clause, end: int, floor: int) -> Place | None:
    """Words of the subject that ends before word *end*, as (first, last), not before word *floor*."""
    if end <= floor:
        return None
    gap = clause.gaps[end]
    if gap and not gap.startswith((",", ")")) and gap not in _INSERTED_BY:
        return None
    opening = _opening(clause, end, floor) if gap else end  # an insertion between commas: X, head of Y, said
    if opening is None:
        return None
    first = _phrase_start(clause, opening, floor)
    if clause.gaps[first] == "," and _is_time(clause, first, end):  # X, who left, on Friday said
        return subject_before(clause, first, floor)
    first = _without_lead(clause, first, end)
    return (first, _before_relative(clause, first, end) - 1) if first < end else None


def _before_relative(clause: Clause, first: int, end: int) -> int:
    """``X, who left in June, said``: relative clauses stay out."""
    for at in range(first + 1, end):
        if clause.gaps[at] == "," and (
            clause.forms[at] in ("who", "which", "whose") or clause.forms[at].endswith("ing")
        ):
            return at
    return end


def _is_time(clause: Clause, first: int, end: int) -> bool:
    return end - first == 2 and clause.forms[first] in TIMES_AFTER and clause.forms[first + 1] in _TIMES


def _opening(clause: Clause, end: int, floor: int) -> int | None:
    """Where the insertion begins that ends before word *end*: ``X, head of Y, said``, ``X (of Z) said``."""
    wanted = _INSERTED_BY[clause.gaps[end][0]]
    for at in range(end - 1, max(floor, end - _LONGEST_INSERTION), -1):
        gap = clause.gaps[at]
        if clause.quoted[at] != clause.quoted[end] or gap[-1:] in (";", ":", "”"):
            return None
        if wanted not in gap or clause.forms[at] in SUBJECTS - {"who", "which"} | CONJUNCTIONS:
            continue
        first = _phrase_start(clause, at, floor)
        if first == at or any(is_verb(clause, word) for word in range(first, at)):
            continue
        if wanted == "," and clause.gaps[first] == "," and clause.forms[first] in DETERMINERS and first > floor:
            return _opening_before(clause, first, floor)
        return at
    return None


def _opening_before(clause: Clause, at: int, floor: int) -> int:
    """``X, a friend of Y, head of Z``: the first of two appositions, if what stands before it is a name."""
    first = _phrase_start(clause, at, floor)
    is_name = first < at and clause.is_capital(at - 1) and not any(is_verb(clause, word) for word in range(first, at))
    return at if is_name and clause.forms[first] not in PREPOSITIONS else at + 1 if first == at else at


def _phrase_start(clause: Clause, end: int, floor: int) -> int:
    first = end
    while first > floor and end - first < _LONGEST_SUBJECT:
        at = first - 1
        form = clause.forms[at]
        if first < end and clause.gaps[first] and clause.gaps[first] not in ("'", "’", ".", "$", "%"):
            break
        if clause.quoted[at] != clause.quoted[end - 1]:
            break
        if form in SUBORDINATORS and form != "that":
            break
        if form == "that" and first < end:
            break
        if first < end and is_verb(clause, at) and not _is_modifier(clause, at):
            break
        if form in CONJUNCTIONS and (form == "but" or first == end or not _joins(clause, at, floor)):
            break
        first = at
    return first


def _is_modifier(clause: Clause, at: int) -> bool:
    """``voters surveyed by``, ``the expected winner``: a participle inside a noun phrase."""
    form = clause.forms[at]
    if form in AUXILIARIES or not form.endswith(("ed", "en", "n")):
        return False
    before = clause.forms[at - 1] if at else ""
    after = clause.forms[at + 1] if at + 1 < len(clause.words) else ""
    return before in DETERMINERS or after in ("by", "in", "with", "on", "at", "for", "from", "to")


def _joins(clause: Clause, at: int, floor: int) -> bool:
    """Whether *and* joins two names or nouns rather than two clauses: no verb stands before it."""
    word = at - 1
    while word >= floor and at - word < 12:
        if clause.gaps[word + 1] and word + 1 < at:
            return True
        if is_verb(clause, word):
            return False
        word -= 1
    return True


def _without_lead(clause: Clause, first: int, end: int) -> int:
    """Drop ``On Tuesday``, ``In a tweet``, ``But`` and adverbs before the subject."""
    while first < end - 1 and (
        clause.forms[first] in CONJUNCTIONS
        or is_adverb(clause.forms[first])
        or (clause.forms[first] in SUBORDINATORS and clause.forms[first] != "that")
    ):
        first += 1
    if clause.forms[first] in PREPOSITIONS - {"to"} and first < end - 1:
        for at in range(end - 1, first, -1):
            if clause.forms[at] in SUBJECTS:
                return at
            if clause.forms[at] in _TIMES and at < end - 1:
                return at + 1
    return first


def first_subject(clause: Clause, floor: int, before: int) -> Place | None:
    """The subject of the first verb at or after word *floor*, ahead of word *before*."""
    for at in range(floor, before):
        if clause.quoted[at] < 0 and is_verb(clause, at):
            start = group_start(clause, at)
            found = subject_before(clause, start, floor)
            if found:
                return found
    return None
