"""Makes ``article.png``, README's picture, from the running dashboard: ``python docs/pictures/make.py``.

Reads the project's sample with the shipped weights, serves the dashboard on a loopback port and takes the picture
with Chromium. Needs what ``make test`` needs, and Chromium.
"""

import base64
import os
import re
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from models.loading import load_reader  # noqa: E402
from models.types import Article, Rules  # noqa: E402
from models.wire import report_to_dict  # noqa: E402
from store import articles, claims, keys, users  # noqa: E402
from store.bootstrap import migrate  # noqa: E402
from store.database import Database, open_database  # noqa: E402
from store.policy import DEFAULT_POLICY, apply_policy  # noqa: E402

SAMPLE = ROOT / "models" / "samples" / "islamic_state_retreat.txt"
PICTURE = Path(__file__).with_name("article.png")
LARGEST_BYTES = 200_000
SIZE = {"width": 1080, "height": 930}
POINT_AT = "ISIS"  # the mention whose tooltip is shown: not marked, and inside evidence of violence
_READ_PIXELS = """async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const bytes = context.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
}"""
_LISTENING = re.compile(r"Listening at: (http://127\.0\.0\.1:\d+)")


def main() -> None:
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/obelus.sqlite3")
        article_id = add_sample(database, password)
        database.dispose()
        environment = {**os.environ, "OBELUS_DATA_DIR": folder, "OBELUS_REDIS_URL": f"unix://{folder}/no.sock"}
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--threads", "4", "service.wsgi:create()"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            take_picture(find_address(server), article_id, password)
        finally:
            server.terminate()
            server.communicate(timeout=20)
    if PICTURE.stat().st_size > LARGEST_BYTES:
        raise SystemExit(f"{PICTURE.name} is larger than {LARGEST_BYTES} bytes")


def add_sample(database: Database, password: str) -> str:
    """Read the sample as a classify worker would; returns the article's id."""
    text = SAMPLE.read_text("utf-8")
    title = text.split("\n", 1)[0]
    (report,) = load_reader(rules=Rules()).read([Article(text=text, title=title)])
    body = report_to_dict(report)
    body["versions"]["policy"] = DEFAULT_POLICY.reference
    migrate(database)
    with database.writing() as session:
        users.add_user(session, "maria", password)
        key_id = keys.add_key(session, keys.make_key(), name="sample", scopes=("submit",)).id
        article_id = articles.add_article(session, articles.NewArticle(text=text, title=title), api_key_id=key_id).id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        outcome = apply_policy(DEFAULT_POLICY, body)
        articles.finish_article(session, article_id, token=claim.token, report=body, outcome=outcome)
    return article_id


def find_address(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None  # noqa: S101 - for the type checker: it was opened as a pipe
    for line in server.stderr:
        if found := _LISTENING.search(line):
            return found[1]
    raise SystemExit("gunicorn did not start")


def take_picture(address: str, article_id: str, password: str) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]
        )
        page = browser.new_page(viewport=SIZE, locale="en-GB", color_scheme="light")
        page.goto(f"{address}/review/articles/{article_id}")
        page.get_by_label("User name").fill("maria")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/articles/{article_id}")
        # Not by `hover`, which scrolls the page a little to where it likes the mark best.
        place = page.locator("#text a.mark.designations", has_text=POINT_AT).first.bounding_box()
        if place is None:
            raise SystemExit(f"{POINT_AT} is not marked on the page")
        page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        taken = page.screenshot(scale="css")
        PICTURE.write_bytes(make_smaller(browser, taken))
        browser.close()


def make_smaller(browser: Browser, picture: bytes) -> bytes:
    """The same picture with a palette: the 256 commonest colours, every other one replaced by the nearest of them."""
    page = browser.new_page()
    pixels = base64.b64decode(
        page.evaluate(_READ_PIXELS, f"data:image/png;base64,{base64.b64encode(picture).decode()}")
    )
    colours = np.frombuffer(pixels, np.uint8).reshape(-1, 4)[:, :3].astype(np.int32)
    unique, place, count = np.unique(colours, axis=0, return_inverse=True, return_counts=True)
    palette = unique[np.argsort(-count)[:256]]
    nearest = ((unique[:, None, :] - palette[None, :, :]) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    rows = nearest[place.ravel()].reshape(SIZE["height"], SIZE["width"])
    return write_png(rows, palette.astype(np.uint8))


def write_png(rows: npt.NDArray[np.uint8], palette: npt.NDArray[np.uint8]) -> bytes:
    """An indexed PNG (W3C PNG, third edition: colour type 3, no filter)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = rows.shape
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"PLTE", palette.tobytes()),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        ]
    )


if __name__ == "__main__":
    main()
