"""Bare words that say "foreign agent" or "undesirable" of a person or an outlet beside them, in the register or not."""

import re
from collections.abc import Sequence

from models.designations.footnotes import Cover, Note, make_note
from models.designations.wording import UNDESIRABLE_OR_AGENT

# Said of a person or an outlet, whose names no register of ours has: it must stand right beside a name.
_AGENT = re.compile(
    r"\b(?:признан|объявлен|внесен|включен)\w{1,4}(?: [\w.]{1,14}){0,3}? \"?(?:иноагент|иностранн\w{2,3} агент"
    r"|нежелательн)\w{0,4}\"?(?: организаци\w{1,3})?(?: (?:в|на территории) (?:рф|россии|российской федерации))?"
    r"|\bиноагент(?:а|у|ом|е)?(?= [а-яё]{2})"
    r"|\b(?:designated|declared|label+ed|recogni[sz]ed|listed|branded|deemed|named|considered|outlawed|added|included"
    r"|registered|put|placed)(?: [\w.]{1,14}){0,6}? "
    r"[\"']?(?:foreign agent|undesirable)s?[\"']?(?: (?:organi[sz]ation|group|outlet|list|register)s?)?[\"']?"
    r"(?: (?:in|by) (?:russia\b(?:'s [\w' ]{4,26}?(?:ministry|office|court|justice))?"
    r"|the russian federation|moscow|(?:the )?russian (?:authorities|government|justice ministry|ministry of justice"
    r"|state)|the (?:ministry of justice"
    r"|justice ministry|kremlin|prosecutor general's office|authorities)))?"
)
_NAME_AFTER = re.compile(r"(?P<role>(?: [а-яёa-z]{3,20}){0,3}) [\"«“„]?[A-ZА-ЯЁ]")
# "X, which was", "X, whom Russia has": what may stand between a name and the words that label it.
_LEAD_IN = (
    r"(?i:(?:which|who|that) (?:is|was|has been|had been|were|have been) (?:(?:also|since|officially) )?"
    r"|(?:which|whom|that) (?:russia|moscow|the kremlin|(?:the )?russian [a-z]{5,11}|russia['’]s justice ministry"
    r"|the justice ministry)(?: has| had)? (?:also )?|(?:an?|the) (?:[\w-]{2,20} ){1,5})?"
)
_NAME_BEFORE = re.compile(
    rf"(?:[\"»”]|(?<![\w.])[A-ZА-ЯЁ][\w’'-]{{1,30}})(?:,| [–—-])(?: \([^()]{{2,20}}\),?)? {_LEAD_IN}$"
    r"|(?<![\w.])[A-ZА-ЯЁ][\w’'-]{1,30}[\"»”]? (?:is|was|has been|had been)(?: also| officially| now)? $"
)
_AFTER_NAME = re.compile(rf"\"?(?:,| -) {_LEAD_IN}")
_LONGEST_LEAD = 90
_DENIED = re.compile(r"\b(?:not|never|no|n't|nt|should|would|could|might|refus\w+|if|whether|wants?|urge\w*|не)\b")


def find_agents(text: str, flat: str, found: Sequence[Note], cover: Cover) -> list[Note]:
    """«"Фонарь", объявленный "иноагентом"»: next to a name, registered or not."""
    if not UNDESIRABLE_OR_AGENT.search(flat):
        return []
    phrases = Cover(sorted(found, key=lambda note: note.start))
    more = []
    for match in _AGENT.finditer(flat):
        start, end = match.span()
        if cover.at(start) or phrases.at(start) or _DENIED.search(flat, max(0, start - 24), start):
            continue
        if _NAME_BEFORE.search(text, max(0, start - _LONGEST_LEAD), start):
            more.append(make_note(flat, start, end, marker=None, form="phrase"))
        elif after := _NAME_AFTER.match(text, end):  # «признанного иноагентом журналиста Ивана Орлова»: to the name
            more.append(make_note(flat, start, after.end("role"), marker=None, form="phrase"))
    return more


def gap_before(flat: str, start: int) -> int | None:
    """Where the name ends that the words before *start* join to it: the comma of "X, which was"."""
    begin = max(0, start - _LONGEST_LEAD)
    for comma in re.finditer(r",| -", flat[begin:start]):
        at = begin + comma.start()
        if _AFTER_NAME.fullmatch(flat, at, start):
            return at
    return None


def follows_name(flat: str, end: int, start: int) -> bool:
    """Whether nothing but ", which was" or the like stands between a name's *end* and the *start* of a phrase."""
    return start - end <= _LONGEST_LEAD and _AFTER_NAME.fullmatch(flat, end, start) is not None
