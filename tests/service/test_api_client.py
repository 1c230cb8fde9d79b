"""The Python client against the application itself: what it sends is taken, what it types is there."""

from collections.abc import Iterator
from typing import Any, get_type_hints

import httpx2
import pytest
from obelus_client import Client, ProblemError, Retries, WaitTimeoutError
from obelus_client.shapes import (
    Article,
    ArticleSummary,
    Decision,
    Endpoint,
    Key,
    NewArticle,
    Organisation,
    Refused,
    Taken,
)

from store.database import Database
from tests.service.conftest import Api, finish

NEVER = Retries(most=0)


@pytest.fixture
def client(admin: Api) -> Iterator[Client]:
    with Client("http://localhost", admin.key, transport=httpx2.WSGITransport(app=admin.app)) as made:
        yield made


def assert_shape(value: Any, shape: type) -> None:
    """Every key of the shape is there, and no other."""
    may_lack = getattr(shape, "__optional_keys__", frozenset())
    assert set(get_type_hints(shape)) - may_lack <= set(value) <= set(get_type_hints(shape))


def test_an_article_is_sent_read_listed_labelled_and_decided_on(client: Client, database: Database) -> None:
    sent = client.submit("The council voted on the budget.", external_id="a-1", idempotency_key="one")
    assert_shape(sent, Article)
    assert (
        client.submit("The council voted on the budget.", external_id="a-1", idempotency_key="one")["id"] == sent["id"]
    )
    with pytest.raises(WaitTimeoutError):
        client.wait(sent["id"], timeout_seconds=0)
    finish(database, sent["id"])
    article = client.wait(sent["id"])
    assert_shape(article, Article)
    assert article["report"]
    (listed,) = client.list(state="classified", page_size=1)
    assert_shape(listed, ArticleSummary)
    assert client.labelled(sent["id"], jurisdiction="RU").startswith("The council")
    assert client.labelled(sent["id"], output="html").startswith("<article")
    decision = client.decide(sent["id"], action="label", note="Checked.")
    assert_shape(decision, Decision)
    assert client.decisions(sent["id"]) == [decision]


def test_pages_are_walked(client: Client) -> None:
    ids = [client.submit(f"Article {number}.")["id"] for number in range(5)]
    assert [one["id"] for one in client.list(page_size=2)] == ids[::-1]


def test_html_is_sent_and_its_text_comes_back(client: Client) -> None:
    assert client.submit(html="<p>The council voted.</p>")["text"] == "The council voted."


def test_a_batch_is_sent_once_and_answered_one_by_one(client: Client) -> None:
    articles: list[NewArticle] = [
        {"text": "The council voted.", "external_id": "b-1"},
        {"text": ""},
        {"html": "<p>It rained."},
    ]
    first, bad, page = client.submit_batch(articles, idempotency_key="batch")
    assert_shape(first, Taken)
    assert_shape(bad, Refused)
    assert_shape(page, Taken)
    assert client.submit_batch(articles, idempotency_key="batch") == [first, bad, page]
    assert client.submit_batch(articles[:1]) == [{**first, "duplicate": True}]
    assert [one["external_id"] for one in client.list(external_id="b-1")] == ["b-1"]


def test_an_erased_article_has_no_words(client: Client) -> None:
    sent = client.submit(html="<p>The council voted.</p>")
    client.delete(sent["id"])
    client.delete(sent["id"])  # once more is as good
    erased = client.get(sent["id"])
    assert erased["erased_at"]
    assert erased["text"] is None


def test_keys_are_made_changed_rotated_and_revoked(client: Client, admin: Api) -> None:
    made = client.create_key("wire desk", scopes=["submit"], limits={"articles_per_minute": 1})
    assert_shape(made, Key)
    with Client("http://localhost", made["key"], retries=NEVER, transport=httpx2.WSGITransport(app=admin.app)) as other:
        other.submit("The council voted.")
        with pytest.raises(ProblemError) as raised:
            other.submit("It rained.")
        assert raised.value.code == "too_many_requests"
        assert raised.value.retry_after
        assert (
            client.change_key(made["id"], name="night desk", limits={"articles_per_minute": 0})["name"] == "night desk"
        )
        other.submit("It rained.")
        assert client.rotate_key(made["id"], grace_seconds=0)["key"] != made["key"]
        with pytest.raises(ProblemError) as raised:
            other.submit("It snowed.")
        assert raised.value.code == "no_key"
    client.revoke_key(made["id"])
    assert client.key(made["id"])["revoked_at"]
    assert made["id"] in [one["id"] for one in client.keys(page_size=1)]


def test_organisations_are_found(client: Client) -> None:
    found = list(client.organisations(q="islamic state", page_size=2))
    assert_shape(found[0], Organisation)
    assert client.organisation(found[0]["id"]) == found[0]


def test_endpoints_are_made_listed_rotated_and_deleted(client: Client) -> None:
    made = client.create_endpoint("https://example.org/hook", events=["article.failed"])
    assert_shape(made, Endpoint)
    assert made["secret"].startswith("whsec_")
    assert client.rotate_secret(made["id"])["secret"] != made["secret"]
    assert [one["id"] for one in client.endpoints()] == [made["id"]]
    client.delete_endpoint(made["id"])
    assert list(client.endpoints()) == []


def test_a_refusal_is_a_problem(client: Client) -> None:
    with pytest.raises(ProblemError) as raised:
        client.submit("")
    assert raised.value.errors == [{"pointer": "/text", "detail": "Must have at least 1 character(s)."}]
    with pytest.raises(ProblemError) as raised:
        client.get("art_none")
    assert raised.value.code == "not_found"
