"""What was sent in and who may come in stands in the database, and nowhere else a stranger could look."""

import time
from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.conftest import ADMIN_PASSWORD, API_KEY, Receiver, Stack

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.allow_hosts(["127.0.0.1"])]
CANARY = "kanarienvogel"
WORDS = f"The {CANARY} was shot at dawn; two people were killed, said the {CANARY} ministry."


def files_beside_the_database(stack: Stack) -> dict[Path, bytes]:
    """Logs, and what the bundled Redis writes to the disk."""
    return {
        path: path.read_bytes()
        for path in stack.data_dir.rglob("*")
        if path.is_file() and not path.name.startswith("obelus.sqlite3")
    }


def test_a_full_run_leaves_no_word_and_no_secret_outside_the_database(
    stack: Stack, client: httpx2.Client, receiver: Receiver
) -> None:
    """Read, failed, refused, decided on, delivered, signed in and mistyped: 0 hits in logs, Redis and error pages."""
    receiver.answers[:] = [500]
    endpoint = client.post("/v1/endpoints", json={"url": receiver.url, "events": ["article.classified"]}).json()
    fields = {"title": CANARY, "source": CANARY, "metadata": {CANARY: CANARY}}
    article = client.post(
        "/v1/articles", json={"text": WORDS, **fields}, headers={"Prefer": "wait=20", "Idempotency-Key": CANARY}
    ).json()
    pages = [
        client.post("/v1/articles", json={"text": WORDS, "no_field": CANARY}),
        client.post("/v1/articles", content=f'{{"text": "{CANARY}'.encode()),
        client.post("/v1/articles", json={"text": WORDS, "callback_url": f"ftp://{CANARY}/"}),
        client.get(f"/v1/articles?cursor={CANARY}"),
        client.get("/v1/articles", headers={"Authorization": f"Bearer {CANARY}"}),
        client.get(f"/nowhere?key={CANARY}"),
    ]
    with httpx2.Client(base_url=stack.base_url, timeout=20, trust_env=False) as browser:
        same_origin = {"Sec-Fetch-Site": "same-origin"}

        def post(path: str, **form: str) -> httpx2.Response:
            return browser.post(path, data=form, headers=same_origin)

        pages += [post("/review/sign-in", name="admin", password=CANARY), browser.get(f"/review/nowhere?q={CANARY}")]
        assert post("/review/sign-in", name="admin", password=ADMIN_PASSWORD).status_code == 303
        cookie = browser.cookies["obelus_session"]
        assert post(f"/review/articles/{article['id']}/decisions", action="allow", note=CANARY).status_code == 303
        pages += [post("/review/second-factor", password=CANARY, code=CANARY, secret=CANARY)]
    receiver.wait_for(1)
    assert client.delete(f"/v1/endpoints/{endpoint['id']}").status_code == 204
    time.sleep(1.5)  # the bundled Redis writes its file once a second

    assert article["state"] == "classified"
    assert all(page.status_code >= 400 for page in pages), [page.status_code for page in pages]
    assert [page.request.url.path for page in pages if CANARY in page.text] == []
    secrets = {CANARY, API_KEY, ADMIN_PASSWORD, cookie, endpoint["secret"]}
    files = files_beside_the_database(stack)
    assert {"web.log", "relay.log"} <= {path.name for path in files}
    assert any(path.suffix == ".aof" for path in files), "what Redis keeps is looked at too"
    found = {(path.name, secret) for path, content in files.items() for secret in secrets if secret.encode() in content}
    assert found == set()
