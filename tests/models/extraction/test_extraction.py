"""The article of a page: its words, its marks and the notices that label them, and none of the page around it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.extraction import MOST_ELEMENTS, ExtractionError, extract_article

PAGES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "pages.yaml").read_text("utf-8"))
LINKED = '<script type="application/ld+json">%s</script>'
GRAPH = (
    '{"@graph":[{"@type":"WebPage","headline":"no"},{"@type":["NewsArticle"],"headline":"b",'
    '"datePublished":"2024-03-05T10:00:00Z","publisher":{"name":"Example News"}}]}'
)
TEXT = "<p>The council of the town voted on the budget on Tuesday after a long debate.</p>"


@pytest.mark.parametrize("page", PAGES, ids=[page["name"] for page in PAGES])
def test_a_page_gives_its_article(page: dict[str, Any]) -> None:
    if page["text"] is None:
        with pytest.raises(ExtractionError) as raised:
            extract_article(page["html"])
        assert raised.value.code == "no_article_text"
    else:
        assert extract_article(page["html"]).text == page["text"]


@pytest.mark.parametrize("page", [page for page in PAGES if page["text"]], ids=lambda page: str(page["name"]))
def test_no_space_or_break_is_left_over(page: dict[str, Any]) -> None:
    text = extract_article(page["html"]).text
    assert text == text.strip()
    assert not any(line != line.strip() for line in text.split("\n"))
    assert "\n\n\n" not in text
    assert "  " not in text


@pytest.mark.parametrize(
    ("head", "title", "source", "published_at"),
    [
        ("", None, None, None),
        ("<title> Town \n shelled </title>", "Town shelled", None, None),
        ('<title>a</title><meta property="og:title" content="b">', "b", None, None),
        ('<meta property="og:site_name" content="Example News">', None, "Example News", None),
        (
            '<meta property="article:published_time" content="2024-03-05T10:00:00+0300">',
            None, None, "2024-03-05T10:00:00+03:00",
        ),
        ('<meta property="article:published_time" content="2024-03-05T10:00:00">', None, None, "2024-03-05"),
        ('<meta property="article:published_time" content="2024-02-31">', None, None, None),
        ('<meta property="article:published_time" content="yesterday">', None, None, None),
        ('<meta property="article:published_time" content="0001-01-01T00:00:00+14:00">', None, None, None),
        ('<meta itemprop="datePublished" content="2024-03-05">', None, None, "2024-03-05"),
        (LINKED % GRAPH, "b", "Example News", "2024-03-05T10:00:00+00:00"),
        (LINKED % '{"@type":"NewsArticle","headline":[1],"publisher":7}', None, None, None),
        (LINKED % "not JSON", None, None, None),
    ],
)  # fmt: skip
def test_only_what_a_page_says_for_programs_is_taken(
    head: str, title: str | None, source: str | None, published_at: str | None
) -> None:
    found = extract_article(f"<html><head>{head}</head><body>{TEXT}<p>5 March 2019</p></body></html>")
    assert (found.title, found.source, found.published_at) == (title, source, published_at)


def test_an_entity_bomb_expands_to_nothing() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = extract_article(f'<!DOCTYPE html [<!ENTITY e0 "ha">{bomb}]><body>{TEXT}<p>&e9;</p></body>').text
    assert len(text) < 1_000


def test_deep_nesting_is_read_to_where_the_parser_goes() -> None:
    assert "council" in extract_article(TEXT + "<div>" * 100_000 + "deep").text


def test_a_page_of_too_many_elements_is_refused() -> None:
    with pytest.raises(ExtractionError) as raised:
        extract_article("<p>a" * MOST_ELEMENTS)
    assert raised.value.code == "html_unreadable"
