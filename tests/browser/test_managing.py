"""What leads and admins do, by the mouse: many at once, appeals, the policy, keys, endpoints, the second factor."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pyotp import TOTP

from store import appeals, suggestions, users
from store.appeals import NewAppeal
from store.suggestions import NewSuggestion
from store.tables import ArticleRow
from tests.browser.conftest import PASSWORD, OpenVisit, Site, Visit
from tests.service.review import samples


@pytest.fixture
def boss(open_visit: OpenVisit) -> Iterator[Visit]:
    visit = open_visit(role="admin")
    yield visit
    assert visit.alarms == []


def state(site: Site, article_id: str) -> tuple[str | None, str]:
    with site.database.reading() as session:
        row = session.get_one(ArticleRow, article_id)
        return row.action, row.review_state


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def test_many_are_decided_on_after_a_dry_run_and_taken_back(boss: Visit) -> None:
    chosen = [boss.site.add_article(f"Together {number}\n\n{samples.ENGLISH}") for number in (1, 2)]
    before = [state(boss.site, one) for one in chosen]
    page = boss.open("/review/?order=newest")
    for one in chosen:
        page.locator(f"[data-article='{one}'] input[type=checkbox]").check()
    page.locator("#deed").select_option("allow")
    press(page, "See what it would do")
    assert "2 articles would be decided on." in page.locator("main").inner_text()
    assert [state(boss.site, one) for one in chosen] == before
    press(page, "Do it")
    assert "2 articles, 0 passed over." in page.locator("[role=status]").first.inner_text()
    assert [state(boss.site, one) for one in chosen] == [("allow", "closed")] * 2
    press(page, "Take it back")
    assert [state(boss.site, one) for one in chosen] == before


def test_an_appeal_is_ruled_on(boss: Visit) -> None:
    article_id = boss.site.add_article("Appealed\n\n" + samples.ENGLISH)
    with boss.site.database.writing() as session:
        article = session.get_one(ArticleRow, article_id)
        appeal = appeals.add_appeal(session, article, NewAppeal("It was a quotation.", "key_1", "the author"))
        action = "allow" if article.action != "allow" else "label"
    page = boss.open("/review/appeals")
    page.locator(f"[data-appeal='{appeal.id}'] [data-open]").click()
    page.locator("input[name=ruling][value=overturned]").check()
    page.locator("#action").select_option(action)
    page.locator("#note").fill("Looked at again.")
    page.locator("form.sheet button").click()
    assert page.locator("[role=status]").first.is_visible()
    assert state(boss.site, article_id) == (action, "closed")
    assert "Looked at again." in page.locator(".history").inner_text()


def test_a_policy_is_tried_before_it_is_put_in_force(boss: Visit) -> None:
    page = boss.open("/review/policy")
    page.locator("#policy-name").fill("house")
    page.locator(".rules select[name=action]").first.select_option("block")
    assert page.get_by_role("button", name="Put in force").count() == 0
    press(page, "See what it would change")
    assert page.locator("#previewed").is_visible()
    press(page, "Put in force")
    assert "In force: house" in page.locator("main").inner_text()


def test_a_key_is_made_shown_once_rotated_and_revoked(boss: Visit) -> None:
    page = boss.open("/review/keys")
    page.locator("#name").fill("newsroom")
    page.locator("input[name=scopes][value=submit]").check()
    page.locator("#sees").select_option("own")
    press(page, "Make a key")
    first = page.locator("#secret").inner_text()
    page.goto(boss.site.url + "/review/keys")
    page.get_by_role("link", name="newsroom").click()
    assert first not in page.content()
    page.locator("summary", has_text="New secret").click()
    press(page, "New secret")
    second = page.locator("#secret").inner_text()
    assert second
    assert second != first
    page.goto(boss.site.url + "/review/keys")
    page.get_by_role("link", name="newsroom").click()
    page.locator("summary", has_text="Revoke").click()
    press(page, "Revoke")
    assert "Revoked." in page.locator("[role=status]").first.inner_text()


def test_an_endpoint_is_added_paused_and_deleted(boss: Visit) -> None:
    page = boss.open("/review/endpoints")
    page.locator("#url").fill("https://receiver.example.org/hooks")
    page.locator("#description").fill("The newsroom's receiver")
    page.locator("input[name=events]").first.check()
    page.locator("form.sheet > button").click()
    assert page.locator("#secret").inner_text()
    page.goto(boss.site.url + "/review/endpoints")
    page.get_by_role("link", name="The newsroom's receiver").click()
    assert page.locator("#secret").count() == 0
    page.locator("form[action$='/pause'] button").click()
    assert page.locator("form[action$='/resume'] button").is_visible()
    boss.open("/review/deliveries")
    assert page.get_by_role("heading", name="Deliveries").is_visible()
    boss.open("/review/endpoints")
    page.get_by_role("link", name="The newsroom's receiver").click()
    page.locator("details", has=page.locator("form[action$='/delete']")).locator("summary").click()
    page.locator("form[action$='/delete'] button").click()
    assert page.get_by_role("link", name="The newsroom's receiver").count() == 0


def test_suggestions_and_the_audit_log_are_reached_by_the_menu(boss: Visit) -> None:
    with boss.site.database.writing() as session:
        new = NewSuggestion("It rained.", True, {"TOXICITY": {"summaryScore": {"value": 0.25}}})
        suggestions.add_suggestion(session, new, api_key_id=samples.key_id(session))
    page = boss.open("/review/")
    menu = page.locator("nav details.menu")
    menu.locator("summary").click()
    page.get_by_role("link", name="Suggestions").click()
    assert "It rained." in page.locator("main").inner_text()
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    menu.locator("summary").click()
    page.get_by_role("link", name="Audit log").click()
    assert page.locator("table.audit tbody tr").count() > 0


def test_the_menu_works_without_javascript(open_visit: OpenVisit) -> None:
    page = open_visit(role="admin", java_script_enabled=False).open("/review/")
    page.locator("nav details.menu summary").click()
    page.get_by_role("link", name="Policy").click()
    page.wait_for_url("**/review/policy")


def test_who_looks_claims_nothing_until_the_first_choice(open_visit: OpenVisit) -> None:
    mine, other = open_visit(), open_visit(role="lead")
    article_id = mine.site.add_article("Opened\n\n" + samples.ENGLISH)
    page = mine.article(article_id)
    expect(page.locator("[data-free]")).to_be_visible()
    assert other.article(article_id).locator("[data-holder]").count() == 0
    with page.expect_response("**/renew"):
        page.locator("#f-violence-0").get_by_label("right", exact=True).check()
    expect(page.locator("[data-held]")).to_be_visible()
    expect(page.locator("[data-free]")).to_be_hidden()
    with other.page.expect_response("**/renew"):
        other.page.locator("#note").fill("Mine too?")
    expect(other.page.locator("[data-lost]")).to_be_visible()
    assert "moderator is at work" in other.article(article_id).locator("[data-holder]").inner_text()
    page.locator("[data-held] button").click()
    page.wait_for_url("**/review/?done=released")
    other.article(article_id)
    other.press("c")
    expect(other.page.locator("[data-held]")).to_be_visible()


def test_a_second_factor_is_turned_on(open_visit: OpenVisit, site: Site) -> None:
    with site.database.writing() as session:
        user = users.add_user(session, "faye", PASSWORD, role="lead")
        site.tokens["faye"] = users.start_sign_in(session, user)
    page = open_visit(role="faye").open("/review/second-factor")
    secret = page.locator("input[name=secret]").input_value()
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill("000000")
    press(page, "Turn on")
    assert page.get_by_role("alert").is_visible()
    secret = page.locator("input[name=secret]").input_value()
    page.locator("#password").fill(PASSWORD)
    page.locator("#code").fill(TOTP(secret).now())
    press(page, "Turn on")
    assert page.locator(".recovery li").count() >= 8
