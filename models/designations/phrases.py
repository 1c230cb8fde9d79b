"""Bare words that label: "the terrorist group X, banned in Russia", «запрещённой в России организации X».

They are read only next to a name of the register, or where they name a group without a name; a phrase runs from its
first to its last word, without the name.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from models.designations.footnotes import Cover, Note, make_note
from models.designations.wording import BAN, HERE, PLACE, STATUS, TERRORIST, is_label

_HEAD = re.compile(
    r"\b(?:запрещенн\w{1,3}|признанн\w{1,3}|ликвидированн\w{1,3}|объявленн\w{1,3}"
    r"|запрещен[аоы]?|признан[аоы]?|объявлен[аоы]?"
    r"|banned|outlawed|prohibited|forbidden|proscribed|blacklisted|(?:u\.s\.|us|eu|uk|un)-designated|designated|recogni[sz]ed)\b"
)
_FILLER = re.compile(
    r"(?:в|на|и|или|как|территории|рф|россии|российской|федерации|нашей|стране|стран|ряде|многих|мире|казахстане|сша|году"
    r"|\w+(?:ой|ого|ый|ая|ое|ым|ую|ом|ых|ие|ые|ыми|ими|ей|ий|его|ему|ому|им|их)"
    r"|(?:организаци|группировк|группиров|движени|полк|батальон|бригад|парти|сообществ|формировани|структур|ячейк|террорист"
    r"|боевик|объединени|бандформировани|нацформировани|подразделени|секта|проект|фонд|легион|корпус|секты|нацбат|соцсет|компани|корпораци|мессенджер)\w{0,4}|мто"
    r"|in|by|as|the|a|an|and|of|on|territory|russia|russian|federation|many|countries|turkey|egypt|us|u\.s\.|foreign|international"
    r"|terrorist|terror|extremist|islamist|militant|marxist|jihadist|kurdish|shiite|sunni|group|groups|organi[sz]ation|organi[sz]ations"
    r"|movement|network|party|militia|now|also)"
)
_UNNAMED = re.compile(
    r"(?:запрещенн|признанн)\w{1,3}(?: и \w{4,20}){0,2}"
    r" (?:в|на территории) (?:рф|россии|российской федерации|нашей стране|сша|казахстане)"
    r"(?: и \w{4,20}(?: в \w{2,12})?)?(?: \w{3,20}(?:ой|ого|ую|ая|ое|ых|ые|ом|ей|ему|им)){0,3}"
    r" (?:организаци|группировк|движени|бандформировани|сообществ|объединени)\w{1,3}"
    r"|(?:banned|outlawed) in (?:russia|the russian federation) (?:(?:international|terrorist|extremist) ){0,2}"
    r"(?:organi[sz]ation|group|movement)s?"
)
_TOKEN = re.compile(r"[^\s\"]+")
_CLAUSE_END = re.compile(r"[,.;:!?\n)(]|\s-\s")
_BRIDGE = re.compile(
    r"(?:is|are|was|were|has|have|had|been|which|that|who|also|a|an|the|group|groups|movement|organi[sz]ation|terrorist|terror|militants?"
    r"|fighters?|both|in|by|us|u|s|government|washington|state|department|linked|now|and|officially|militant|another|которая|которое|который|которые|была|был|было|были|также|группировка|организация"
    r"|движение|это|в|на|рф|россии|стране|организации|группировки|террористическая)"
)
_HALF = 110  # code points looked at on each side of the head of a phrase


def find_phrases(flat: str, names: Sequence[tuple[int, int]], notes: Sequence[Note]) -> list[Note]:
    """Phrases next to one of *names* (spans, in order) that are not part of one of *notes*."""
    starts = [start for start, _ in names]
    ends = sorted(end for _, end in names)
    found: list[Note] = []
    cover = Cover(notes)
    for head in _HEAD.finditer(flat):
        if (found and head.start() < found[-1].end) or cover.at(head.start()):
            continue
        span = _before_name(flat, head, starts) or _after_name(flat, head, ends) or _unnamed(flat, head)
        if span:
            found.append(make_note(flat, span[0], span[1], marker=None, form="phrase"))
    return found


def _before_name(flat: str, head: re.Match[str], starts: Sequence[int]) -> tuple[int, int] | None:
    at = bisect_left(starts, head.end())
    if at == len(starts) or starts[at] - head.end() > _HALF:
        return None
    between = flat[head.end() : starts[at]]
    if any(mark in between for mark in ".!?;:()\n") and "u.s." not in between:
        return None
    tokens = _TOKEN.findall(between.replace(",", " "))
    if len(tokens) > 11 or not all(_FILLER.fullmatch(token) for token in tokens):
        return None
    phrase = flat[head.start() : starts[at]].rstrip(' "\n-,')
    claim = flat[head.start() : head.start() + len(phrase)]
    is_claim = BAN.match(claim) or STATUS.search(claim)
    end = head.start() + len(phrase)
    return (head.start(), end) if is_claim else None


def _unnamed(flat: str, head: re.Match[str]) -> tuple[int, int] | None:
    """ "a terrorist organisation banned in Russia" of which the text gives no name in the register."""
    match = _UNNAMED.match(flat, head.start(), min(len(flat), head.start() + _HALF))
    return match.span() if match else None


def _after_name(flat: str, head: re.Match[str], ends: Sequence[int]) -> tuple[int, int] | None:
    at = bisect_right(ends, head.start()) - 1
    if at < 0 or head.start() - ends[at] > 60:
        return None
    between = flat[ends[at] : head.start()]
    between = between.replace("u.s.", "us")
    tokens = _TOKEN.findall(re.sub(r"[,*)\"'✱-]", " ", between))
    if any(mark in between for mark in ".!?;:\n") or not all(_BRIDGE.fullmatch(token) for token in tokens):
        return None
    limit = min(len(flat), head.start() + 160)
    at = head.end()
    while at < limit:
        stop = _CLAUSE_END.search(flat, at, limit)
        end = stop.start() if stop else limit
        claim = flat[head.start() : end]
        if is_label(claim) and (PLACE.search(claim) or HERE.search(claim) or TERRORIST.search(claim)):
            return head.start(), head.start() + len(claim.rstrip(' "*'))
        if not stop or stop.group() != ",":
            return None
        at = stop.end()
    return None
