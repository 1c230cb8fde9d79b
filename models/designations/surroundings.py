"""What stands around an occurrence of a name: quotes, neighbours, capitals, words of its own or another meaning."""

import re
from collections.abc import Iterator
from functools import lru_cache

from models.designations.matcher import Hit
from models.designations.page import Page
from models.designations.stems import Stems
from models.designations.wording import ARMED_WORD, GROUP_WORD

_NEAR = 300  # code points each side in which a word of an organisation's own context counts
_WINDOW = 48  # code points each side searched for a neighbouring word
_WORDS = re.compile(r"[^\W_]+")
_VERB = (
    r"(?P<verb>(?:сообща|отмеча|счита|утвержда|заявля|подсчит|указыва|уточня|пиш|требу|заяви|сообщи|отмети"
    r"|рассказа)\w{1,4})"
)
_SAYS_BEFORE = re.compile(rf"\b{_VERB} (?:в )?\"$")
_SAYS_AFTER = re.compile(rf"\" {_VERB}\b")
_FOLLOWERS = re.compile(
    r"\b(?P<who>(?:сторонник|приверженц|последовател|активист|адепт|соратник|фанат|поклонник|координатор)\w{0,3}"
    r"|(?:supporter|follower|activist|adherent|sympathi[sz]er|fan)s?(?: of)?) (?:the )?\"$"
)
_HELD_BY = re.compile(
    r"\b(?P<what>control of|controlled by|held by|hands of|ranks of|allegiance to"
    r"|loyal to|loyalty to|sworn to|war (?:on|against)"
    r"|fight(?:ing)? against|defeat of|pledged to|under|контрол\w{1,3}|ряд(?:ах|ы)|присяг\w{1,4}|на верность|против"
    r"|символик\w{1,2}|нашивк\w{1,3}|нашивок|шеврон\w{0,3}|разгром\w{0,2}"
    r"|приверженц\w{1,3}|приверженец|сторонник\w{0,3}|борьб\w{1,2} с|эмиссар\w{0,3}|главар\w{1,3}"
    r"|филиал\w{0,3}) \"?$"
)
_FIRM = re.compile(r" [\"«“][А-ЯЁA-Z]")
_LEGAL_FORMS = frozenset(("АНО", "МКУ", "МКУК", "НСО", "БТО", "ИГ", "СС", "ФБК", "ДУК"))
_TITLE_BEFORE = re.compile(r"\b(?:mr|mrs|ms|dr|господин\w{0,2}|г-н\w?) $")
_SURNAME = re.compile(r" ([A-ZА-ЯЁ][a-zа-яё]{3,20})\b")
_ROLE_BEFORE = re.compile(r"(?:^|[.!?\n]\W*|\b[a-zа-яё-]{4,16} )$")
_LONGER_NAME = re.compile(r"(?: (?:of|de|for|al) | |-| [a-zа-я]{1,3}-)[A-ZА-ЯЁ]")
_TITLE_BEGUN = re.compile(r"\"(?:the |an? )?$")
_REST_OF_TITLE = re.compile(r"(?: [A-ZА-ЯЁ][\w’'-]{0,20}){1,4}[.!?]?[\"»”]")
_CAPITAL_BEFORE = re.compile(r"(?<![.!?] )\b([A-ZА-ЯЁ][\w’'-]*) $")
_ARTICLES = frozenset(
    "The A An In But And For When If Now Today Then Only After Before Since From With By On At To As Even While Later"  # noqa: SIM905
    " Yesterday Meanwhile В На О Об У С К По За Но И А Сейчас Теперь Тогда Сегодня Вчера Ранее После Если Когда Это Для"
    " Из Под При Уже Еще Ещё Даже".split()
)
_CAPITAL = re.compile("[A-ZА-ЯЁ]")
_THING = (
    r"(?:bakery|caf[eé]|restaurant|pub|hotel|shop|store|brand|bank|ship|vessel|yacht|tanker|ferry|trawler"
    r"|stadium|arena|hospital|university|racehorse|choir|orchestra|band|album|song|film|movie|novel|magazine|newspaper|school|college|pharmacy|brewery|winery|cinema|theatre|theater|gallery"
    r"|farm|(?:football|soccer|hockey|basketball|chess|rugby|volleyball|handball|ski|sports?) (?:club|team|side)|fc|hc"
    r"|больниц\w{1,3}|госпитал\w{1,3}|университет\w{0,3}|пекарн\w{1,3}|кафе|ресторан\w{0,3}|гостиниц\w{1,3}|отел\w{1,3}|магазин\w{0,3}|супермаркет\w{0,3}|аптек\w{1,3}"
    r"|теплоход\w{0,3}|танкер\w{0,3}|паром\w{0,3}|яхт\w{1,3}|корабл\w{1,3}|судн\w{1,3}|катер\w{0,3}|стадион\w{0,3}"
    r"|хор\w{0,2}|оркестр\w{0,3}|ансамбл\w{1,3}|фильм\w{0,3}|роман\w{0,3}|песн\w{1,3}|альбом\w{0,3}|школ\w{1,3}"
    r"|колледж\w{0,3}|кинотеатр\w{0,3}|театр\w{0,3}|санатори\w{1,3}|пансионат\w{0,3}|совхоз\w{0,3}|колхоз\w{0,3}|фк|хк|бк|жк"
    r"|(?:футбольн|хоккейн|волейбольн|баскетбольн|спортивн|шахматн)\w{2,3} (?:клуб|команд|школ)\w{0,3}|автосалон\w{0,3}"
    r"|универмаг\w{0,3}|бренд\w{0,3}|пивоварн\w{1,3}|ферм\w{1,3})"
)
_THING_BEFORE = re.compile(rf"\b{_THING} (?:called |named |под названием )?\"?$")
_THING_AFTER = re.compile(rf"\"? {_THING}\b(?! of\b)")
_NICKNAMED = re.compile(
    r"\b(?:nicknamed|nickname (?:(?:in|at|on|among|with|from|for|since) [^.,;:!?\n]{2,30} )?(?:is|was|of)"
    r"|the nickname|known to (?:(?:his|her|their|the|all) )?[a-z-]{3,16}(?: [a-z-]{3,16})? as"
    r"|(?:call|called|calls|call|dubbed|dub) (?:him|her|me|himself|herself)|answers to the name(?: of)?"
    r"|по прозвищу|по кличке"
    r"|прозвал\w{0,2} его"
    r"|прозвищ\w{1,2}|кличк\w{1,2}) \"?(?:the )?\"?$"
)
_FEW_CAPITALS = 10  # with no more of them a sentence is not all of capitals: quick to see
_CLOSED = re.compile(r"[.,!?]?\"")


def stands_alone(hit: Hit, page: Page) -> bool:
    """Whether a short form is no part of another name (Lashkar Gah, Coast Guard) nor a word at the beginning."""
    name, text = hit.entry.name, page.text
    if hit.capitals == "weak" or _LONGER_NAME.match(text, hit.end):
        return False
    if name.quoted_only:
        return is_quoted(hit, page)
    before = _CAPITAL_BEFORE.search(text, max(0, hit.start - 30), hit.start)
    if before and before.group(1) not in _ARTICLES:
        return False
    start, _ = page.sentence_at(hit.start)
    if not name.is_ordinary or text[start : hit.start].strip(" \"'«“"):
        return True
    after = neighbours(hit, page)[:1]  # "Legion commanders", but "Witnesses said"
    return first(after, ARMED_WORD) is not None or first(after, GROUP_WORD) is not None


def is_in_title(hit: Hit, page: Page) -> bool:
    """ "Shining Path Home" is a song."""
    is_begun = _TITLE_BEGUN.search(page.flat, max(0, hit.start - 6), hit.start)
    return is_begun is not None and _REST_OF_TITLE.match(page.text, hit.end) is not None


def is_quoted(hit: Hit, page: Page) -> bool:
    return page.flat[hit.start - 1 : hit.start] == '"' and bool(_CLOSED.match(page.flat, hit.end))


def says(hit: Hit, page: Page) -> str | None:
    """The verb of saying whose subject the quoted name is: «как отмечает "Мемориал"»."""
    before = _SAYS_BEFORE.search(page.flat, max(0, hit.start - 40), hit.start)
    after = _SAYS_AFTER.match(page.flat, hit.end)
    found = before or after
    return found.group("verb") if found else None


def followers(hit: Hit, page: Page) -> str | None:
    """The word before a quoted name for those who follow it: «сторонники "Артподготовки"»."""
    found = _FOLLOWERS.search(page.flat, max(0, hit.start - 40), hit.start)
    return found.group("who") if found else None


def held_by(hit: Hit, page: Page) -> str | None:
    """The words before a name that speak of a fighting group: "under the control of IS", «присягнули ИГ»."""
    found = _HELD_BY.search(page.flat, max(0, hit.start - 40), hit.start)
    return found.group("what") if found else None


def is_person(hit: Hit, page: Page) -> bool:
    """ "the political scientist Aidar Mukhametov", "Mr Haqqani"; and «Группа 24-летних»."""
    name = hit.entry.name
    if name.core[-1:].isdigit() and page.flat[hit.end : hit.end + 1] == "-":
        return True
    if (
        not name.is_ambiguous
        or name.is_usual
        or name.label_only
        or name.kind == "acronym"
        or " " in name.core
        or is_quoted(hit, page)
    ):
        return False
    if _TITLE_BEFORE.search(page.flat, max(0, hit.start - 12), hit.start):
        return True
    surname = _SURNAME.match(page.text, hit.end)
    is_led = _ROLE_BEFORE.search(page.text, max(0, hit.start - 24), hit.start) is not None
    return (
        surname is not None
        and is_led
        and not (GROUP_WORD.match(surname[1].lower()) or ARMED_WORD.match(surname[1].lower()))
    )


def is_legal_form(hit: Hit, page: Page) -> bool:
    """Whether an acronym is what a firm or an office is by law, «АНО "Мир"», «МКУ "Центр"»; or begins a postscript."""
    if hit.entry.name.kind != "acronym":
        return False
    begins_line = hit.start == 0 or page.text[hit.start - 1] == "\n"
    is_form = hit.entry.name.core in _LEGAL_FORMS and _FIRM.match(page.text, hit.end) is not None
    return is_form or (begins_line and page.text[hit.end : hit.end + 1] == ":")


def is_other_thing(hit: Hit, page: Page, reach: int) -> bool:
    """A word that belongs to the other meaning of the name stands near it."""
    against = hit.entry.organisation.against
    if not against:
        return False
    return any(_apart(hit, page, _stems(against), reach))


def is_named_so(hit: Hit, page: Page) -> bool:
    """Whether a bakery, a club or a ship has the name: «пекарня "Белый крест"», "Aidar football club"."""
    if hit.entry.name.is_usual or hit.entry.name.kind == "acronym":
        return False  # "a Hamas school"
    before = _THING_BEFORE.search(page.flat, max(0, hit.start - _WINDOW), hit.start)
    return before is not None or _THING_AFTER.match(page.flat, hit.end) is not None


def is_nickname(hit: Hit, page: Page) -> bool:
    """'known to team-mates as "Taliban"', "nicknamed Hezbollah": a person's."""
    return _NICKNAMED.search(page.flat, max(0, hit.start - _WINDOW), hit.start) is not None


def own_context(hit: Hit, page: Page, reach: int = _NEAR) -> str | None:
    context = hit.entry.organisation.context
    return next(_apart(hit, page, _stems(context), reach), None) if context else None


def _apart(hit: Hit, page: Page, stems: Stems, reach: int) -> Iterator[str]:
    """Words of *stems* within *reach* of the name and not part of it."""
    for at, word in page.between(stems, hit.start - reach, hit.end + reach):
        if at >= hit.end or at + len(word) <= hit.start:
            yield word


@lru_cache(maxsize=2_000)
def _stems(stems: tuple[str, ...]) -> Stems:
    return Stems(stems)


def neighbours(hit: Hit, page: Page, *, is_left_only: bool = False) -> list[str]:
    """The two words before and the two after the name, in its sentence, nearest first."""
    start, end = page.sentence_at(hit.start)
    before = _WORDS.findall(page.flat, max(start, hit.start - _WINDOW), hit.start)
    left = [word for word in before if word not in ("of", "the")][-2:]  # "fighters of the IS"
    if is_left_only:
        return [*reversed(left)]
    right = _WORDS.findall(page.flat, hit.end, min(end, hit.end + _WINDOW))
    right = right[1:3] if right[:1] == ["s"] else right[:2]  # a possessive is no word
    return [*reversed(left), *right]


def first(words: list[str], pattern: re.Pattern[str]) -> str | None:
    return next((word for word in words if pattern.fullmatch(word)), None)


def is_shouted(hit: Hit, page: Page) -> bool:
    """Among words all of capitals an acronym or a name of everyday words does not stand out."""
    start, end = page.sentence_at(hit.start)
    known = page.shouted.get(start)
    if known is None:
        sentence = page.text[start:end]
        letters = sum(map(str.isalpha, sentence)) if len(_CAPITAL.findall(sentence)) > _FEW_CAPITALS else 0
        known = page.shouted[start] = letters > 14 and sum(map(str.isupper, sentence)) > 0.75 * letters
    if known:
        return True
    left = _WORDS.findall(page.text, max(start, hit.start - 24), hit.start)[-1:]
    right = _WORDS.findall(page.text, hit.end, min(end, hit.end + 24))[:1]
    around = [*left, *right]
    return len(around) == 2 and all(word.isupper() and word.isalpha() and len(word) > 1 for word in around)
