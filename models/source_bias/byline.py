"""Bylines: who is said to have written the text, in English and Russian.

Exact rules over the opening and the closing of a text, each pattern bounded: the line ``By Jane Doe``, the names
behind a dateline's agency (``— РИА Новости, Иван Петров.``), ``Автор: Иван Петров``, ``Jane Doe | Outlet``,
``Jane Doe, Associated Press``, and the agencies' closing ``(Reporting by Jane Doe; Editing by …)``. Editors,
photographers and those who "contributed to this report" are no authors.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from models.source_bias.outlets import OutletRegister
from models.source_bias.phrases import words
from models.source_bias.places import usual_spelling
from models.types import Byline, Dateline

_OPENING = 1_500  # code points in which a byline may stand
_HEAD = 200  # a name and an outlet on a line of their own sign a quotation further down
_CLOSING = 700

_S = r"[^\S\n]"
_PARTICLE = r"(?:de|del|della|di|du|la|le|van|von|der|den|bin|ben|al|el|да|де|фон|ван)"
_SUFFIX = r"(?:,?[ ](?:Jr|Sr|II|III|IV)\.?)?"
_CAPITAL = "[A-ZÀ-ÞА-ЯЁ]"
_PART = rf"(?:{_CAPITAL}\.[ ]?|(?:O['’]|[Dd]['’])?{_CAPITAL}[^\W\d_]*(?:[-'’][^\W\d_]+){{0,2}})"
_NAME = rf"{_PART}(?:[ ]?(?<=[ .])(?:{_PARTICLE}[ ])?{_PART}){{1,3}}{_SUFFIX}"
_LIST = rf"{_NAME}(?:(?:,?{_S}(?:and|и){_S}|{_S}?[&,]{_S}){_NAME}){{0,7}}"
_NAMES = re.compile(_NAME)
_LOWER_NAME = re.compile(r",[ ]([а-яё]{2,20}[ ][а-яё-]{2,25})(?=\.)")
_AFTER_AGENCY = re.compile(rf",{_S}({_LIST})(?={_S}?[.—–-]|{_S}?/|$)", re.M)
_CORRESPONDENT = re.compile(rf"{_S}({_LIST})/")

_ROLE = (
    r"(?i:by|byline|(?:written|reported|story|report|words)[ ]by|текст|авторы?(?:[ ](?:текста|статьи|материала))?"
    r"|подготовил[аи]?|материал[ ]подготовил[аи]?|беседовал[аи]?|корреспондент)"
)
_BY_LINE = re.compile(
    rf"^{_S}{{0,8}}[•*«\"]?{_ROLE}{_S}?[:—–-]?{_S}{{1,2}}(?:the{_S})?({_LIST})"
    rf"(?={_S}?(?:$|[|/•·@(—–-]|[,;:.]{_S}?[^\n]{{0,60}}$)|{_S}(?:for|of|in|and){_S}[A-Z][^\n.]{{0,40}}$"
    rf"|{_S}(?:Updated|Published)\b)",
    re.M,
)
_NAME_LINE = re.compile(rf"^{_S}{{0,8}}({_LIST}){_S}?[|,]{_S}?([A-ZА-ЯЁ][^\n|]{{1,40}}?){_S}?$", re.M)
_ROLES_LINE = re.compile(
    r"(?:staff|senior|national|special|chief|political)?[ ]?(?:writer|reporter|correspondent|columnist)", re.I
)
_REPORTING = re.compile(rf"\((?:Reporting|Writing|Reporting{_S}and{_S}writing){_S}by{_S}([^();\n]{{3,200}})")
_PHOTO = re.compile(r"(?:photo|image|picture|фото|иллюстрация)[^\n]{0,40}$", re.I)

_NO_NAME = words(
    "January February March April May June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday The This That These Those It He She We They All Any Most Many Some No One Two "
    "Associated Press News Staff Editorial Board Team Agency Agencies Times Post Reuters Our Your His Her Their Read "
    "Share Follow Published Updated Chief Writer Reporter Correspondent Columnist Meteorologist Все Этот "
    "Эта Это Редакция Агентство Наш Новости"
)


def find_byline(text: str, dateline: Dateline | None, outlets: OutletRegister) -> Byline | None:
    """The first byline of *text*. Its span runs from the first name to the last; ``names`` are in their usual spelling,
    as ``JANE DOE`` → ``Jane Doe``."""
    for start, end in _places(text, dateline, outlets):
        if text[start:end].islower():
            return Byline(start, end, (text[start:end].title(),))
        named = (name for name in _NAMES.finditer(text, start, end) if text[name.start() - 3 : name.start()] != "in ")
        people = list(takewhile(lambda name: _is_person(name[0], outlets), named))  # then follow outlet and town
        if people:
            names = tuple(usual_spelling(n) if n.isupper() else n for n in (name[0].strip() for name in people))
            return Byline(people[0].start(), people[-1].start() + len(people[-1][0].rstrip()), names)
    return None


def _places(text: str, dateline: Dateline | None, outlets: OutletRegister) -> Iterator[tuple[int, int]]:
    """Where names of authors may stand, the surest first."""
    if dateline and dateline.agency:
        for pattern in (_AFTER_AGENCY, _CORRESPONDENT, _LOWER_NAME):
            if found := pattern.match(text, dateline.end):
                yield found.span(1)
    for line in _BY_LINE.finditer(text, 0, min(len(text), _OPENING)):
        if not _PHOTO.search(text[max(0, line.start() - 60) : line.start()].rpartition("\n")[2]):
            yield line.span(1)
    for line in _NAME_LINE.finditer(text, 0, min(len(text), _HEAD)):
        if outlets.by_source(line[2]) or _ROLES_LINE.search(line[2]):
            yield line.span(1)
    closing = max(0, len(text) - _CLOSING)
    for pattern in (_REPORTING, _BY_LINE):
        for found in pattern.finditer(text, closing):
            yield found.span(1)


def _is_person(name: str, outlets: OutletRegister) -> bool:
    parts = name.split()
    return not any(usual_spelling(part).strip(".,") in _NO_NAME for part in parts) and not outlets.by_source(name)
