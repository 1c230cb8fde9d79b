"""The pages of ``docs/`` as HTML: rendered from Markdown once, with nothing in them but what Markdown says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ROOT = Path(__file__).parent.parent
_CARDS = {"violence": "violence", "designations": "designations", "source_bias": "source-bias"}
BASE = "/docs/guides/"
_OUTSIDE = re.compile(r"(?:https?|mailto):")
_NOT_IN_ID = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Guide:
    """One page. ``name`` is its place below ``/docs/guides/``; ``group`` what it is listed under."""

    name: str
    group: str
    path: Path
    title: str
    lead: str  # its first sentence

    @property
    def address(self) -> str:
        return BASE + self.name


@cache
def list_guides() -> Mapping[str, Guide]:
    """By name, in the order in which they are listed. What is not here is not served."""
    return {guide.name: guide for guide in _find()}


@cache
def render(name: str) -> Markup:
    """The page of a guide that is listed. Markdown allows no HTML of its own here."""
    guide = list_guides()[name]
    parser = _parser()
    tokens = parser.parse(guide.path.read_text("utf-8"))
    _finish(tokens, guide)
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - rendered with html=False


def _find() -> Iterator[Guide]:
    docs = _ROOT / "docs"
    for path in sorted(docs.glob("*.md")):
        yield _read(path.stem, "Guides", path)
    for folder, name in _CARDS.items():
        path = _ROOT / "models" / folder / "CARD.md"
        if path.exists():
            yield _read(f"cards/{name}", "Model cards", path)
    for path in sorted((docs / "decisions").glob("*.md")):
        yield _read(f"decisions/{path.stem}", "Decisions", path)


def _read(name: str, group: str, path: Path) -> Guide:
    tokens = _parser().parse(path.read_text("utf-8"))
    texts = {
        kind: next((tokens[at + 1] for at, token in enumerate(tokens) if token.type == kind), None)
        for kind in ("heading_open", "paragraph_open")
    }
    title, lead = (_words(token) if token is not None else "" for token in texts.values())
    return Guide(name, group, path, title or name, re.split(r"(?<=[.:]) ", lead, maxsplit=1)[0].rstrip(":"))


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _words(inline: Token) -> str:
    """The words of a heading or paragraph, without marks."""
    parts = (child.content if child.content else " " for child in inline.children or [] if _has_words(child))
    return " ".join("".join(parts).split())


def _has_words(token: Token) -> bool:
    return token.type in ("text", "code_inline", "softbreak")


def _finish(tokens: list[Token], guide: Guide) -> None:
    """Give headings their ids, and turn links between files into links between pages."""
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", _heading_id(_words(tokens[at + 1]), seen))
        for child in token.children or []:
            if child.type == "link_open":
                _turn(child, guide)
            elif child.type == "image":  # pictures are not served: what they show, in words
                child.type, child.tag, child.attrs = "text", "", {}


def _heading_id(title: str, seen: dict[str, int]) -> str:
    """As the usual viewers of Markdown make it, so that links work there and here."""
    made = _NOT_IN_ID.sub("", title.lower()).replace(" ", "-")
    count = seen[made] = seen.get(made, -1) + 1
    return f"{made}-{count}" if count else made


def _turn(link: Token, guide: Guide) -> None:
    target = str(link.attrGet("href") or "")
    if _OUTSIDE.match(target):
        link.attrSet("rel", "noreferrer")
        return
    file, _, anchor = target.partition("#")
    if not file:
        return
    path = (guide.path.parent / file).resolve()
    found = next((other for other in list_guides().values() if other.path.resolve() == path), None)
    changed: dict[str, Any] = {"href": found.address + (f"#{anchor}" if anchor else "")} if found else {}
    link.attrs = changed  # a link to a file that is not served leads nowhere
