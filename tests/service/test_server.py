"""Requests that never reach the application, sent to gunicorn itself: problems all the same, nothing of them logged."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile

import orjson
import pytest

from store import keys
from store.database import open_database
from tests.conftest import ROOT
from tests.service.conftest import PROBLEM_KEYS

pytestmark = [pytest.mark.servers, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
_LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
CANARY = "Zyzzogeton"
KEY = "key-of-the-server-test"


@dataclass
class Server:
    port: int = 0
    lines: list[str] = field(default_factory=list)

    def send(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """One connection; what comes back until it is closed, or for a second."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(raw)
            answer = b""
            while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < _length(answer):
                received = connection.recv(65_536)
                if not received:
                    break
                answer += received
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        return int(first.split()[1]), headers, body


def _length(answer: bytes) -> int:
    found = re.search(rb"(?i)\r\ncontent-length: (\d+)", answer)
    return int(found[1]) if found else 0


@pytest.fixture(scope="module")
def server(database_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    copyfile(database_template, folder / "obelus.sqlite3")
    database = open_database(f"sqlite:///{folder / 'obelus.sqlite3'}")
    with database.writing() as session:
        keys.add_key(session, KEY, name="server", scopes=["submit"])
    database.dispose()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--threads", "4", "--worker-class",
         "service.server.ProblemWorker", "--no-control-socket", "service.wsgi:create()"],
        cwd=ROOT,
        env={**os.environ, "OBELUS_DATA_DIR": str(folder), "OBELUS_REDIS_URL": f"unix://{folder}/no.sock"},
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    made = Server()
    reader = threading.Thread(target=lambda: made.lines.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + 60
        while not made.port and time.monotonic() < deadline and process.poll() is None:
            found = _LISTENING.search("".join(made.lines))
            made.port = int(found[1]) if found else 0
            time.sleep(0.05)
        assert made.port, made.lines
        yield made
    finally:
        process.terminate()
        process.wait(timeout=30)
        reader.join(timeout=10)
        assert process.stderr is not None
        process.stderr.close()
    assert not any(CANARY in line for line in made.lines)


BROKEN = {
    "no request": (b"%s\r\n\r\n" % CANARY.encode(), 400, "bad_request"),
    "no version": (b"GET /%s\r\n\r\n" % CANARY.encode(), 400, "bad_request"),
    "an unknown version": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "bad_request"),
    "a bad method": (b"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"),
    "a long address": (b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (CANARY.encode() * 1_000), 414, "uri_too_long"),
    "a long header": (
        b"GET / HTTP/1.1\r\nHost: x\r\nA: %s\r\n\r\n" % (CANARY.encode() * 5_000), 431, "headers_too_large",
    ),
    "many headers": (
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: %s\r\n" % CANARY.encode() * 200 + b"\r\n", 431, "headers_too_large",
    ),
    "a bad header": (b"GET / HTTP/1.1\r\nHost: x\r\n%s b\r\n\r\n" % CANARY.encode(), 400, "bad_request"),
    "a bad length": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n", 400, "bad_request"),
    "two lengths": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400, "bad_request",
    ),
    "an unknown coding": (
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: %s\r\n\r\n" % CANARY.encode(), 400, "bad_request",
    ),
    "an expectation": (
        b"POST / HTTP/1.1\r\nHost: x\r\nExpect: %s\r\nContent-Length: 0\r\n\r\n" % CANARY.encode(),
        417, "expectation_failed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "status", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_request_is_a_problem(server: Server, raw: bytes, status: int, code: str) -> None:
    found, headers, body = server.send(raw)
    assert found == status, body
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"].startswith("req_")
    problem = orjson.loads(body)
    assert list(problem) == PROBLEM_KEYS
    assert (problem["status"], problem["code"]) == (status, code)
    assert CANARY not in body.decode()
    assert not any(CANARY in line for line in server.lines)
    assert server.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0] == 200


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"5\r\nabcdeXX", b"5;\x00\r\nabcde\r\n"])
def test_a_body_whose_chunks_are_broken_is_a_problem(server: Server, chunk: bytes) -> None:
    """The application is reading already."""
    status, headers, body = server.send(
        b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode()
        + b"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunk
    )  # fmt: skip
    assert (status, headers["content-type"]) == (400, "application/problem+json"), body
    assert orjson.loads(body)["code"] in ("bad_request", "not_json")


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [("GET /nowhere", 404, "not_found"), ("PUT /v1/deliveries", 405, "method_not_allowed"),
     ("BREW /v1/articles", 405, "method_not_allowed"), ("POST /v1/articles", 401, "no_key")],
)  # fmt: skip
def test_what_the_application_answers_is_as_it_was(server: Server, line: str, status: int, code: str) -> None:
    found, headers, body = server.send(
        f"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )
    assert (found, headers["content-type"]) == (status, "application/problem+json")
    assert orjson.loads(body)["code"] == code


def test_every_line_of_a_request_carries_its_id(server: Server) -> None:
    """That of the access log, and those of what went wrong on the way: Redis is down."""
    body = b'{"text": "Two people were killed."}'
    status, headers, _ = server.send(
        b"POST /v1/articles HTTP/1.1\r\nHost: x\r\nX-Request-ID: trace-77\r\nAuthorization: Bearer " + KEY.encode()
        + b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
    )  # fmt: skip
    assert (status, headers["x-request-id"]) == (202, "trace-77")
    deadline = time.monotonic() + 10
    found: set[str] = set()
    expected = {"rates.counted_here", "worker_not_woken", "request"}
    while time.monotonic() < deadline and found != expected:
        lines = [orjson.loads(line) for line in list(server.lines) if line.startswith("{")]
        found = {line["event"] for line in lines if line.get("request_id") == "trace-77"}
        time.sleep(0.05)
    assert found == expected
