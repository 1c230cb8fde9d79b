"""``python -m quality.speed.accept``: how fast articles are accepted, and what each costs the web process.

Starts Redis and the web process with the very commands of ``make run``, on SQLite, and nothing that reads: what is
measured ends with the 202. Callers are raw sockets in one process of their own, each sending its next article when the
answer has come. Processor time is the figure to compare by on a machine that does other things as well.
"""

import argparse
import configparser
import json
import multiprocessing
import os
import secrets
import selectors
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from redis import Redis
from sqlalchemy import func, select

from quality.faults.processes import below, free_port, resident_bytes
from store import keys
from store.bootstrap import migrate
from store.database import open_database
from store.settings import Settings
from store.tables import ArticleRow
from workers.stack import CONFIG, run_variables

ROOT = CONFIG.parent
_SAMPLE = ROOT / "models" / "samples" / "islamic_state_retreat.txt"
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60.0
_WARM_UP = 300  # articles before anything is counted: connections, compiled statements, a policy
_CHANGES = struct.Struct("=8xI")  # in SQLite's WAL index: the version, then a count that grows with each commit
_INSIDE = ("time", "get", "set")  # what the script of store/rates.py calls: no trips of their own
_LIMITLESS = "1000000000"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--articles", type=int, default=5_000, help="to send with each number of clients")
    parser.add_argument("--keyed", action="store_true", help="each with an Idempotency-Key and an external_id")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk to measure; not in memory")
    parser.add_argument("--processes", type=int, default=1, help="web processes; make run starts one")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(dir=options.folder, prefix="obelus-accept-") as folder,
        serve(Path(folder), processes=options.processes) as web,
    ):
        drive(web, clients=4, articles=_WARM_UP, is_keyed=options.keyed)
        told = {"load_before": os.getloadavg()[0], "keyed": options.keyed, "web_processes": len(web.workers())}
        print(json.dumps(told), flush=True)
        for clients in options.clients:
            print(json.dumps(measure(web, clients, options.articles, is_keyed=options.keyed)), flush=True)


# --- the service ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Web:
    """The running web process; *pid* is that of gunicorn's master."""

    settings: Settings
    pid: int
    key: str

    def workers(self) -> list[int]:
        return [process.pid for process in below(self.pid) if "gunicorn" in process.command]


@contextmanager
def serve(folder: Path, *, processes: int = 1) -> Iterator[Web]:
    """Redis and the web process on SQLite, with data in *folder*, as supervisord.conf has them."""
    settings = Settings(data_dir=folder, port=free_port())
    key = f"obk_{secrets.token_hex(16)}"
    database = open_database(settings.database)
    migrate(database)
    with database.writing() as session:
        keys.add_key(session, key, name="accept", scopes=["submit"])
    database.dispose()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OBELUS_")},
        **run_variables(settings),
        "OBELUS_DATA_DIR": str(folder),
        "OBELUS_PORT": str(settings.port),
        # Everything is counted as ever, but nothing is refused.
        "OBELUS_MAX_WAITING": _LIMITLESS,
        "OBELUS_RATE_ARTICLES_PER_MINUTE": _LIMITLESS,
        "OBELUS_RATE_CHARACTERS_PER_MINUTE": _LIMITLESS,
        "OBELUS_RATE_REQUESTS_PER_MINUTE": _LIMITLESS,
    }
    started = []
    with (folder / "server.log").open("wb") as log:
        try:
            for program in ("redis", "web"):
                pipes: Any = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
                command = command_of(program, environment)
                command += ["--workers", str(processes)] if program == "web" else []  # gunicorn heeds the last one
                started.append(subprocess.Popen(command, cwd=ROOT, env=environment, **pipes))
            _wait_for(settings.port, started[-1])
            yield Web(settings, started[-1].pid, key)
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(60)


def command_of(program: str, environment: Mapping[str, str]) -> list[str]:
    """What supervisord starts as *program*."""
    config = configparser.RawConfigParser()
    config.read(CONFIG)
    command = config[f"program:{program}"]["command"]
    return shlex.split(command % {f"ENV_{name}": value for name, value in environment.items()})


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web process does not start; see server.log")


# --- the callers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """What one process of callers is to send."""

    port: int
    key: str
    clients: int
    articles: int
    is_keyed: bool


def drive(web: Web, *, clients: int, articles: int, is_keyed: bool) -> list[float]:
    """Seconds from each article's sending to its 202. RuntimeError where one got another answer."""
    load = Load(web.settings.port, web.key, clients, articles, is_keyed)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(send_all, (load,))


def send_all(load: Load) -> list[float]:
    """In one thread: it waits for whichever answer comes next."""
    seconds: list[float] = []
    requests = _requests(load)
    selector = selectors.DefaultSelector()
    waiting: dict[socket.socket, float] = {}
    received: dict[socket.socket, bytes] = {}
    for _ in range(load.clients):
        connection = socket.create_connection(("127.0.0.1", load.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        _send_next(connection, requests, waiting)
        received[connection] = b""
    while waiting:
        for event, _ in selector.select():
            connection: Any = event.fileobj
            received[connection] += connection.recv(65_536)
            if not _is_whole(received[connection]):
                continue
            seconds.append(time.monotonic() - waiting.pop(connection))
            if not received[connection].startswith(b"HTTP/1.1 202 "):
                raise RuntimeError(received[connection][:2_000].decode("utf-8", "replace"))
            received[connection] = b""
            _send_next(connection, requests, waiting)
    for connection in received:
        connection.close()
    return seconds


def _requests(load: Load) -> Iterator[bytes]:
    text = _SAMPLE.read_text("utf-8")
    run = secrets.token_hex(4)
    for number in range(load.articles):
        name = f"{run}-{number}"
        body = orjson.dumps({"text": f"{name} {text}"} | ({"external_id": name} if load.is_keyed else {}))
        head = (
            f"POST /v1/articles HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\nAuthorization: Bearer {load.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"{f'Idempotency-Key: {name}' + chr(13) + chr(10) if load.is_keyed else ''}\r\n"
        )
        yield head.encode() + body


def _send_next(connection: socket.socket, requests: Iterator[bytes], waiting: dict[socket.socket, float]) -> None:
    request = next(requests, None)
    if request is not None:
        waiting[connection] = time.monotonic()
        connection.sendall(request)


def _is_whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found and not received:
        raise RuntimeError("the server closed a connection")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return bool(found) and len(body) >= int(length)


# --- what it took ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counters:
    """What has been used up to now."""

    processor_seconds: float
    commits: int
    stored: int
    trips: int
    commands: dict[str, int]


def count(web: Web) -> Counters:
    settings = web.settings
    with Redis.from_url(settings.redis) as redis:
        statistics: Any = redis.info("stats")
        calls: Any = redis.info("commandstats")
    database = open_database(settings.database)
    with database.reading() as session:
        stored = session.scalar(select(func.count()).select_from(ArticleRow)) or 0
        # While a reader holds the file open the index is there, and no checkpoint of ours at closing changes it.
        commits = _commits(Path(f"{database.engine.url.database}-shm"))
    database.dispose()
    return Counters(
        processor_seconds=sum(_processor_seconds(pid) for pid in web.workers()),
        commits=commits,
        stored=stored,
        trips=statistics["total_reads_processed"],
        commands={name.removeprefix("cmdstat_"): int(one["calls"]) for name, one in calls.items()},
    )


def _commits(index: Path) -> int:
    with index.open("rb") as file:
        return int(_CHANGES.unpack(file.read(_CHANGES.size))[0])


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def measure(web: Web, clients: int, articles: int, *, is_keyed: bool) -> dict[str, Any]:
    """RuntimeError where not all that was acknowledged is stored."""
    before = count(web)
    began = time.monotonic()
    seconds = sorted(drive(web, clients=clients, articles=articles, is_keyed=is_keyed))
    elapsed = sum(seconds) / clients  # each sends without a pause; the start of the callers' process is left out
    measured = time.monotonic() - began
    after = count(web)
    if after.stored - before.stored != articles:
        raise RuntimeError(f"{articles} were acknowledged, {after.stored - before.stored} are stored")
    commands = {name: calls - before.commands.get(name, 0) for name, calls in after.commands.items()}
    return {
        "clients": clients,
        "posts_per_second": round(articles / elapsed),
        "p50_ms": round(seconds[articles // 2] * 1000, 1),
        "p99_ms": round(seconds[articles * 99 // 100] * 1000, 1),
        "web_processor_ms_a_post": round((after.processor_seconds - before.processor_seconds) * 1000 / articles, 3),
        "commits_a_post": round((after.commits - before.commits) / articles, 3),
        "redis_trips_a_post": round((after.trips - before.trips) / articles, 3),
        "redis_commands_a_post": {
            name: round(calls / articles, 2)
            for name, calls in sorted(commands.items())
            if calls / articles >= 0.005 and name not in _INSIDE
        },
        "web_memory_mb": round(sum(resident_bytes(pid) for pid in web.workers()) / 1e6),
        "seconds": round(measured, 1),
        "load": os.getloadavg()[0],
    }


if __name__ == "__main__":
    sys.exit(main())
