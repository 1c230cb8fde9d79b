"""A disk that fails: the web process under strace, which answers some of its writes with an error of the kernel's.

Whoever was answered 202 must be in the database, also after a kill -9 and the recovery that follows; whoever was not
asks again with the same key until he is.
"""

import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from quality.faults import articles
from quality.faults.figures import describe_seconds
from quality.faults.load import Callers, Load
from quality.faults.processes import below, free_port
from quality.faults.servers import find_program
from quality.faults.stack import ROOT, environment_of

# strace(1), "Tampering": the first calls are left alone, so that it starts; then each so-many-th fails, in each thread.
# One commit is one fdatasync and some fifty pwrite64 for each article of it. With fewer calls between two errors a lot
# of articles that are saved together would never fit, however often it is tried.
ERRORS = {
    "fsync": "fdatasync:error=EIO:when=10+3",
    "full": "pwrite64:error=ENOSPC:when=200+397",
}
_START_SECONDS = 60.0
_STARTED = "Booting worker with pid"  # gunicorn's words
_INJECTED = re.compile(r"\(INJECTED\)")


def run(*, count: int) -> dict[str, Any]:
    """*count* articles for each kind of error. NotInstalledError."""
    return {name: _run(injection, count) for name, injection in ERRORS.items()}


def _run(injection: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="obelus-faults-") as name:
        folder = Path(name)
        log = folder / "strace.log"
        with _web(folder, injection, log) as (base_url, key):
            planted = [articles.plant(number) for number in range(1, count + 1)]
            open_client = partial(
                httpx2.Client,
                base_url=base_url,
                headers={"Authorization": f"Bearer {key}"},
                timeout=20,
                trust_env=False,
            )
            load = Callers(open_client, planted).run()
            starts = (folder / "web.log").read_text("utf-8", "replace").count(_STARTED)
        return {
            "injected": len(_INJECTED.findall(log.read_text("utf-8", "replace"))),
            "articles": count,
            "acknowledged": len(load.accepted),
            "answers": dict(sorted(load.answers.items())),
            "web_restarts": starts - 1,
            "seconds": describe_seconds(load.seconds),
            **_look(folder / "var" / "obelus.sqlite3", load),
        }


@contextmanager
def _web(folder: Path, injection: str, log: Path) -> Iterator[tuple[str, str]]:
    """The web process alone, with SQLite; it ends by kill -9. Redis is not there: a 202 needs none."""
    port, key = free_port(), f"obk_{secrets.token_hex(24)}"
    environment = environment_of(
        OBELUS_DATA_DIR=str(folder / "var"),
        OBELUS_REDIS_URL=f"unix://{folder}/none.sock",
        OBELUS_API_KEY=key,
    )
    subprocess.run(
        [sys.executable, "-m", "store", "set-up"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    call = injection.partition(":")[0]
    traced = [find_program("strace"), "-f", "-qq", "--seccomp-bpf", "-o", str(log), "-e", f"trace={call}"]
    web = ["-m", "gunicorn", "service.wsgi:create()", "--bind", f"127.0.0.1:{port}"]
    web += ["--worker-class", "service.server.ProblemWorker"]
    with (folder / "web.log").open("wb") as output:
        process = subprocess.Popen(
            [*traced, "-e", f"inject={injection}", sys.executable, *web, "--threads", "4", "--no-control-socket"],
            cwd=ROOT, env=environment, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        _wait_until_up(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}", key
    finally:
        for one in below(process.pid):
            one.signal(signal.SIGKILL)
        process.wait(30)


def _wait_until_up(base_url: str) -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends_at:
        with suppress(httpx2.TransportError):
            httpx2.get(f"{base_url}/healthz", trust_env=False)
            return
        time.sleep(0.2)
    raise RuntimeError(f"the web process did not start in {_START_SECONDS:.0f} s")


def _look(path: Path, load: Load) -> dict[str, Any]:
    """Into the file itself, after the recovery by the first who opens it."""
    with closing(sqlite3.connect(path)) as connection:
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = dict(connection.execute("SELECT id, external_id FROM articles"))
        stored = dict(connection.execute("SELECT external_id, text FROM articles"))
    texts = {f"article-{number}": articles.plant(number).text for number in load.accepted}
    return {
        "integrity": integrity,
        "rows": len(rows),
        "lost": sum(not ids <= rows.keys() for ids in load.accepted.values()),
        "wrong": sum(stored.get(name) != text for name, text in texts.items()),
        "second_rows": len(rows) - len(set(rows.values())) + sum(len(ids) > 1 for ids in load.accepted.values()),
    }
