"""From the POST to the webhook through everything that `make run` starts: SQLite, the bundled Redis and one classify
worker.

Each caller sends its next article when the webhook about its last one has come. All texts differ, for a repeated one is
answered from the earlier report; repeats are measured apart. Processor time is that of every process of the
installation, from /proc; what of it is not reading is what queue, database, web and webhook cost together. Reading is
what an article costs in a process that does nothing else, with as many threads as the worker has and in batches as
large as its claims can be. Callers and receiver run on the same cores.
"""

import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from models.types import Article
from quality.faults.figures import percentile
from quality.faults.processes import below, free_port, processor_seconds
from quality.faults.stack import environment_of
from quality.speed.reading import Figures, load_forgetful, timed, varied
from store.settings import Settings

ROOT = Path(__file__).parents[2]
CLIENTS = (1, 4, 16)
_RUNNING = "Obelus is running."
_START_SECONDS, _STOP_SECONDS, _WEBHOOK_SECONDS = 120.0, 90.0, 60.0
_WARM_UP = 20
_READ_ALONE = 40
# As the worker reads: two threads cost more than one, an article of a batch less than a single one.
_THREADS: int = Settings.model_fields["encoder_threads"].default
_CLAIM: int = Settings.model_fields["articles_per_claim"].default
_PROGRAMS = {"workers classify": "classify", "workers relay": "relay", "workers deliver": "deliver",
             "gunicorn": "web", "valkey-server": "redis"}  # fmt: skip


def measure(*, articles: int) -> Figures:
    """Articles a second and time to the webhook by number of callers, *articles* each; what each process spent."""
    with _running() as installation:
        numbers = iter(range(1_000_000))
        installation.send([varied(next(numbers)) for _ in range(_WARM_UP)], clients=4)
        figures: Figures = {}
        for clients in CLIENTS:
            texts = [varied(next(numbers)) for _ in range(articles)]
            figures[f"{clients} clients"] = _measure(installation, texts, clients)
        figures["repeats, 4 clients"] = _measure(installation, texts, 4)
    figures["reading_alone_cpu_ms"] = {}
    reader, _ = load_forgetful(threads=_THREADS)
    reader.read([Article(text=varied(0))])
    for clients in CLIENTS:
        batch = min(clients, _CLAIM)  # what a claim can hold while each caller has one article on its way
        lots = [texts[first : first + batch] for first in range(0, min(len(texts), _READ_ALONE), batch)]
        alone = [
            timed(lambda lot=lot: reader.read([Article(text=text) for text in lot]), 1)["cpu_ms"] / len(lot)
            for lot in lots
        ]
        reading = round(statistics.median(alone), 2)
        figures["reading_alone_cpu_ms"][f"batches of {batch}"] = reading
        spent = figures[f"{clients} clients"]["cpu_ms_an_article"]
        figures[f"{clients} clients"]["share_beside_reading"] = round(1 - reading / sum(spent.values()), 3)
    return figures


def _measure(installation: "_Installation", texts: Sequence[str], clients: int) -> Figures:
    before = installation.spent()
    began = time.monotonic()
    seconds = installation.send(texts, clients)
    elapsed = time.monotonic() - began
    after = installation.spent()
    return {
        "articles": len(texts),
        "articles_per_second": round(len(texts) / elapsed, 2),
        "p50_ms": round(percentile(seconds, 0.5) * 1000, 1),
        "p99_ms": round(percentile(seconds, 0.99) * 1000, 1),
        "cpu_ms_an_article": {
            name: round((spent - before[name]) * 1000 / len(texts), 2) for name, spent in sorted(after.items())
        },
        "peak_mb": installation.peaks(),
    }


# --- the installation -----------------------------------------------------------------------------


@dataclass
class _Receiver:
    """Of the webhooks: when the first about each article came."""

    came_at: dict[str, float] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, article: str) -> None:
        with self.changed:
            self.came_at.setdefault(article, time.monotonic())
            self.changed.notify_all()

    def wait_for(self, article: str) -> float:
        with self.changed:
            if not self.changed.wait_for(lambda: article in self.came_at, _WEBHOOK_SECONDS):
                raise RuntimeError(f"no webhook about {article} in {_WEBHOOK_SECONDS:.0f} s")
            return self.came_at[article]


@dataclass(frozen=True)
class _Installation:
    pid: int
    base_url: str
    key: str
    receiver: _Receiver

    def client(self) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False)

    def send(self, texts: Sequence[str], clients: int) -> list[float]:
        """Seconds from each POST to its webhook. RuntimeError where an article was refused or no webhook came."""
        waiting, lock = iter(texts), threading.Lock()
        seconds: list[float] = []
        failures: list[Exception] = []

        def call() -> None:
            try:
                with self.client() as client:
                    while True:
                        with lock:
                            text = next(waiting, None)
                        if text is None:
                            return
                        seconds.append(self._send(client, text))
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=call) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise RuntimeError(f"{len(failures)} of {clients} callers gave up") from failures[0]
        return seconds

    def _send(self, client: httpx2.Client, text: str) -> float:
        began = time.monotonic()
        response = client.post("/v1/articles", json={"text": text})
        if response.status_code != 202:
            raise RuntimeError(f"{response.status_code}: {response.text}")
        return self.receiver.wait_for(response.json()["id"]) - began

    def spent(self) -> dict[str, float]:
        """Processor seconds up to now, by program; supervisord and the launcher are ``other``."""
        found = dict.fromkeys([*_PROGRAMS.values(), "other"], 0.0)
        for process in below(self.pid):
            found[_program(process.command)] += processor_seconds(process.pid)
        found["other"] += processor_seconds(self.pid)
        return found

    def peaks(self) -> dict[str, int]:
        """Megabytes of the largest process of each program."""
        found: dict[str, int] = {}
        for process in below(self.pid):
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:"))
            name = _program(process.command)
            found[name] = max(found.get(name, 0), peak)
        return found


def _program(command: str) -> str:
    return next((name for words, name in _PROGRAMS.items() if words in command), "other")


@contextmanager
def _running() -> Iterator[_Installation]:
    receiver = _Receiver()
    with tempfile.TemporaryDirectory(prefix="obelus-whole-") as name, _listening(receiver) as url:
        folder, port, key = Path(name), free_port(), f"obk_{secrets.token_hex(24)}"
        environment = environment_of(
            OBELUS_PORT=str(port),
            OBELUS_DATA_DIR=str(folder / "var"),
            OBELUS_API_KEY=key,
            OBELUS_ALLOW_PRIVATE_WEBHOOKS="true",
            OBELUS_MAX_WAITING="0",
            OBELUS_RATE_ARTICLES_PER_MINUTE="1000000",
            OBELUS_RATE_CHARACTERS_PER_MINUTE="1000000000",
            OBELUS_RATE_REQUESTS_PER_MINUTE="1000000",
        )
        log = folder / "run.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "workers", "run"]
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        try:
            _wait_until_ready(process, log)
            installation = _Installation(process.pid, f"http://127.0.0.1:{port}", key, receiver)
            with installation.client() as client:
                endpoint = {"url": url, "events": ["article.classified", "article.failed"]}
                client.post("/v1/endpoints", json=endpoint).raise_for_status()
            yield installation
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while _RUNNING not in (said := log.read_text("utf-8", "replace")):
        if process.poll() is not None or time.monotonic() > ends_at:
            raise RuntimeError(f"the installation does not start:\n{said}")
        time.sleep(0.2)


@contextmanager
def _listening(receiver: _Receiver) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event: Any = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.note(event["data"]["id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        server.server_close()
