"""The body that trafilatura finds, as plain text: one paragraph a block, an empty line between blocks."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import trafilatura
from lxml import etree

from models.extraction.tree import Element

_BLOCKS = frozenset(["p", "head", "quote", "list", "table", "ab", "fw", "code", "div", "dl"])
_LINES = frozenset(["item", "row"])
_SPACES = re.compile(r"[^\S\n]+")
_MARK = re.compile(r"\W{1,3}|\[?\d{1,2}[\].)]?")
_BREAK, _LINE, _CELL = "\n\n", "\n", " | "


def read(root: Element) -> str:
    """Empty where there is no article. Takes *root* apart."""
    found = trafilatura.bare_extraction(
        root, include_comments=False, include_tables=True, include_formatting=True, config=_config()
    )
    body = found.body if isinstance(found, trafilatura.settings.Document) else None
    return tidy("".join(_pieces(body))) if body is not None else ""


@cache
def _config() -> Any:
    """Trafilatura takes a text of few words for a failure, and all words of the page instead: news is often short."""
    config = trafilatura.settings.use_config()
    for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE"):
        config.set("DEFAULT", name, "1")
    return config


def tidy(text: str) -> str:
    """White space as a reader sees it: single spaces, no space at the ends of lines, at most one empty line."""
    lines = [_SPACES.sub(" ", line).strip(" |") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _pieces(element: "etree._Element") -> Iterator[str]:
    """Words in order. White space of the page's source is one space; line breaks come from elements alone."""
    border = _BREAK if element.tag in _BLOCKS else _LINE if element.tag in _LINES else ""
    yield border
    yield _flat(element.text)
    for child in element:
        if child.tag == "lb":
            yield _LINE
        elif child.tag == "cell":
            yield from _pieces(child)
            yield " " if _MARK.fullmatch("".join(child.itertext()).strip()) else _CELL
        elif child.tag != "graphic":
            yield from _pieces(child)
        yield _flat(child.tail)
    yield border if border == _BREAK else ""


def _flat(text: str | None) -> str:
    return " ".join(text.replace("\xa0", " ").split("\n")) if text else ""
