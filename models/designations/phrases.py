"""Bare words that label: "the terrorist group X, banned in Russia", «запрещённой в России организации X».

They are read only next to a name of the register, or where they name a group without a name; a phrase runs from its
first to its last word that says so, without the name (unless the name stands inside it).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.designations.agents import find_agents, follows_name
from models.designations.clause_patterns import A_PERSON, IS_DONE, OF_ANOTHER, WORK_OF
from models.designations.clauses import find_clauses
from models.designations.footnotes import Cover, Note, make_note
from models.designations.stems import Stems
from models.designations.wording import BAN, GROUP_NOUN, HERE, PLACE, PLACE_WORD, STATUS, is_label

_HEAD = re.compile(
    r"\b(?:запрещенн\w{1,3}|признанн\w{1,3}|ликвидированн\w{1,3}|объявленн\w{1,3}|внесенн\w{1,3}|включенн\w{1,3}"
    r"|запрещен[аоы]?|признан[аоы]?|объявлен[аоы]?|внесен[аоы]?|включен[аоы]?"
    r"|banned|outlawed|prohibited|forbidden|proscribed|blacklisted|(?:u\.s\.|us|eu|uk|un)-designated|designated"
    r"|recogni[sz]ed|considered|regarded|label+ed|listed|classified|deemed|branded)\b"
)
_HEAD_STEMS = Stems(
    (
        "запрещен", "признан", "ликвидирован", "объявлен", "внесен", "включен", "banned$", "outlawed$", "prohibited$",
        "forbidden$", "proscribed$", "blacklisted$", "u.s.-designated$", "us-designated$", "eu-designated$",
        "uk-designated$", "un-designated$", "designated$", "recognised$", "recognized$", "considered$", "regarded$",
        "labeled$", "labelled$", "listed$", "classified$", "deemed$", "branded$",
    )
)  # fmt: skip
# Heads that say nothing until a status follows: "considered a terrorist organisation".
_WEAK_HEAD = re.compile(
    r"considered|regarded|label|listed|classified|deemed|branded|recogni|designated|признан|объявлен|внесен|включен"
)
_STATE = re.compile(
    r"(?: (?:as|to be|an?|the|one of|its|officially|also|last year|in \d{4}|u\.s\.|us|foreign|international|global"
    r"|specially|designated|marxist|islamist|jihadist|militant|kurdish|shia|shiite|sunni|banned)){0,6}"
    r" [\"']?(?:terrorist|terror|extremist|undesirable|foreign agent)s?\b[\"']?"
    r"(?: (?:and \w+ )?(?:organi[sz]ations?|groups?|entit(?:y|ies)|movements?|networks?|lists?)\b[\"']?)?"
)
_TAIL_WORD = re.compile(
    r"[ ,]{1,2}(?:and|by|in|of|on|from|as|well|both|the|a|many|several|numerous|other|most|western|arab"
    r"|european|countries"
    r"|nations|governments?|or|state department(?:'s)?|department|white house|government|administration|trump"
    r"|obama|bush|biden"
    r"|security council|court|since|last year|this year|earlier|\d{4}|territory|list|world|around|including)\b"
)
_BY = re.compile(r",? (?:by|in|on|from|since|as|also|both|last|earlier|this)\b")
_TAIL_PLACE = re.compile(r"[ ,]{0,2}(?:the )?" + PLACE_WORD.pattern)
_FILLER = re.compile(
    r"(?:в|на|у|нас|и|или|как|по|оон|список|перечень|территории|рф|россии|российской|федерации|нашей|стране|стран|ряде|многих|мире"
    r"|казахстане|сша|году"
    r"|\w+(?:ой|ого|ый|ая|ое|ым|ую|ом|ых|ие|ые|ыми|ими|ей|ий|его|ему|ому|им|их)"
    r"|(?:организаци|группировк|группиров|движени|полк|батальон|бригад|парти|сообществ|формировани|структур"
    r"|ячейк|террорист"
    r"|решени|суд|списк|перечн|реестр|совбез|терроризм|экстремизм|власт|министерств|минюст|королевств"
    r"|боевик|объединени|бандформировани|нацформировани|подразделени|секта|проект|фонд|легион|корпус|секты"
    r"|нацбат|соцсет|сет"
    r"|компани|корпораци|мессенджер|лидер|сторонник|участник|член)\w{0,4}|мто"
    r"|in|by|as|the|a|an|and|of|on|territory|russia|russian|federation|many|countries|turkey|egypt|us|u\.s\."
    r"|foreign|international"
    r"|terrorist|terror|extremist|islamist|militant|marxist|leftist|separatist|jihadist|kurdish|shiite|shia"
    r"|sunni|group|groups"
    r"|organi[sz]ation|organi[sz]ations|movement|network|party|militia|now|also|armed|palestinian|lebanese"
    r"|opposition|including|such|like|namely|groupings?|outfits?|cells?|gangs?|formations?|structures?|associations?"
    r"|communit(?:y|ies)|followers|supporters|adherents|radical|neo-nazi|nationalist|ukrainian|religious|far-right|far-left|sect|cult|unit|battalion)"
)
_UNNAMED = re.compile(
    r"(?:запрещенн|признанн)\w{1,3}(?: и \w{4,20}){0,2}"
    r" (?:в|на территории) (?:рф|россии|российской федерации|нашей стране|сша|казахстане)"
    r"(?: и \w{4,20}(?: в \w{2,12})?)?(?: \w{3,20}(?:ой|ого|ую|ая|ое|ых|ые|ом|ей|ему|им)){0,3}"
    r" (?:организаци|группировк|движени|бандформировани|сообществ|объединени)\w{1,3}"
    r"|(?:banned|outlawed) in (?:russia|the russian federation) (?:(?:international|terrorist|extremist) ){0,2}"
    r"(?:organi[sz]ation|group|movement)s?"
)
# «Террористическая, запрещённая в России группировка X»; "the terrorist organization banned in Russia X"
_STATUS_BEFORE = re.compile(
    r"\b(?:террористическ|экстремистск)\w{2,3}(?:,| и|, и) $"
    r"|\b(?:международн\w{2,3} )?(?:террористическ|экстремистск)\w{2,3}"
    r" (?:организаци|группировк|движени|объединени|сообществ)\w{1,3}, $"
    r"|\b(?:international )?(?:terrorist|extremist)(?: and| (?:organi[sz]ation|group|movement)s?,?) $"
)
_WORD_BEFORE = re.compile(r"([a-z'-]+) $")
_DEED = re.compile(  # "X banned women from parks", but "X banned in Russia"
    r" (?!(?:in|by|on|from|as|under|since|across|throughout|and|or|at|for|there|here|also|everywhere|worldwide)\b)"
)
_ACTIVE = frozenset(("", "has", "have", "had", "also", "has also"))  # "Facebook has banned extremist figures"
_BEFORE_ADJECTIVE = frozenset(
    "the a an of by from with to in on for against and or its their his her this that like other"  # noqa: SIM905
    " internationally globally".split()
)
_LIST_OF = re.compile(r"\b(?:спис|перечн|перечен|реестр|list of|register of)\w{0,4} (?:всех )?$")
_TOKEN = re.compile(r"[^\s\"]+")
_CLAUSE_END = re.compile(r"[,.;:!?\n)(]|\s-\s")
_BRIDGE = re.compile(
    r"(?:is|are|was|were|has|have|had|been|be|remains?|which|that|who|whose|activit(?:y|ies)|previously|both|all|of|also|a|an|the|it|group|groups|movement"
    r"|organi[sz]ations?"
    r"|terrorist|extremist|undesirable|foreign|terror|militants?|fighters?|in|by|us|u|s|government|washington|ankara|white|house|state"
    r"|department|linked|now|and"
    r"|officially|formally|long|once|militant|another|currently|still|widely|internationally|armed|rebel"
    r"|insurgent|guerrilla"
    r"|marxist|kurdish|political|parent|lebanese|palestinian|islamist|turkey|russia|israel|britain|egypt|iran"
    r"|europe|european|union"
    r"|united|states|kingdom|nations|eu|uk|un|countries|many|other|western|most|already|recently|last|year"
    r"|trump|administration|governments|officials|authorities|during|[a-z]{3,14}ly"
    r"|является|являются|считается|считаются|остается|остаются|его|ее|их|экстремистск\w+"
    r"|которая|которое|который|которые|которую|которого|которой|чья|деятельность|была|был|было|были|также"
    r"|группировк\w+|организаци\w+"
    r"|движени\w+|объединени\w+|сообществ\w+|структур\w+|оба|обе|все|три|давно|он|она|оно|они"
    r"|[а-я]{4,16}(?:ая|ое|ый|ий|ые|ие|ых|их)"
    r"|(?:январ|феврал|март|апрел|ма[яе]|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,2}|год[ау]|\d{4}"
    r"|это|в|на|рф|россии|стране|террористическ\w+|официально|ранее|территории|нашей|сша|и)"
)
_DENIED = re.compile(r"\b(?:not|never|no|n't|nt|should|would|could|might|refus\w+|if|whether|wants?|urge\w*|не)\b")
_PLANNED = re.compile(r"\b(?:wants?|urge\w*|asked|call\w* for|to (?:see|have|get|designate|list|declare))\b")
_CONDITIONAL = re.compile(r"\b(?:if|whether|unless) [^.;,\n]{2,60} (?:were|was|is|are|be)(?: \w{2,12})? $")
_ANAPHOR = re.compile(
    r"[^.!?\n]{0,200}[.!?]\"? (?:it|they|(?:the|this) (?:group|organi[sz]ation|movement)) (?:is|are|was|were|has been"
    r"|have been)(?: (?:also|both|officially|now|a|an|the)){0,3} "
    r"|[^.!?\n]{0,100}[.!?]\"? [^.!?\n,]{0,80}\b(?:that|the|this) (?:\w+ )?(?:group|organi[sz]ation|movement),"
    r" which (?:is|was|has been) "
    r"|[^.!?\n]{0,200}[.!?]\"? the group,[^.!?,\n]{3,80}, (?:is|was|has been) "
    r"|[^.!?\n]{0,200}[.!?]\"? (?:both|all three|the two|the three)"
    r"(?: (?:[a-z]{4,14} )?(?:groups|organi[sz]ations|movements))?"
    r" (?:have(?: both| all)? been|are|were)(?: (?:also|both|all|now|officially|currently)){0,2} "
    r"|[^.!?\n]{0,200}[.!?]\"? (?:оба|обе|все три|эти)"
    r"(?: (?:[а-я]{4,16} )?(?:организации|группировки|движения|сообщества))?"
    r" (?:(?:официально|также|давно) )?(?:(?:в|на территории) (?:россии|рф|сша|стране|казахстане) )?(?:официально )?"
)
_NOUN_BEFORE = re.compile(
    r"\b(?:(?:international|foreign|islamist) )?(?:terrorist|terror|extremist) (?:organi[sz]ation|group|movement)s?"
    r"(?:,? (?:which|that) (?:is|are))?,? $"
    r"|\b(?:международн\w{2,3} )?(?:террористическ|экстремистск)\w{2,3}"
    r" (?:организаци|группировк|движени|объединени|сообществ|структур)\w{1,3}, (?:(?:его|ее|их) деятельность )?$"
)
# "the PKK, which fights in Turkey and is …", "the Guards, a branch of the army that …": more about the same group.
_ASIDE = re.compile(
    r", (?:which|who) [^,.;:()\n\"]{3,70} and (?=(?:is|was|has been|were|are)\b)"
    r"|, (?:an?|the|one of) [^,.;:()\n\"]{3,60} (?=(?:that|which)\b)"
)
_GAP = 3  # code points between a phrase and the quoted name that it labels
_STATES = r"(?:(?:the )?" + PLACE_WORD.pattern + r"(?:,| and|, and|,? as well as)? ?){1,5}"
_SUBJECT = re.compile(
    r"(?:(?:в|на территории) (?:россии|рф|сша|стране|нашей стране|российской федерации)"
    r" (?:(?:официально|также|тоже|давно|ныне|сейчас|полностью) )?"
    r"|деятельность котор\w{2,3} (?:была )?(?:(?:в|на территории) (?:россии|рф) )?"
    r"|" + _STATES + r"(?:(?:also|both|all|officially|formally|long|already|state department|government"
    r"|administration) ){0,2}"
    r"(?:and (?:other|many|several|most) (?:western )?(?:governments|countries|nations|states) )?"
    r"(?:(?:has|have|had) )?(?:(?:officially|formally|long|also|already) )?)$"
)
_NEXT_SENTENCE = 260  # code points from a name to a head in the sentence after its own
_HALF = 110  # code points looked at on each side of the head of a phrase


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a text, in order, and which names they label, by where the name starts or ends."""

    notes: tuple[Note, ...]
    by_start: Mapping[int, Note]
    by_end: Mapping[int, Note]

    def before(self, start: int) -> Note | None:
        """The phrase that ends just before *start*."""
        at = bisect_right(self.notes, start, key=lambda note: note.end) - 1
        return self.notes[at] if at >= 0 and start - self.notes[at].end <= _GAP else None

    def after(self, end: int, flat: str) -> Note | None:
        """The phrase that follows a name ending at *end*, with "which was" between at most."""
        at = bisect_left(self.notes, end, key=lambda note: note.start)
        return self.notes[at] if at < len(self.notes) and follows_name(flat, end, self.notes[at].start) else None

    def of(self, start: int, end: int) -> Note | None:
        return self.by_start.get(start) or self.by_end.get(end)


NO_PHRASES = Phrases((), {}, {})


def find_phrases(text: str, flat: str, names: Sequence[tuple[int, int]], notes: Sequence[Note]) -> Phrases:
    """Phrases next to one of *names* (spans, in order) that are not part of one of *notes*."""
    starts = [start for start, _ in names]
    ends = sorted(end for _, end in names)
    clauses = find_clauses(flat, names, notes)
    found: list[Note] = []
    by_start: dict[int, Note] = {}
    by_end: dict[int, Note] = {clause.name[1]: clause.note for clause in clauses}
    cover = Cover([*notes, *(clause.note for clause in clauses)])
    for begin in _HEAD_STEMS.starts(flat):
        head = _HEAD.match(flat, begin)
        if head is None or (found and head.start() < found[-1].end) or cover.at(head.start()):
            continue
        before, after = _before_name(flat, head, starts), None
        if before is None:
            after = _after_name(flat, head, ends)
        span = before or after or _unnamed(flat, head)
        if before and (status := _STATUS_BEFORE.search(flat, max(0, begin - 45), begin)):
            span = status.start(), before[1]
        if span is None or (found and span[0] < found[-1].end):
            continue
        note = make_note(flat, span[0], span[1], marker=None, form="phrase")
        found.append(note)
        if before:
            by_start.setdefault(starts[bisect_left(starts, head.end())], note)
        elif after:
            by_end.setdefault(ends[_named_by(head, ends)], note)
    found += find_agents(text, flat, found, cover)
    found += dict.fromkeys(clause.note for clause in clauses)
    return Phrases(tuple(sorted(found, key=lambda note: note.start)), by_start, by_end)


def _before_name(flat: str, head: re.Match[str], starts: Sequence[int]) -> tuple[int, int] | None:
    """ "banned in Russia terrorist group X"; "Considered a terrorist group by the EU, X …"."""
    at = bisect_left(starts, head.end())
    if at == len(starts) or starts[at] - head.end() > _HALF:
        return None
    between = flat[head.end() : starts[at]]
    if any(mark in between for mark in ".!?;:()\n") and "u.s." not in between:
        return None
    whole = _clause_end(flat, head)
    if whole and whole < starts[at] and PLACE.search(flat, head.start(), whole):
        gap = _TOKEN.findall(flat[whole : starts[at]].replace(",", " "))
        if len(gap) <= 4 and all(map(_is_filler, gap)):
            return head.start(), whole
    tokens = _TOKEN.findall(between.replace(",", " ").replace(" - ", " "))
    if len(tokens) > 11 or not all(map(_is_filler, tokens)):
        return None
    end = _last_claim(flat, head.start(), starts[at])
    claim = flat[head.start() : end]
    is_claim = (BAN.match(claim) and not _is_deed(flat, head, end)) or STATUS.search(claim)
    return (head.start(), end) if is_claim and not _is_denied(flat, head.start()) else None


def _is_filler(token: str) -> bool:
    return _FILLER.fullmatch(token) is not None or PLACE.match(token) is not None


def _is_deed(flat: str, head: re.Match[str], end: int) -> bool:
    """ "Ministers proscribed X" tells what was done; "the proscribed X", "banned in Russia X" label it."""
    if end > head.end() or head.group()[0] > "z":
        return False
    before = _WORD_BEFORE.search(flat, max(0, head.start() - 24), head.start())
    return before is not None and before.group(1) not in _BEFORE_ADJECTIVE


def _last_claim(flat: str, start: int, limit: int) -> int:
    """The end of the last word in *start*..*limit* that belongs to the claim: a ban, a status, a place, a group."""
    end = start
    for pattern in (BAN, STATUS, PLACE, HERE, GROUP_NOUN):
        for match in pattern.finditer(flat, start, limit):
            end = max(end, match.end())
    while end < limit and (flat[end].isalnum() or flat[end] == "-"):
        end += 1
    return end


def _unnamed(flat: str, head: re.Match[str]) -> tuple[int, int] | None:
    """ "a terrorist organisation banned in Russia" of which the text gives no name in the register."""
    if _LIST_OF.search(flat, max(0, head.start() - 20), head.start()):
        return None  # «список запрещённых в РФ организаций» is about the list
    match = _UNNAMED.match(flat, head.start(), min(len(flat), head.start() + _HALF))
    return match.span() if match else None


def _after_name(flat: str, head: re.Match[str], ends: Sequence[int]) -> tuple[int, int] | None:
    """ "X, banned in Russia", "X, which Turkey and the US have designated a terrorist group", "X. It is banned …"."""
    at = _named_by(head, ends)
    if at < 0 or head.start() - ends[at] > _NEXT_SENTENCE:
        return None
    between = flat[ends[at] : head.start()].replace("u.s.", "us").removeprefix(".,")
    is_next = _ANAPHOR.fullmatch(between) is not None
    aside = _ASIDE.match(between)
    if not is_next and (head.start() - ends[at] > 90 or not _is_bridge(between[aside.end() :] if aside else between)):
        return None
    if _is_refused(flat, ends[at], head.start()):
        return None
    start = head.start() if is_next else _with_subject(flat, ends[at], head.start())
    if start == head.start() and (noun := _NOUN_BEFORE.search(flat, max(ends[at], start - 60), start)):
        start = noun.start()
    whole = _clause_end(flat, head)
    if whole:
        return None if A_PERSON.search(flat, start, whole) else (start, whole)
    is_english = head.group()[0] < "\x80"
    is_weak = is_english and _WEAK_HEAD.match(head.group())
    is_deed = is_english and between.strip(" \"'") in _ACTIVE and _DEED.match(flat, head.end())
    is_refused = is_weak or is_deed or WORK_OF.search(flat, max(0, ends[at] - _HALF), ends[at])
    return None if is_refused else _ban_clause(flat, head, start)


def _is_refused(flat: str, name_end: int, head: int) -> bool:
    """A denial, a plan, a condition; or what is banned is not the name's: "Marches in support of X were banned"."""
    lead = max(0, name_end - 50)
    if _is_denied(flat, head) or any(p.search(flat, lead, head) for p in (_PLANNED, _CONDITIONAL)):
        return True
    return bool(IS_DONE.match(flat, name_end) and OF_ANOTHER.search(flat, max(0, name_end - _HALF), name_end))


def _named_by(head: re.Match[str], ends: Sequence[int]) -> int:
    """The last name before *head*, as an index of *ends*; -1 where there is none."""
    return bisect_right(ends, head.start()) - 1


def _is_bridge(between: str) -> bool:
    if any(mark in between for mark in ".!?;:\n"):
        return False
    return all(
        _BRIDGE.fullmatch(token) or PLACE_WORD.fullmatch(token)
        for token in _TOKEN.findall(re.sub(r"[,*)(\"'✱-]", " ", between))
    )


def _with_subject(flat: str, name_end: int, head: int) -> int:
    """The start of "the United States has designated", «в России признана», «деятельность которой запрещена»."""
    lead = _SUBJECT.search(flat, max(name_end, head - _HALF), head)
    return lead.start() if lead else head


def _clause_end(flat: str, head: re.Match[str]) -> int:
    """Where an English "designated a terrorist group by A, B and C" ends, 0 where no status follows the head."""
    status = _STATE.match(flat, head.end())
    at = end = status.end() if status else 0
    if not end:  # "labeled by the State Department as a terrorist organization"
        agent = _tail(flat, head.end())
        is_agent = agent > head.end() and _BY.match(flat, head.end())  # not "X listed Canada as a terrorist state"
        status = _STATE.match(flat, agent) if is_agent else None
        return status.end() if status else 0
    if " " not in flat[head.end() + 1 : end] and not GROUP_NOUN.search(flat, head.end(), end):
        return 0
    return max(end, _tail(flat, at))


def _tail(flat: str, at: int) -> int:
    """The end of the last place in a run of places and small words beginning at *at*; *at* where none is named."""
    end, limit = at, min(len(flat), at + 160)
    while at < limit:
        match = _TAIL_PLACE.match(flat, at, limit)
        if match:
            at = end = match.end()
            continue
        match = _TAIL_WORD.match(flat, at, limit)
        if not match:
            break
        at = match.end()
        if match.group().lstrip(" ,") in (
            "administration",
            "state department",
            "government",
            "department",
            "countries",
        ):
            end = at
    return end


def _ban_clause(flat: str, head: re.Match[str], start: int) -> tuple[int, int] | None:
    """ "banned in Russia", «признанного в России террористическим», to the end of the clause."""
    limit = min(len(flat), head.start() + 160)
    at = head.end()
    while at < limit:
        stop = _CLAUSE_END.search(flat, at, limit)
        end = stop.start() if stop else limit
        claim = flat[start:end]
        if is_label(claim) and (PLACE.search(claim) or HERE.search(claim) or STATUS.search(claim)):
            return start, _last_claim(flat, head.start(), end)
        if not stop or stop.group() != ",":
            return None
        at = stop.end()
    return None


def _is_denied(flat: str, at: int) -> bool:
    return _DENIED.search(flat, max(0, at - 24), at) is not None
