"""The real stack, started as `make run` starts it, on a free port and in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import httpx2
import pytest

from tests.conftest import ROOT

API_KEY = "end-to-end-key-0123456789abcdef"
ADMIN_PASSWORD = "end to end password"
LEASE_SECONDS = 5


@dataclass
class Stack:
    """A running installation and how to reach it."""

    process: subprocess.Popen[str]
    base_url: str
    data_dir: Path
    environment: dict[str, str]
    output: list[str] = field(default_factory=list)
    printer: threading.Thread | None = None

    def client(self, **options: Any) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {API_KEY}"} | options.pop("headers", {})
        return httpx2.Client(base_url=self.base_url, headers=headers, timeout=40, trust_env=False, **options)

    def pids(self, words: str) -> list[int]:
        """Process ids under this stack whose command line contains *words*."""
        return [pid for pid in descendants(self.process.pid) if words in command_line(pid)]

    def wait_until_started(self, seconds: float) -> None:
        """Until `make run` has read its sample and says that it runs."""
        deadline = time.monotonic() + seconds
        while not any("Obelus is running" in line for line in self.output):
            assert time.monotonic() < deadline, "".join(self.output)
            time.sleep(0.1)

    def wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with self.client() as client:
            while time.monotonic() < deadline:
                if self.process.poll() is not None:
                    raise AssertionError("the stack ended:\n" + "".join(self.output))
                try:
                    if client.get("/readyz").status_code == 200:
                        return
                except httpx2.TransportError:
                    pass
                time.sleep(0.1)
        raise AssertionError("the stack is not ready:\n" + "".join(self.output))

    def stop(self) -> int:
        """Ctrl-C, as a person would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(timeout=90)
        if self.printer is not None:
            self.printer.join(timeout=10)
        return status


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def descendants(root: int) -> list[int]:
    """All processes below *root*, from /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_stack(data_dir: Path, **settings: str) -> Stack:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OBELUS_")} | {
        "OBELUS_PORT": str(port),
        "OBELUS_DATA_DIR": str(data_dir),
        "OBELUS_API_KEY": API_KEY,
        "OBELUS_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "OBELUS_ALLOW_PRIVATE_WEBHOOKS": "true",
        "OBELUS_LEASE_SECONDS": str(LEASE_SECONDS),
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "workers", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    stack = Stack(process, f"http://127.0.0.1:{port}", data_dir, environment)
    assert process.stdout is not None
    stack.printer = threading.Thread(target=_collect, args=(process.stdout, stack.output), daemon=True)
    stack.printer.start()
    return stack


def _collect(lines: IO[str], output: list[str]) -> None:
    with lines:
        output.extend(lines)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all end-to-end tests; at the end nothing of it may be left behind."""
    running = start_stack(tmp_path_factory.mktemp("obelus") / "var")
    try:
        running.wait_until_ready(60)
        yield running
    finally:
        below = descendants(running.process.pid)
        status = running.stop()
    assert status == 0, "".join(running.output)
    assert [command_line(pid) for pid in below if command_line(pid)] == []


@pytest.fixture
def client(stack: Stack) -> Iterator[httpx2.Client]:
    with stack.client() as client:
        yield client


@dataclass
class Receiver:
    """A webhook receiver on loopback that keeps what it got and answers as told."""

    url: str
    answers: list[int]
    received: list[tuple[dict[str, str], bytes]]

    def wait_for(self, count: int, seconds: float = 15) -> list[tuple[dict[str, str], bytes]]:
        deadline = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(self.received) >= count, f"{len(self.received)} of {count} webhooks came"
        return self.received


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver("", [], [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(state.answers.pop(0) if state.answers else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
