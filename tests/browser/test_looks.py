"""How pages look and weigh: in both languages, light and dark, from 360 px on; axe finds nothing to object to."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PICTURES, OpenVisit, Site
from tests.store.servers import give_up

FOLDER = Path(__file__).parent
MOST_BYTES = 60_000  # of a page, without the text of its article
_SHIFTS = """() => new Promise(resolve => {
    let sum = 0;
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    }).observe({type: 'layout-shift', buffered: true});
    setTimeout(() => resolve(sum), 100);
})"""


# What reaches beyond the right edge, the innermost first.
_TOO_WIDE = """() => [...document.querySelectorAll('body *')].reverse()
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1).slice(0, 5)
    .map(one => one.outerHTML.slice(0, 160))"""

# Boxes that lie on each other, and how far the page goes on below its foot.
_COVERED = """() => [...document.querySelectorAll('.panels > *')].map(one => one.getBoundingClientRect())
    .some((one, at, all) => all.slice(at + 1).some(other => one.left < other.right && other.left < one.right
        && one.top < other.bottom && other.top < one.bottom))"""
_BELOW = """() => document.documentElement.scrollHeight
    - Math.max(innerHeight, document.body.getBoundingClientRect().bottom + scrollY)"""


def pages_of(site: Site) -> dict[str, str]:
    """A name for the picture of each page, and its address."""
    return {
        "queue": "/review/?state=all",
        "queue-empty": "/review/?state=closed&label=classifier_failed",
        "article": f"/review/articles/{site.english}",
        "article-ru": f"/review/articles/{site.russian}",
        "graphic": f"/review/articles/{site.graphic}",
        "hostile": f"/review/articles/{next(iter(site.hostile))}",
        "labelled": f"/review/articles/{site.english}/labelled",
        "comfort": "/review/comfort",
        "keyboard": "/review/keyboard",
        "keys": "/review/keys",
        "key": f"/review/keys/{site.key}",
        "deliveries": "/review/deliveries?state=delivered",
        "endpoint": f"/review/endpoints/{site.endpoint}",
        "suggestions": "/review/suggestions",
        "appeal": f"/review/appeals/{site.appeal}",
        "decided": f"/review/articles/{site.decided}",
        "figures": "/review/figures?span=30d",
        "figures-sources": "/review/figures?part=sources",
        "figures-trust": "/review/figures?part=trust",
        "figures-scores": "/review/figures?part=scores",
        "system": "/review/system",
        "people": "/review/people",
        "organisations": "/review/organisations",
        "organisation": "/review/organisations/islamic-state",
        "endpoints": "/review/endpoints",
        "audit": "/review/audit",
        "appeals": "/review/appeals",
        "policy": "/review/policy",
        "password": "/review/password",
        "second-factor": "/review/second-factor",
        "nothing": "/review/nothing",
    }


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, installed as the lock file says; it is no part of Obelus."""
    if shutil.which("npm") is None:
        give_up("no npm is installed")
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FOLDER / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        give_up(f"npm ci failed: {done.stderr[-500:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def objections(page: Page, axe: str | None = None, *, rules: list[str] | None = None) -> list[Any]:
    """What axe-core finds; *axe* is its script, where the page does not have it yet."""
    if axe is not None:
        page.evaluate(axe)
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    options |= {"runOnly": rules} if rules else {}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [(one["id"], [node["target"] for node in one["nodes"]][:5]) for one in found["violations"]]


def test_axe_finds_nothing_where_things_are_open(open_visit: OpenVisit, axe: str) -> None:
    """The map of keys, a refused form, what is folded away, graphic words shown, at the width of a telephone."""
    visit = open_visit(viewport={"width": 360, "height": 740}, bypass_csp=True)
    page = visit.article(visit.site.add_article())
    page.get_by_role("button", name="Record, and stay").click()
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert objections(page, axe) == []
    page.get_by_role("link", name="Keyboard").click()
    assert objections(page, axe) == []
    visit.article(visit.site.graphic)
    visit.press("v")
    assert objections(page, axe) == []


@pytest.mark.parametrize(("width", "language"), [(360, "ru"), (360, "en"), (1280, "ru"), (1280, "en")])
def test_every_page_fits_stays_still_and_gives_axe_nothing_to_object_to(
    open_visit: OpenVisit, axe: str, width: int, language: str
) -> None:
    """In both schemes: of the second, axe looks at the colours alone, since nothing else differs. Each page leaves
    pictures in build/browser: they are looked at before a release."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    options = {"viewport": {"width": width, "height": 900}, "bypass_csp": True}
    visit = open_visit(role="admin", color_scheme="light", **options)
    stranger = open_visit(role=None, color_scheme="light", **options)
    found = {}
    for name, path in {**pages_of(visit.site), "sign-in": "/review/sign-in"}.items():
        page = (stranger if name == "sign-in" else visit).open(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") == width, (path, page.evaluate(_TOO_WIDE))
        assert page.evaluate(_SHIFTS) == 0, path
        assert not page.evaluate(_COVERED), path
        assert page.evaluate(_BELOW) < 2, path
        if width == 1280:
            assert page.locator(".masthead").bounding_box()["height"] < 60, path  # type: ignore[index] # one line
        found[name] = objections(page, axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if scheme == "dark":
                found[f"{name}, dark"] = objections(page, rules=["color-contrast"])
            page.screenshot(path=PICTURES / f"{name}-{language}-{scheme}-{width}.png", animations="disabled")
        page.emulate_media(color_scheme="light")
    assert {name: what for name, what in found.items() if what} == {}


def test_nothing_moves_on_a_slow_machine(open_visit: OpenVisit) -> None:
    """Nothing is painted until the page is there whole, or what is above and beside would move with each piece."""
    visit = open_visit(role="admin", viewport={"width": 1350, "height": 940})
    visit.context.new_cdp_session(visit.page).send("Emulation.setCPUThrottlingRate", {"rate": 10})
    pages = pages_of(visit.site)
    for name in ("article", "decided", "queue", "figures", "figures-scores", "system"):
        page = visit.open(pages[name])
        assert page.locator("link[rel=expect]").get_attribute("href") == "#end"
        assert page.locator("#end").count() == 1
        assert page.evaluate(_SHIFTS) == 0, name


def test_a_page_weighs_little_without_the_text_of_its_article(open_visit: OpenVisit) -> None:
    visit = open_visit(role="admin")
    weights = {}
    for name, path in pages_of(visit.site).items():
        answer = visit.page.request.get(visit.site.url + path)
        visit.open(path)
        text = visit.page.evaluate("document.getElementById('text')?.outerHTML ?? ''")
        weights[name] = len(answer.body()) - len(text.encode())
    del weights["hostile"]  # the text of its article stands in every field
    assert max(weights.values()) <= MOST_BYTES, weights
