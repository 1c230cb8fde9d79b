"""What `make run` says before and while it starts, and how the bundled Redis is told to behave."""

import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store.settings import Settings
from tests.conftest import ROOT
from tests.workers.conftest import RedisServer
from workers import launcher, stack
from workers.launcher import StartError
from workers.redis_server import make_private, server_arguments
from workers.stack import Program, run_variables


def test_started_twice_it_says_so_and_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(data_dir=tmp_path, port=8123)
    with launcher.only_one(settings):
        status = launcher.run(settings)

    said = capsys.readouterr().err
    assert status == 1
    assert said.count("\n") == 1
    assert "already running at http://127.0.0.1:8123" in said


def test_the_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """Also after kill -9: a start is never refused because of a file that was left behind."""
    with launcher.only_one(Settings(data_dir=tmp_path)):
        pass
    with launcher.only_one(Settings(data_dir=tmp_path)):
        pass


@pytest.mark.enable_socket
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_taken_port_is_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status = launcher.run(Settings(data_dir=tmp_path, port=port))

    said = capsys.readouterr().err
    assert status == 1
    assert said.count("\n") == 1
    assert f"127.0.0.1:{port}" in said
    assert "OBELUS_PORT" in said


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "workers", "run"],
        cwd=ROOT,
        env={"OBELUS_PORT": "eighty", "OBELUS_DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "OBELUS_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("state", "status", "stops"),
    [("EXITED", stack.UNUSABLE, True), ("FATAL", 1, True), ("BACKOFF", 1, False), ("EXITED", 1, False),
     ("RUNNING", 0, False), ("STARTING", 0, False)],
)  # fmt: skip
def test_a_program_that_cannot_start_is_named_with_its_log(
    tmp_path: Path, state: str, status: int, stops: bool
) -> None:
    log = tmp_path / "classify.log"
    log.write_text("first line\nclassify: no weights\n")
    programs = [Program("redis", "RUNNING", 1, 0, ""), Program("classify-0", state, 0, status, str(log))]
    if not stops:
        launcher.check_programs(programs, {})
        return

    with pytest.raises(StartError, match="classify-0 does not start: classify: no weights") as caught:
        launcher.check_programs(programs, {})
    assert str(log) in str(caught.value)


def test_a_program_that_keeps_falling_over_is_given_up(tmp_path: Path) -> None:
    failing_since = {"web": -100.0}

    with pytest.raises(StartError, match="web"):
        launcher.check_programs([Program("web", "BACKOFF", 0, 1, str(tmp_path / "none"))], failing_since)


def test_a_program_that_recovered_is_forgiven() -> None:
    failing_since = {"web": -100.0}
    launcher.check_programs([Program("web", "RUNNING", 9, 0, "")], failing_since)

    assert failing_since == {}


def test_the_launcher_sets_all_that_the_configuration_refers_to(tmp_path: Path) -> None:
    used = set(re.findall(r"%\(ENV_(\w+)\)s", stack.CONFIG.read_text("utf-8")))

    assert used == set(run_variables(Settings(data_dir=tmp_path)))


@pytest.mark.parametrize(
    ("host", "bind", "url"),
    [
        ("127.0.0.1", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("::1", "[::1]:8000", "http://[::1]:8000"),
        ("::", "[::]:8000", "http://[::1]:8000"),
        ("localhost", "localhost:8000", "http://localhost:8000"),
    ],
)
def test_every_kind_of_host_can_be_bound_and_reached(tmp_path: Path, host: str, bind: str, url: str) -> None:
    settings = Settings(data_dir=tmp_path, host=host)

    assert run_variables(settings)["OBELUS_RUN_BIND"] == bind
    assert launcher.local_url(settings) == url


def test_the_bundled_redis_is_private_and_never_drops_a_job(redis_server: RedisServer) -> None:
    """Asked of the running server itself."""
    with redis_server.client() as client:
        values = client.config_get("port", "appendonly", "appendfsync", "maxmemory-policy")

    assert values == {
        "port": "0", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
    }  # fmt: skip
    folder = redis_server.settings.redis_socket.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_long_data_folder_still_has_a_short_socket(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / ("long-" * 30))
    arguments = server_arguments(settings)
    path = Path(arguments[arguments.index("--unixsocket") + 1])

    try:
        assert len(str(path)) < 100
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (settings.data_dir / "redis").is_dir()
    finally:
        path.parent.rmdir()


def test_a_planted_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError):
        make_private(tmp_path / "link")


def test_a_redis_url_makes_the_bundled_one_unneeded(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "workers", "redis"],
        cwd=ROOT,
        env={"OBELUS_REDIS_URL": "redis://localhost", "OBELUS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "OBELUS_REDIS_URL" in ended.stderr
    assert run_variables(Settings(data_dir=tmp_path, redis_url="redis://x"))["OBELUS_RUN_BUNDLED_REDIS"] == "false"
