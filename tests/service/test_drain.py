"""Told to stop, the web process says so, answers what was sent to it, and ends."""

import configparser
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from store import keys
from store.database import Database, open_database
from store.settings import Settings
from store.tables import ArticleRow
from tests.conftest import ROOT
from tests.store import servers
from workers.stack import STOP_SECONDS, run_variables

pytestmark = [pytest.mark.servers, pytest.mark.allow_hosts(["127.0.0.1"])]
KEY = "key-of-the-drained-0123456789"


@dataclass
class Web:
    """The web process as `make run` starts it."""

    process: subprocess.Popen[bytes]
    url: str
    database: Database
    is_ending: threading.Event = field(default_factory=threading.Event)

    def client(self) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {KEY}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=40, trust_env=False)

    def says_it_ends(self) -> bool:
        with self.client() as client:
            return any(error["pointer"] == "/web" for error in client.get("/readyz").json()["errors"])


def program(name: str, settings: Settings) -> configparser.SectionProxy:
    """A program of supervisord.conf, with the variables filled in."""
    variables = {f"ENV_{variable}": value for variable, value in run_variables(settings).items()}
    parser = configparser.ConfigParser(defaults=variables, strict=False)
    parser.read(ROOT / "supervisord.conf")
    return parser[f"program:{name}"]


@pytest.fixture
def web(database_template: Path, tmp_path: Path) -> Iterator[Web]:
    shutil.copyfile(database_template, tmp_path / "obelus.sqlite3")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(data_dir=tmp_path, port=port, redis_url=f"unix://{tmp_path}/no.sock")
    database = open_database(settings.database)
    with database.writing() as session:
        keys.add_key(session, KEY, name="drained", scopes=["submit"])
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            shlex.split(program("web", settings)["command"]),
            cwd=ROOT,
            env={
                "PATH": str(Path(sys.executable).parent),
                "OBELUS_DATA_DIR": str(tmp_path),
                "OBELUS_REDIS_URL": str(settings.redis_url),
            },
            stdout=output, stderr=output,
        )  # fmt: skip
    started = Web(process, f"http://127.0.0.1:{port}", database)
    try:
        servers.wait_until(lambda: answers(started), process, log)
        yield started
    finally:
        servers.stop(process, signal.SIGKILL)
        database.dispose()


def answers(web: Web) -> bool:
    try:
        with web.client() as client:
            return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def send_until_it_ends(web: Web, statuses: list[int]) -> None:
    """As behind a load balancer: one connection a request, none after `/readyz` said that it ends."""
    while not web.is_ending.is_set():
        with web.client() as client:
            statuses.append(client.post("/v1/articles", json={"text": "The council met."}).status_code)


def wait_for_an_article(web: Web, answered: list[tuple[int, float]]) -> None:
    with web.client() as client:
        answer = client.post("/v1/articles", json={"text": "The council met."}, headers={"Prefer": "wait=30"})
    answered.append((answer.status_code, time.monotonic()))


def test_under_load_every_request_is_answered_and_kept(web: Web) -> None:
    statuses: list[int] = []
    answered: list[tuple[int, float]] = []
    failures: list[BaseException] = []

    def run(target: object, result: object) -> None:
        try:
            target(web, result)  # type: ignore[operator]
        except BaseException as error:
            failures.append(error)

    work = [(send_until_it_ends, statuses)] * 8 + [(wait_for_an_article, answered)] * 3
    threads = [threading.Thread(target=run, args=one) for one in work]
    for thread in threads:
        thread.start()
    time.sleep(1)
    web.process.terminate()
    told_at = time.monotonic()
    while not web.says_it_ends():
        time.sleep(0.05)
    web.is_ending.set()
    for thread in threads:
        thread.join(30)

    assert failures == []
    assert set(statuses) == {202}
    assert [status for status, _ in answered] == [202] * 3
    assert max(at for _, at in answered) - told_at < 10, "nobody waits any longer for what will not come"
    assert web.process.wait(20) == 0
    with web.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ArticleRow)) == len(statuses) + 3


def test_whoever_stops_it_waits_long_enough(tmp_path: Path) -> None:
    """gunicorn for its worker, supervisord for gunicorn, and the launcher for all programs, one after the other."""
    settings = Settings(data_dir=tmp_path)
    web = program("web", settings)
    words = shlex.split(web["command"])
    graceful = float(words[words.index("--graceful-timeout") + 1])
    assert 3 + 10 < graceful < float(web["stopwaitsecs"]), "3 s of notice, and SQLite may be busy for 10 s"
    names = ("redis", "web", "classify", "deliver", "relay")
    assert sum(float(program(name, settings)["stopwaitsecs"]) for name in names) <= STOP_SECONDS
