"""The same stack on PostgreSQL, as on many hosts: what is killed there loses nothing either."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.conftest import LEASE_SECONDS, Stack, start_stack
from tests.end_to_end.test_faults import accept, wait_until_finished
from tests.store.backends import PostgreSQL

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def stack(postgresql_url: str, tmp_path: Path) -> Iterator[Stack]:
    server = PostgreSQL(postgresql_url)
    running = start_stack(tmp_path / "var", OBELUS_DATABASE_URL=server.empty(tmp_path))
    try:
        running.wait_until_ready(60)
        running.wait_until_started(60)  # a kill while the sample is read would end `make run` itself
        yield running
    finally:
        status = running.stop()
        server.drop_all()
    assert status == 0, "".join(running.output)


def test_killed_in_the_middle_every_article_is_finished(stack: Stack) -> None:
    with stack.client() as client:
        ids = accept(client, 8)
        for words in ("workers classify", "workers relay", "gunicorn"):
            for pid in stack.pids(words):
                os.kill(pid, signal.SIGKILL)
        stack.wait_until_ready(60)
        ids += accept(client, 4)
        wait_until_finished(client, ids, seconds=LEASE_SECONDS + 60)
