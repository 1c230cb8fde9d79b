"""Requests generated from our own OpenAPI document: no 5xx, and every answer as the document says."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis.checks import CHECKS as KNOWN_CHECKS
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode

from service import limits
from service.app import create_app
from store import keys
from store.database import open_database
from store.rates import Quota
from store.settings import Settings
from tests.conftest import ROOT
from tests.service.compat.conftest import at_work
from tests.service.conftest import finish, resolve
from tests.store import makers

KEY = "key-of-the-generator"
# All that schemathesis has, whatever it learns with its next version.
load_all_checks()  # else there is but one of them
CHECKS = [KNOWN_CHECKS.get_one(name) for name in KNOWN_CHECKS.get_all_names()]
# 412, 422: no schema says which version is there, which dates exist, which names lead inside or what a cursor is.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "5xx"]
GENERATED = ("Prefer", "x-goog-api-key")  # one would wait, and the other is no key of ours
VENDORS = "/compat/"
PERSPECTIVE = "/compat/perspective/v1alpha1/"
EXCUSED = {
    # One bad article of a batch stands in an answer that is a success: it harms no other.
    "/v1/articles/batch": ["negative_data_rejection"],
    # Google answers a wrong key with 400, and so do we: tests/service/compat/test_perspective.py.
    f"{PERSPECTIVE}comments:analyze": ["ignored_auth"],
    f"{PERSPECTIVE}comments:suggestscore": ["ignored_auth"],
}
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        "operations": [
            {
                "include-path-regex": f"^{VENDORS}",  # what is 422 elsewhere is 400 at OpenAI and at Google
                "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "400"]}},
            }
        ],
    }
)
REQUESTS = [
    (method, path, mode)
    for path, operations in json.loads((ROOT / "docs" / "openapi.json").read_bytes())["paths"].items()
    for method, operation in operations.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if path != "/readyz"  # it answers 503 without a worker of articles, and has a test of its own
    if mode is GenerationMode.POSITIVE or operation["parameters"] or "requestBody" in operation
]


@dataclass
class Served:
    """The served document of an application that holds articles, an endpoint and a delivery, and their ids; a worker
    reads what comes over the lane."""

    schema: Any
    ids: dict[str, str]


@pytest.fixture(scope="module")
def served(database_template: Path, redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("generated")
    shutil.copyfile(database_template, folder / "obelus.sqlite3")
    made = Settings(data_dir=folder, redis_url=redis_server)
    database = open_database(made.database)
    with database.writing() as session:
        key_id = keys.add_key(session, KEY, name="generator", scopes=[*keys.SCOPES]).id
        spare = keys.add_key(session, "another key", name="spare", scopes=["read"]).id
        article_id, _ = makers.add_articles(session, key_id, 2)
    app = create_app(made, database=database, resolve=resolve)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {KEY}"}
    endpoint = client.post("/v1/endpoints", json={"url": "https://example.org/a"}, headers=headers).get_json()
    finish(database, article_id)
    appeal = client.post(f"/v1/articles/{article_id}/appeals", json={"reason": "x"}, headers=headers).get_json()
    delivery = client.get(f"/v1/endpoints/{endpoint['id']}/deliveries", headers=headers).get_json()["data"][0]
    ids = {"article_id": article_id, "endpoint_id": endpoint["id"], "delivery_id": delivery["id"]}
    ids |= {"organisation_id": "islamic-state", "key_id": spare, "appeal_id": appeal["id"]}
    with at_work(redis_server):
        yield Served(schemathesis.openapi.from_wsgi("/openapi.json", app, config=CONFIG), ids)
    database.dispose()


@pytest.mark.parametrize(("method", "path", "mode"), REQUESTS)
def test_every_operation_keeps_to_the_document(
    served: Served, method: str, path: str, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked with ids that are there; deleting the one endpoint is asked with others."""
    operation = served.schema[path][method.upper()]
    monkeypatch.setattr(limits, "_WRONG_KEYS", Quota("wrong keys", 100_000))
    answered: list[int] = []
    excused = [KNOWN_CHECKS.get_one(name) for name in EXCUSED.get(path, [])]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=8, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any) -> None:
        assume("" not in (case.query or {}).values())  # under /v1 an empty one counts as not given
        if "{" in path and method != "delete" and mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: served.ids[name] for name in case.path_parameters or {}}
        case.headers = {name: value for name, value in (case.headers or {}).items() if name not in GENERATED}
        # The generator sends gzip for accepted, and reads it not.
        headers = {"Accept-Encoding": "identity"}
        if path.startswith(PERSPECTIVE):
            case.query = {**(case.query or {}), "key": KEY}
        else:
            headers["Authorization"] = f"Bearer {KEY}"
        answer = case.call_and_validate(headers=headers, checks=CHECKS, excluded_checks=excused)
        answered.append(answer.status_code)

    ask()
    if mode is GenerationMode.POSITIVE and path.startswith(VENDORS):
        assert min(answered) < 400, "all of them were refused"
    if mode is GenerationMode.NEGATIVE and "requestBody" in operation.definition.raw:
        assert max(answered) >= 400, "none of them was refused"
