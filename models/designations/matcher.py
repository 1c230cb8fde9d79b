"""Every name of the register in one pass over a text: an Aho-Corasick automaton (Aho and Corasick, 1975).

The automaton runs over the folded text (models/folding.py), so case, hyphens, quotes, ё and invisible characters do
not matter; whether the capitals fit is told afterwards from the text as sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, Implementation

from models.folding import Folding, fold, fold_name, looks

if TYPE_CHECKING:
    from models.designations.register import Name, Organisation

_THE = re.compile(r"the (?=\S{4})")
_ARTICLE = re.compile(r"\bal (?=\w{4})")
_SUN = re.compile(r"\bal (?=(sh|[tdrzsn])\w{2})")  # "al-Din" is said, and also written, ad-Din
_ARTICLES = frozenset(
    "al ad an ar as ash at ut ul el the аль ад ан ар ас аш ат ут".split()  # noqa: SIM905  # reads better as prose
)
# British and American: "Organisation", "Defence"; one is made of the other.
_PAIRS = (("organisation", "organization"), ("defence", "defense"), ("centre", "center"), ("honour", "honor"))
_OTHERWISE = dict(_PAIRS) | {american: british for british, american in _PAIRS}
_SPELT = re.compile(rf"\b(?:{'|'.join(_OTHERWISE)})(?=s?\b)")
_WORD = re.compile(r"[^\W\d_]+")
_MARKUP = re.compile(r"<[^<>]{0,200}>|&[#\w]{2,8};")
_SPREAD = 4  # letters of an acronym that is also found as "I.S.I.S." and "И Г И Л"
_LATIN = re.compile(r"[a-z ]+")
# In small letters these stand beside a name ("Azov battalion") and are no part of it.
_HEAD_NOUN = re.compile(r" (?:group|battalion|regiment|brigade|movement|militia|gang|division)$")
# These are part of it even so, unless a mark parts them from it ("Al-Haramain* foundation").
_PARTED_NOUN = re.compile(_HEAD_NOUN.pattern[:-2] + r"|foundation|network|cartel|front|party|society|fund)$")

# "картель «Синалоа»": the name stands in the quotes, without what it is.
_OPENED = re.compile(
    r"(?:картел|групп|движени|организаци|батальон|полк|легион|фонд|парти)\w{0,4} [«„“\"](?=[^«„“”»\"]+$)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A spelling of a name: ``start`` and ``end`` are the name itself within it, in folded characters.

    ``bare_end`` is where it ends without its head noun, where that is a name too (Azov Regiment), else ``end``.
    """

    organisation: "Organisation"
    name: "Name"
    start: int
    end: int
    bare_end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A whole-word occurrence: ``start``..``end`` the name itself, ``outer_*`` with its head noun, as sent.

    ``capitals``: ``exact`` as registered or all capitals, ``weak`` where a capital is missing. ``is_glued``: a figure
    stands right after it ("ISIS1"), so that it is a name only if that figure is the mark of a note.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    capitals: str
    entry: Entry
    is_glued: bool = False
    is_elsewhere: bool = False  # listed only where nobody asked: a mention where the text itself labels it


@dataclass(frozen=True, slots=True)
class Matcher:
    automaton: AhoCorasick
    entries: tuple[tuple[Entry, ...], ...]
    spellings: tuple[str, ...]

    def find(self, text: str) -> list[Hit]:
        """All occurrences in *text*, overlapping ones too, in order of their ends."""
        return self.find_in(text, fold(text))

    def find_in(self, text: str, folding: Folding) -> list[Hit]:
        """As `find`, with the folding already made."""
        hits: list[Hit] = []
        folded = folding.folded
        length = len(folded)
        for pattern, start, end in self.automaton.find_matches_as_indexes(folded, overlapping=True):
            if start and folded[start - 1].isalnum():
                continue
            is_glued = end < length and folded[end].isalnum()
            if is_glued and not _has_figure(folded, end):
                continue
            outer = folding.original(start, end)
            for entry in self.entries[pattern]:
                inner = folding.original(start + entry.start, start + entry.end)
                if entry.bare_end < entry.end and text[inner[1] - 1].islower():
                    bare = folding.original(start + entry.start, start + entry.bare_end)
                    if _is_apart(text[bare[1] : inner[1]]):
                        inner = bare
                capitals = grade_capitals(text[inner[0] : inner[1]], entry.name)
                if text.startswith("the ", inner[0]):  # "the Network": the article is no part of it
                    inner = (inner[0] + 4, inner[1])
                if opened := _OPENED.match(text, *inner):
                    inner = (opened.end(), inner[1])
                if capitals:
                    hits.append(Hit(inner[0], inner[1], outer[0], outer[1], capitals, entry, is_glued))
        return hits


def _is_apart(tail: str) -> bool:
    """Whether the head noun in small letters at the end of *tail* is no part of the name before it."""
    is_parted = tail[0] in "*✱†‡¹²³"
    return tail.islower() and (is_parted or _HEAD_NOUN.fullmatch(" " + tail.rsplit(maxsplit=1)[-1]) is not None)


def _has_figure(folded: str, end: int) -> bool:
    """Whether a name that ends at *end* in a letter has one or two figures glued to it, and nothing else."""
    after = folded[end : end + 3]
    figures = len(after) - len(after.lstrip("0123456789"))
    return folded[end - 1].isalpha() and 1 <= figures <= 2 and not after[figures : figures + 1].isalnum()


def grade_capitals(found: str, name: "Name") -> str:
    """``exact``, ``weak`` or, where a case-sensitive name is in other letters, an empty string."""
    found = _MARKUP.sub("", found) if "<" in found or "&" in found else found
    letters = [c.isupper() for c in found if c.isalpha()]
    wanted = [c.isupper() for c in name.core if c.isalpha()]
    if name.kind == "mt-artefact" and name.core.islower():
        return "exact" if not any(letters) else ""
    if letters and all(letters) and (name.core.isupper() or not name.is_case_sensitive):
        return "exact"
    pairs = list(zip(letters, wanted, strict=False))  # an inflected form is longer: its ending is not compared
    if name.is_case_sensitive:
        same = all(is_upper == wants for is_upper, wants in pairs)
        return "exact" if same and not any(letters[len(wanted) :]) else ""
    if all(is_upper or not wants for is_upper, wants in pairs) or _has_initials(found, name):
        return "exact"
    return "exact" if _is_article_only(found, name.core) else "weak"


def _has_initials(found: str, name: "Name") -> bool:
    """ISIS-style names in running capitals (ХАМАС → Хамас) need only the capital of each word."""
    words, wanted = found.split(), name.core.split()
    if not name.core.isupper() or len(words) != len(wanted):
        return False
    return all(word[:1].isupper() for word in words)


def _is_article_only(found: str, core: str) -> bool:
    """Whether the only capital missing is that of an Arabic article or of "the": al-Qaeda."""
    words, wanted = _WORD.findall(found), _WORD.findall(core)
    return len(words) == len(wanted) and all(
        word[0].isupper() or not want[0].isupper() or word in _ARTICLES
        for word, want in zip(words, wanted, strict=True)
    )


def build_matcher(organisations: Sequence["Organisation"], *, forms: Mapping[str, tuple[str, ...]]) -> Matcher:
    """The automaton over every name and form. *forms* holds Russian forms already worked out, by name."""
    patterns: dict[str, dict[tuple[str, str], Entry]] = {}
    for organisation in organisations:
        known = {fold_name(name.core) for name in organisation.names}
        for name in organisation.names:
            for spelling, start, end in _spellings(name, forms):
                entries = patterns.setdefault(spelling, {})
                noun = _PARTED_NOUN.search(spelling, start, end) if name.language == "en" else None
                bare_end = noun.start() if noun and spelling[start : noun.start()] in known else end
                entries.setdefault((organisation.id, name.core), Entry(organisation, name, start, end, bare_end))
    automaton = AhoCorasick(list(patterns), implementation=Implementation.ContiguousNFA)
    return Matcher(automaton, tuple(tuple(entries.values()) for entries in patterns.values()), tuple(patterns))


def _spellings(name: "Name", forms: Mapping[str, tuple[str, ...]]) -> list[tuple[str, int, int]]:
    folded = fold_name(name.text)
    core = fold_name(name.core) if name.core != name.text else None
    spellings = [_with_core(folded, core)]
    if name.kind == "acronym" and not name.is_ambiguous and folded.isalpha() and len(folded) >= _SPREAD:
        spellings += [(spread, 0, len(spread)) for spread in (".".join(folded), " ".join(folded))]
    if name.language == "ru":
        inflected = forms[name.text] if name.text in forms else _inflect(name.text)
        spellings += [_with_core(fold_name(form), core) for form in inflected]
        if len(folded) > _SPREAD and not name.is_ambiguous and (latin := looks(folded)):
            spellings.append((latin, 0, len(latin)))
    elif _LATIN.fullmatch(folded):
        spellings += _latin_variants(folded, core, name)
    return spellings


def _with_core(spelling: str, core: str | None) -> tuple[str, int, int]:
    """The spelling with the range of the name itself in it; *core* is None where that is all of it."""
    if core is None:
        return spelling, 0, len(spelling)
    at = 0 if spelling.startswith(core) else spelling.rfind(core)
    return (spelling, at, at + len(core)) if at >= 0 else (spelling, 0, len(spelling))


def _latin_variants(folded: str, core: str | None, name: "Name") -> list[tuple[str, int, int]]:
    """Without "the"; "al" glued to its word or as it is said; a lost apostrophe (Workers, Hezbollahs)."""
    variants = {folded, _SUN.sub(lambda found: f"a{found[1]} ", folded)}
    if not name.is_ordinary and not name.is_ambiguous:
        variants.add(_THE.sub("", folded, count=1) if folded.startswith("the ") else folded)
        variants |= {_ARTICLE.sub("al", variant) for variant in list(variants)}
    if _SPELT.search(folded):
        variants |= {_SPELT.sub(lambda found: _OTHERWISE[found[0]], variant) for variant in list(variants)}
    if " s " in folded:
        variants.add(folded.replace(" s ", "s "))
        variants.add(folded.replace(" s ", " "))
    found = [_with_core(variant, core) for variant in variants - {folded}]
    if core is None and not name.is_ordinary:
        if name.kind == "acronym":
            found += [(variant + "s", 0, len(variant)) for variant in variants if len(variant) > 2]
        elif not name.is_ambiguous and (name.kind in ("official", "alias") or len(folded) > 3):
            found += [(variant + "s", 0, len(variant)) for variant in variants if variant[-1] not in "s "]
    return found


def _inflect(name: str) -> tuple[str, ...]:
    from models.designations.inflection import inflect

    return inflect(name)
