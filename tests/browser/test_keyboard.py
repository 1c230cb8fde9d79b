"""The keyboard alone: choosing, judging, deciding, taking back, going to pages; under a Russian layout too."""

import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from store.reviews import list_decisions
from store.tables import ArticleRow, DecisionRow
from tests.browser.conftest import OpenVisit, Site, Visit
from tests.service.review import samples


def decisions(site: Site, article_id: str) -> list[DecisionRow]:
    with site.database.reading() as session:
        found = list_decisions(session, article_id)
        session.expunge_all()
        return found


def review_state(site: Site, article_id: str) -> str:
    with site.database.reading() as session:
        return session.get_one(ArticleRow, article_id).review_state


def leave(visit: Visit, page: Page) -> None:
    page.wait_for_url("**recorded=*")
    assert visit.alarms == []


def test_three_keys_decide_an_article_and_lead_to_the_next(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    began = time.monotonic()
    visit.press("u", "b", "Enter")
    page.wait_for_url("**/articles/*?recorded=*")
    page.locator("#decision").wait_for()
    assert article_id not in page.url

    assert time.monotonic() - began < 2
    (made,) = decisions(visit.site, article_id)
    assert made.action == "block"
    assert set(made.findings.values()) == {"upheld"}
    assert len(made.findings) == 7
    assert review_state(visit.site, article_id) == "closed"
    assert "is recorded" in page.locator(".told [role=status]").inner_text()
    leave(visit, page)


def test_one_more_key_takes_it_back(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    visit.press("l", "Enter")
    page.wait_for_url("**recorded=*")
    visit.press("z")
    page.wait_for_url(f"**/articles/{article_id}?recorded=*")

    assert [row.kind for row in decisions(visit.site, article_id)] == ["decision", "undo"]
    assert review_state(visit.site, article_id) == "open"
    leave(visit, page)


def test_entries_are_walked_with_j_and_k_and_chosen_by_number(visit: Visit) -> None:
    page = visit.article(visit.site.add_article())
    entry = "document.activeElement.id"
    visit.press("j", "j")
    assert page.evaluate(entry) == "f-violence-1"
    assert "used whole families" in page.locator(".mark.lit").first.inner_text()
    visit.press("k", "k", "k")
    assert page.evaluate(entry) == "f-violence-0"
    visit.press("4")
    assert page.evaluate(entry) == "f-designations-0"
    visit.press("o", "3", "m", "Escape")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert page.locator("input[name='finding:designations/0'][value=overturned]").is_checked()
    assert page.locator("input[name='finding:violence/2'][value=unsure]").is_checked()
    assert page.locator("input[name^='finding:']:checked").count() == 2
    assert page.locator("#said").inner_text() == "Threat: unsure"
    assert visit.alarms == []


def test_a_note_is_written_and_sent_without_the_mouse(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    visit.press("a", "n")
    page.keyboard.type("just a bare zoo?")
    visit.press("Control+Enter")
    leave(visit, page)

    (made,) = decisions(visit.site, article_id)
    assert (made.action, made.note) == ("allow", "just a bare zoo?")


def test_handing_an_article_on_is_one_key(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    visit.press("e")
    leave(visit, page)

    assert review_state(visit.site, article_id) == "escalated"


def test_what_was_missed_is_added_from_the_selected_words(visit: Visit) -> None:
    article_id = visit.site.add_article("🏴 Gunmen & “co.”\r\n\r\n" + samples.ENGLISH)
    page = visit.article(article_id)
    page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf('fired from the roofs');
                if (at < 0) continue;
                getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + 20);
            }
        }"""
    )
    visit.press("f")
    page.keyboard.type("violence.armed_attack")
    page.get_by_role("button", name="Record, and stay").click()
    leave(visit, page)

    ((made,),) = [row.missed for row in decisions(visit.site, article_id)]
    with visit.site.database.reading() as session:
        text = session.get_one(ArticleRow, article_id).text
    assert text[made["start"] : made["end"]] == "fired from the roofs"
    assert made["label"] == "violence.armed_attack"
    assert "Armed attack" in page.locator("#missed-0").inner_text()


def test_keys_count_by_their_place_under_a_russian_layout(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    for key, code in (("г", "KeyU"), ("и", "KeyB")):
        page.evaluate(
            "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))",
            [key, code],
        )
    visit.press("Enter")
    leave(visit, page)

    assert decisions(visit.site, article_id)[0].action == "block"


@pytest.mark.parametrize(
    ("keys", "path"),
    [("gq", "/review/"), ("go", "/review/organisations"), ("ga", "/review/audit"), ("gc", "/review/comfort")],
)
def test_g_and_a_letter_go_to_a_page(open_visit: OpenVisit, keys: str, path: str) -> None:
    visit = open_visit(role="admin")
    page = visit.article(visit.site.english)
    visit.press(*keys)
    page.wait_for_url(lambda url: urlsplit(url).path == path)
    assert visit.alarms == []


def test_the_queue_is_walked_and_opened_with_keys(open_visit: OpenVisit) -> None:
    newest = open_visit().site.add_article("The newest of all\n\n" + samples.ENGLISH)
    visit = open_visit(role="lead")
    page = visit.open("/review/?order=newest")
    visit.press("j", "x")
    assert page.locator("[data-article] input:checked").count() == 1
    visit.press("j", "k", "Enter")
    page.wait_for_url(f"**/articles/{newest}*")


def test_the_next_article_is_that_of_the_queue_that_was_looked_at(visit: Visit) -> None:
    second, first = (visit.site.add_article(f"{name}\n\n{samples.ENGLISH}") for name in ("One", "Two"))
    visit.open("/review/?order=newest")
    page = visit.article(first)
    visit.press("b", "Enter")
    page.wait_for_url(f"**/articles/{second}?recorded=*")


def test_the_map_opens_and_closes_and_nothing_behind_it_hears_keys(visit: Visit) -> None:
    page = visit.article(visit.site.add_article())
    visit.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    visit.press("u", "b")
    visit.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert page.locator("input[name^='finding:']:checked").count() == 0
    assert page.locator("input[name=action][value='']").is_checked()


def test_keys_can_be_switched_off(visit: Visit) -> None:
    page = visit.open("/review/comfort")
    page.get_by_label("Without keys of one letter").check()
    page.get_by_role("button", name="Save").click()
    page = visit.article(visit.site.add_article())
    visit.press("u", "b", "Enter")

    assert page.locator("input[name^='finding:']:checked").count() == 0
    assert not page.locator("kbd").first.is_visible()


def test_who_was_overtaken_sees_what_changed_and_loses_nothing(open_visit: OpenVisit) -> None:
    mine, other = open_visit(), open_visit(role="lead")
    article_id = mine.site.add_article()
    page = mine.article(article_id)
    other.article(article_id)
    other.press("b", "Enter")
    other.page.wait_for_url("**recorded=*")
    mine.press("u", "a", "n")
    page.keyboard.type("harmless")
    mine.press("Control+Enter")
    page.get_by_role("alert").filter(has_text="changed while").wait_for()

    told = page.get_by_role("alert").inner_text()
    assert "changed while you were reading" in told
    assert "lead" in told
    assert "block" in told
    assert page.locator("#note").input_value() == "harmless"
    assert page.locator("input[name=action][value=allow]").is_checked()
    assert page.locator("input[name^='finding:']:checked").count() == 7
    assert len(decisions(mine.site, article_id)) == 1
    mine.press("Enter")
    page.wait_for_url("**recorded=*")
    assert len(decisions(mine.site, article_id)) == 2


def test_a_second_press_while_the_first_is_under_way_decides_once(visit: Visit) -> None:
    article_id = visit.site.add_article()
    page = visit.article(article_id)
    visit.press("b")
    page.evaluate("() => { const f = document.querySelector('[data-submit]'); f.requestSubmit(); f.requestSubmit(); }")
    leave(visit, page)
    assert len(decisions(visit.site, article_id)) == 1
