"""An empty database for each test (SQLite, PostgreSQL), one real Valkey for all, and receivers that behave badly."""

import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from store import articles, keys
from store.articles import NewArticle
from store.database import Database, open_database
from store.endpoints import add_endpoint
from store.queues import Queues, open_queues
from store.settings import Settings
from store.tables import ArticleRow
from tests.store.backends import Backend
from workers.redis_server import server_arguments, server_binary

TEXT = "At dawn the bridge was shelled. The mayor said that two people had been hurt."


@pytest.fixture
def database_url(backend: Backend, tmp_path: Path) -> str:
    """The whole schema, no rows: SQLite, then PostgreSQL."""
    return backend.migrated(tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    for thread in threading.enumerate():  # a connection that one of them holds would outlive the pool
        if thread.name.endswith("unasked"):
            thread.join(10)
    opened.dispose()


@dataclass
class RedisServer:
    """The bundled server, started as `python -m workers redis` starts it."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.settings.redis

    def start(self) -> None:
        self.process = subprocess.Popen(
            [server_binary(), *server_arguments(self.settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(self._answers)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def client(self) -> "Redis":
        return Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    folder = Path(tempfile.mkdtemp(prefix="obelus-test-"))  # pytest's own paths are too long for a socket
    server = RedisServer(Settings(data_dir=folder))
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder)


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """Running and empty."""
    if _redis_server.process is None or _redis_server.process.poll() is not None:
        _redis_server.start()
    with _redis_server.client() as client:
        client.flushall()
    return _redis_server


@pytest.fixture
def queues(redis_server: RedisServer) -> Iterator[Queues]:
    opened = open_queues(redis_server.url)
    yield opened
    opened.redis.close()


@pytest.fixture
def no_redis(tmp_path: Path) -> Queues:
    """Nothing listens there."""
    return open_queues(f"unix://{tmp_path}/none.sock")


@pytest.fixture
def key_id(database: Database) -> str:
    with database.writing() as session:
        return keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id


@pytest.fixture
def add(database: Database, key_id: str) -> Callable[..., list[str]]:
    """``add(3)``: three queued articles; returns their ids, oldest first."""

    def add_articles(count: int, text: str = TEXT, **fields: str) -> list[str]:
        with database.writing() as session:
            rows = [
                articles.add_article(session, NewArticle(f"{text} No. {number}.", **fields), api_key_id=key_id)  # type: ignore[arg-type]
                for number in range(count)
            ]
            return sorted(row.id for row in rows)

    return add_articles


@pytest.fixture
def fetch(database: Database) -> Callable[[str], ArticleRow]:
    def fetch_article(article_id: str) -> ArticleRow:
        with database.reading() as session:
            row = articles.get_article(session, article_id)
        assert row is not None
        return row

    return fetch_article


def add_receiver(database: Database, url: str) -> str:
    """An endpoint for every event of articles; returns its id."""
    with database.writing() as session:
        return add_endpoint(session, url, events=["article.classified", "article.failed"]).id


def wait_until(is_so: Callable[[], bool], seconds: float = 15.0) -> None:
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, "it did not come to pass in time"
        time.sleep(0.02)


# --- receivers ------------------------------------------------------------------------------------

Behave = Callable[[socket.socket, bytes], None]


@dataclass
class Receiver:
    """A raw server on loopback: it reads one request, then does to the connection what the test says."""

    port: int
    requests: list[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def answer(status: str, *headers: str, body: bytes = b"") -> Behave:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])

    def send(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head.encode() + body)

    return send


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """``receive(answer("204 No Content"))`` starts a receiver; all of them end with the test."""
    listeners: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(behave: Behave, *, parallel: bool = False) -> Receiver:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        receiver = Receiver(listener.getsockname()[1], [])
        thread = threading.Thread(target=_serve, args=(listener, receiver, behave, parallel), daemon=True)
        threads.append(thread)
        thread.start()
        return receiver

    yield start
    for listener in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for thread in threads:
        thread.join(5)


def _serve(listener: socket.socket, receiver: Receiver, behave: Behave, parallel: bool) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if parallel:
            threading.Thread(target=_serve_one, args=(connection, receiver, behave), daemon=True).start()
        else:
            _serve_one(connection, receiver, behave)


def _serve_one(connection: socket.socket, receiver: Receiver, behave: Behave) -> None:
    with connection, suppress(OSError):
        connection.settimeout(5)
        request = _read_request(connection)
        receiver.requests.append(request)
        behave(connection, request)


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
