"""Real deliver processes and a real Valkey: killed, stopped for a while, told to stop, cut off from Redis."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from rq import Worker
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from store import outbox
from store.database import Database
from store.queues import DELIVER, Queues
from store.sending import LEASE_SECONDS
from store.tables import ArticleRow, AttemptRow, DeliveryRow
from tests.conftest import ROOT
from tests.workers.conftest import Receiver, RedisServer, add_receiver, answer, wait_until
from workers.relay import Relay
from workers.tidy import Tidier

pytestmark = [pytest.mark.servers, pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]
Add = Callable[..., list[str]]
Receive = Callable[..., Receiver]
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(database_url: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start_process() -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "OBELUS_DATA_DIR": str(tmp_path),
            "OBELUS_DATABASE_URL": database_url,
            "OBELUS_REDIS_URL": redis_server.url,
            "OBELUS_ALLOW_PRIVATE_WEBHOOKS": "true",
        }
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            command = [sys.executable, "-m", "workers", "deliver"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start_process
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def add_event(database: Database, add: Add) -> str:
    """An event for every endpoint; returns the `webhook-id`."""
    (article_id,) = add(1)
    with database.writing() as session:
        row = session.get_one(ArticleRow, article_id)
        return outbox.add_event(session, type_="article.classified", subject=row, data={}).id


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow.state)))


class Once:
    """A receiver that holds its first request and answers the others."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_held = False

    def __call__(self, connection: socket.socket, request: bytes) -> None:
        if not self.is_held:
            self.is_held = True
            connection.settimeout(self.seconds)
            with suppress(TimeoutError):
                connection.recv(1)
        answer("200 OK")(connection, request)


def test_killed_in_the_middle_another_sends_it_again_within_15_seconds(
    database: Database, queues: Queues, add: Add, receive: Receive, start: Start
) -> None:
    """kill -9: the lease ends, the relay wakes another process, and the receiver sees the same id and body."""
    once = Once(30)
    receiver = receive(once, parallel=True)
    add_receiver(database, receiver.url)
    event_id = add_event(database, add)
    relay = Relay(database, queues, Tidier(database))
    both = [start(), start()]
    wait_until(lambda: len(Worker.all(queue=queues.queue(DELIVER))) == 2, seconds=60)
    relay.turn()
    wait_until(lambda: once.is_held)
    (first,) = [process for process in both if is_sending(process.pid, receiver.port)]
    first.kill()
    killed_at = time.monotonic()

    def is_delivered() -> bool:
        relay.turn()
        return states(database) == ["delivered"]

    wait_until(is_delivered, seconds=LEASE_SECONDS + 10)
    assert time.monotonic() - killed_at < 15
    bodies = {request.partition(b"\r\n\r\n")[2] for request in receiver.requests}
    assert len(receiver.requests) == 2
    assert len(bodies) == 1
    assert all(f"webhook-id: {event_id}".encode() in request for request in receiver.requests)


def is_sending(pid: int, port: int) -> bool:
    """Whether the process holds a connection to that port (Linux's own table)."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        target = str(entry.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return any(fields[2].endswith(f":{port:04X}") and fields[9] in inodes for fields in lines)


def test_stopped_for_longer_than_its_lease_it_records_nothing(
    database: Database, queues: Queues, add: Add, receive: Receive, start: Start
) -> None:
    """SIGSTOP, another delivers, SIGCONT: one attempt is in the log, the other's."""
    once = Once(3)
    receiver = receive(once, parallel=True)
    add_receiver(database, receiver.url)
    add_event(database, add)
    relay = Relay(database, queues, Tidier(database))
    both = [start(), start()]
    wait_until(lambda: len(Worker.all(queue=queues.queue(DELIVER))) == 2, seconds=60)
    relay.turn()
    wait_until(lambda: once.is_held)
    (first,) = [process for process in both if is_sending(process.pid, receiver.port)]
    stop_outside_a_transaction(first, database)

    def is_delivered() -> bool:
        relay.turn()
        return states(database) == ["delivered"]

    try:
        wait_until(is_delivered, seconds=LEASE_SECONDS + 10)
    finally:
        first.send_signal(signal.SIGCONT)
    first.terminate()
    assert first.wait(20) == 0
    with database.reading() as session:
        assert [(row.number, row.status) for row in session.scalars(select(AttemptRow))] == [(1, 200)]


def stop_outside_a_transaction(process: "subprocess.Popen[bytes]", database: Database) -> None:
    """SQLite has one write lock: stopped while it holds that, a process stops everybody."""
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            with database.writing():  # waits 10 s at most
                return
        except OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.1)


def test_told_to_stop_it_ends_the_attempt_it_began(
    database: Database, queues: Queues, add: Add, receive: Receive, start: Start
) -> None:
    once = Once(1.5)
    add_receiver(database, receive(once, parallel=True).url)
    add_event(database, add)
    process = start()
    wait_until(lambda: queues.has_live_worker(DELIVER), seconds=40)
    queues.wake_deliver("test")
    wait_until(lambda: once.is_held)
    process.terminate()

    assert process.wait(18) == 0
    assert states(database) == ["delivered"]
    assert not queues.has_live_worker(DELIVER)


def test_while_redis_is_away_webhooks_go_out(
    database: Database, redis_server: RedisServer, add: Add, receive: Receive, start: Start
) -> None:
    add_receiver(database, receive(answer("200 OK")).url)
    start()
    redis_server.kill()
    add_event(database, add)

    wait_until(lambda: states(database) == ["delivered"], seconds=40)
    redis_server.start()
