"""Sentences at the end of a text that do nothing but label: "Daesh is a terrorist group, outlawed in Russia."."""

import re

from models.designations.wording import HERE, PLACE, is_label
from models.types import Span

INSIDE = re.compile(r"\([^()]{0,260}\)")
# A line of its own at the very end: "X is designated as a terrorist group by the United Nations."
_LAST_LINE = re.compile(
    r"^\W{0,3}(?:the )?[^,.;:()]{2,80} (?:is|are) (?:also )?(?:designated|listed|classified|recogni[sz]ed"
    r"|considered|proscribed)"
    r"(?: as)?(?: an?)? (?:(?:foreign|international) )?(?:terrorist|extremist)s?"
    r" (?:organi[sz]ation|group|movement|entit)\w{0,3} (?:by|in) [^,;:()]{2,90}$"
)


_CLOSING_CLAIM = re.compile(
    r"\b(?:is|are) (?:an? )?(?:international )?(?:(?:foreign )?(?:terrorist|extremist) )?"
    r"(?:organi[sz]ations?|groups?|movement)?,? ?"
    r"(?:that (?:is|are) )?(?:banned|outlawed|prohibited|forbidden) (?:in|on|by)"
    r"|^.{2,120}\b(?:is|are) (?:an? (?:organi[sz]ation|group|movement"
    r"|compan\w{1,3}) )?recogni[sz]ed (?:in russia )?as (?:an? )?(?:terrorist|extremist)"
    r"|^\W{0,3}(?:an? )?(?:terrorist|extremist) (?:organi[sz]ation|group|movement),? (?:banned|outlawed|prohibited)"
    r"|^.{2,80}\b(?:owned by|belongs? to) .{2,60}\b(?:recogni[sz]ed|designated"
    r"|declared) (?:as )?(?:an? )?(?:terrorist|extremist)"
    r"|^\W{0,3}(?:banned|outlawed|prohibited) in"
    r"|^.{2,90} - (?:an? )?(?:international )?(?:terrorist|extremist) (?:organi[sz]ation|group|movement)"
    r"|^.{0,80}(?:организаци|группировк|движени|деятельност|соцсет|компани|корпораци|партия|meta)"
    r".{0,60}\b(?:запрещен|признан)[аоы]?\b"
    r"|^.{2,80} - (?:международн\w{2} )?(?:террористическ|экстремистск)\w{2} "
    r"(?:организаци|группировк|движени|сообществ|структур)\w{0,3},? "
    r"(?:деятельность которо\w{1,2} )?(?:запрещен|признан)"
    r"|^.{2,60}\bпризнан[аоы]?\b.{0,30}(?:террорист|экстремист|нежелат|иноагент)"
    r"|^\W{0,3}запрещен[аоы]? (?:в|на)\b"
)
_NOT_SO = re.compile(
    r"\b(?:не (?:запрещ|призна|счита|внесен|явля)|(?:not|never) (?:banned|listed|designated|recogni|been))"
)
_NEWS_VERB = re.compile(
    r"\b(?:суд\w{0,2} (?:признал|запретил|постановил)|сообщ|заяв|задержа|арест|будет|будут|выразил"
    r"|said|told|report|after"
    r"|when|since|court ruled|from (?:enter|leav|travel|us))"
)


def is_closing(text: str) -> bool:
    """Whether a sentence (of `Folding.flat`) is a label with a place, and no news of one."""
    said = INSIDE.sub("", text)
    if not is_label(said) or not (PLACE.search(said) or HERE.search(said)):
        return False
    return bool(_CLOSING_CLAIM.search(said) and not _NEWS_VERB.search(said) and not _NOT_SO.search(said))


def is_last_line(flat: str, sentence: Span) -> bool:
    """Whether it says who lists whom, and nothing comes after it."""
    line = flat[sentence.start : sentence.end].strip().rstrip(".")
    return not flat[sentence.end :].strip() and _LAST_LINE.match(line) is not None
