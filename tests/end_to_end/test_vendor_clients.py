"""Clients of OpenAI and of Google, as they are published, pointed at a running installation."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from store.interactive import Lane
from store.queues import open_queues
from store.settings import Settings
from tests.conftest import ROOT
from tests.end_to_end.conftest import API_KEY, Stack

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.allow_hosts(["127.0.0.1"])]
NODE_CLIENT = ROOT / "tests" / "end_to_end" / "openai_client"
THREAT = "😀 I will kill you all tomorrow."
RUSSIAN = "Мы убьём вас всех."
QUIET = "The mayor opened a new bridge over the river on Tuesday."
CATEGORIES = 13


# --- OpenAI, Python -------------------------------------------------------------------------------


@pytest.fixture
def moderations(stack: Stack) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=API_KEY, base_url=f"{stack.base_url}/compat/openai/v1", max_retries=0) as client:
        yield client


def test_openais_python_client_reads_our_answer(moderations: openai.OpenAI) -> None:
    answer = moderations.moderations.create(model="omni-moderation-latest", input=[THREAT, RUSSIAN, QUIET])

    assert answer.id.startswith("modr-")
    assert answer.model.startswith("obelus-")
    assert [result.flagged for result in answer.results] == [True, True, False]
    threat = answer.results[0]
    assert threat.categories.violence is True
    assert threat.category_scores.violence > 0.5
    assert threat.category_applied_input_types.violence == ["text"]
    assert threat.categories.hate is False
    assert threat.category_applied_input_types.hate == []
    extra: Any = threat.model_extra
    assert len(extra["obelus"]["not_scored"]) == CATEGORIES - 2
    evidence = [one for finding in extra["obelus"]["parts"][0]["findings"] for one in finding["evidence"]]
    assert evidence
    assert all(THREAT[one["start"] : one["end"]] == one["text"] for one in evidence)


def test_it_reads_strings_and_typed_parts_and_our_headers(moderations: openai.OpenAI) -> None:
    raw = moderations.moderations.with_raw_response.create(input=[{"type": "text", "text": THREAT}])

    assert raw.parse().results[0].flagged is True
    assert raw.headers["x-request-id"] == raw.request_id
    assert int(raw.headers["openai-processing-ms"]) >= 0
    assert moderations.moderations.create(input=QUIET).results[0].flagged is False


def test_it_raises_its_own_errors(moderations: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        moderations.with_options(api_key="wrong").moderations.create(input=QUIET)
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError) as unknown:
        moderations.moderations.create(input=QUIET, model="gpt-9")
    assert unknown.value.param == "model"
    picture: Any = [{"type": "image_url", "image_url": {"url": "https://images.example/1.png"}}]
    with pytest.raises(openai.BadRequestError, match="Images are not read"):
        moderations.moderations.create(input=picture)


def test_its_asynchronous_client_asks_for_many_at_once(stack: Stack) -> None:
    import asyncio

    async def ask() -> list[bool]:
        async with openai.AsyncOpenAI(api_key=API_KEY, base_url=f"{stack.base_url}/compat/openai/v1") as client:
            answers = await asyncio.gather(
                *(
                    client.moderations.create(input=f"{text} {number}")
                    for number in range(8)
                    for text in (THREAT, QUIET)
                )
            )
        return [answer.results[0].flagged for answer in answers]

    assert asyncio.run(ask()) == [True, False] * 8


# --- OpenAI, Node ---------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_openais_node_client_reads_our_answer(stack: Stack, tmp_path: Path) -> None:
    """Installed from its lock file into a folder of its own."""
    for name in ("package.json", "package-lock.json", "moderate.mjs"):
        shutil.copy(NODE_CLIENT / name, tmp_path)
    npm, node = shutil.which("npm"), shutil.which("node")
    assert npm is not None
    assert node is not None
    subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=300,
    )
    asked = subprocess.run(
        [node, "moderate.mjs", f"{stack.base_url}/compat/openai/v1", API_KEY],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    one, many, *errors = [json.loads(line) for line in asked.stdout.splitlines()]

    assert one["flagged"] is True
    assert len(one["categories"]) == CATEGORIES
    assert one["quotes"] is True
    assert one["requestId"]
    assert many == {"results": 1, "flagged": True}
    assert errors == [
        {"error": "AuthenticationError", "status": 401, "code": "invalid_api_key", "param": None},
        {"error": "NotFoundError", "status": 404, "code": "model_not_found", "param": "model"},
        {"error": "BadRequestError", "status": 400, "code": None, "param": "input.0"},
    ]


# --- Perspective ----------------------------------------------------------------------------------


@pytest.fixture
def perspective(stack: Stack) -> Iterator[Any]:
    with build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=API_KEY,
        discoveryServiceUrl=f"{stack.base_url}/compat/perspective/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    ) as service:
        yield service


def test_googles_client_scores_a_comment(perspective: Any) -> None:
    asked = {"THREAT": {}, "VIOLENCE": {}, "VIOLENCE_THREAT": {}, "BIAS": {}}
    body = {"comment": {"text": THREAT}, "requestedAttributes": asked, "spanAnnotations": True, "doNotStore": True}
    answer = perspective.comments().analyze(body={**body, "clientToken": "t"}).execute()

    assert set(answer["attributeScores"]) == set(asked)
    assert answer["attributeScores"]["THREAT"]["summaryScore"]["value"] > 0.5
    (span,) = answer["attributeScores"]["THREAT"]["spanScores"]
    assert (span["begin"], span["end"]) == (0, len(THREAT.encode("utf-16-le")) // 2)
    assert (answer["detectedLanguages"], answer["clientToken"]) == (["en"], "t")


def test_russian_is_read_though_a_client_says_english(perspective: Any) -> None:
    body = {"comment": {"text": RUSSIAN}, "requestedAttributes": {"THREAT": {}}, "languages": ["en"]}
    answer = perspective.comments().analyze(body=body).execute()

    assert answer["detectedLanguages"] == ["ru"]
    assert answer["attributeScores"]["THREAT"]["summaryScore"]["value"] > 0.5


def test_it_suggests_a_score(perspective: Any) -> None:
    body = {
        "comment": {"text": QUIET},
        "attributeScores": {"THREAT": {"summaryScore": {"value": 0}}},
        "clientToken": "t",
    }

    assert perspective.comments().suggestscore(body=body).execute()["clientToken"] == "t"


def test_it_raises_its_own_error(perspective: Any) -> None:
    body = {"comment": {"text": QUIET}, "requestedAttributes": {"TOXICITY": {}}}
    with pytest.raises(HttpError) as raised:
        perspective.comments().analyze(body=body).execute()

    assert raised.value.status_code == 400
    assert raised.value.error_details[0]["errorType"] == "INVALID_REQUEST"


# --- the lane -------------------------------------------------------------------------------------


def test_neither_key_nor_text_is_left_behind(stack: Stack, perspective: Any, moderations: openai.OpenAI) -> None:
    """Not in a log, not in Redis, not in the database: words that stand nowhere else are looked for in every file."""
    words = "Xylophonist Quendalyn"
    body = {"comment": {"text": f"{words} will be killed."}, "requestedAttributes": {"THREAT": {}}}
    perspective.comments().analyze(body=body).execute()
    moderations.moderations.create(input=f"{words} will be killed.")
    lane = Lane(open_queues(Settings(data_dir=stack.data_dir).redis).redis)
    found: Any = lane.redis.keys("obelus:interactive*")
    lane.redis.close()

    assert found == []
    for path in stack.data_dir.rglob("*"):
        if path.is_file():
            assert words.encode() not in path.read_bytes(), path
    for log in (stack.data_dir / "logs").iterdir():
        assert API_KEY.encode() not in log.read_bytes(), log


def test_a_short_text_is_answered_while_articles_wait(
    stack: Stack, moderations: openai.OpenAI, client: httpx2.Client
) -> None:
    """And the articles are read all the same. How fast is measured by quality/speed/interactive.py."""
    ids = []
    for number in range(6):
        text = " ".join(f"Shell {number}.{part} hit the bridge at dawn, and two were hurt." for part in range(200))
        ids.append(client.post("/v1/articles", json={"text": text}).json()["id"])
    for number in range(5):
        assert moderations.moderations.create(input=f"{THREAT} {number}").results[0].flagged is True
    states = [client.get(f"/v1/articles/{one}").json()["state"] for one in ids]
    assert "queued" in states, "it was not answered in between"
    for one in ids:
        wait_until_read(client, one)


def wait_until_read(client: httpx2.Client, article_id: str) -> None:
    ends_at = time.monotonic() + 300
    while client.get(f"/v1/articles/{article_id}").json()["state"] == "queued":
        assert time.monotonic() < ends_at
        time.sleep(0.5)


def test_callers_outlive_a_killed_worker(stack: Stack, moderations: openai.OpenAI) -> None:
    """Killed in the middle, its callers are answered by the one that takes its place, or told 503 in OpenAI's shape."""
    outcomes: list[str] = []

    def ask() -> None:
        try:
            flagged = moderations.moderations.create(input=" ".join([THREAT] * 20)).results[0].flagged
            outcomes.append("answered" if flagged else "wrong")
        except openai.InternalServerError as error:
            outcomes.append(str(error.status_code))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for pid in stack.pids("workers classify"):
        os.kill(pid, signal.SIGKILL)
    for thread in threads:
        thread.join(60)

    assert len(outcomes) == 6
    assert set(outcomes) <= {"answered", "503"}
    stack.wait_until_ready(60)
    assert moderations.with_options(max_retries=3).moderations.create(input=THREAT).results[0].flagged is True


@pytest.mark.parametrize("page", ["migrate-from-openai.md", "migrate-from-perspective.md"])
def test_the_examples_of_the_guides_run(stack: Stack, page: str) -> None:
    """Each block of sh and Python, with the address and the key of this installation."""
    text = (ROOT / "docs" / page).read_text("utf-8").replace("http://127.0.0.1:8000", stack.base_url)
    blocks = re.findall(r"```(sh|python)\n(.*?)```", text, flags=re.DOTALL)
    assert {language for language, _ in blocks} == {"sh", "python"}
    for language, block in blocks:
        command = ["sh", "-ec", block] if language == "sh" else [sys.executable, "-c", block.replace("obk_…", API_KEY)]
        done = subprocess.run(
            command, env={**os.environ, "OBELUS_KEY": API_KEY}, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert '"error"' not in done.stdout
        assert re.search(r"0\.\d", done.stdout), done.stdout
