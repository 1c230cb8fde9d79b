"""A worker that cannot use its weights or its Redis: the real program, one line, status 78, word for `/readyz`."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store.queues import CLASSIFY, DELIVER, Queues, open_queues
from tests.conftest import ROOT
from tests.workers.conftest import RedisServer
from workers.process import one_line, refuse_to_start
from workers.stack import UNUSABLE

LINES = {
    "/opt/obelus/models/a.json is missing": "a.json is missing",
    "[Errno 2] No such file: '/app/models/register.jsonl'": "[Errno 2] No such file: 'register.jsonl'",
    "research/manifest.json is damaged": "research/manifest.json is damaged",
    "two\nlines\r\n and\ttabs": "two lines and tabs",
    "x" * 1_000: "x" * 300,
}


@pytest.mark.parametrize(("reason", "line"), LINES.items())
def test_a_reason_is_one_line_without_folders(reason: str, line: str) -> None:
    assert one_line(reason) == line


def test_without_redis_the_line_is_printed_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the end is not put off for long."""
    began = time.monotonic()
    status = refuse_to_start("classify", "no weights", queues=open_queues(f"unix://{tmp_path}/none.sock"), seconds=0.2)
    assert (status, capsys.readouterr().err) == (UNUSABLE, "classify: no weights\n")
    assert time.monotonic() - began < 3


# --- the real program, on a copy of the code whose weights a test may spoil ------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """As an image holds it, but for the weights: an empty folder of the profile."""
    shutil.copytree(ROOT / "models", tmp_path / "models", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    for room in ("store", "workers"):
        (tmp_path / room).symlink_to(ROOT / room)
    (tmp_path / "models/weights/research").mkdir(parents=True)
    return tmp_path


def run_worker(
    home: Path, redis_server: RedisServer, program: str = "classify", **settings: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "workers", program],
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "OBELUS_DATA_DIR": str(home / "var"),
            "OBELUS_REDIS_URL": redis_server.url,
            **settings,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write_manifest(home: Path, **changed: object) -> None:
    facts: dict[str, object] = {
        "format": 2, "version": "2.0.0", "heads": ["a"], "silent": {}, "span_labels": [],
        "files": dict.fromkeys(("model.onnx", "tokenizer.json", "tokenizer.ru.json"), "0" * 64),
    }  # fmt: skip
    (home / "models/weights/research/manifest.json").write_text(json.dumps(facts | changed), "utf-8")


def another_version(home: Path) -> None:
    write_manifest(home, format=9)


def another_network(home: Path) -> None:
    write_manifest(home)
    (home / "models/weights/research/model.onnx").write_bytes(b"something else")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (
        lambda home: (home / "models/weights/research").rmdir(),
        "no weights: research/manifest.json is missing",
    ),
    "an empty folder": (lambda home: None, "no weights: research/manifest.json is missing"),
    "another version": (another_version, "research/manifest.json is of format 9; this Obelus reads format 2"),
    "another network": (another_network, "research/model.onnx is damaged: SHA-256 "),
    "a library gone": (
        lambda home: (home / "models/reader.py").write_text("raise ImportError('/secret/place')\n"),
        "it cannot load what it needs: ImportError at reader.py:1",
    ),
}


@pytest.mark.parametrize(("spoil", "says"), BROKEN.values(), ids=BROKEN)
def test_weights_that_cannot_be_used_end_the_worker(
    home: Path, queues: Queues, redis_server: RedisServer, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(home)
    ended = run_worker(home, redis_server)
    assert ended.returncode == UNUSABLE, ended.stderr
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"classify: {says}")
    assert str(home) not in ended.stderr
    assert ended.stderr == f"classify: {queues.failed_start(CLASSIFY)}\n"
    assert not queues.has_live_worker(CLASSIFY)


@pytest.mark.weights
def test_a_checkpoint_that_cannot_be_used_ends_the_worker(
    tmp_path: Path, queues: Queues, redis_server: RedisServer
) -> None:
    """The shipped heads do not step in unasked: what was set is what reads, or nothing."""
    folder = tmp_path / "my-model"
    folder.mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    (tmp_path / "home").mkdir()
    for room in ("models", "store", "workers"):
        (tmp_path / "home" / room).symlink_to(ROOT / room)
    ended = run_worker(tmp_path / "home", redis_server, OBELUS_VIOLENCE_MODEL=str(folder))
    assert ended.returncode == UNUSABLE, ended.stderr
    assert ended.stderr.startswith("classify: my-model/pytorch_model.bin is a pickle")
    assert ended.stderr == f"classify: {queues.failed_start(CLASSIFY)}\n"


def test_a_redis_that_drops_what_it_was_given_is_refused(
    database_url: str, queues: Queues, redis_server: RedisServer, tmp_path: Path
) -> None:
    """It would drop queues when it is full. Found at the first contact, before it is full."""
    with redis_server.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            ended = run_worker(
                ROOT, redis_server, "deliver", OBELUS_DATA_DIR=str(tmp_path), OBELUS_DATABASE_URL=database_url
            )
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert ended.returncode == UNUSABLE, ended.stderr
    assert ended.stderr == f"deliver: {queues.failed_start(DELIVER)}\n"
    assert "its maxmemory-policy is allkeys-lru, set it to noeviction" in ended.stderr
    assert not queues.has_live_worker(DELIVER)
