"""Dockerfile, compose.yaml and the code say the same: no engine is needed to see that."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from store.settings import Settings

ROOT = Path(__file__).parent.parent
FINAL = ("web", "worker", "worker-torch")
OURS = ("web", "classify", "deliver", "relay", "set-up")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VARIABLES = {f"OBELUS_{name.upper()}" for name in Settings.model_fields}


@dataclass
class Stage:
    parent: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def arguments(self, instruction: str) -> list[str]:
        return [words for name, words in self.steps if name == instruction]


def read_stages() -> dict[str, Stage]:
    """The stages of the Dockerfile by name, each with its (instruction, words)."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: dict[str, Stage] = {}
    name = ""
    for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        instruction, words = line.strip().split(maxsplit=1)
        if instruction == "FROM":
            parent, _, name = words.split()
            stages[name] = Stage(parent)
        else:
            stages[name].steps.append((instruction, words))
    return stages


STAGES = read_stages()


def ancestors(stage: str) -> list[Stage]:
    """The stage and all it stands on or copies from."""
    found = STAGES[stage]
    below = [found.parent, *re.findall(r"--from=(\S+)", " ".join(found.arguments("COPY")))]
    return [found] + [one for name in below if name in STAGES for one in ancestors(name)]


def installed(stage: str) -> set[str]:
    """Names of all packages that pip installs into *stage*, through included files."""
    files = [
        ROOT / name
        for one in ancestors(stage)
        for step in one.arguments("RUN")
        for name in re.findall(r"-r (\S+)", step)
    ]
    assert files, f"{stage} installs nothing"
    names: set[str] = set()
    while files:
        file = files.pop()
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("-r "):
                files.append(file.parent / line.split()[1])
            elif match := re.match(r"[A-Za-z0-9_.-]+", line):
                names.add(match.group().lower())
    return names


def command_of(service: str) -> list[str]:
    """What the service runs: its own command, or its image's."""
    if "command" in SERVICES[service]:
        return [str(word) for word in SERVICES[service]["command"]]
    return list(json.loads(STAGES[SERVICES[service]["build"]["target"]].arguments("CMD")[-1]))


# --- the images -----------------------------------------------------------------------------------


def test_the_three_targets_are_there() -> None:
    assert set(FINAL) <= set(STAGES)


def test_the_base_is_pinned_to_a_minor_version() -> None:
    assert {stage.parent for stage in STAGES.values() if stage.parent not in STAGES} == {"python:3.13-slim"}


@pytest.mark.parametrize("target", FINAL)
def test_no_image_runs_as_root(target: str) -> None:
    """A number, and after it nothing that could need root."""
    names = [name for name, _ in STAGES[target].steps]
    assert STAGES[target].arguments("USER") == ["10001:10001"]
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


@pytest.mark.parametrize("target", FINAL)
def test_final_images_build_nothing(target: str) -> None:
    """They only copy: no compiler, no package manager's leftovers, no secret handed in while building."""
    assert not STAGES[target].arguments("RUN") + STAGES[target].arguments("ADD") + STAGES[target].arguments("ARG")
    assert STAGES[STAGES[target].parent].parent == "python:3.13-slim"
    assert all("--from=" in words for words in STAGES[target].arguments("COPY"))


@pytest.mark.parametrize("target", FINAL)
def test_every_image_has_a_health_check_and_an_exec_command(target: str) -> None:
    (check,) = STAGES[target].arguments("HEALTHCHECK")
    assert json.loads(check[check.index("CMD") + 3 :])
    assert json.loads(STAGES[target].arguments("CMD")[0])


@pytest.mark.parametrize("target", ["web", "worker"])
def test_the_light_images_have_no_torch(target: str) -> None:
    names = installed(target)
    assert "rq" in names
    assert not names & {"torch", "transformers", "torchvision", "accelerate"}


def test_the_torch_image_has_it_all() -> None:
    assert installed("worker") | {"torch", "transformers"} <= installed("worker-torch")


def test_each_image_holds_its_rooms_alone() -> None:
    rooms = {
        target: {words.split()[-1] for words in STAGES[target].arguments("COPY")} - {"/opt/obelus"} for target in FINAL
    }
    assert rooms["web"] == {"models", "store", "service", "docs"}
    assert rooms["worker"] == rooms["worker-torch"] == {"models", "store", "workers"}


IMPORTED = {
    "web": "import service.wsgi, store.__main__; service.wsgi.create(); from service import extraction, guides; "
    "assert len(guides.list_guides()) > 20; assert extraction.Extractor().extract('<p>A text.').text == 'A text.'",
    "worker": "import store.__main__, workers.classify, workers.deliver, workers.relay, workers.health, models.loading",
}


@pytest.mark.parametrize("target", IMPORTED)
def test_an_image_holds_all_that_its_programs_read(target: str, tmp_path: Path) -> None:
    """Laid out by its own COPY lines, away from the checkout."""
    for words in STAGES[target].arguments("COPY"):
        source, to = words.split()[-2:]
        if source.startswith("/app/"):
            path = ROOT / source.removeprefix("/app/")
            if path.is_dir():
                shutil.copytree(path, tmp_path / to, ignore=shutil.ignore_patterns("weights", "__pycache__"))
            else:
                shutil.copy(path, tmp_path / to)
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTED[target]],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "OBELUS_DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_nothing_is_told_to_the_maker_of_the_runtime() -> None:
    assert "ORT_DISABLE_TELEMETRY=1" in STAGES["base"].arguments("ENV")[0].split()


def test_what_is_copied_exists_and_is_let_through() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    sources = {
        words.split()[0] for stage in STAGES.values() for words in stage.arguments("COPY") if "--from=" not in words
    }
    assert {source.split("/")[0] for source in sources} == {name.split("/")[0] for name in allowed}
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_the_web_command_is_one_gunicorn_accepts(tmp_path: Path) -> None:
    """With --check-config it loads the application and ends."""
    shell, option, line = json.loads(STAGES["web"].arguments("CMD")[0])
    assert (shell, option) == ("sh", "-c")
    words = shlex.split(line.replace("${OBELUS_WEB_THREADS:-32}", "32"))
    assert words[:2] == ["exec", "gunicorn"]
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", *words[2:]],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "OBELUS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


# --- compose --------------------------------------------------------------------------------------


def test_every_part_is_there() -> None:
    assert set(SERVICES) == {*OURS, "redis", "postgres"}
    assert {SERVICES[name]["build"]["target"] for name in OURS} <= set(FINAL)


def test_every_variable_is_a_setting() -> None:
    given = {name for name in OURS for name in SERVICES[name]["environment"] if name.startswith("OBELUS_")}
    assert given <= VARIABLES
    text = (ROOT / "Dockerfile").read_text("utf-8") + (ROOT / "compose.yaml").read_text("utf-8")
    assert set(re.findall(r"OBELUS_[A-Z_]+", text)) <= VARIABLES


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    for secret in ("POSTGRES_PASSWORD", "OBELUS_API_KEY", "OBELUS_ADMIN_PASSWORD"):
        used = re.findall(rf"\$\{{{secret}[^}}]*\}}", text)
        assert used
        assert set(used) == {f"${{{secret}:?set {secret}}}"}


def test_the_first_secrets_are_known_to_the_set_up_alone() -> None:
    knowing = {name for name in SERVICES if "OBELUS_API_KEY" in SERVICES[name].get("environment", {})}
    assert knowing == {"set-up"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "/tmp" in service["tmpfs"]
    assert "privileged" not in service
    assert name in OURS or service["user"] in ("postgres", "valkey")


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_front_end_is_reachable_and_only_from_this_host(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert bool(ports) == (name == "web")
    assert ("outside" in SERVICES[name]["networks"]) == (name in ("web", "deliver"))
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", OURS)
def test_nothing_starts_before_what_it_needs(name: str) -> None:
    needs = SERVICES[name]["depends_on"]
    if name == "set-up":
        assert needs == {"postgres": {"condition": "service_healthy"}}
    else:
        assert needs["set-up"] == {"condition": "service_completed_successfully"}
        assert needs["redis"] == {"condition": "service_healthy"}


def test_redis_keeps_what_it_was_told_and_drops_nothing() -> None:
    words = command_of("redis")
    assert words[words.index("--appendonly") + 1] == "yes"
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"
    assert [name for name in ("redis", "postgres") if not SERVICES[name]["volumes"]] == []
    mounted = {volume.split(":")[0] for name in ("redis", "postgres") for volume in SERVICES[name]["volumes"]}
    assert mounted == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", [name for name in OURS if name != "web"])
def test_commands_and_checks_name_modules_that_exist(name: str) -> None:
    checks = SERVICES[name].get("healthcheck", {}).get("test", [])
    for words in (command_of(name), checks):
        if "-m" in words:
            assert importlib.util.find_spec(words[words.index("-m") + 1]) is not None


def test_worker_commands_are_programs_of_the_workers() -> None:
    from workers.__main__ import _PROGRAMS

    assert {command_of(name)[-1] for name in ("classify", "deliver", "relay")} <= set(_PROGRAMS)
