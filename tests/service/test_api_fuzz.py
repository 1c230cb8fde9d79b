"""Thousands of bad requests over all routes: an answer each, of the documented shape, within a second."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from quality.fuzz.answers import Answer, fault_of
from quality.fuzz.callers import Ask, ServerCaller, ask_application
from quality.fuzz.requests import Maker
from quality.fuzz.run import Tally, run
from quality.fuzz.served import serve
from service.app import create_app
from service.openapi import make_document
from store import keys
from store.database import Database, open_database
from store.settings import Settings
from tests.service.conftest import finish, resolve
from tests.store import makers
from tests.store.backends import PostgreSQL

KEY = "key-of-the-fuzzer-0123456789"
DOCUMENT = json.loads(make_document())
IN_PROCESS = 5_000
PARTS = 10


@dataclass
class Filled:
    """An installation with something of each kind in it."""

    settings: Settings
    database: Database
    maker: Maker


@pytest.fixture(scope="module")
def filled(database_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copyfile(database_template, folder / "obelus.sqlite3")
    settings = Settings(data_dir=folder, redis_url=f"unix://{folder}/no.sock", log_level="ERROR")
    database = open_database(settings.database)
    with database.writing() as session:
        key_id = keys.add_key(session, KEY, name="fuzzer", scopes=[*keys.SCOPES]).id
        article_id, _ = makers.add_articles(session, key_id, 2)
    finish(database, article_id)
    ids = {"article_id": article_id, "organisation_id": "islamic-state", "endpoint_id": "ep_" + "0" * 32}
    yield Filled(settings, database, Maker(DOCUMENT, KEY, ids))
    database.dispose()


@pytest.fixture(scope="module")
def ask(filled: Filled) -> Ask:
    return ask_application(create_app(filled.settings, database=filled.database, resolve=resolve))


def assert_no_fault(tally: Tally) -> None:
    assert tally.faults == [], f"{tally.fault_count} of {tally.asked}"


@pytest.mark.parametrize("part", range(PARTS))
def test_bad_requests_get_good_answers(filled: Filled, ask: Ask, part: int) -> None:
    """5,000 in all. A number makes its request again: `Maker(…).make(number)`."""
    size = IN_PROCESS // PARTS
    tally = run(filled.maker, ask, range(part * size, (part + 1) * size))
    assert_no_fault(tally)
    refused = sum(count for status, count in tally.statuses.items() if status >= 400)
    assert refused > 0.6 * tally.asked, "most of them are bad"


def test_every_kind_of_refusal_is_met(filled: Filled, ask: Ask) -> None:
    """Else the requests would not be bad enough to prove anything."""
    tally = run(filled.maker, ask, range(20_000, 20_600))
    assert {400, 401, 404, 405, 415, 422} <= tally.statuses.keys()


def test_before_the_database_is_migrated_too(filled: Filled, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock")
    database = open_database(settings.database)
    tally = run(filled.maker, ask_application(create_app(settings, database=database, resolve=resolve)), range(300))
    database.dispose()
    assert_no_fault(tally)
    assert tally.statuses[503]


def test_before_postgresql_is_migrated_too(filled: Filled, postgresql_url: str, tmp_path: Path) -> None:
    server = PostgreSQL(postgresql_url)
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock")
    database = open_database(server.empty(tmp_path))
    tally = run(filled.maker, ask_application(create_app(settings, database=database, resolve=resolve)), range(300))
    database.dispose()
    server.drop_all()
    assert_no_fault(tally)
    assert tally.statuses[503]


def test_while_no_database_answers_too(filled: Filled, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock")
    database = open_database(f"postgresql://nobody@localhost/none?host={tmp_path}")
    tally = run(filled.maker, ask_application(create_app(settings, database=database, resolve=resolve)), range(300))
    database.dispose()
    assert_no_fault(tally)
    assert tally.statuses[503]


@pytest.mark.servers
@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_real_server_answers_as_well_and_none_of_its_processes_ends(tmp_path: Path) -> None:
    """gunicorn with threads, Redis and a database, over a socket."""
    with serve(tmp_path) as server, closing(ServerCaller(server.url)) as ask:
        workers = server.workers()
        assert_no_fault(run(server.maker, ask, range(30_000, 30_600)))
        assert server.workers() == workers


def test_the_vendors_routes_are_asked_too(filled: Filled) -> None:
    targets = [filled.maker.make(number).target for number in range(1_000)]
    paths = [path for path in DOCUMENT["paths"] if path.startswith("/compat/")]
    assert len(paths) == 4
    for path in paths:
        assert any(target.startswith(path) for target in targets), path


def test_a_stopped_run_goes_on_with_what_it_had() -> None:
    tally = Tally()
    tally.add(Tally(3, Counter({404: 2, 503: 1}), [(1, "get /", "answered 500")], 1, 0.5))
    assert Tally.from_json(tally.to_json()) == tally


def test_a_number_is_always_the_same_request() -> None:
    maker = Maker(DOCUMENT, KEY)
    assert [maker.make(number) for number in range(50)] == [maker.make(number) for number in range(50)]


@pytest.mark.parametrize(
    ("target", "answer", "fault"),
    [
        ("/v1/articles", Answer(500, {}, b"", 0), "answered 500"),
        ("/v1/articles", Answer(503, {}, b"", 0), "answered 503"),
        ("/v1/articles", Answer(404, {"content-type": "text/html"}, b"<p>", 0), "404 is no problem+json"),
        ("/v1/articles", Answer(405, {}, b"", 0), "405 without Allow"),
        ("/v1/articles", Answer(404, {"content-type": "application/problem+json"}, b"{}", 0), "404 lacks members"),
        ("/compat/openai/v1/moderations", Answer(400, {}, b'{"error":{}}', 0), "an error without a message"),
        ("/compat/openai/v1/moderations", Answer(400, {}, b'{"error":{"message":"No."}}', 0), None),
        ("/v1/articles", Answer(204, {}, b"", 0), None),
    ],
)
def test_a_bad_answer_is_seen(target: str, answer: Answer, fault: str | None) -> None:
    found = fault_of("GET", target, answer)
    assert found == fault or (fault is not None and found is not None and found.startswith(fault))
