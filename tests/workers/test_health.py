"""The check that containers run: about this host's own worker."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import SimpleWorker

from store.queues import CLASSIFY, open_queues
from tests.store.conftest import redis_server, redis_url  # noqa: F401 - the real server
from workers import health


@pytest.fixture
def worker(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleWorker]:  # noqa: F811
    monkeypatch.setenv("OBELUS_REDIS_URL", redis_url)
    queues = open_queues(redis_url)
    yield SimpleWorker([queues.queue(CLASSIFY)], connection=queues.redis, serializer="rq.serializers.JSONSerializer")
    queues.redis.close()


def test_a_worker_of_this_host_is_healthy(worker: SimpleWorker) -> None:
    assert health.main(["classify"]) == 1
    worker.register_birth()
    worker.heartbeat()
    assert health.main(["classify"]) == 0
    assert health.main(["deliver"]) == 1


def test_a_worker_of_another_host_does_not_count(worker: SimpleWorker) -> None:
    worker.hostname = f"not-{socket.gethostname()}"
    worker.register_birth()
    worker.heartbeat()
    assert health.main(["classify"]) == 1


def test_without_redis_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OBELUS_REDIS_URL", f"unix://{tmp_path / 'nobody.sock'}")
    assert health.main(["classify"]) == 1
    assert "Redis does not answer" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OBELUS_REDIS_URL", "127.0.0.1")
    assert health.main(["classify"]) == 1
    assert "OBELUS_REDIS_URL: it must begin with" in capsys.readouterr().err
