"""What `make run` does: start everything, show that it works, stay up until Ctrl-C, leave nothing behind."""

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
from sqlalchemy.exc import SQLAlchemyError

from models.designations.custom import OrganisationsFileError
from store import bootstrap
from store.bootstrap import FirstSteps
from store.database import Database, open_database
from store.organisations import load_file
from store.settings import Settings
from workers.sample import SampleError, send_sample
from workers.stack import Program, Stack, held_signals

_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 5.0  # a program may need a second start, for instance because Redis is not up yet
_WATCH_SECONDS = 2.0


class StartError(Exception):
    """Why Obelus cannot start, in a sentence for a person."""


class _StoppedError(BaseException):
    """Ctrl-C or SIGTERM; no ``except Exception`` on the way may swallow it."""


def run(settings: Settings) -> int:
    """Exit status: 0 after Ctrl-C, 1 where something did not start."""
    try:
        with only_one(settings):
            return _run(settings)
    except StartError as error:
        print(f"Obelus: {error}", file=sys.stderr, flush=True)  # noqa: T201
        return 1


def _run(settings: Settings) -> int:
    _check_port(settings)
    _check_organisations(settings)
    with _stop_signals():
        stack: Stack | None = None
        try:
            say(f"Obelus is starting; its data is in {settings.data_dir}")
            database = open_database(settings.database)
            try:
                first = _set_up(database, settings)
                with held_signals():
                    stack = Stack(settings)
                wait_until_ready(stack, settings)
                _show_sample(database, settings)
            finally:
                database.dispose()
            _show_way_in(first, settings)
            _stay(stack)
        except _StoppedError:
            return 0
        finally:
            _stop(stack)
    return 0


def say(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201 - this is what the launcher is for


# --- before anything starts -----------------------------------------------------------------------


def _check_organisations(settings: Settings) -> None:
    try:
        load_file(settings)
    except OrganisationsFileError as error:
        raise StartError(f"OBELUS_ORGANISATIONS_FILE cannot be used: {error}") from None


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """One Obelus per data folder: the lock goes with this process, however it ends."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = settings.data_dir / "obelus.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            where = lock.read().strip() or f"with the data in {settings.data_dir}"
            raise StartError(f"it is already running {where}. Stop it there with Ctrl-C first.") from None
        lock.truncate(0)
        lock.write(f"at {settings.base_url} (process {os.getpid()})\n")
        lock.flush()
        yield


def _check_port(settings: Settings) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise StartError(
            f"cannot listen on {settings.host}:{settings.port} ({os.strerror(error.errno or 0)}). "
            "Set OBELUS_PORT or OBELUS_HOST to another."
        ) from None


def _set_up(database: Database, settings: Settings) -> FirstSteps:
    try:
        return bootstrap.set_up(database, settings)
    except SQLAlchemyError as error:
        raise StartError(f"the database cannot be used ({type(error).__name__}). See OBELUS_DATABASE_URL.") from None
    except ValueError as error:
        raise StartError(str(error)) from None


# --- while it starts ------------------------------------------------------------------------------


def wait_until_ready(stack: Stack, settings: Settings, *, seconds: float = _READY_SECONDS) -> None:
    """Return when `/readyz` says so. StartError names the program that does not start, and its log."""
    ends_at = time.monotonic() + seconds
    failing_since: dict[str, float] = {}
    waits_for = ""
    while time.monotonic() < ends_at:
        if stack.has_ended:
            raise StartError(f"supervisord did not start. See {settings.data_dir / 'logs' / 'start.log'}")
        check_programs(stack.programs(), failing_since)
        reason = _why_not_ready(settings)
        if reason is None:
            return
        if reason != waits_for:
            say(f"  waiting for {reason}")
            waits_for = reason
        time.sleep(_LOOK_SECONDS)
    raise StartError(f"still waiting for {waits_for} after {seconds:.0f} s. See {settings.data_dir / 'logs'}")


def check_programs(programs: list[Program], failing_since: dict[str, float]) -> None:
    now = time.monotonic()
    for program in programs:
        if not program.cannot_start:
            if program.state == "RUNNING":
                failing_since.pop(program.name, None)
            continue
        is_final = program.state in ("FATAL", "EXITED")
        if is_final or now - failing_since.setdefault(program.name, now) > _PATIENCE_SECONDS:
            last = _last_line(Path(program.log))
            raise StartError(f"{program.name} does not start{': ' + last if last else ''}. See {program.log}")


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""


def _why_not_ready(settings: Settings) -> str | None:
    """None when all is well, else what is not there yet, in a few words."""
    try:
        response = httpx2.get(f"{local_url(settings)}/readyz", timeout=5, trust_env=False)
    except httpx2.HTTPError:
        return "the web process"
    if response.status_code == 200:
        return None
    return _reasons(response) or "the workers"


def _reasons(response: httpx2.Response) -> str:
    """Names of what is missing, out of the problem's `errors`."""
    try:
        errors: list[dict[str, Any]] = response.json()["errors"]
        return ", ".join(str(error["pointer"]).strip("/").replace("_", " ") for error in errors)
    except (ValueError, KeyError, TypeError):
        return ""


def local_url(settings: Settings) -> str:
    """How this machine reaches the web process; 0.0.0.0 and :: are no addresses to connect to."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


# --- when it runs ---------------------------------------------------------------------------------


def _show_sample(database: Database, settings: Settings) -> None:
    from rich.console import Console

    from models.terminal import render

    say("  sending the sample article")
    try:
        sample = send_sample(database, local_url(settings))
    except SampleError as error:
        raise StartError(f"{error}. See {settings.data_dir / 'logs'}") from None
    say()
    Console(file=sys.stdout, highlight=False).print(render(sample.report, sample.text))
    say()
    say(f"Action by the policy: {sample.action}. The same in the dashboard: {settings.base_url}/review/")
    sys.stdout.flush()


def _show_way_in(first: FirstSteps, settings: Settings) -> None:
    say()
    say(f"Dashboard   {settings.base_url}/review/")
    if first.admin_password is not None:
        shown = "as set by OBELUS_ADMIN_PASSWORD" if settings.admin_password is not None else first.admin_password
        say(f"  user      {bootstrap.ADMIN}")
        say(f"  password  {shown}")
    else:
        say(f"  user      {bootstrap.ADMIN}, with the password you chose")
    if settings.api_key is not None:
        say("API key     as set by OBELUS_API_KEY")
    elif first.api_key is not None:
        say(f"API key     {first.api_key}   (shown only now)")
    else:
        say("API key     was shown at the first start; make another: .venv/bin/python -m store add-key NAME")
    say(f"API         {settings.base_url}/docs")
    say(f"Logs        {settings.data_dir / 'logs'}")
    say()
    say("Obelus is running. Ctrl-C stops it.")


def _stay(stack: Stack) -> None:
    while not stack.has_ended:
        stack.programs()
        time.sleep(_WATCH_SECONDS)
    raise StartError("supervisord ended unexpectedly; everything it had started is stopped.")


def _stop(stack: Stack | None) -> None:
    """Stop the programs, if it came to that; a second Ctrl-C must not leave half of them behind."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if stack is not None:
        say("\nstopping …")
        stack.stop()
    say("stopped")


@contextmanager
def _stop_signals() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _StoppedError

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
