"""Whether all that an article quotes or cites comes from one side, told from the words of its sources.

A side is the government and army of one country, one company, one party, or one person or body by name. Each source is
read once, in order: a country and an office make it that government's; a name that stood with an office before keeps
it; a pronoun means the source before. Where one source cannot be told, nothing is said. The rule is told in
``docs/labels.md``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.source_bias.lists import is_in
from models.source_bias.outlets import OutletRecord, OutletRegister
from models.source_bias.phrases import Word, read_words
from models.source_bias.side_words import ACRONYMS, DETERMINERS, LANGUAGES, anaphors, country_words, role_words
from models.types import Attribution, Evidence, Span

FEWEST = 3  # attributions with a named or typed source
_BEFORE, _AFTER = 6, 8  # words around the first mention of a name in which its office stands
_LONGEST = 400  # code points of a source that are read
_STEM = 5  # letters by which a Russian name is known in its cases
_ACRONYM = re.compile(r"\b(?:U\.S|U\.K|USA|US|UK|UAE)\b")
_PARTY = ("party", "party's", "партия", "партии", "партию", "партией", "однопартийц*")
_TWO = re.compile(r"[^\W\d_a-zа-я][^\W\d_]+ (?:and|и) [A-ZА-ЯЁ][^\W\d_]+(?: [A-ZА-ЯЁ][^\W\d_]+)?$")
_BREAK = re.compile(r"[.;!?\n]\s")
_SIDES = {
    "state": "the government and army of one country{of}",
    "company": "one company",
    "party": "one party",
    "named": "one person or body",
}


@dataclass(slots=True)
class _Side:
    kind: str
    country: str | None = None
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the words of one source tell: the groups of its role words, its countries, its names as stems."""

    roles: frozenset[str]
    countries: frozenset[str]
    names: tuple[str, ...]
    is_bare: bool  # nothing but articles, roles and countries stands in it


@dataclass(slots=True)
class _Article:
    text: str
    language: str
    tokens: Sequence[Word]
    sides: list[_Side] = field(default_factory=list)
    last: _Side | None = None
    first: dict[str, int] = field(default_factory=dict)  # the word of the first mention of each capitalised stem
    countries: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for number, word in enumerate(self.tokens):
            if self.text[word.start].isupper():
                self.first.setdefault(_stem(word.folded, self.language), number)
        found = country_words().find(self.text, self.tokens)
        self.countries = {match.group for match in found} | set(_acronyms(self.text))


def find_one_sided(
    text: str,
    language: str,
    tokens: Sequence[Word],
    attributions: Sequence[Attribution],
    outlets: tuple[OutletRegister, OutletRecord | None],
) -> tuple[Evidence, ...]:
    """The sources of the article, each as evidence, where three or more are told and all are of one side; else nothing.

    *outlets*: the register and the article's own outlet, which speaks for itself and is no source.
    """
    if language not in LANGUAGES:
        return ()
    article = _Article(text, language, tokens)
    told: list[Span] = []
    taken_up = 0
    for source in _sources(attributions):
        name = source.text.strip(' «»"“”')
        if record := outlets[0].by_source(name):
            if outlets[1] is not None and record == outlets[1]:
                continue
            return ()  # another outlet speaks: whose side it is on is not ours to say
        read = _read(source.text[:_LONGEST], language)
        is_same = "same" in read.roles and not read.names and not read.countries and len(read.roles) == 1
        if is_same or (read.roles == {"weak"} and read.is_bare and "source" not in source.text.lower()):
            if article.last is None:
                return ()
            taken_up += 1
            continue
        side = _side(article, read, source)
        if side is None or len(article.sides) > 1:
            return ()
        article.last = side
        told.append(source)
    if len(told) < FEWEST or len(article.sides) != 1:
        return ()
    side = article.sides[0]
    of = f" ({side.country})" if side.country else ""
    reason = (
        f"All {len(told)} attributions whose source is named or typed come from one side, "
        f"{_SIDES[side.kind].format(of=of)}{f'; {taken_up} more take it up again' if taken_up else ''}. "
        "No other side is quoted or cited."
    )
    return tuple(Evidence(one.start, one.end, one.text, reason=reason) for one in told)


def _sources(attributions: Sequence[Attribution]) -> Iterator[Span]:
    """Each source once, in the order of the text: of one source with two contents the first is taken."""
    seen: set[tuple[int, int]] = set()
    for one in sorted(attributions, key=lambda one: one.cue.start if one.cue else -1):
        if one.source and (one.source.start, one.source.end) not in seen:
            seen.add((one.source.start, one.source.end))
            yield one.source


def _side(article: _Article, read: _Read, source: Span) -> _Side | None:
    """The side of a source, known or new; None where it cannot be told."""
    if "other" in read.roles or _names_two(source.text):
        return None
    names = set(read.names)
    for side in article.sides:  # a name that spoke before
        if read.names and read.names[-1] in side.names and not (read.countries - {side.country} and side.country):
            side.names |= names
            return side
    if not read.roles & {"state", "company", "party"} and not (read.countries and read.is_bare):
        return _by_first_mention(article, read, source)
    return _of_role(article, read, source)


def _names_two(text: str) -> bool:
    """``Smith and Jones``, «Уолтон и Рубин»: two who speak together are not told apart."""
    return _TWO.search(text) is not None


def _of_role(article: _Article, read: _Read, source: Span) -> _Side | None:
    kind = "party" if "party" in read.roles else "company" if "company" in read.roles else "state"
    if kind == "state":
        return _of_state(article, read, source)
    known = [side for side in article.sides if side.kind in (kind, "named")]
    for side in known:
        if side.names & set(read.names):
            side.kind = kind
            side.names |= set(read.names)
            return side
    is_anaphor = kind == "company" and (not read.names or _is_person_of_it(source))
    if is_anaphor and len(known) == 1:
        known[0].names |= set(read.names)
        return known[0]
    if not read.names:
        return None if known or kind == "party" else _new(article, _Side(kind))
    return _new(article, _Side(kind, names=set(read.names)))


def _is_person_of_it(source: Span) -> bool:
    """``The company's chief executive, Paul Reyes``: of the company that spoke before."""
    return source.text.lower().startswith(("the company", "the firm", "the airline", "its ", "the bank"))


def _of_state(article: _Article, read: _Read, source: Span) -> _Side | None:
    """One government a country. An office without a country is of the only country the article names, or, with no
    name to it (``the ministry``), of the government that spoke."""
    if len(read.countries) > 1 and not read.is_bare:
        return None  # "the French ambassador to China": whose officer this is takes grammar
    country = min(read.countries) if len(read.countries) == 1 else None
    if len(read.countries) > 1:
        return None
    states = [side for side in article.sides if side.kind == "state"]
    if country is None:
        is_anaphor = not read.names and any(
            is_in(word.folded, anaphors(article.language)) for word in read_words(source.text)
        )
        if len(article.countries) > 1 and not (is_anaphor and states):
            return None
        country = next(iter(article.countries)) if len(article.countries) == 1 else None
        side = states[0] if states else _new(article, _Side("state", country))
    else:
        same = [side for side in states if side.country in (country, None)]
        side = same[0] if same else _new(article, _Side("state", country))
        side.country = country
    side.names |= set(read.names[-1:])
    return side


def _by_first_mention(article: _Article, read: _Read, source: Span) -> _Side | None:
    """A name alone: the office that stands with it where it is first named, else a side of its own."""
    if not read.names:
        return None
    number = article.first.get(read.names[-1])
    if number is not None and article.tokens[number].start < source.start:
        around = _around(article, number)
        found = _read(around, article.language)
        if "other" in found.roles:
            return None
        if found.roles & {"state", "company", "party"}:
            joined = _Read(found.roles, found.countries, (*found.names, read.names[-1]), is_bare=False)
            return _of_role(article, joined, source)
    for side in article.sides:
        if side.names & set(read.names[-1:]):
            return side
    return _new(article, _Side("named", names=set(read.names)))


def _around(article: _Article, number: int) -> str:
    """The words before a name that belong to it, and an apposition behind it."""
    name = article.tokens[number]
    start = article.tokens[max(0, number - _BEFORE)].start
    before = _BREAK.split(article.text[start : name.start])[-1].split(",")[-1]
    after = ""
    if article.text[name.end : name.end + 1] == ",":
        last = article.tokens[min(len(article.tokens) - 1, number + _AFTER)].end
        after = _BREAK.split(article.text[name.end + 1 : last])[0].split(",")[0]
    return f"{before} {after}"


def _new(article: _Article, side: _Side) -> _Side:
    article.sides.append(side)
    return side


def _read(text: str, language: str) -> _Read:
    tokens = read_words(text)
    roles = role_words(language).find(text, tokens)
    countries = country_words().find(text, tokens)
    taken = {number for match in (*roles, *countries) for number in range(match.first, match.last + 1)}
    acronyms = set(_acronyms(text))
    rest = [word for number, word in enumerate(tokens) if number not in taken and word.folded not in DETERMINERS]
    names = [_stem(word.folded, language) for word in rest if text[word.start].isupper() and word.end - word.start > 2]
    names += [f"party {match.phrase[:6]}" for match in roles if match.group == "party" and match.phrase not in _PARTY]
    return _Read(
        frozenset(match.group for match in roles),
        frozenset({match.group for match in countries} | acronyms),
        tuple(names),
        is_bare=not names and all(word.folded in DETERMINERS or not text[word.start].isupper() for word in rest),
    )


def _acronyms(text: str) -> Iterator[str]:
    for match in _ACRONYM.finditer(text):
        yield ACRONYMS[match[0]]


def _stem(form: str, language: str) -> str:
    """A name whatever its case: ``Dole's`` is Dole, ``Дороховой`` is Дорохова."""
    form = form.removesuffix("'s")
    return form[:_STEM] if language == "ru" and len(form) > _STEM else form
