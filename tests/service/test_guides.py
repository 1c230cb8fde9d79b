"""The pages of docs/ as the service shows them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from apiflask import APIFlask
from markdown_it import MarkdownIt

from service import guides
from tests.conftest import ROOT

NAMES = list(guides.list_guides())


class Page(HTMLParser):
    """Tags, ids and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")


def test_every_file_of_docs_is_a_page() -> None:
    files = {*(ROOT / "docs").glob("**/*.md"), *(ROOT / "models").glob("*/CARD.md")}
    assert {guide.path for guide in guides.list_guides().values()} == files


@pytest.mark.parametrize("name", NAMES)
def test_a_guide_is_a_whole_page_without_script_or_style_of_its_own(app: APIFlask, name: str) -> None:
    answer = app.test_client().get(guides.BASE + name)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    page = Page(answer.text)
    assert not {"script", "style", "iframe", "img", "form"} & page.tags
    assert not {one for one in page.attributes if one.startswith("on") or one == "style"}
    assert page.tags >= {"h1", "main", "title"}
    assert len(page.ids) == len(set(page.ids))


def test_every_link_of_every_guide_leads_somewhere(app: APIFlask) -> None:
    client = app.test_client()
    ids: dict[str, list[str]] = {}
    broken = []
    for name in NAMES:
        for link in Page(client.get(guides.BASE + name).text).links:
            path, _, anchor = link.partition("#")
            path = path or guides.BASE + name
            if path not in ids and not link.startswith("https://"):
                with client.get(path) as found:
                    assert found.status_code < 400, f"{link} of {name}"
                    ids[path] = Page(found.text).ids if found.mimetype == "text/html" else []
            if anchor and path in ids and anchor not in ids[path]:
                broken.append(f"{link} of {name}")
    assert broken == []


def _links(path: Path) -> Iterator[str]:
    for token in MarkdownIt("commonmark").parse(path.read_text("utf-8")):
        for child in token.children or []:
            if child.type == "link_open":
                yield str(child.attrGet("href"))


@pytest.mark.parametrize("path", [*(ROOT / "docs").glob("**/*.md"), ROOT / "README.md"], ids=lambda path: path.stem)
def test_every_link_between_files_leads_to_one(path: Path) -> None:
    for link in _links(path):
        if not re.match(r"https?:|#", link):
            assert (path.parent / link.partition("#")[0]).exists(), link


def test_the_list_names_them_all(app: APIFlask) -> None:
    links = Page(app.test_client().get("/docs/guides/").text).links
    assert {guides.BASE + name for name in NAMES} <= set(links)
    assert "/docs/guides/" in Page(app.test_client().get("/docs").text).links


@pytest.mark.parametrize(
    "name", ["none", "../README", "..%2fREADME", "webhooks.md", "decisions/", "%00", "pictures/make"]
)
def test_there_is_no_other_page(app: APIFlask, name: str) -> None:
    answer = app.test_client().get(guides.BASE + name)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_markdown_brings_no_html_and_no_script(tmp_path: Path) -> None:
    text = (
        "# A <script>alert(1)</script>\n\n<img src=x onerror=a()>\n\n[a](javascript:alert(1)) [b](../x.md) ![c](d.png)"
    )
    path = tmp_path / "page.md"
    path.write_text(text)
    guide = guides.Guide("page", "Guides", path, "", "")
    parser = guides._parser()
    tokens = parser.parse(text)
    guides._finish(tokens, guide)
    page = Page(parser.renderer.render(tokens, parser.options, {}))
    assert page.tags == {"h1", "p", "a"}
    assert page.links == []
