"""The dashboard under gunicorn, and Debian's Chromium in front of it."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select

from service.review.visitor import COOKIE, COOKIE_PATH
from store import appeals, endpoints, suggestions, users
from store.appeals import NewAppeal
from store.bootstrap import migrate
from store.database import Database, open_database
from store.reviews import NewDecision, add_decision
from store.suggestions import NewSuggestion
from store.tables import ArticleRow, UserRow
from tests.browser.payloads import GROUPS, hostile_report, hostile_text
from tests.conftest import ROOT
from tests.service.review import samples
from tests.store.servers import give_up
from workers.figures import FigureKeeper

PASSWORD = "correct horse battery"
PICTURES = ROOT / "build" / "browser"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")
GRAPHIC_SENTENCE = "The body lay with its skull crushed beside the counter of the bakery."
GRAPHIC = f"Nine dead in Tel Arun\n\nThe hospital counted the dead. {GRAPHIC_SENTENCE} Trucks came at noon.\n"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them start a server and a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("end_to_end")


@dataclass(frozen=True)
class Site:
    """The served application, its database, and the articles in it; sign-in tokens by role."""

    url: str
    database: Database
    english: str
    russian: str
    graphic: str
    hostile: dict[str, str]
    tokens: dict[str, str]
    decided: str
    appeal: str
    key: str
    endpoint: str

    def add_article(self, text: str = samples.ENGLISH, **fields: Any) -> str:
        fields.setdefault("title", text.split("\n", maxsplit=1)[0])
        return samples.add_read_article(self.database, text, samples.sample_report(text, "en"), **fields)

    def add_plain_article(self, text: str) -> str:
        return samples.add_read_article(
            self.database, text, samples.empty_report(text), title=text.split("\n", maxsplit=1)[0]
        )


def graphic_report() -> dict[str, Any]:
    report = samples.empty_report(GRAPHIC)
    start = GRAPHIC.index(GRAPHIC_SENTENCE)
    end = start + len(GRAPHIC_SENTENCE)
    spans = ((0, 21, 0.0), (23, start - 1, 0.0), (start, end, 0.93), (end + 1, len(GRAPHIC) - 1, 0.0))
    report["violence"] |= {
        "score": 0.97,
        "graphic": 0.93,
        "severity": 6,
        "sentences": [
            {"start": a, "end": b, "score": 0.5, "graphic": graphic, "inciting": 0.0} for a, b, graphic in spans
        ],
        "findings": [
            samples.finding(GRAPHIC, "violence.killing", 0.9, "skull crushed", "Says that somebody died.", severity=6)
        ],
    }
    return report


def add_what_happened(database: Database) -> tuple[str, str, str, str]:
    """An article with a history; the ids of it, its appeal, a key and an endpoint. Suggestions beside them."""
    text = samples.ENGLISH
    decided = samples.add_read_article(database, text, samples.sample_report(text, "en"), title="Decided and appealed")
    said = {"violence/0": "upheld", "source_bias/0": "overturned"}
    with database.writing() as session:
        article = session.get_one(ArticleRow, decided)
        reviewer = session.scalars(select(UserRow.id)).first() or ""
        made = NewDecision(reviewer, "block", said, "Seen twice.", labels={"violence/2": "violence.killing"})
        add_decision(session, article, made)
        appeal = appeals.add_appeal(session, article, NewAppeal("It was a quotation.", "key_1", "the author")).id
        key = samples.key_id(session)
        receiver = "https://receiver.example.org/a/rather/long/path/for/deliveries"
        endpoint = endpoints.add_endpoint(session, receiver, events=["article.reviewed"]).id
        for is_kept in (True, False):
            scores = {"TOXICITY": {"summaryScore": {"value": 0.25}}, "SEVERE_TOXICITY": {"spanScores": [{}]}}
            new = NewSuggestion(text, is_kept, scores, languages=["en"], community="comments")
            suggestions.add_suggestion(session, new, api_key_id=key)
    return decided, appeal, key, endpoint


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    database = open_database(f"sqlite:///{folder / 'obelus.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        made = {role: users.add_user(session, role, PASSWORD, role=role) for role in ("moderator", "lead", "admin")}
        tokens = {role: users.start_sign_in(session, user) for role, user in made.items()}
    hostile = {}
    for group in GROUPS:
        text = hostile_text(group)
        added = samples.add_read_article(database, text, hostile_report(group), title=text, source=text)
        hostile[added] = text
    english, russian = (
        samples.add_read_article(database, text, samples.sample_report(text, language), title=text.split("\n")[0])
        for text, language in ((samples.ENGLISH, "en"), (samples.RUSSIAN, "ru"))
    )
    graphic = samples.add_read_article(database, GRAPHIC, graphic_report(), title="Nine dead in Tel Arun")
    decided, *others = add_what_happened(database)
    keeper = FigureKeeper(database)
    while keeper.turn():
        pass
    with Served(folder) as url:
        yield Site(url, database, english, russian, graphic, hostile, tokens, decided, *others)
    database.dispose()


class Served:
    """The application under gunicorn on a free loopback port; without a Redis unless one is named."""

    def __init__(self, folder: Path, redis_url: str | None = None) -> None:
        redis_url = redis_url or f"unix://{folder}/no.sock"
        environment = {**os.environ, "OBELUS_DATA_DIR": str(folder), "OBELUS_REDIS_URL": redis_url}
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
    """A browser for one file. Playwright keeps an event loop running in this thread, which no later test can bear."""
    program = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        give_up("no Chromium is installed")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield launched
        launched.close()


class Visit:
    """A browser window that notes what should never happen. Signed in by the cookie that a sign-in would set."""

    def __init__(self, browser: Browser, site: Site, *, role: str | None = "moderator", **options: Any) -> None:
        self.site = site
        self.context: BrowserContext = browser.new_context(**({"locale": "en-GB"} | options))
        if role is not None:
            cookie = {"name": COOKIE, "value": site.tokens[role], "url": f"{site.url}{COOKIE_PATH}"}
            self.context.add_cookies([cookie])  # type: ignore[list-item]
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

    def article(self, article_id: str) -> Page:
        return self.open(f"/review/articles/{article_id}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def close(self) -> None:
        self.context.close()


OpenVisit = Callable[..., Visit]


@pytest.fixture
def open_visit(browser: Browser, site: Site) -> Iterator[OpenVisit]:
    opened: list[Visit] = []

    def open_one(**options: Any) -> Visit:
        opened.append(Visit(browser, site, **options))
        return opened[-1]

    yield open_one
    for visit in opened:
        visit.close()


@pytest.fixture
def visit(open_visit: OpenVisit) -> Visit:
    return open_visit()
