"""What a page says about itself in forms made for programs: Open Graph, ``article:…``, schema.org.

Nothing is guessed: a wrong date of publication would judge by the wrong lists.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from models.extraction.tree import Element, text_of

_LONGEST_TITLE = 1_000
_LONGEST_SOURCE = 300
_LONGEST_DATA = 200_000  # code points of a JSON-LD block
_MOST_NODES = 2_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})")
_ARTICLE = re.compile(r"Article$|^(?:BlogPosting|Report|LiveBlogPosting)$")


@dataclass(frozen=True, slots=True)
class Metadata:
    title: str | None
    source: str | None
    published_at: str | None


def read(root: Element) -> Metadata:
    properties = _properties(root)
    data = _article_data(root)
    headings = [text_of(element) for element in root.iter("title")]
    title = _first([properties.get("og:title"), data.get("headline"), *headings])
    publisher = data.get("publisher")
    name = publisher.get("name") if isinstance(publisher, dict) else publisher
    source = _first([properties.get("og:site_name"), name])
    dates = [properties.get("article:published_time"), data.get("datePublished"), properties.get("datepublished")]
    dates += [element.get("datetime") for element in root.iter("time") if element.get("itemprop") == "datePublished"]
    return Metadata(
        title[:_LONGEST_TITLE] if title else None,
        source[:_LONGEST_SOURCE] if source else None,
        next((moment for value in dates if (moment := _moment(value))), None),
    )


def _properties(root: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("itemprop") or meta.get("name") or ""
        if name and (content := meta.get("content")):
            found.setdefault(name.lower(), content)
    return found


def _first(values: list[Any]) -> str | None:
    """The first that is a string with words."""
    return next((" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()), None)


def _article_data(root: Element) -> Mapping[str, Any]:
    """The first article among the page's JSON-LD."""
    for script in root.xpath("//script[@type='application/ld+json']"):
        text = script.text or ""
        if len(text) > _LONGEST_DATA:
            continue
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        for node in _nodes(value):
            kinds = node.get("@type")
            if any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in _listed(kinds)):
                return node
    return {}


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = _listed(value), 0
    while waiting and seen < _MOST_NODES:
        node = waiting.pop(0)
        seen += 1
        if isinstance(node, dict):
            yield node
            waiting += _listed(node.get("@graph"))


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def _moment(value: Any) -> str | None:
    """An RFC 3339 time, or only its day where it names no zone; None for what is no date."""
    if not isinstance(value, str):
        return None
    written = value.strip().upper().replace(" ", "T", 1)
    try:
        if _TIME.fullmatch(written):
            moment = datetime.fromisoformat(written)
            moment.astimezone(UTC)  # a time of the year 1 may have no equal there
            return moment.isoformat(timespec="seconds")
        day = _DAY.match(written)
        return date.fromisoformat(day.group()).isoformat() if day else None
    except (ValueError, OverflowError):
        return None
