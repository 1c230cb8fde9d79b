"""Two hundred hostile texts, in every field of an article at once: nothing runs or is loaded, all reads as sent."""

from tests.browser.conftest import OpenVisit, Visit
from tests.browser.payloads import PAYLOADS

_FOREIGN = (
    "iframe, img, style, base, object, embed, svg, math, video, meta[http-equiv], "
    "link[rel=stylesheet]:not([href^='/review/static/'])"
)
_HANDLERS = (
    "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
    ".filter(name => name.startsWith('on') || name === 'style')"
)


def test_there_are_two_hundred_of_them() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 200


def test_hostile_articles_run_nothing_load_nothing_and_read_as_they_were_sent(open_visit: OpenVisit) -> None:
    visit = open_visit(role="admin")
    for article_id, text in visit.site.hostile.items():
        page = visit.article(article_id)

        assert page.evaluate("document.getElementById('text').textContent") == text
        assert page.locator(_FOREIGN).count() == 0
        assert page.locator("script").count() == 3
        assert page.evaluate(_HANDLERS) == []
    assert visit.alarms == []


def test_pages_that_list_them_run_nothing_either(open_visit: OpenVisit) -> None:
    visit = open_visit(role="admin")
    page = visit.open("/review/?state=all")
    for _ in range(9):
        assert page.locator(_FOREIGN).count() == 0
        assert page.evaluate(_HANDLERS) == []
        older = page.locator(".pages a[rel=next]")
        if older.count() == 0:
            break
        older.click()
    assert visit.alarms == []


def test_what_is_typed_comes_back_as_it_was_typed_and_runs_nothing(open_visit: OpenVisit) -> None:
    """Notes, searches and refused forms."""
    visit = open_visit(role="admin")
    article_id = visit.site.add_article()
    for text in PAYLOADS[::40]:
        page = visit.open(f"/review/organisations?q={''.join(f'%{byte:02X}' for byte in text[:200].encode())}")
        assert page.locator(_FOREIGN).count() == 0
        page = visit.article(article_id)
        page.locator("#note").fill(text)
        page.get_by_role("button", name="Record, and stay").click()
        assert page.locator("#note").input_value() == text.replace("\r\n", "\n").replace("\r", "\n").strip()
        assert page.locator(_FOREIGN).count() == 0
    visit.alarms = [alarm for alarm in visit.alarms if "422" not in alarm]  # Chromium notes a refused form
    assert visit.alarms == []


def test_direction_marks_cannot_turn_the_words_around_them(visit: Visit) -> None:
    """The letters after an override are drawn from left to right, in the text and in the heading."""
    (article_id,) = [known for known, text in visit.site.hostile.items() if "gnp.exe" in text]
    page = visit.article(article_id)
    left_edges = page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf('gnp.exe');
                if (at < 0) continue;
                return [...'gnp.exe'].map((_, i) => {
                    const range = document.createRange();
                    range.setStart(walker.currentNode, at + i);
                    range.setEnd(walker.currentNode, at + i + 1);
                    return range.getBoundingClientRect().left;
                });
            }
        }"""
    )

    assert len(left_edges) == len("gnp.exe")
    assert left_edges == sorted(left_edges)
