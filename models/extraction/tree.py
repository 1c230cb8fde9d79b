"""A page as a tree of elements, with the marks of its notes written out."""

import re
import sys
from typing import Any, TypeAlias

from lxml import etree, html

from models.extraction import MOST_ELEMENTS, ExtractionError

Element: TypeAlias = Any  # lxml.html.HtmlElement: lxml ships no types

# No XML may hold these: lxml refuses to write them, and so trafilatura to read them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"&#(?:x([0-9a-f]{1,9})|([0-9]{1,9}));?", re.IGNORECASE)
_LEFT_OUT = ("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "canvas", "select")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_MARK = re.compile(r"\*{1,6}|✱{1,3}|[†‡]{1,2}|[¹²³⁴⁵⁶⁷⁸⁹⁰]{1,2}|\[\d{1,2}\]|\d{1,2}")
_FIGURE = re.compile(r"\[?(\d{1,2})\]?")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_MARK = 8


def parse(page: str) -> Element:
    """The tree of *page*, whatever charset it claims: it came as text. Raises ExtractionError.

    libxml2 keeps 256 levels of nesting and expands no entity that a page defines itself.
    """
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(_without_forbidden(page).encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        raise ExtractionError("no_article_text") from None
    if sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise ExtractionError("html_unreadable")
    return root


def _without_forbidden(page: str) -> str:
    def keep(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else int(found[2])
        return "" if code > sys.maxunicode or _FORBIDDEN.match(chr(code)) else found.group()

    return _FORBIDDEN.sub("", _NUMBERED.sub(keep, page))


def clean(root: Element) -> None:
    """Take away what no reader sees, and write the marks of notes out."""
    etree.strip_elements(root, *_LEFT_OUT, with_tail=False)
    _drop_hidden(root)
    _write_marks_out(root)


def text_of(element: Element) -> str:
    """All its words, each run of white space as one space."""
    return " ".join("".join(element.itertext()).split())


def drop_menus(root: Element) -> None:
    """So that a page without an article does not pass its menu off as one."""
    etree.strip_elements(root, "nav", "menu", "button", "dialog", with_tail=False)


def _drop_hidden(root: Element) -> None:
    for element in list(root.iter(etree.Element)):
        is_hidden = element.get("hidden") is not None or _HIDDEN.search(element.get("style", ""))
        if is_hidden and element.getparent() is not None:
            element.drop_tree()


def _write_marks_out(root: Element) -> None:
    """A raised figure becomes ¹; and a note that only its link joins to its mark begins with that mark."""
    marks: dict[str, str] = {}
    for link in root.iter("a"):
        target, text = link.get("href", ""), text_of(link)
        if target.startswith("#") and _MARK.fullmatch(text):
            is_raised = next(link.iterancestors("sup"), None) is not None or link.find(".//sup") is not None
            marks.setdefault(target[1:], _raise(text) if is_raised else text)
    for raised in list(root.iter("sup")):
        text = text_of(raised)
        if len(text) <= _LONGEST_MARK and _FIGURE.fullmatch(text):
            _set_text(raised, _raise(text))
    for element in root.iter(etree.Element) if marks else ():
        mark = marks.get(element.get("id") or element.get("name") or "")
        if mark is not None and not _begins_with_mark(text_of(element)):
            element.text = f"{mark} {(element.text or '').lstrip()}"


def _raise(mark: str) -> str:
    figure = _FIGURE.fullmatch(mark)
    return figure[1].translate(_RAISED) if figure else mark


def _begins_with_mark(text: str) -> bool:
    return bool(_MARK.match(text)) or not text


def _set_text(element: Element, text: str) -> None:
    for child in list(element):
        element.remove(child)
    element.text = text
