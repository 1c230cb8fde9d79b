"""Reading an article: reasons show on hover and focus, graphic words when asked for; all of it without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import GRAPHIC, GRAPHIC_SENTENCE, PASSWORD, OpenVisit, Visit
from tests.service.review import samples


def _tooltip(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.activeElement, '::after').content"))


def test_the_keyboard_alone_shows_why_words_are_marked_and_leads_to_the_entry_and_back(visit: Visit) -> None:
    page = visit.article(visit.site.english)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "used whole families as cover":
            break
    mark_id = page.evaluate("document.activeElement.id")

    assert "Human shields" in _tooltip(page)
    assert "People are used as a shield." in _tooltip(page)
    page.keyboard.press("Enter")
    assert page.url.endswith("#f-violence-1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"#{mark_id}"
    page.keyboard.press("Enter")
    assert page.url.endswith(f"#{mark_id}")
    page.go_back()
    assert visit.alarms == []


def test_pointing_at_a_passage_shows_why_it_is_marked(visit: Visit) -> None:
    page = visit.article(visit.site.english)
    passage = page.locator("#text .mark", has_text="cowardly crime of traitors")
    assert passage.evaluate("e => getComputedStyle(e, '::after').content") == "none"
    passage.hover()

    assert "Words with strong feeling." in passage.evaluate("e => getComputedStyle(e, '::after').content")

    assert "Source bias 1.0.0" in passage.evaluate("e => getComputedStyle(e, '::after').content")


def test_an_article_is_decided_without_javascript(open_visit: OpenVisit) -> None:
    visit = open_visit(java_script_enabled=False, role=None)
    page = visit.open("/review/")
    page.get_by_label("User name").fill("lead")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/review/")
    article_id = visit.site.add_article()
    visit.article(article_id)
    page.locator("#f-violence-0").get_by_label("right", exact=True).check()
    page.locator("#decision").get_by_role("radio", name="label", exact=True).check()
    page.locator("#note").fill("Checked.")
    page.locator("#missed summary").click()
    page.locator("#missed textarea").fill("fired from the roofs")
    page.locator("#missed input[list]").fill("violence.armed_attack")
    page.get_by_role("button", name="Record, and stay").click()

    assert page.locator(".told [role=status]").inner_text().startswith("Your decision is recorded.")
    assert "Checked." in page.locator(".history").inner_text()
    assert "fired from the roofs" in page.locator("#missed-0").inner_text()
    assert not page.locator("kbd").first.is_visible()
    page.locator(".told").get_by_role("button", name="Take back").click()
    assert "a decision taken back" in page.locator(".history").inner_text()
    page.get_by_role("link", name="Keyboard").click()
    assert page.get_by_role("heading", name="The keyboard").is_visible()
    page.locator(".menu.mine summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/review/sign-in")


def _blur(page: Page, words: str) -> Any:
    return page.locator("#text .veiled", has_text=words).first.evaluate("e => getComputedStyle(e).filter")


@pytest.mark.parametrize("has_script", [True, False], ids=["with JavaScript", "without"])
def test_graphic_words_are_veiled_until_they_are_asked_for(open_visit: OpenVisit, has_script: bool) -> None:
    visit = open_visit(java_script_enabled=has_script)
    page = visit.article(visit.site.graphic)

    assert page.locator("#text .veiled").all_inner_texts() != []
    assert "".join(page.locator("#text .veiled").all_inner_texts()) == GRAPHIC_SENTENCE
    assert _blur(page, "skull").startswith("blur(")
    assert page.locator("#f-violence-0 .veiled").count() == 1
    assert "Severity 6 of 7" in page.locator(".care").inner_text()
    page.get_by_label("Show graphic passages").check()
    assert _blur(page, "skull") == "none"
    assert page.locator("#text").evaluate("e => e.textContent") == GRAPHIC


def test_who_wants_them_at_once_gets_them_at_once(visit: Visit) -> None:
    page = visit.open("/review/comfort")
    page.get_by_label("Graphic passages at once").check()
    page.get_by_role("button", name="Save").click()
    visit.article(visit.site.graphic)

    assert _blur(page, "skull") == "none"
    assert page.locator("#unveil").count() == 0


def test_a_reduced_text_shows_what_is_marked_and_the_rest_when_asked_for(visit: Visit) -> None:
    page = visit.open("/review/comfort")
    page.get_by_label("Reduced text").check()
    page.get_by_label("Without colours").check()
    page.get_by_role("button", name="Save").click()
    visit.article(visit.site.graphic)
    folded = page.locator("#text .folded", has_text="Trucks came")

    assert page.locator("html").evaluate("e => getComputedStyle(e).filter") == "grayscale(1)"
    assert folded.evaluate("e => getComputedStyle(e).fontSize") == "0px"
    visit.press("w")
    assert folded.evaluate("e => getComputedStyle(e).fontSize") != "0px"
    assert page.locator("#text").evaluate("e => e.textContent") == GRAPHIC


def test_a_person_is_told_how_many_severe_articles_they_read_today(visit: Visit) -> None:
    visit.article(visit.site.graphic)
    visit.article(visit.site.graphic)
    page = visit.open("/review/comfort")

    assert "Severe articles today: 1, 0 min" in page.locator("main").inner_text()


def test_an_earlier_article_like_it_is_shown_with_what_was_decided(visit: Visit) -> None:
    text = "Rain over the hills\n\nThe river rose by a metre in the night, and the old bridge was closed to carts.\n"
    earlier = visit.site.add_plain_article(text)
    page = visit.article(visit.site.add_plain_article(text.replace("a metre", "one metre")))
    shown = page.locator("section", has=page.get_by_role("heading", name="Earlier articles like this one"))

    assert "% alike" in shown.inner_text()
    shown.get_by_role("link").click()
    page.wait_for_url(f"**/articles/{earlier}")


def test_the_labelled_text_is_shown_as_a_diff(visit: Visit) -> None:
    page = visit.article(visit.site.english)
    visit.press("d")
    page.wait_for_url("**/labelled")

    assert page.locator("#text ins").count() == page.locator(".changes li").count() > 0
    kept = page.locator("#text").evaluate(
        "e => [...e.childNodes].filter(n => n.nodeName !== 'INS').map(n => n.textContent).join('')"
    )
    assert kept == samples.ENGLISH
