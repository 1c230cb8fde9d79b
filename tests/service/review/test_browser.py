"""The pages in a real browser: nothing hostile runs, reasons show on focus, and JavaScript is not needed."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from store import users
from store.bootstrap import migrate
from store.database import open_database
from tests.conftest import ROOT
from tests.service.review import samples
from tests.service.review.conftest import PASSWORD
from tests.store.servers import give_up

pytestmark = pytest.mark.end_to_end
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "\"' autofocus onfocus=alert(1) x='\"",
    "</div></bdi></a><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<style>body{display:none}</style><base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "javascript:alert(1)",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<textarea></textarea><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }}",
    "one\r\ntwo\rthree\n\nfour\u2028five",
    "ze\u200bro \u202egnp.exe\u202c \u2066x\u2069\u2069 \ufeff",
    "👨‍👩‍👧 ❤️ e\u0301 שלום مرحبا",
]


@dataclass(frozen=True)
class Site:
    """The served application and the articles in it."""

    url: str
    english: str
    russian: str
    hostile: dict[str, str]


def hostile_report(text: str) -> dict[str, Any]:
    """The payload in a label, a reason, an organisation's name and the lists."""
    report = samples.empty_report(text)
    evidence = {"start": 0, "end": len(text), "text": text, "reason": text}
    report["violence"]["findings"] = [{"label": text, "score": 0.9, "evidence": [evidence]}]
    listing = dict.fromkeys(("jurisdiction", "list", "kind", "since", "until", "status"), text)
    report["designations"]["mentions"] = [
        {
            **evidence,
            "organisation": {"id": "x", "name": text},
            "score": 1.0,
            "marked": False,
            "marker": None,
            "footnote": None,
            "designated_by": [listing],
        }
    ]
    return report


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    database = open_database(f"sqlite:///{folder / 'obelus.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        for name in ("maria", "hostile", "keyboard", "plain", "russian"):
            users.add_user(session, name, PASSWORD)
    hostile = {
        samples.add_read_article(database, text, hostile_report(text), title=text, source=text): text
        for text in PAYLOADS
    }
    english, russian = (
        samples.add_read_article(database, text, samples.sample_report(text, language), title=text.split("\n")[0])
        for text, language in ((samples.ENGLISH, "en"), (samples.RUSSIAN, "ru"))
    )
    database.dispose()
    with _served(folder) as url:
        yield Site(url, english, russian, hostile)


class _served:  # noqa: N801 - used like a function
    """The application under gunicorn on a free loopback port."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "OBELUS_DATA_DIR": str(folder), "OBELUS_REDIS_URL": f"unix://{folder}/no.sock"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--threads", "4", "service.wsgi:create()"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> str:
        assert self.process.stderr is not None
        seen: list[str] = []
        for line in self.process.stderr:
            seen.append(line)
            if found := _LISTENING.search(line):
                # Read on, so that the pipe never fills up.
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return found[1]
        raise AssertionError("gunicorn did not start:\n" + "".join(seen))

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        if self.process.stderr is not None:
            self.process.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        give_up("no Chromium is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield launched
        launched.close()


class Visit:
    """A browser window that notes what should never happen."""

    def __init__(self, browser: Browser, site: Site, **options: Any) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(**({"locale": "en-GB"} | options))
        self.page: Page = self.context.new_page()
        self.alarms: list[str] = []
        self.page.on("dialog", self._on_dialog)
        self.page.on("console", lambda message: self.alarms.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.alarms.append(f"error: {error}"))
        self.page.on("request", self._on_request)

    def _on_dialog(self, dialog: Any) -> None:
        self.alarms.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Any) -> None:
        if not request.url.startswith(self.site.url):
            self.alarms.append(f"request: {request.url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def sign_in(self, name: str) -> Page:
        page = self.open("/review/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/review/")
        return page

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    opened = Visit(browser, site)
    yield opened
    opened.close()


def test_hostile_articles_run_nothing_load_nothing_and_read_as_they_were_sent(visit: Visit) -> None:
    page = visit.sign_in("hostile")
    visit.open("/review/?state=all")
    assert page.locator(".queue > li").count() >= len(PAYLOADS)
    for article_id, text in visit.site.hostile.items():
        visit.open(f"/review/articles/{article_id}")

        assert page.evaluate("document.getElementById('text').textContent") == text
        assert page.locator("script, iframe, img, style, base, object").count() == 0

    assert visit.alarms == []


def test_direction_marks_cannot_turn_the_words_around_them(visit: Visit) -> None:
    """The letters after an override are drawn from left to right, in the text and in the heading."""
    (article_id,) = [known for known, text in visit.site.hostile.items() if "gnp.exe" in text]
    visit.sign_in("hostile")
    page = visit.open(f"/review/articles/{article_id}")
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


def _tooltip(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.activeElement, '::after').content"))


def test_the_keyboard_alone_shows_why_words_are_marked_and_leads_to_the_entry_and_back(visit: Visit) -> None:
    visit.sign_in("keyboard")
    page = visit.open(f"/review/articles/{visit.site.english}")
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
    visit.sign_in("maria")
    page = visit.open(f"/review/articles/{visit.site.english}")
    passage = page.locator("#text .mark", has_text="cowardly crime of traitors")
    assert passage.evaluate("e => getComputedStyle(e, '::after').content") == "none"
    passage.hover()

    assert "Words with strong feeling." in passage.evaluate("e => getComputedStyle(e, '::after').content")


def test_an_article_is_decided_without_javascript(browser: Browser, site: Site) -> None:
    visit = Visit(browser, site, java_script_enabled=False)
    visit.sign_in("plain")
    page = visit.open(f"/review/articles/{site.russian}?lang=en")
    page.locator("#f-violence-0").get_by_label("right", exact=True).check()
    page.locator("#decision").get_by_label("label", exact=True).check()
    page.get_by_label("Note", exact=True).fill("Checked.")
    page.get_by_role("button", name="Record decision").click()

    assert page.get_by_role("status").inner_text().startswith("Your decision is recorded.")
    assert "Checked." in page.locator(".history").inner_text()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/review/sign-in")
    visit.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_the_window(browser: Browser, site: Site, width: int, scheme: Any) -> None:
    visit = Visit(browser, site, viewport={"width": width, "height": 800}, color_scheme=scheme)
    visit.sign_in("russian")
    pages = ["/review/?state=all&lang=ru", f"/review/articles/{site.russian}", "/review/password", "/review/nothing"]
    pages += [f"/review/articles/{article_id}" for article_id in list(site.hostile)[:2]]
    for path in pages:
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    visit.close()
