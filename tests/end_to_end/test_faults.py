"""What dies is started again, and every article that was answered with 202 is finished all the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from redis import Redis

from tests.conftest import ROOT
from tests.end_to_end.conftest import LEASE_SECONDS, Stack

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.allow_hosts(["127.0.0.1"])]
TEXT = "Gunmen attacked the market and killed twelve people, officials said. " * 40


def accept(client: httpx2.Client, count: int) -> list[str]:
    ids = []
    for number in range(count):
        response = client.post("/v1/articles", json={"text": f"{number}. {TEXT}"})
        assert response.status_code == 202, response.text
        ids.append(response.json()["id"])
    return ids


def wait_until_finished(client: httpx2.Client, ids: list[str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    waiting = set(ids)
    while waiting and time.monotonic() < deadline:
        for article_id in list(waiting):
            try:
                if client.get(f"/v1/articles/{article_id}").json()["state"] == "classified":
                    waiting.remove(article_id)
            except httpx2.TransportError:
                pass
        time.sleep(0.2)
    assert not waiting


def redis_of(stack: Stack) -> "Redis":
    (pid,) = stack.pids("valkey-server")
    assert pid
    return Redis(unix_socket_path=next(str(path) for path in stack.data_dir.rglob("*.sock") if "redis" in path.name))


@pytest.mark.parametrize("words", ["workers classify", "workers relay", "workers deliver", "valkey-server"])
def test_a_killed_process_comes_back_and_no_article_is_lost(stack: Stack, client: httpx2.Client, words: str) -> None:
    """kill -9 in the middle of the work."""
    ids = accept(client, 12)
    (pid,) = stack.pids(words)
    os.kill(pid, signal.SIGKILL)
    ids += accept(client, 4)

    wait_until_finished(client, ids, seconds=LEASE_SECONDS + 40)
    stack.wait_until_ready(30)
    assert stack.pids(words) not in ([], [pid])


def test_an_emptied_redis_loses_nothing(stack: Stack, client: httpx2.Client) -> None:
    ids = accept(client, 12)
    redis_of(stack).flushall()
    ids += accept(client, 2)

    wait_until_finished(client, ids, seconds=30)
    stack.wait_until_ready(60)


def test_the_web_process_comes_back(stack: Stack, client: httpx2.Client) -> None:
    ids = accept(client, 4)
    for pid in stack.pids("gunicorn"):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    stack.wait_until_ready(30)

    wait_until_finished(client, ids, seconds=30)


def test_the_web_process_is_light(stack: Stack) -> None:
    """Under 150 MB of resident memory, with no neural network library mapped."""
    for pid in stack.pids("gunicorn"):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        resident_kb = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        libraries = Path(f"/proc/{pid}/maps").read_text()
        assert resident_kb < 150_000
        assert not any(name in libraries for name in ("onnxruntime", "libtorch", "tokenizers"))


def test_started_twice_it_says_so(stack: Stack) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "workers", "run"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert second.returncode == 1
    assert "already running" in second.stdout + second.stderr
    stack.wait_until_ready(5)
