"""The rooms of the house and the one direction between them."""

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from store import queues
from store.version import VERSION

HEAVY = {"torch", "transformers", "onnxruntime", "tokenizers"}


def test_imports_go_one_way_only(root: Path) -> None:
    """models <- store <- (service | workers), checked by import-linter over the whole graph."""
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_web_process_loads_no_network(root: Path) -> None:
    """Importing the whole front end brings in no torch, no ONNX runtime and no tokenizer."""
    code = "import sys, service.wsgi, service.app; print(*sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert not HEAVY & {name.split(".")[0] for name in result.stdout.split()}


def test_reading_needs_no_torch(root: Path) -> None:
    """A classify worker runs on onnxruntime alone."""
    code = "import sys, models.loading, workers.classify; print(*sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert not {"torch", "transformers"} & {name.split(".")[0] for name in result.stdout.split()}


@pytest.mark.parametrize("path", [queues.CLASSIFY_JOB, queues.DELIVER_JOB])
def test_job_names_in_the_queue_lead_to_functions(path: str) -> None:
    """Jobs are named by strings, because service must not import workers: the strings must stay true."""
    module, _, function = path.rpartition(".")

    assert callable(getattr(importlib.import_module(module), function))


def test_only_settings_reads_the_environment(root: Path) -> None:
    """One reader of the environment, so that `docs/settings.md` can be complete."""
    readers = [
        path.relative_to(root).as_posix()
        for room in ("models", "store", "service", "workers")
        for path in (root / room).rglob("*.py")
        if any(word in path.read_text("utf-8") for word in ("os.environ", "os.getenv"))
    ]

    # The launcher hands settings on to the programs it starts; a backup gives PostgreSQL's program a password that no
    # command line shows; the encoder switches a library's telemetry off; the command line of models, without a store,
    # must not read with weights of another licence, or other organisations of your own, than the service would.
    assert set(readers) <= {"workers/stack.py", "store/backup.py", "models/encoder.py", "models/__main__.py"}


def test_one_module_opens_connections_to_others(root: Path) -> None:
    """Webhooks leave by `workers/egress.py`. The rest that can connect speaks to ourselves on loopback: the launcher
    and its sample. Redis and PostgreSQL are reached by their own clients."""
    ways_out = re.compile(
        r"^\s*(?:import|from) (?:httpx2|httpcore2|httpx|requests|aiohttp|urllib3|urllib\.request|http\.client|ftplib|"
        r"smtplib|asyncio)\b|create_connection|\.connect\(\(|socket\.socket\(",
        re.MULTILINE,
    )
    found = {
        path.relative_to(root).as_posix()
        for room in ("models", "store", "service", "workers")
        for path in (root / room).rglob("*.py")
        if ways_out.search(path.read_text("utf-8"))
    }

    assert found == {"workers/egress.py", "workers/launcher.py", "workers/sample.py"}


def test_onnxruntime_does_not_phone_home(root: Path) -> None:
    """Its wheel reports to its maker unless told not to before it is imported."""
    code = (
        "import os; from models.encoder import load_encoder; load_encoder(); "
        "assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_the_version_is_written_alike(root: Path) -> None:
    assert tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"] == VERSION


def test_modules_fit_in_the_head(root: Path) -> None:
    """A module has at most 400 lines."""
    long = {
        path.relative_to(root).as_posix(): count
        for room in ("models", "store", "service", "workers", "training", "quality")
        for path in (root / room).rglob("*.py")
        if (count := len(path.read_text("utf-8").splitlines())) > 400
    }

    assert long == {}
