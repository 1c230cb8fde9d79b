"""The fault harness itself: it plants what the classifier finds, keeps to its plan, and sees what is not right."""

import base64
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from standardwebhooks.webhooks import Webhook

from models.designations.classifier import classify
from models.designations.register import load_register
from models.text import prepare
from models.types import Article, DesignationsReport, Finding, Mention, OrganisationName, Rules
from quality.faults import articles, check, faults
from quality.faults.articles import ORGANISATIONS, Planted
from quality.faults.expectations import problems
from quality.faults.figures import describe_seconds, percentile
from quality.faults.receivers import Received
from quality.faults.signatures import Signed, change
from store import clock, keys
from store.articles import NewArticle, add_article, finish_article
from store.claims import MAX_DEATHS, claim_articles
from store.database import Database, open_database
from store.tables import ArticleRow, EventRow
from tests.store.backends import Backend
from tests.store.makers import GRAVE, evidence, make_report

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ARTICLES = {number: articles.plant(number) for number in range(1, 6)}


@pytest.fixture
def database(backend: Backend, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(backend.migrated(tmp_path))
    yield opened
    opened.dispose()


# --- what is planted ------------------------------------------------------------------------------


def test_the_classifier_finds_what_is_planted_where_it_is_planted() -> None:
    register = load_register()
    planted = [articles.plant(number) for number in range(300)]
    assert {one.organisation for one in planted} == {organisation for _, organisation, _ in ORGANISATIONS}
    for one in planted:
        mentions = classify(prepare(Article(text=one.text)), register, Rules()).mentions
        assert {mention.organisation.id for mention in mentions} == {one.organisation}, one.text
        assert any(mention.start <= one.start and one.end <= mention.end for mention in mentions), one.text


def test_articles_are_the_same_in_every_run_and_all_different() -> None:
    texts = [articles.plant(number).text for number in range(200)]
    assert texts == [articles.plant(number).text for number in range(200)]
    assert len(set(texts)) == 200
    assert articles.plant(1, seed=1) != articles.plant(1, seed=2)


# --- what is done ---------------------------------------------------------------------------------


def test_a_plan_has_exactly_so_many_kills_of_everything_and_the_same_for_its_seed() -> None:
    planned = faults.plan(400, seed=7)

    assert planned == faults.plan(400, seed=7) != faults.plan(400, seed=8)
    by_kind = Counter(fault.kind for fault in planned)
    assert by_kind["kill"] == 400
    assert {fault.target for fault in planned if fault.kind == "kill"} == set(faults.KILLED)
    assert {fault.target for fault in planned if fault.kind == "pause"} == set(faults.PAUSED)
    assert {fault.target for fault in planned if fault.kind == "redis"} == set(faults.REDIS_FAULTS)


# --- what is seen ---------------------------------------------------------------------------------


def submit(database: Database, key_id: str, planted: Planted) -> str:
    with database.writing() as session:
        new = NewArticle(planted.text, external_id=planted.external_id)
        return add_article(session, new, api_key_id=key_id).id


def read(database: Database, organisation: str | None = None) -> None:
    """Finish what waits as the classifier would; *organisation*: found in the place of the planted one."""
    by_id = {one.external_id: one for one in ARTICLES.values()}
    with database.writing() as session:
        claim = claim_articles(session, limit=10, lease_seconds=10)
        for row in claim.articles:
            one = by_id[row.external_id or ""]
            name = OrganisationName(organisation or one.organisation, "it")
            mention = Mention(one.start, one.end, "it", name, 0.9, False, None, None, (), "It stands on a list.")
            found = Finding("designation.unmarked_mention", 0.9, (evidence(0, 9, text=one.text),))
            report = make_report(designations=DesignationsReport("ok", (mention,), findings=(found,)), text=one.text)
            assert finish_article(session, row.id, token=claim.token, report=report, outcome=GRAVE)


@pytest.fixture
def accepted(database: Database) -> dict[int, set[str]]:
    """Five articles, accepted and read."""
    with database.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
    found = {number: {submit(database, key_id, one)} for number, one in ARTICLES.items()}
    read(database)
    return found


def counts(database: Database, accepted: dict[int, set[str]], **cut_off: int) -> dict[str, int]:
    return dict(check.check_articles(database, ARTICLES, accepted, cut_off).counts)


def test_nothing_is_found_where_all_is_well(database: Database, accepted: dict[int, set[str]]) -> None:
    assert counts(database, accepted) == {}


def test_an_article_that_is_not_there_is_lost(database: Database, accepted: dict[int, set[str]]) -> None:
    (article_id,) = accepted[3]
    with database.writing() as session:
        session.execute(delete(ArticleRow).where(ArticleRow.id == article_id))
    assert counts(database, accepted) == {"lost": 1}


def test_an_article_that_is_never_read_is_lost(database: Database, accepted: dict[int, set[str]]) -> None:
    (article_id,) = accepted[3]
    with database.writing() as session:
        session.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(state="queued"))
    assert counts(database, accepted) == {"lost": 1}


def test_an_article_with_another_text_is_wrong(database: Database, accepted: dict[int, set[str]]) -> None:
    (article_id,) = accepted[3]
    with database.writing() as session:
        session.execute(update(ArticleRow).where(ArticleRow.id == article_id).values(text_sha256="0" * 64))
    assert counts(database, accepted) == {"wrong": 1}


def test_another_organisation_is_wrong(database: Database) -> None:
    with database.writing() as session:
        key_id = keys.add_key(session, keys.make_key(), name="tests", scopes=["submit"]).id
    accepted = {1: {submit(database, key_id, ARTICLES[1])}}
    read(database, organisation="example-front")
    assert counts(database, accepted) == {"wrong": 1}


def test_a_second_row_and_a_second_id_are_seen(database: Database, accepted: dict[int, set[str]]) -> None:
    with database.reading() as session:
        key_id = session.scalars(select(ArticleRow.api_key_id)).first() or ""
    again = submit(database, key_id, ARTICLES[2])
    assert counts(database, accepted) == {"second_rows": 1}
    accepted[2].add(again)
    assert counts(database, accepted)["second_rows"] == 1


def test_a_row_that_nobody_was_promised_is_seen(database: Database, accepted: dict[int, set[str]]) -> None:
    del accepted[2]
    assert counts(database, accepted) == {"second_rows": 1}


def test_a_result_written_twice_is_seen(database: Database, accepted: dict[int, set[str]]) -> None:
    (article_id,) = accepted[3]
    with database.writing() as session:
        columns = 'article_id, classifier, finding, label, score, start, "end", text, reason'
        again = f"INSERT INTO evidence ({columns}) SELECT {columns} FROM evidence WHERE article_id = :id"
        session.execute(text(again), {"id": article_id})
        event = session.scalars(select(EventRow).where(EventRow.article_id == article_id)).one()
        session.add(
            EventRow(id="msg_2", type=event.type, article_id=article_id, body=event.body, created_at=clock.now())
        )
    assert counts(database, accepted) == {"second_results": 2}


@pytest.mark.parametrize(("deaths", "found"), [(3, "failed_by_three_deaths"), (2, "wrong")])
def test_giving_up_is_explained_by_three_deaths_and_by_nothing_less(
    database: Database, accepted: dict[int, set[str]], deaths: int, found: str
) -> None:
    (article_id,) = accepted[3]
    with database.writing() as session:
        session.execute(
            update(ArticleRow)
            .where(ArticleRow.id == article_id)
            .values(state="failed", failure="3 workers died while reading it")
        )
    assert counts(database, accepted, **{article_id: deaths}) == {found: 1}


def test_the_words_of_giving_up_are_those_of_the_store() -> None:
    assert f"{MAX_DEATHS} workers died while reading it" == check.POISONED


# --- what came over the wire ----------------------------------------------------------------------


def received(event: EventRow, **changes: Any) -> Received:
    now = clock.now()
    one = Received(
        path="/hook",
        event_id=event.id,
        timestamp=str(int(now.timestamp())),
        signature=Webhook(SECRET).sign(event.id, now, event.body),
        body=event.body.encode(),
        received_at=now.timestamp(),
        was_answered=True,
    )
    return replace(one, **changes)


@pytest.fixture
def events(database: Database, accepted: dict[int, set[str]]) -> list[EventRow]:
    with database.reading() as session:
        return list(session.scalars(select(EventRow)))


def of_wire(database: Database, requests: list[Received], events: list[EventRow]) -> dict[str, int]:
    expected = {"/hook": {event.article_id or "" for event in events}}
    return dict(check.check_events(database, requests, {"/hook": SECRET}, expected).counts)


def test_each_event_once_is_well_and_twice_is_a_duplicate(database: Database, events: list[EventRow]) -> None:
    requests = [received(event) for event in events]
    assert of_wire(database, requests, events).get("duplicates", 0) == 0
    assert +Counter(of_wire(database, [*requests, requests[0]], events)) == {"duplicates": 1}


def test_an_event_that_never_came_or_was_never_taken_is_missing(database: Database, events: list[EventRow]) -> None:
    requests = [received(event) for event in events[1:]]
    assert of_wire(database, requests, events)["events_missing"] == 1
    requests.append(received(events[0], was_answered=False))
    assert of_wire(database, requests, events)["events_missing"] == 1


def test_another_body_or_an_unknown_event_is_seen(database: Database, events: list[EventRow]) -> None:
    requests = [received(event) for event in events]
    other = received(events[0], body=events[0].body.encode() + b" ")
    found = of_wire(database, [*requests, other, received(events[0], event_id="msg_unknown")], events)
    assert found["events_unknown"] == 2
    assert found["bad_signatures"] == 2


@pytest.mark.parametrize("changes", [{"signature": "v1,AAAA"}, {"timestamp": "1"}, {"received_at": 0.0}])
def test_a_bad_signature_is_seen(database: Database, events: list[EventRow], changes: dict[str, Any]) -> None:
    requests = [received(event) for event in events[1:]] + [received(events[0], **changes)]
    assert of_wire(database, requests, events)["bad_signatures"] == 1


def test_a_change_is_one_bit_of_one_part() -> None:
    draw = random.Random(1)
    one = Signed(SECRET, "msg_1", "1763976000", "v1,abcd", base64.b64encode(b"{}").decode(), 1763976000)
    parts = Counter(
        name
        for _ in range(200)
        for changed in [change(one, draw)]
        for name in ("id", "timestamp", "signature", "body")
        if getattr(changed, name) != getattr(one, name)
    )
    assert parts.total() == 200
    assert set(parts) == {"id", "timestamp", "signature", "body"}


# --- figures --------------------------------------------------------------------------------------


def test_percentiles_are_values_that_occurred() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], share) for share in (0.0, 0.5, 0.75, 0.99)] == [1.0, 2.0, 3.0, 4.0]
    assert describe_seconds([]) == {"count": 0, "p50": None, "p95": None, "p99": None, "max": None}


def test_a_part_that_did_not_run_is_a_problem() -> None:
    assert problems({"measured": {}, "disk": {"not_run": "strace is not installed"}}) == [
        "disk: not run: strace is not installed"
    ]


def test_figures_beyond_their_bounds_are_problems() -> None:
    fair = {"ratio": 1.5}
    assert problems({"fairness": fair}) == []
    assert len(problems({"fairness": {"ratio": 2.0}, "signatures": _SIGNATURES | {"changed_accepted": 1}})) == 2
    assert problems({"signatures": _SIGNATURES}) == []


_SIGNATURES = {"true": 2, "true_accepted": 2, "changed": 10, "changed_accepted": 0}
