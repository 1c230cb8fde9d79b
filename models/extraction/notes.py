"""Notices outside of what was taken for the article: those that label a name in it are brought back."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from models.designations.footnotes import find_notes
from models.designations.wording import may_label
from models.extraction.tree import Element
from models.folding import fold
from models.text import split_sentences

_BLOCKS = frozenset(
    [
        *("p", "li", "div", "section", "aside", "footer", "article", "main", "blockquote", "small", "figcaption"),
        *("address", "h1", "h2", "h3", "h4", "h5", "h6", "center", "details", "body", "br", "hr", "title"),
        *("ul", "ol", "dl", "table", "tr"),
    ]
)
_CELLS = frozenset(["td", "th", "dt", "dd"])
_LONGEST = 2_000  # code points of a block that may be a notice
_MOST = 30  # notices that are brought back
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 5  # letters: an inflected name still begins so
# What begins with a capital in such notices and is no name of anybody.
_NO_NAME = re.compile(
    r"росси|рф$|федерац|суд$|суда|верховн|минюст|украин|беларус|казахстан|росфинмонитор"
    r"|russia|federat|court|supreme|ministry|justice|united|state|union|council|kingdom|america|canada|britain"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A block of the page that labels somebody: the marks it explains, and the names it gives, as stems."""

    text: str
    marks: tuple[str, ...]
    names: frozenset[str]


def find(root: Element) -> list[Notice]:
    """All notices of the page, in order, each text once."""
    found: dict[str, Notice] = {}
    for text in _lines(root):
        if len(text) <= _LONGEST and text not in found and (notice := _notice(text)) is not None:
            found[text] = notice
            if len(found) == 4 * _MOST:
                break
    return list(found.values())


def missing(notices: Sequence[Notice], text: str) -> list[str]:
    """The notices that are not in *text* and speak of something in it: one of its marks, or a name.

    A notice at the foot of every page of a site would else be a footnote that no name needs.
    """
    flat = _squeeze(text)
    words = {word.lower()[:_STEM] for word in _WORD.findall(text)}
    absent = [notice for notice in notices if _squeeze(notice.text) not in flat]
    return [
        notice.text
        for notice in absent
        if any(_stands(mark, text) for mark in notice.marks) or (not notice.marks and notice.names & words)
    ][:_MOST]


def _lines(root: Element) -> Iterator[str]:
    """The words of the page as they stand below each other: cut at each block and line break."""
    words: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS and (line := " ".join("".join(words).split())):
            yield line
            words.clear()
        elif element.tag in _BLOCKS:
            words.clear()
        words.append(" " if element.tag in _CELLS else "")
        words.append((element.text if event == "start" else element.tail) or "")
    if line := " ".join("".join(words).split()):
        yield line


def _notice(text: str) -> Notice | None:
    flat = fold(text).flat
    if not may_label(flat):
        return None
    # A word before it, as in an article: a label alone on a page would have nothing to speak of.
    lead = "Text.\n"
    notes = find_notes(lead + text, lead.lower() + flat, split_sentences(lead + text))
    ends = [note for note in notes if note.form == "end_note"]
    if not ends:
        return None
    marks = tuple(dict.fromkeys(mark for note in ends for mark in note.marks))
    return Notice(text, marks, frozenset() if marks else _names(text))


def _names(text: str) -> frozenset[str]:
    """Stems of words with a capital, the first one included: "Meta is banned …"."""
    return frozenset(
        word.lower()[:_STEM] for word in _WORD.findall(text) if word[0].isupper() and not _NO_NAME.search(word.lower())
    )


def _stands(mark: str, text: str) -> bool:
    """Whether exactly this mark stands in *text* behind a word: ``**`` is not ``*``."""
    edge = re.escape(mark[0])
    return re.search(rf"(?<=[\w\"'»”’)])\s?(?<!{edge}){re.escape(mark)}(?!{edge})", text) is not None


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()
