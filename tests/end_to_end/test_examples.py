"""What the README tells a reader to type does what it says, and the Python client goes all the way."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from obelus_client import Client, ProblemError, verify_webhook

from tests.conftest import ROOT
from tests.end_to_end.conftest import API_KEY, Receiver, Stack

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.allow_hosts(["127.0.0.1"])]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if "curl" in block]


def test_the_readme_has_examples() -> None:
    assert len(EXAMPLES) >= 2


def run(commands: str, stack: Stack, folder: Path) -> list[Any]:
    """The JSON answers of a block of commands, as a reader's shell prints them."""
    script = commands.replace("http://127.0.0.1:8000", stack.base_url)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": "/usr/bin:/bin", "OBELUS_API_KEY": API_KEY},
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    decoder, answers, rest = json.JSONDecoder(), [], ended.stdout.strip()
    while rest.startswith("{"):
        value, end = decoder.raw_decode(rest)
        answers.append(value)
        rest = rest[end:].strip()
    return [*answers, rest] if rest else answers


@pytest.mark.parametrize("commands", EXAMPLES, ids=[str(number) for number in range(len(EXAMPLES))])
def test_the_examples_of_the_readme_work(commands: str, stack: Stack, tmp_path: Path) -> None:
    answers = run(commands, stack, tmp_path)
    assert answers
    for answer in answers:
        assert not isinstance(answer, dict) or "code" not in answer, answer


@pytest.fixture
def obelus(stack: Stack) -> Iterator[Client]:
    with Client(stack.base_url, API_KEY) as client:
        yield client


def test_an_article_is_sent_once_read_labelled_and_listed(obelus: Client) -> None:
    text = "Fighters of ISIS shelled the town on Friday, killing four people, officials said."
    sent = obelus.submit(text, external_id="client-1", idempotency_key="client-1")
    assert obelus.submit(text, external_id="client-1", idempotency_key="client-1")["id"] == sent["id"]
    article = obelus.wait(sent["id"], timeout_seconds=40)
    assert article["state"] == "classified"
    assert "designation.unmarked" in article["labels"]
    assert obelus.labelled(sent["id"], jurisdiction="RU").startswith("Fighters of ISIS*")
    assert sent["id"] in [one["id"] for one in obelus.list(label="designation.unmarked", page_size=3)]


def test_a_web_page_is_read_with_the_note_in_its_footer(obelus: Client) -> None:
    """What a footnote outside of the article labels is not found unmarked."""
    page = (
        "<html><body><nav><a href='/'>Home</a></nav><article><h1>Town shelled</h1><p>Fighters of ISIS<sup>*</sup> "
        "shelled the town on Friday, killing four people, local officials said.</p></article>"
        "<footer><p>* A terrorist organization banned in Russia.</p></footer></body></html>"
    )
    article = obelus.submit(html=page, wait_seconds=30)
    text, report = article["text"], article["report"]
    assert text is not None
    assert report is not None
    (mention,) = report["designations"]["mentions"]
    assert mention["marked"]
    assert text[mention["start"] : mention["end"]] == "ISIS"
    assert "designation.unmarked" not in article["labels"]


def test_a_webhook_is_verified(obelus: Client, receiver: Receiver) -> None:
    endpoint = obelus.create_endpoint(receiver.url, events=["article.classified"])
    try:
        article = obelus.submit("The council voted on the budget on Wednesday.", wait_seconds=20)
        ((headers, body),) = receiver.wait_for(1)
        assert verify_webhook(body, headers, endpoint["secret"])["data"]["id"] == article["id"]
    finally:
        obelus.delete_endpoint(endpoint["id"])


def test_a_refusal_names_the_field(obelus: Client) -> None:
    with pytest.raises(ProblemError) as raised:
        obelus.submit("The council voted.", published_at="yesterday")
    assert raised.value.errors[0]["pointer"] == "/published_at"
