"""An article's text out of a web page: no menu, no advertisement, and every mark and notice that labels a name.

Trafilatura decides what the article is; a notice that it leaves behind with the page's footer is brought back, for
without it a marked name would look unmarked.
"""

from dataclasses import dataclass

MOST_ELEMENTS = 30_000  # a long page has a few thousand; above this an extraction would take seconds


class ExtractionError(Exception):
    """Why a page gave no article; ``code`` is ``no_article_text`` or ``html_unreadable``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a page says. All but the text only where the page's own metadata says so in a form made for programs."""

    text: str
    title: str | None = None
    source: str | None = None
    published_at: str | None = None


def extract_article(html: str) -> Extracted:
    """The article of a page, in time about linear in its elements. Raises ExtractionError."""
    from models.extraction import metadata, notes, plain, tree  # lxml and trafilatura: only where a page is read

    page = tree.parse(html)
    found = metadata.read(page)
    tree.clean(page)
    kept = notes.find(page)  # before trafilatura, which takes the tree apart
    tree.drop_menus(page)
    text = plain.read(page)
    if not text:
        raise ExtractionError("no_article_text")
    missing = notes.missing(kept, text)
    return Extracted("\n\n".join([text, *missing]), found.title, found.source, found.published_at)
