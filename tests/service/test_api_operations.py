"""For those who run it: health, readiness, metrics, documentation."""

import json
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from apiflask import APIFlask
from rq import SimpleWorker

from service.app import create_app
from service.errors import PROBLEMS
from service.openapi import get_document, make_document
from service.readiness import ask_all
from store.database import open_database
from store.queues import open_queues
from store.settings import Settings
from tests.service.conftest import Api, assert_problem, finish


def sample(text: str, name: str) -> float | None:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else None


@pytest.fixture
def broken(tmp_path: Path) -> APIFlask:
    """An application with neither database nor Redis."""
    (tmp_path / "folder.sqlite3").mkdir()
    url = f"sqlite:///{tmp_path}/folder.sqlite3"
    return create_app(Settings(data_dir=tmp_path, database_url=url, redis_url=f"unix://{tmp_path}/no.sock"))


def test_health_asks_nobody(broken: APIFlask) -> None:
    answer = broken.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readiness_names_what_is_missing(api: Api, broken: APIFlask) -> None:
    answer = api.app.test_client().get("/readyz")
    problem = assert_problem(answer, 503, "not_ready")
    assert [error["pointer"] for error in problem["errors"]] == ["/redis", "/classify_worker"]
    assert answer.headers["Retry-After"] == "5"

    problem = assert_problem(broken.test_client().get("/readyz"), 503, "not_ready")
    assert [error["pointer"] for error in problem["errors"]] == ["/database", "/redis", "/classify_worker"]


def test_a_database_without_our_tables_is_not_ready(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/empty.sqlite3")
    app = create_app(Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock"), database=database)
    problem = assert_problem(app.test_client().get("/readyz"), 503, "not_ready")
    database.dispose()
    assert problem["errors"][0]["pointer"] == "/database"


def test_with_a_live_worker_the_service_is_ready(live: Api, redis_server: str) -> None:
    """Without one, the reason of a worker that could not start is given."""
    client = live.app.test_client()
    problem = assert_problem(client.get("/readyz"), 503, "not_ready")
    assert [error["pointer"] for error in problem["errors"]] == ["/classify_worker"]

    queues = open_queues(redis_server)
    queues.note_failed_start("classify", "no weights: research/manifest.json is missing")
    (error,) = assert_problem(client.get("/readyz"), 503, "not_ready")["errors"]
    assert error["pointer"] == "/classify_worker"
    assert error["detail"].endswith("could not start: no weights: research/manifest.json is missing")

    worker = SimpleWorker([queues.queue("classify")], connection=queues.redis)
    worker.register_birth()  # type: ignore[no-untyped-call]
    try:
        answer = client.get("/readyz")
        metrics = client.get("/metrics").text
    finally:
        worker.register_death()  # type: ignore[no-untyped-call]
        queues.forget_failed_start("classify")
        queues.redis.close()

    assert answer.status_code == 200
    assert answer.json == {
        "status": "ready", "checks": {"database": "ok", "redis": "ok", "classify_worker": "ok"},
    }  # fmt: skip
    assert sample(metrics, 'obelus_worker_alive{queue="classify"}') == 1
    assert sample(metrics, 'obelus_worker_alive{queue="deliver"}') == 0


def test_a_redis_that_drops_what_it_was_given_is_not_ready(live: Api, redis_server: str) -> None:
    queues = open_queues(redis_server)
    queues.redis.config_set("maxmemory-policy", "volatile-ttl")
    try:
        errors = assert_problem(live.app.test_client().get("/readyz"), 503, "not_ready")["errors"]
    finally:
        queues.redis.config_set("maxmemory-policy", "noeviction")
        queues.redis.close()
    assert [error["pointer"] for error in errors] == ["/redis", "/classify_worker"]
    assert errors[0]["detail"].endswith("its maxmemory-policy is volatile-ttl, set it to noeviction.")


def test_a_question_without_an_answer_holds_nobody_up() -> None:
    """Redis or a database that accepts and never answers: the other answers come, and in time."""
    release = threading.Event()
    executor = ThreadPoolExecutor(2)
    began = time.monotonic()
    questions = {"slow": lambda: release.wait(10), "quick": lambda: True, "broken": lambda: 1 / 0 > 0}
    answers = ask_all(executor, questions, patience_seconds=0.3)
    took = time.monotonic() - began
    release.set()
    executor.shutdown()

    assert answers == {"slow": None, "quick": True, "broken": None}
    assert took < 3


def test_metrics_count_requests_by_template(api: Api) -> None:
    article_id = api.submit_id()
    finish(api.database, api.submit_id())
    api.get(f"/v1/articles/{article_id}")
    api.get("/v1/articles/art_unknown")
    client = api.app.test_client()
    client.get("/no/such/path")
    client.open("/healthz", method="BREW")
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    text = answer.text
    route = 'method="GET",route="/v1/articles/<article_id>"'
    assert sample(text, f'obelus_requests_total{{{route},status="200"}}') == 1
    assert sample(text, f'obelus_requests_total{{{route},status="404"}}') == 1
    assert sample(text, 'obelus_requests_total{method="GET",route="unmatched",status="404"}') == 1
    assert sample(text, 'obelus_requests_total{method="OTHER",route="unmatched",status="405"}') == 1
    assert sample(text, f"obelus_request_seconds_count{{{route}}}") == 2
    assert sample(text, 'obelus_articles{state="queued"}') == 1
    assert sample(text, 'obelus_articles{state="classified"}') == 1
    assert sample(text, "obelus_articles_waiting") == 1
    assert sample(text, "obelus_reviews_open") == 1
    assert sample(text, "obelus_database_up") == 1
    assert sample(text, "obelus_redis_up") == 0
    assert "no/such" not in text
    assert article_id not in text


def test_metrics_are_served_with_everything_down(broken: APIFlask) -> None:
    answer = broken.test_client().get("/metrics")
    assert answer.status_code == 200
    assert sample(answer.text, "obelus_database_up") == 0
    assert sample(answer.text, "obelus_redis_up") == 0
    assert "obelus_articles{" not in answer.text


# --- documentation --------------------------------------------------------------------------------


def test_the_kept_document_is_the_one_served(app: APIFlask, root: Path) -> None:
    """`docs/openapi.json` is what `python -m service.openapi` prints and `/openapi.json` serves."""
    kept = (root / "docs" / "openapi.json").read_bytes()
    assert kept == make_document(), "run: make openapi"
    answer = app.test_client().get("/openapi.json")
    assert answer.mimetype == "application/json"
    assert answer.json == json.loads(kept)


def test_the_first_requests_for_the_document_may_come_at_once(app: APIFlask) -> None:
    answers: list[bytes] = []
    gate = threading.Barrier(6)

    def ask() -> None:
        gate.wait()
        answers.append(app.test_client().get("/openapi.json").data)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 6
    assert set(answers) == {orjson.dumps(json.loads(make_document()))}


def test_the_document_is_3_1_and_describes_the_report(app: APIFlask) -> None:
    document = get_document(app)
    schemas = document["components"]["schemas"]

    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["BearerAuth"]["scheme"] == "bearer"
    assert set(schemas["Evidence"]["properties"]) == {"start", "end", "text", "reason"}
    assert {"violence", "designations", "source_bias"} <= set(schemas["Report"]["properties"])
    assert not [name for name in schemas if "." in name]
    for reference in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert reference in schemas
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["operationId"]
            is_vendors = path.startswith("/compat/") and method == "post"  # the discovery document is for everybody
            assert ("security" in operation) == (path.startswith("/v1/") or is_vendors)


def test_the_documentation_is_one_page_of_our_own(app: APIFlask) -> None:
    """Every route, problem and shape is on it; nothing is fetched from elsewhere, and nothing runs."""
    client = app.test_client()
    answer = client.get("/docs")
    page = answer.text

    assert answer.status_code == 200
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!/|#)', page)
    for code in PROBLEMS:
        assert f'id="problem-{code}"' in page
    document = get_document(app)
    for path, operations in document["paths"].items():
        for method in operations:
            assert f"<b>{method.upper()}</b> {path}</code>" in page
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    (stylesheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    with client.get(stylesheet) as style:
        assert style.mimetype == "text/css"


HEAVY = (
    "torch",
    "transformers",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "py3langid",
    "ahocorasick_rs",
    "pymorphy3",
    "workers",
)


def test_the_web_process_is_light(tmp_path: Path, root: Path) -> None:
    """Creating the application touches no file, thread or socket; neither the import nor the first requests load a
    network library; and the process stays under 150 MB."""
    code = f"""
import re, sys, threading
from pathlib import Path
import service.wsgi
from service.app import create_app
from store.settings import Settings
app = create_app(Settings(data_dir="made", database_url="sqlite:///made/a.sqlite3", redis_url="unix:///nowhere.sock"))
print(threading.active_count(), Path("made/a.sqlite3").exists())
client = app.test_client()
for path in ("/healthz", "/docs", "/openapi.json", "/metrics", "/review/"):
    client.get(path)
print([name for name in {HEAVY!r} if name in sys.modules])
status = Path("/proc/self/status")  # not getrusage: its maximum is inherited from whoever started us
print(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else 0)
"""
    command = [sys.executable, "-c", code]
    environment = {"PYTHONPATH": str(root)}
    made = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    at_first, *_, heavy, kilobytes = made.stdout.splitlines()
    assert at_first == "1 False"
    assert heavy == "[]"
    assert int(kilobytes) < 150_000


def test_the_bare_address_leads_to_the_dashboard(shared: Api) -> None:
    answer = shared.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/review/")
