"""Names that only the text itself labels: a person, an outlet, a foundation of which the register knows nothing.

"The writer Petrov (recognised as a foreign agent in Russia)": the register has no persons, foreign agents or
undesirable organisations, so nobody's listing can be shown. The name, its mark and its
note are reported all the same, under the id `UNREGISTERED`; no finding rests on them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from models.designations.agents import gap_before
from models.designations.footnotes import Note, skip_link
from models.designations.matcher import Entry, Hit
from models.designations.mentions import Candidate
from models.designations.page import Page
from models.designations.plurals import is_plural
from models.designations.register import UNREGISTERED, Name, Organisation
from models.designations.wording import GROUP_NOUN, GROUP_WORD, PLACE, STATUS

_REACH = 70  # code points: no name in a label is longer
_CLOSERS = ")\"'.,*✱ -"
_QUOTED = re.compile(r'"([^"\n]{2,60})$')
# Capitalised words up to the end: first names, surnames, initials, brands ("Noize MC", "Петров-Водкин", "Д.А").
_PATRONYMIC = re.compile(r"(?:ич|ича|ичу|ичем|иче|вна|вны|вне|вну|вной|\.|^\w)$")
_BEFORE = 30  # code points before a name in which a word for an organisation speaks for it
_AFTER = re.compile(r'[ ,]{0,2}"(?!\s)([^"\n]{2,60})(?<!\s)"')
# «признанный иноагентом правозащитник Лев Пономарев»
_PERSON_AFTER = re.compile(r"(?: [A-ZА-ЯЁ][\w’'-]{1,30}){1,3}(?![\w’'-])")
_NAME = re.compile(
    r"(?:(?<=[^\w.])|^)(?:[A-ZА-ЯЁ](?:[\w’'-]{1,30}|\.)[ \xa0]?){0,3}[A-ZА-ЯЁ](?:[\w’'-]{0,30}"
    r"|\.[ \xa0]?[A-ZА-ЯЁ])\.?$"
)
_INITIALS = re.compile(r"(?<!\w)[A-ZА-ЯЁ]\.[ \xa0]?[A-ZА-ЯЁ]$")
_HEAD_INSIDE = re.compile(r",? (?:признан|объявлен|внесен|включен|recogni[sz]ed|declared|designated|listed)\w{0,4}\b")
# «СМИ, признанное …», "Organisations recognised …": what a note calls the name, not the name.
_WHAT_IT_IS = re.compile(
    r"(?:an? |the )?(?:(?:organi[sz]ation|group|movement|association|compan|website|person|individual)(?:s|y|ies)?"
    r"|media(?: outlets?)?|outlets?|сми|(?:организаци|движени|группировк|объединени|сообществ|компани|издани"
    r"|лиц|проект|сайт|физлиц|юрлиц|соцсет|медиа)\w{0,3})"
)
_AGENT_NAMED = re.compile(r"агент\w{0,3},? \"([^\"\n]{2,60})\"")
_AND = re.compile(r"(?:,| и| and|, а также) $")
_MOST_JOINED = 8  # names in a row that one note in the plural is believed of
_REACH_BEFORE = 160  # code points before a bracket in which the names that it repeats stand
_STEM = 3  # letters of a name that all its Russian cases share, at least
# What people and outlets are called before their names, where a sentence begins with it.
_ROLE = re.compile(
    r"(?:певец|певц|певиц|музыкант|рэпер|исполнител|блогер|видеоблогер|журналист|телеведущ|ведущ|писател|поэт"
    r"|актер|актрис"
    r"|режиссер|политик|депутат|экономист|политолог|социолог|историк|юрист|адвокат|правозащитник|активист|комик"
    r"|сатирик"
    r"|стендапер|художник|галерист|редактор|основател|создател|лидер|глав|издани|телеканал|канал|проект|фонд"
    r"|организаци"
    r"|движени|компани|соцсет|газет|журнал|сайт|агентств|радиостанци|корреспондент|оппозиционер|исполнител"
    r"|минюст|росфинмониторинг|роскомнадзор|генпрокуратур|власт|росси|москв|суд|кремл)\w{0,4}"
    r"|(?:тогда|сейчас|вчера|сегодня|завтра|позже|затем|однако|если|когда|пока|теперь|ранее|также|сам|сама|по"
    r"|но|а|и|в|на|об|о|с|у|как|для|от|за|это|или)"
    r"|(?:writer|singer|blogger|journalist|politician|activist|actor|director|editor|paper|outlet|channel"
    r"|website|rapper"
    r"|comedian|lawyer|economist|newspaper|magazine|project|foundation|organi[sz]ation|group|movement|earlier"
    r"|also|but|and|as|in|on|by|for|when|while|if|though|although|after|before|since|with|from|both|like|media|outlets)"
)


def find_unregistered(page: Page, accepted: Sequence[Candidate]) -> list[Candidate]:
    """The names before a note or a mark that no mention in *accepted* (in order of place) stands for."""
    taken = sorted((c.hit.start, _end_of(c, page)) for c in accepted)
    found: dict[int, Candidate] = {}
    for at, span, note in _labelled_names(page):
        if span[0] in found or _is_taken(span, at, taken):
            continue
        if page.note_around(span[0]) not in (None, note):
            continue
        if not _says_of_a_name(note, page, span[0]):
            continue
        found[span[0]] = _candidate(page.text[span[0] : span[1]], span, note)
        joined = [*_joined(span, note, page)]
        for other in (*joined, *(again for one in (span, *joined) for again in _named_again(note, one, page))):
            if other[0] not in found and not _is_taken(other, other[1], taken):
                found[other[0]] = _candidate(page.text[other[0] : other[1]], other, note)
    return [found[start] for start in sorted(found)]


def _end_of(candidate: Candidate, page: Page) -> int:
    """The end of a name, with the word between it and a mark that stands late."""
    mark = page.finder.beside(candidate.hit.end) if page.finder.of_groups else None
    return mark.start if mark and mark.is_late else candidate.hit.outer_end


def _joined(span: tuple[int, int], note: Note, page: Page) -> Iterator[tuple[int, int]]:
    """ "Anna Orlova and Ivan Petrov* … *are foreign agents": the other names that a note in the plural speaks of."""
    if not is_plural(page.flat[note.start : note.end]):
        return
    for _ in range(_MOST_JOINED):
        start = span[0] - (page.flat[span[0] - 1 : span[0]] == '"')
        before = _AND.search(page.flat, max(0, start - 10), start)
        other = _name_before(page, before.start()) if before else None
        is_inside = note.start < span[0] < note.end
        if other is None or not (is_inside or " " in page.text[slice(*other)] or page.flat[other[1]] == '"'):
            return
        yield other
        span = other


def _named_again(note: Note, span: tuple[int, int], page: Page) -> Iterator[tuple[int, int]]:
    """The same name where its footnote says it again: "*Anna Orlova is a foreign agent"; in a bracket, before it."""
    if note.form == "bracket" and note.start < span[0]:
        start, end = max(0, note.start - _REACH_BEFORE), note.start
    elif note.marker:
        start, end = note.start, note.end
    else:
        return
    last = re.split(r"[\s\xa0-]", page.flat[span[0] : span[1]])[-1]
    stem = re.escape(last[: max(_STEM, len(last) - 3)])
    if len(last) <= _STEM:
        return
    for match in re.finditer(rf"\b{stem}\w{{0,5}}", page.flat[start:end]):
        named = _name_before(page, start + match.end())
        if named and named[0] >= start and named[1] == start + match.end() and named != span:
            yield named


def _labelled_names(page: Page) -> Iterator[tuple[int, tuple[int, int], Note]]:
    """Names before a bracket or a mark with a note of its own, or in quotes after a bare phrase; with the note."""
    for at, note in _labelled_places(page):
        span = _name_before(page, at)
        if span:
            yield at, span, note
    yield from _named_in_notices(page)
    for note in page.phrases.notes:
        match = _AFTER.match(page.flat, note.end)
        if match and _has_capital(page.text[match.start(1) : match.end(1)]):
            yield match.end(1), match.span(1), note
        elif note.kind in ("foreign_agent", "undesirable") and (gap := gap_before(page.flat, note.start)):
            span = _name_before(page, gap)
            if span:
                yield gap, span, note
        elif note.kind in ("foreign_agent", "undesirable") and (after := _PERSON_AFTER.match(page.text, note.end)):
            # the page's own reading of names leaves roles out: «иноагентом журналиста Алексея Пивоварова»
            span = _name_before(page, after.end())
            if span and span[0] > note.end:
                yield span[1], span, note


def _named_in_notices(page: Page) -> Iterator[tuple[int, tuple[int, int], Note]]:
    """«Настоящий материал произведён иностранным агентом „Северный архив“»: the outlet that the notice is about."""
    for note in page.notes:
        if note.kind == "foreign_agent" and note.form == "end_note" and not note.marks:
            for named in _AGENT_NAMED.finditer(page.flat, note.start, note.end):
                if _has_capital(page.text[named.start(1) : named.end(1)]):
                    yield named.end(1), named.span(1), note


def _labelled_places(page: Page) -> Iterator[tuple[int, Note]]:
    """Where a bracket opens, or a mark with a note of its own stands, and that note."""
    by_mark: dict[str, Note] = {}
    for note in page.notes:
        if note.form == "bracket":
            yield _place_in(note, page) or note.start, note
        elif note.form == "end_note":
            for mark in note.marks:
                by_mark.setdefault(mark, note)
            if place := _place_in(note, page):
                yield place, note
    for mark, note in by_mark.items():
        for start in page.finder.places(mark):
            yield start, note


def _place_in(note: Note, page: Page) -> int | None:
    """Where the name ends that a note labels and holds: «(проект "Фонарь", признанного иноагентом)»."""
    head = _HEAD_INSIDE.search(page.flat, note.start + 1, note.end)
    if head is None:
        return None
    named = _name_before(page, head.start())
    is_name = (
        named is not None
        and named[0] > note.start
        and not PLACE.search(page.flat, *named)
        and not _WHAT_IT_IS.fullmatch(page.flat, *named)
    )
    return head.start() if is_name else None


def _says_of_a_name(note: Note, page: Page, start: int) -> bool:
    """Not "(banned in Russia)" alone: films, drugs and sites are banned as well."""
    words = page.flat[note.start : note.end]
    before = page.flat[max(0, start - _BEFORE) : start]
    return bool(STATUS.search(words) or GROUP_WORD.search(words) or GROUP_NOUN.search(before))


def _name_before(page: Page, at: int) -> tuple[int, int] | None:
    """The quoted or capitalised name that ends before *at*, without its quotes."""
    end = skip_link(page.flat, at)
    link = at - end
    while end > 0 and at - link - end < 9 and page.flat[end - 1] in _CLOSERS:
        end -= 1
    start = max(0, at - _REACH, page.flat.rfind("\n", 0, end) + 1)
    if '"' in page.flat[end:at]:
        quoted = _QUOTED.search(page.flat[start:end])
        if quoted and _has_capital(page.text[start + quoted.start(1) : end]):
            return start + quoted.start(1), end
    window = page.text[start:end]
    match = _NAME.search(window)
    if not match:
        return None
    left = start + match.start()
    while True:  # "Певец Олег Рыбин" → "Олег Рыбин"
        word = re.match(r"[\w’'-]+[ \xa0]", page.text[left:end])
        if not word or not _ROLE.fullmatch(page.flat[left : left + word.end() - 1]):
            break
        left += word.end()
    words = page.text[left:end].split()
    if len(words) > 2 and _is_cyrillic(words[-1]) and not any(_PATRONYMIC.search(word) for word in words):
        left = end - len(" ".join(words[-2:]))  # «глава ЮКОСа Михаил Ходорковский» → first name and surname
    name = page.text[left:end]
    if PLACE.fullmatch(page.flat, left, end):
        return None
    if page.flat[end : end + 1] == "." and _INITIALS.search(name):
        end += 1
    return (left, end) if len(name) >= 2 and not _ROLE.fullmatch(page.flat[left:end]) else None


def _is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[-1] <= "\u04ff"


def _has_capital(words: str) -> bool:
    return any(character.isupper() or character.isdigit() for character in words[:12])


def _is_taken(span: tuple[int, int], at: int, taken: Sequence[tuple[int, int]]) -> bool:
    """Whether a mention lies in the name, or between it and its label."""
    index = bisect_left(taken, (span[0], -1))
    if index and taken[index - 1][1] > span[0]:
        return True
    return index < len(taken) and taken[index][0] < at


def _candidate(name: str, span: tuple[int, int], note: Note) -> Candidate:
    organisation = Organisation(id=UNREGISTERED, name=name, names=(), listings=())
    entry = Entry(organisation, Name(name, "ru", "alias", name), 0, len(name), len(name))
    hit = Hit(span[0], span[1], span[0], span[1], "exact", entry)
    said = note.kind.replace("_", " ")
    return Candidate(hit, 0.8, f"only the text itself labels this name ({said}); the register does not know it")
