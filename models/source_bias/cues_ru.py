"""Attributions of one Russian clause: verbs of speech in all their forms, phrases of reference, ``Имя: «…»``."""

from collections.abc import Sequence

from models.source_bias import speech_ru
from models.source_bias.clauses import Clause, Draft, Place
from models.source_bias.morphology_ru import verb_forms
from models.source_bias.phrases import words
from models.source_bias.sources_ru import DASHES, NAME_GAPS, name_end, source_after, source_before, source_within

_MOST_CUES = 12  # of one clause
_NEAR = 22  # words looked at behind a verb
_QUESTIONS = words("что чтобы как почему зачем где когда куда кто сколько какой какие будто якобы")
_OPENING = "«\"“'"
_CLOSING = "»”\"'`’?!)…%"
_INFINITIVE = ("ть", "ться", "ти", "чь")
_SPEECH = frozenset("s")


def find_russian(clause: Clause) -> list[Draft]:
    """Every attribution of the clause, in order; ``is_back`` and ``is_ahead`` ones still lack their content."""
    drafts: list[Draft] = []
    after = 0
    forms = verb_forms()
    for at, form in enumerate(clause.forms):
        if len(drafts) == _MOST_CUES:
            break
        if at < after:
            continue
        draft = _reference(clause, at) if form in ("по", "согласно", "со") else None
        if draft is None and form in forms and not (at and clause.is_capital(at)):
            draft = _by_verb(clause, at, forms[form], drafts)
        if draft:
            drafts.append(draft)
            after = draft.cue[1] + 1
    if not drafts and (spoken := _by_colon(clause)):
        drafts.append(spoken)
    _clip_contents(clause, drafts)
    for draft in drafts:
        draft.is_sure = True
    return [draft for draft in drafts if draft.source and (draft.content or draft.is_back or draft.is_ahead)]


def _reference(clause: Clause, at: int) -> Draft | None:
    """``По словам X, …``, ``…, по словам X``, ``…, по данным X, …``."""
    match = speech_ru.REFERENCES.at(clause.text, clause.words, at)
    if not match or clause.quoted[at] >= 0 or match.group == "nobody":
        return None
    first = match.last + 1
    if first >= len(clause.words) or clause.gaps[first] not in NAME_GAPS or clause.forms[first].startswith("котор"):
        return None
    cue, source = (match.first, match.last), (first, name_end(clause, first))
    behind = source[1] + 1
    is_before = at > 0 and clause.gaps[at] in (",", "—", "–", "-", ", —", ", -", ", –")
    if match.group == "aside":  # "сообщает ТАСС со ссылкой на X": one attribution, that of the agency
        return Draft(cue, source, _before(clause, at), at) if is_before else None
    if not is_before:
        is_last = behind >= len(clause.words)
        return None if is_last else Draft(cue, source, clause.trim(clause.words[source[1]].end, clause.last), at)
    content = _before(clause, at)
    if content and behind < len(clause.words) and clause.gaps[behind].startswith(","):
        content = content[0], clause.last
    return Draft(cue, source, content, at)


# --- verbs -----------------------------------------------------------------------------------------


def _by_verb(clause: Clause, at: int, verb: tuple[str, str], drafts: Sequence[Draft]) -> Draft | None:
    lemma, kind = verb
    if kind == "infinitive":
        return None
    if clause.quoted[at] >= 0:
        return _within_quotation(clause, at, kind)
    if kind == "reflexive":
        return _by_text(clause, at)
    if lemma == "приводить":
        return _by_words(clause, at)
    frames = speech_ru.VERBS.get(lemma, _SPEECH)
    draft = _apart(clause, at, kind) if kind != "gerund" and "s" in frames else None
    return draft or _in_order(clause, at, kind, frames, drafts)


def _apart(clause: Clause, at: int, kind: str) -> Draft | None:
    """``…, сообщает X`` or ``Как сообщает X, …``: the words of the attribution stand apart from what is said."""
    start = at
    while start and not clause.gaps[start] and clause.forms[start - 1] in speech_ru.ADVERBS:
        start -= 1
    if _is_tail(clause, start, at) and (tail := _tail(clause, start, at, kind)):
        return tail
    is_as = start < at and clause.forms[start] == "как"
    return (
        _as_said(clause, start, at, kind)
        if is_as and (clause.gaps[start][:1] == "," or clause.is_capital(start))
        else None
    )


def _tail(clause: Clause, start: int, at: int, kind: str) -> Draft | None:
    """``…, сообщил X``; ``- A, - сказал X. - B.`` goes on behind it."""
    source = source_after(clause, at + 1, kind) or source_within(clause, start, at, kind)
    content = _before(clause, start)
    if not source or not content:
        return None
    behind = max(source[1], at) + 1
    if behind < len(clause.words) and clause.gaps[behind].endswith(DASHES) and clause.quoted[behind] < 0:
        content = content[0], clause.last
    return Draft((at, at), source, content, start)


def _as_said(clause: Clause, start: int, at: int, kind: str) -> Draft | None:
    """``Как сообщает X, …``; without a source (``как сообщалось``) nobody is cited."""
    source = source_after(clause, at + 1, kind)
    for behind in range(source[1] + 1, min(len(clause.words), source[1] + 10)) if source else ():
        if clause.gaps[behind]:
            is_comma = clause.gaps[behind].startswith(",")
            place = clause.trim(clause.words[behind].start, clause.last)
            return Draft((at, at), source, place, start) if is_comma else None
    return None


def _in_order(clause: Clause, at: int, kind: str, frames: frozenset[str], drafts: Sequence[Draft]) -> Draft | None:
    """``X сказал, что …``, ``X призвал …``, ``Об этом сообщил X``; nobody is cited in ``как сообщалось``."""
    if at and clause.forms[at - 1] == "как" and not clause.gaps[at]:
        return None
    is_back = _is_back(clause, at)
    content = None if is_back else _content_after(clause, at, frames)
    is_ahead = content is None and clause.is_open and "s" in frames
    if content is None and not is_back and not is_ahead:
        return None
    here = clause.words[at].start
    if frames & {"n", "i", "p"} and any(one.content and one.content[0] < here < one.content[1] for one in drafts):
        return None  # what is asked or called within what another says
    source, is_chained = source_before(clause, at, kind, drafts)
    if source is None and "s" in frames:
        source = source_after(clause, at + 1, kind)
    segment = at if is_chained or source is None else min(source[0], at)
    return Draft((at, at), source, content, segment, is_chained, is_back=is_back, is_ahead=is_ahead) if source else None


def _within_quotation(clause: Clause, at: int, kind: str) -> Draft | None:
    """``«A, — сказал X, — B»``: the speaker stands between dashes within the quotation."""
    gap = clause.gaps[at]
    if not gap.endswith(DASHES) or gap[0] not in ",.!?…":
        return None
    source = source_after(clause, at + 1, kind)
    quotation = clause.quotations[clause.quoted[at]]
    return Draft((at, at), source, (quotation.start, quotation.end), at) if source else None


def _by_text(clause: Clause, at: int) -> Draft | None:
    """``…, говорится в сообщении X``; ``В сообщении говорится, что …``: the text speaks."""
    following = clause.forms[at + 1 : at + 3]
    if len(following) == 2 and following[0] in ("в", "во", "на") and not clause.gaps[at + 1]:
        if following[1] in speech_ru.NOT_A_BODY:
            return None
        source = at + 2, name_end(clause, at + 2)
        is_back = _is_back(clause, at)
        is_tail = not is_back and _is_tail(clause, at, at)
        content = _before(clause, at) if is_tail else _content_after(clause, at, _SPEECH)
        return Draft((at, at), source, content, at, is_back=is_back)
    source_first = source_within(clause, max(0, at - 12), at, "plural") if not clause.gaps[at] else None
    content = _content_after(clause, at, _SPEECH)
    return Draft((at, at), source_first, content, source_first[0]) if source_first and content else None


def _by_words(clause: Clause, at: int) -> Draft | None:
    """``«…», — приводит слова X агентство Y``."""
    if clause.forms[at + 1 : at + 2] != ["слова"] or at + 2 >= len(clause.words) or not _is_tail(clause, at, at):
        return None
    last = at + 2
    while last + 1 < len(clause.words) and not clause.gaps[last + 1] and clause.is_capital(last + 1):
        last += 1
    return Draft((at, at + 1), (at + 2, last), _before(clause, at), at)


def _is_tail(clause: Clause, start: int, at: int) -> bool:
    """A mark stands before the verb, and no clause behind it."""
    gap = clause.gaps[start]
    if start < 2 or not gap or gap[0] not in ",—–-»”\"'`?!…" or gap[-1] in "«“":
        return False
    for word in range(at + 1, min(len(clause.words), at + _NEAR)):
        gap = clause.gaps[word]
        if (":" in gap and clause.quoted[word - 1] < 0) or (gap.startswith(",") and clause.forms[word] in _QUESTIONS):
            return False
        if gap.startswith((",", ".", "—", "–", "!", "?", "-")):
            return True
    return not clause.gaps[-1].startswith(":")


def _is_back(clause: Clause, at: int) -> bool:
    """``Об этом в среду сообщает X``: what is said is the sentence before."""
    return clause.forms[0] in ("об", "о") and at < _NEAR and clause.forms[1:2] in (["этом"], ["чем"])


def _content_after(clause: Clause, at: int, frames: frozenset[str]) -> Place | None:
    for word in range(at + 1, min(len(clause.words), at + _NEAR)):
        gap, form = clause.gaps[word], clause.forms[word]
        is_quote = gap.endswith(tuple(_OPENING)) and clause.quoted[word] >= 0 and _is_long(clause, word)
        if (":" in gap or is_quote) and frames & {"s", "n"}:
            return clause.trim(clause.words[word].start - (gap[-1] in _OPENING), clause.last)
        if gap.startswith(",") and form in _QUESTIONS and frames & {"s", "i"}:
            first = min(word + (form in ("что", "чтобы")), len(clause.words) - 1)
            return clause.trim(clause.words[first].start, clause.last)
        if gap.startswith((",", ".", "—", "–", "!", "?")):
            break
        is_about = "o" in frames and form in ("о", "об", "обо") and clause.forms[word + 1 : word + 2] != ["том"]
        is_infinitive = "i" in frames and form.endswith(_INFINITIVE) and len(form) > 3
        if not gap and (is_about or is_infinitive):
            first = word - 1 if clause.forms[word - 1] == "не" else word
            return clause.trim(clause.words[first].start, clause.last)
    following = at + 1
    is_object = frames & {"n", "p"} or clause.forms[at] in ("считает", "считают")
    if not is_object or following >= len(clause.words) or clause.gaps[following] not in ("", *_OPENING):
        return None
    return clause.trim(clause.words[following].start - len(clause.gaps[following]), clause.last)


# --- contents --------------------------------------------------------------------------------------


def _before(clause: Clause, word: int) -> Place | None:
    """From the beginning of the clause to the mark before *word*."""
    if not word:
        return None
    end = clause.words[word - 1].end
    while end < clause.end and clause.text[end] in _CLOSING:
        end += 1
    return clause.trim(clause.start, end)


def _is_long(clause: Clause, word: int) -> bool:
    quotation = clause.quotations[clause.quoted[word]]
    return quotation.end - quotation.start > 25


def _by_colon(clause: Clause) -> Draft | None:
    """``Иван Иванов: «…»``."""
    for at in range(1, min(len(clause.words), 7)):
        gap = clause.gaps[at]
        if gap in NAME_GAPS:
            continue
        is_name = all(clause.is_capital(word) for word in range(at)) and (at > 1 or gap[-1] in _OPENING)
        if not gap.startswith(":") or clause.quoted[at - 1] >= 0 or not is_name or len(clause.words) - at < 3:
            return None
        colon = clause.text.index(":", clause.words[at - 1].end)
        content = clause.trim(colon + 1, clause.last)
        return Draft((at - 1, at - 1), (0, at - 1), content, 0, cue_place=(colon, colon + 1))
    return None


def _clip_contents(clause: Clause, drafts: Sequence[Draft]) -> None:
    """A content behind its cue ends where the next attribution of the same level begins."""
    for number, draft in enumerate(drafts):
        if not draft.content or draft.content[0] < clause.words[draft.cue[0]].start:
            continue
        for later in drafts[number + 1 :]:
            begin = clause.words[later.segment].start
            is_tail = later.content is not None and later.content[0] < begin
            if draft.content[0] < begin < draft.content[1] and (is_tail or later.is_chained):
                is_joined = clause.forms[later.segment - 1] in ("и", "а", "но")
                draft.content = clause.trim(draft.content[0], clause.words[later.segment - 1 - is_joined].end)
                break
