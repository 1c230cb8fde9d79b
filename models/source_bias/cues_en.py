"""Attributions of one English clause, found by the frames of its cues."""

from collections.abc import Sequence

from models.source_bias import speech_en
from models.source_bias.clauses import Clause, Cue, Draft
from models.source_bias.contents_en import (
    clip_contents,
    content_after,
    content_around,
    content_before,
    goes_on,
    is_tail,
)
from models.source_bias.grammar_en import (
    AUXILIARIES,
    BE,
    OPENING,
    PREPOSITIONS,
    QUESTIONS,
    SUBJECTS,
    TIMES_AFTER,
    group_start,
    is_noun_place,
    is_possessive,
    is_verb,
    subject_before,
)
from models.source_bias.inflection_en import BASE, GERUND, PARTICIPLE, PAST, THIRD
from models.source_bias.phrases import words
from models.source_bias.sources_en import inverted_source, noun_end, source_by, source_of, with_apposition

_MOST_CUES = 12  # of one clause; a sentence made of "said" ends there
_NEAR_END = 12  # words that may stand between a verb and the colon that ends its sentence
_ACCORDING = "according to"
_CLAUSES = ("t", "n", "q", "e", "i")  # frames that are no preposition
_DEGREES = words("very more so too as most quite")
_OF_ADJECTIVES = words("of about to with for over at by")
_OF_NOUNS = words("for of on about against to with over")
_NO_SOURCES = words("that you it's they're that's there's a an the to long more this people")
_NO_SPEAKERS = words(
    "latest q a note exclusive update breaking editor's video photos watch read related correction by source more"
)


def find_english(clause: Clause) -> list[Draft]:
    """Every attribution the frames give; those that seldom are one are marked ``is_doubtful``."""
    drafts: list[Draft] = []
    after = 0
    for at in range(len(clause.words)):
        if len(drafts) == _MOST_CUES:
            break
        if at >= after and clause.quoted[at] < 0 and (draft := _read(clause, at, drafts)):
            drafts.append(draft)
            after = draft.cue[1] + 1
    clip_contents(clause, drafts)
    if not drafts and (spoken := _by_colon(clause)):
        drafts.append(spoken)
    for draft in drafts:
        _weigh(clause, draft, drafts)
    if clause.is_open and drafts and drafts[-1].is_sure and drafts[-1].cue[1] > len(clause.words) - _NEAR_END:
        drafts[-1].content, drafts[-1].is_ahead = None, True
    return [draft for draft in drafts if draft.source and (draft.content or draft.is_ahead)]


def read_cue(clause: Clause, first: int, last: int, drafts: Sequence[Draft]) -> Draft | None:
    """The attribution around words *first* to *last*, which are known to be a cue whatever the lists say."""
    forms = clause.forms[first : last + 1]
    if forms[0] == "according" and last > first:
        return _according_to(clause, first, drafts)
    if forms[-1] == "by" and any(form in BE for form in forms):
        return _passive(clause, first, last - 1)
    lemma = next((speech_en.KINDS[form][0] for form in forms if form in speech_en.KINDS), "")
    is_infinitive = first > 0 and clause.forms[first - 1] == "to"
    cue = Cue(first, last, last, _frame(clause, last), lemma, forms[0].endswith("ing"), is_infinitive)
    return _around_verb(clause, cue, drafts)


def _read(clause: Clause, at: int, drafts: Sequence[Draft]) -> Draft | None:
    form = clause.forms[at]
    if form == "according" and clause.forms[at + 1 : at + 2] == ["to"] and at + 2 < len(clause.words):
        return _according_to(clause, at, drafts)
    draft = None
    if form in speech_en.KINDS and (cue := _verb(clause, at, drafts)):
        draft = _around_verb(clause, cue, drafts) if cue.frame != "by" else _passive(clause, cue.start, at)
    if draft is None and at and not clause.gaps[at]:
        if form in speech_en.ADJECTIVES:
            return _by_adjective(clause, at, drafts)
        if form in speech_en.NOUNS:
            return _by_noun(clause, at)
    return draft


def _weigh(clause: Clause, draft: Draft, drafts: Sequence[Draft]) -> None:
    """Within what another source says, only speech and what a speaker sets out to do attribute once more."""
    if not draft.source:
        return
    source = clause.forms[draft.source[0]] if draft.source[0] == draft.source[1] else ""
    start = clause.words[draft.cue[0]].start
    contents = [other.content for other in drafts if other.content and other is not draft]
    is_nested = any(content[0] < start < content[1] for content in contents)
    speaks = draft.lemma in speech_en.SPEAKING
    draft.is_sure = (
        (speaks or draft.lemma in speech_en.TELLING or draft.lemma == _ACCORDING)
        and not is_nested
        and not draft.is_infinitive
    )
    if source in _NO_SOURCES:
        draft.is_doubtful = True
    elif not is_nested:
        draft.is_doubtful = draft.is_infinitive
    else:
        draft.is_doubtful = source in ("they", "which", "it") if speaks else not draft.is_infinitive


# --- verbs -----------------------------------------------------------------------------------------


def _verb(clause: Clause, at: int, drafts: Sequence[Draft]) -> Cue | None:
    """The verb at word *at* as a cue, if it is a verb there and stands in a frame that attributes."""
    lemma, kinds = speech_en.KINDS[clause.forms[at]]
    start = group_start(clause, at)
    auxiliaries = [form for form in clause.forms[start:at] if form in AUXILIARIES and form not in ("not", "never")]
    if (at and clause.is_capital(at) and not clause.is_title) or {"would", "should"} & set(auxiliaries):
        return None
    is_infinitive = BASE in kinds and start > 0 and not clause.gaps[start] and clause.forms[start - 1] == "to"
    frame = _frame(clause, at)
    if lemma == "go" and clause.forms[at + 1 : at + 3] == ["on", "for"]:  # "fighting went on for a third day"
        return None
    is_gerund = GERUND in kinds
    if not is_gerund:
        if _is_passive(kinds, auxiliaries, frame):
            return Cue(start, at, at + 1, "by") if frame == "by" else None
        if not auxiliaries and not is_infinitive and not _is_finite(clause, start, at):
            return None
    is_repeated = is_infinitive and bool(drafts) and drafts[-1].cue[1] >= start - 2  # "vowed to oppose X"
    if frame not in speech_en.FRAMES[lemma] or is_repeated:
        return None
    is_plain = frame in _CLAUSES or (frame in TIMES_AFTER and lemma != "go")
    last = at if is_plain else at + 1
    return Cue(start, at, last, frame, lemma, is_gerund and not auxiliaries, is_infinitive)


def _is_passive(kinds: frozenset[str], auxiliaries: Sequence[str], frame: str) -> bool:
    if auxiliaries:
        return auxiliaries[-1] in BE
    return frame == "by" and PARTICIPLE in kinds


def _is_finite(clause: Clause, start: int, at: int) -> bool:
    """A past form, or a present one where no noun could stand: behind a subject of its number."""
    kinds = speech_en.KINDS[clause.forms[at]][1]
    if PAST in kinds:
        return True
    if (BASE not in kinds and THIRD not in kinds) or is_noun_place(clause, at):
        return False
    return BASE not in kinds or _is_behind_plural(clause, start)


def _is_behind_plural(clause: Clause, start: int) -> bool:
    if not start:
        return False
    if clause.gaps[start]:
        return clause.gaps[start] in (",", "”", '"', ",”")
    before = clause.forms[start - 1]
    return (
        before in SUBJECTS - {"he", "she", "it"} or before.endswith("s") or before in ("people", "men", "women", "and")
    )


def _frame(clause: Clause, at: int) -> str:
    """What follows the verb: a letter of ``_CLAUSES`` or a preposition or particle."""
    after = at + 1
    gap = clause.gaps[after]
    if gap or after >= len(clause.words):
        is_quote = after < len(clause.words) and clause.ends_with(after, OPENING + "«") and gap[0] not in ".!?"
        return "q" if ":" in gap or is_quote else "e"
    form = clause.forms[after]
    if form in QUESTIONS:
        return "t"
    if form in PREPOSITIONS or form == "back":
        return "i" if form == "to" else form
    return "e" if form in ("yesterday", "today", "later") else "n"


def _around_verb(clause: Clause, cue: Cue, drafts: Sequence[Draft]) -> Draft | None:
    """Source and content by where they stand: behind the verb, before it, or in an earlier attribution."""
    speaks = cue.lemma in speech_en.SPEAKING
    if not cue.is_gerund and not cue.is_infinitive and (behind := inverted_source(clause, cue)):
        content = content_before(clause, cue.start, drafts)
        return Draft((cue.start, cue.at), behind, content, cue.start, lemma=cue.lemma)
    source, segment, is_chained = source_of(clause, cue, drafts)
    if source and not is_chained and (speaks or cue.lemma in speech_en.TELLING) and is_tail(clause, segment, cue):
        content = content_around(clause, segment, cue, drafts)
        if content:
            return Draft((cue.start, cue.at), source, content, segment, lemma=cue.lemma)
    if source is None and speaks and cue.frame == "in" and cue.start and clause.quoted[cue.start - 1] >= 0:
        text = cue.at + 2, noun_end(clause, cue.at + 2)  # "“…,” — said in the statement"
        return Draft((cue.start, cue.at), text, content_before(clause, cue.start, drafts), cue.start, lemma=cue.lemma)
    content = content_after(clause, cue)
    return Draft((cue.start, cue.last), source, content, segment, is_chained, cue.lemma, cue.is_infinitive)


def _passive(clause: Clause, start: int, at: int) -> Draft | None:
    """``X was first reported by Y``: the source stands behind *by*, what is said is the subject."""
    source = source_by(clause, at + 2)
    subject = subject_before(clause, start, 0) if source else None
    return Draft((start, at + 1), source, clause.place(*subject), start) if subject else None


# --- other cues ------------------------------------------------------------------------------------


def _by_adjective(clause: Clause, at: int, drafts: Sequence[Draft]) -> Draft | None:
    """``X is confident that …``, ``X was critical of …``."""
    start = group_start(clause, at)
    while start and not clause.gaps[start] and clause.forms[start - 1] in _DEGREES:
        start = group_start(clause, start - 1)
    frame = _frame(clause, at)
    if not any(form in BE for form in clause.forms[start:at]) or frame not in _OF_ADJECTIVES | {"t", "i"}:
        return None
    cue = Cue(start, at, at if frame in _CLAUSES else at + 1, frame)
    source, segment, is_chained = source_of(clause, cue, drafts)
    return Draft((start, cue.last), source, content_after(clause, cue), segment, is_chained)


def _by_noun(clause: Clause, at: int) -> Draft | None:
    """``Trump's claim that …``; names alone: what *his* hope is of is seldom cited."""
    owner = at - 1
    while owner > 0 and at - owner < 4 and not clause.gaps[owner] and not is_possessive(clause, owner):
        owner -= 1
    if not is_possessive(clause, owner) or clause.gaps[owner + 1] not in ("", "'", "’"):
        return None
    frame = _frame(clause, at)
    if frame not in _OF_NOUNS | {"t", "i"}:
        return None
    cue = Cue(owner + 1, at, at if frame in _CLAUSES else at + 1, frame)
    source = subject_before(clause, owner + 1, 0)
    return Draft((cue.start, cue.last), source, content_after(clause, cue), owner)


def _according_to(clause: Clause, at: int, drafts: Sequence[Draft]) -> Draft | None:
    """``According to X, …``, ``…, according to X``, ``…, according to X, …``."""
    first = last = at + 2
    while last + 1 < len(clause.words) and last - first < 30:
        gap = clause.gaps[last + 1]
        if gap not in ("", "'", "’", "&", "“", "”", "‘") or clause.forms[last + 1] in (
            "that",
            "which",
            "who",
            "as",
            "while",
        ):
            break
        last += 1
    ending = with_apposition(clause, last)
    if at > 2 or clause.gaps[at] == ",":  # behind what is said
        is_apposed = clause.gaps[ending + 1][:1] in ("", ",", ".")
        source = first, ending if is_apposed else last
        content = content_before(clause, at, drafts)
        if content and goes_on(clause, source[1] + 1):
            content = content[0], clause.last
        return Draft((at, at + 1), source, content, at, lemma=_ACCORDING)
    if ending + 1 < len(clause.words) and clause.gaps[ending + 1].startswith(","):
        content = clause.trim(clause.words[ending].end + 1, clause.last)
        return Draft((at, at + 1), (first, ending), content, at, lemma=_ACCORDING)
    return None


def _by_colon(clause: Clause) -> Draft | None:
    """``NAME: …`` in a headline or transcript: up to six words, none of them a verb."""
    for at in range(1, min(len(clause.words), 7)):
        gap = clause.gaps[at]
        if gap in ("", "'", "’", "&"):
            continue
        if not gap.startswith(":") or clause.quoted[at - 1] >= 0 or len(clause.words) - at < 3:
            return None
        is_name = clause.is_capital(0) and clause.is_capital(at - 1) and clause.forms[at - 1] not in _NO_SPEAKERS
        if not is_name or any(is_verb(clause, word) for word in range(at)):
            return None
        colon = clause.text.index(":", clause.words[at - 1].end)
        content = clause.trim(colon + 1, clause.last)
        return Draft((at - 1, at - 1), (0, at - 1), content, 0, cue_place=(colon, colon + 1))
    return None
