"""What happens while a page is open appears on it without a reload: by a stream, and by asking where none is."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from store.queues import open_queues
from tests.browser.conftest import Served, Site, Visit
from tests.browser.test_keyboard import leave
from tests.service.review import samples
from tests.store.servers import serve_redis

ASKED_EVERY_MS = 20_000  # static/live.js


class Newsroom:
    """Somebody looks at the queue; then an article is read, and another person decides on one."""

    def __init__(self, browser: Browser, site: Site, *, redis_url: str | None = None) -> None:
        self.site = site
        self.redis_url = redis_url
        self.earlier = site.add_article("Earlier\n\n" + samples.ENGLISH)
        self.reader, self.other = Visit(browser, site), Visit(browser, site, role="lead")
        self.reader.page.clock.install()
        with self.reader.page.expect_response("**/review/live") as streamed:
            self.page = self.reader.open("/review/?order=newest")
        self.streamed = streamed.value.status
        self.page.evaluate("window.isTheSamePage = true")

    def read_an_article(self) -> str:
        """As a classify worker does: saved first, told afterwards."""
        made = self.site.add_article("Just in\n\n" + samples.ENGLISH)
        if self.redis_url is not None:
            queues = open_queues(self.redis_url)
            queues.announce_done(made)
            queues.redis.close()
        return made

    def decide(self) -> None:
        self.other.article(self.earlier)
        self.other.press("b", "Enter")
        leave(self.other, self.other.page)

    def expect_news(self, *, articles: int, decisions: int) -> None:
        expect(news(self.page)).to_have_text(f"new: {articles}, decided by others: {decisions}")
        assert self.page.evaluate("window.isTheSamePage")
        assert self.page.locator("[data-article]").first.get_attribute("data-article") == self.earlier, "nothing moved"

    def follow(self, newest: str) -> None:
        news(self.page).click()
        expect(self.page.locator("[data-article]").first).to_have_attribute("data-article", newest)
        assert self.page.locator(f"[data-article='{self.earlier}']").count() == 0
        assert self.reader.alarms == []

    def close(self) -> None:
        self.reader.close()
        self.other.close()


def news(page: Page) -> Locator:
    return page.locator("#news a")


@pytest.fixture
def redis() -> Iterator[tuple[str, ExitStack]]:
    """Its URL, and what ends it."""
    with ExitStack() as running:
        yield running.enter_context(serve_redis()), running


@pytest.fixture
def live_site(site: Site, redis: tuple[str, ExitStack]) -> Iterator[Site]:
    """The same articles, served by a process that has a Redis."""
    folder = Path(str(site.database.engine.url.database)).parent
    with Served(folder, redis[0]) as url:
        yield replace(site, url=url)


def test_a_stream_brings_articles_and_decisions(
    browser: Browser, live_site: Site, redis: tuple[str, ExitStack]
) -> None:
    """Within 5 seconds: too soon for a page that asks now and then."""
    room = Newsroom(browser, live_site, redis_url=redis[0])
    assert room.streamed == 200
    newest = room.read_an_article()
    expect(news(room.page)).to_have_text("new: 1")
    room.decide()
    room.expect_news(articles=1, decisions=1)
    room.follow(newest)
    room.close()


def test_without_redis_the_page_asks(browser: Browser, site: Site) -> None:
    room = Newsroom(browser, site)
    assert room.streamed == 204
    newest = room.read_an_article()
    room.decide()
    assert news(room.page).inner_text() == ""
    room.page.clock.fast_forward(ASKED_EVERY_MS)
    room.expect_news(articles=1, decisions=1)
    room.follow(newest)
    room.close()


def test_a_redis_that_goes_away_is_made_up_for(browser: Browser, live_site: Site, redis: tuple[str, ExitStack]) -> None:
    """The stream ends; the browser asks for another, gets none, and the page asks from then on."""
    room = Newsroom(browser, live_site)
    assert room.streamed == 200
    with room.page.expect_response(lambda answer: answer.url.endswith("/live") and answer.status == 204):
        redis[1].close()
    newest = room.read_an_article()
    room.decide()
    assert news(room.page).inner_text() == ""
    room.page.clock.fast_forward(ASKED_EVERY_MS)
    room.expect_news(articles=1, decisions=1)
    room.follow(newest)
    room.close()
