"""Limits of an API key: what is counted, what is told of it, what is refused, and what that costs."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.app import create_app
from service.limits import network_of
from store import keys
from store.database import Database
from store.keys import Grant
from store.queues import open_queues
from store.settings import Settings
from store.tables import ArticleRow
from tests.service.conftest import Api, assert_problem, resolve

# RFC 9651: a list of strings with integer or string parameters, and nothing else.
_ITEM = re.compile(r'"([a-z ]+)"((?:;[a-z]+=(?:[0-9]+|"[a-z]+"))*)')


def read_field(answer: TestResponse, name: str) -> dict[str, dict[str, Any]]:
    """A structured field as a client parses it."""
    found = {}
    for item in answer.headers[name].split(", "):
        match = _ITEM.fullmatch(item)
        assert match, item
        pairs = [part.split("=") for part in match[2].split(";")[1:]]
        found[match[1]] = {key: value.strip('"') if '"' in value else int(value) for key, value in pairs}
    return found


def make_limited(database: Database, settings: Settings, name: str = "limited", **limits: int) -> Api:
    """A caller with limits of its own, of an application with these settings."""
    key = f"key-of-{name}-0123456789"
    with database.writing() as session:
        grant = Grant(["submit", "read"], limits=limits)
        key_id = keys.grant_key(session, key, grant, name=name, actor="cli").id
    return Api(create_app(settings, database=database, resolve=resolve), database, key, key_id)


def count_articles(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(ArticleRow)) or 0


# --- headers --------------------------------------------------------------------------------------


def test_an_answer_tells_every_quota_it_was_counted_in(api: Api) -> None:
    sent = api.submit(content="ы" * 1_000)
    assert sent.status_code == 202
    assert read_field(sent, "RateLimit-Policy") == {
        "requests": {"q": 30_000, "w": 60},
        "articles": {"q": 30_000, "qu": "articles", "w": 60},
        "characters": {"q": 100_000_000, "qu": "characters", "w": 60},
    }
    assert read_field(sent, "RateLimit") == {
        "requests": {"r": 29_999, "t": 1},
        "articles": {"r": 29_999, "t": 1},
        "characters": {"r": 99_999_000, "t": 1},
    }
    assert set(read_field(api.get("/v1/articles"), "RateLimit")) == {"requests"}
    assert set(read_field(api.get("/v1/articles/art_x"), "RateLimit")) == {"requests"}, "an error tells as well"


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/openapi.json", "/docs", "/review/sign-in"])
def test_what_needs_no_key_has_no_limit(api: Api, path: str) -> None:
    answer = api.app.test_client().get(path)
    assert answer.status_code == 200
    assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers.keys())


def test_a_setting_may_be_that_there_is_no_limit(database: Database, tmp_path: Path) -> None:
    names = ("articles", "characters", "requests")
    none: dict[str, Any] = {f"rate_{name}_per_minute": 0 for name in names}
    settings = Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/no.sock", **none)
    free = make_limited(database, settings)
    assert "RateLimit" not in free.submit().headers
    tight = make_limited(database, settings, "tight", articles_per_minute=2, burst_seconds=30)
    assert read_field(tight.submit(), "RateLimit-Policy") == {"articles": {"q": 1, "qu": "articles", "w": 30}}


def test_a_key_may_have_no_limit(database: Database, settings: Settings) -> None:
    free = make_limited(database, settings, articles_per_minute=0, characters_per_minute=0, requests_per_minute=0)
    assert "RateLimit" not in free.submit().headers


# --- refusals -------------------------------------------------------------------------------------


def test_one_article_too_many_is_refused_and_not_stored(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=2)
    statuses = [caller.submit().status_code for _ in range(2)]
    refused = caller.submit()
    problem = assert_problem(refused, 429, "too_many_requests")
    assert statuses == [202, 202]
    assert "2 articles a minute" in problem["detail"]
    assert int(refused.headers["Retry-After"]) == read_field(refused, "RateLimit")["articles"]["t"] == 30
    assert read_field(refused, "RateLimit")["articles"]["r"] == 0
    assert count_articles(database) == 2
    assert caller.get("/v1/articles").status_code == 200, "reading goes on"


def test_characters_are_counted_as_code_points(database: Database, settings: Settings) -> None:
    """Neither bytes nor UTF-16 units; and what is refused costs no article either."""
    caller = make_limited(database, settings, characters_per_minute=1_000, articles_per_minute=10)
    assert caller.submit(content="😀" * 600).status_code == 202
    refused = caller.submit(content="a" * 550)
    assert_problem(refused, 429, "too_many_requests")
    told = read_field(refused, "RateLimit")
    assert 400 <= told["characters"]["r"] < 550, "some came back meanwhile"
    assert told["articles"]["r"] == 9
    assert caller.submit(content="a" * 400).status_code == 202
    assert count_articles(database) == 2


def test_an_article_larger_than_the_quota_is_let_in_when_nothing_is_used(
    database: Database, settings: Settings
) -> None:
    caller = make_limited(database, settings, characters_per_minute=1_000)
    assert caller.submit(content="a" * 2_500).status_code == 202
    refused = caller.submit(content="a")
    assert_problem(refused, 429, "too_many_requests")
    assert 89 <= int(refused.headers["Retry-After"]) <= 91, "1,501 characters are to be paid off"


def test_after_the_time_that_was_told_it_fits(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=20, burst_seconds=3)
    assert caller.submit().status_code == 202
    refused = caller.submit()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3")
    time.sleep(int(refused.headers["Retry-After"]))
    assert caller.submit().status_code == 202


def test_what_cannot_be_accepted_costs_no_article(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=1)
    assert_problem(caller.submit(fields={"language": "xx"}), 422, "invalid")
    assert_problem(caller.post("/v1/articles", data="{", content_type="application/json"), 400, "not_json")
    assert caller.submit().status_code == 202


def test_requests_have_a_limit_whatever_they_ask_for(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, requests_per_minute=3)
    assert [caller.get("/v1/policy").status_code for _ in range(2)] == [200, 200]
    assert_problem(caller.get("/v1/endpoints"), 403, "insufficient_scope")
    refused = caller.submit()
    assert_problem(refused, 429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) == 20
    assert count_articles(database) == 0


def test_callers_have_limits_each_of_their_own(database: Database, settings: Settings) -> None:
    first = make_limited(database, settings, "first", articles_per_minute=1)
    second = Api(first.app, database, "key-of-second-0123456789", "")
    make_limited(database, settings, "second", articles_per_minute=1)
    assert [caller.submit().status_code for caller in (first, first, second)] == [202, 429, 202]


def test_a_new_limit_and_a_new_secret_do_not_begin_anew(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=2)
    assert caller.submit().status_code == 202
    with database.writing() as session:
        row = keys.find_key(session, caller.key)
        assert row is not None
        keys.change_key(session, row, {"limits": {"articles_per_minute": 1}}, actor="cli")
        renewed = Api(caller.app, database, keys.rotate_key(session, row, actor="cli"), caller.key_id)
    assert [one.submit().status_code for one in (caller, renewed)] == [429, 429]


# --- idempotency ----------------------------------------------------------------------------------


def test_a_replay_costs_no_article_and_needs_no_quota(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=1)
    headers = {"Idempotency-Key": "order-1"}
    first = caller.submit(headers=headers)
    again = caller.submit(headers=headers)
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert_problem(caller.submit(headers=headers, content="Another."), 422, "idempotency_key_reused")
    assert_problem(caller.submit(headers={"Idempotency-Key": "order-2"}), 429, "too_many_requests")
    assert count_articles(database) == 1


def test_what_was_refused_may_be_sent_again_under_its_key(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=20, burst_seconds=3)
    caller.submit()
    headers = {"Idempotency-Key": "order-1"}
    assert caller.submit(headers=headers).status_code == 429
    time.sleep(3.05)
    answer = caller.submit(headers=headers)
    assert answer.status_code == 202
    assert "Idempotency-Replayed" not in answer.headers


# --- Redis ----------------------------------------------------------------------------------------


def test_web_processes_count_articles_together_in_one_trip(
    database: Database, settings: Settings, redis_server: str
) -> None:
    queues = open_queues(redis_server)
    queues.redis.flushall()
    first = make_limited(database, settings, articles_per_minute=3)
    apps = [create_app(settings, database=database, queues=queues, resolve=resolve) for _ in range(2)]
    processes = [Api(app, database, first.key, first.key_id) for app in apps]
    assert [process.submit().status_code for process in processes * 2] == [202, 202, 202, 429]

    with Redis.from_url(redis_server) as client:
        client.config_resetstat()
        assert processes[0].submit().status_code == 429
        assert processes[0].get("/v1/articles").status_code == 200
        commands = client.info("commandstats")
    calls = {name.removeprefix("cmdstat_"): found["calls"] for name, found in commands.items()}
    assert {name: calls.get(name, 0) for name in ("evalsha", "eval", "exists")} == {
        "evalsha": 1,
        "eval": 0,
        "exists": 0,
    }
    queues.redis.close()


def test_while_redis_is_down_limits_hold_and_nothing_waits(database: Database, settings: Settings) -> None:
    caller = make_limited(database, settings, articles_per_minute=5)
    began = time.monotonic()
    assert [caller.submit().status_code for _ in range(6)] == [202] * 5 + [429]
    assert time.monotonic() - began < 5


# --- wrong keys -----------------------------------------------------------------------------------


def test_too_many_wrong_keys_are_told_to_wait_and_right_ones_go_on(api: Api) -> None:
    wrong = Api(api.app, api.database, "no-such-key", "")
    bare = api.app.test_client()
    answers = [caller.get("/v1/articles") for _ in range(150) for caller in (wrong, bare)]
    assert {answer.status_code for answer in answers[:120]} == {401}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert_problem(refused[0], 429, "too_many_requests")
    assert refused[0].headers["Retry-After"] == "1"
    elsewhere = wrong.get("/v1/articles", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert_problem(elsewhere, 401, "no_key")
    assert api.get("/v1/articles").status_code == 200


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "::ffff:c000:207"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_address_stands_for_its_subscriber(address: str | None, network: str) -> None:
    assert network_of(address) == network
