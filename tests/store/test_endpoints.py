"""Endpoints: made, changed, and what may be asked of them."""

import base64
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store import endpoints
from store.addresses import RefusedError
from store.outbox import EVENT_TYPES
from store.tables import ArticleRow, AuditEntryRow
from tests.store.makers import RECEIVER, add_articles


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        ("https://receiver.example/hook?a=b", "receiver.example:443"),
        ("https://Receiver.Example.:443/", "receiver.example:443"),
        ("https://receiver.example:8443/", "receiver.example:8443"),
        ("http://127.0.0.1/", "127.0.0.1:80"),
        ("https://[2A00:1450::1]/", "2a00:1450::1:443"),
    ],
)
def test_one_host_in_many_spellings_is_one_receiver(session: Session, url: str, receiver: str) -> None:
    """So that nobody gets a larger share by writing a host in another way."""
    row = endpoints.add_endpoint(session, "https://other.example/", events=["article.classified"])
    assert row.receiver == "other.example:443"
    row.url = url
    assert row.receiver == receiver


@pytest.mark.parametrize(
    ("events", "result"),
    [
        (["article.failed", "article.classified", "article.failed"], ["article.classified", "article.failed"]),
        (EVENT_TYPES, sorted(EVENT_TYPES)),
        ([], None),
        (["article.*"], None),
        (["article.classified", "ARTICLE.FAILED"], None),
    ],
)
def test_event_types_come_from_the_fixed_list(events: list[str], result: list[str] | None) -> None:
    if result is None:
        with pytest.raises(ValueError, match="event type"):
            endpoints.check_events(events)
    else:
        assert endpoints.check_events(events) == result


def test_endpoints_are_listed_newest_first_without_callbacks(session: Session, key_id: str) -> None:
    made = sorted(
        endpoints.add_endpoint(session, "https://receiver.example/", events=["article.failed"]).id for _ in range(3)
    )
    (article_id,) = add_articles(session, key_id, 1)
    row = session.get_one(ArticleRow, article_id)
    callback = endpoints.add_callback(session, row, "https://receiver.example/once", secret="whsec_AAAA")
    assert [one.id for one in endpoints.list_endpoints(session, limit=2)] == [made[2], made[1]]
    assert [one.id for one in endpoints.list_endpoints(session, limit=2, after_id=made[1])] == [made[0]]
    assert endpoints.get_endpoint(session, made[0]) is not None
    assert endpoints.get_endpoint(session, callback.id) is None
    assert endpoints.get_endpoint(session, "ep_missing") is None


def test_each_endpoint_has_a_secret_of_its_own(session: Session) -> None:
    """Standard Webhooks 1.0: `whsec_` and 24 to 64 random bytes."""
    made = [endpoints.add_endpoint(session, "https://receiver.example/", events=["article.failed"]) for _ in range(2)]
    assert made[0].secret != made[1].secret
    assert all(24 <= len(base64.b64decode(row.secret.removeprefix("whsec_"), validate=True)) <= 64 for row in made)
    assert all(row.secret.startswith("whsec_") and row.is_enabled for row in made)


# --- headers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer x y"}, {"x-api-key": "k"}, {"X_Odd!#$%&'*+.^`|~1": "\tv".strip()},
     {f"X-{number}": "v" for number in range(10)}, {"X-Long": "v" * 1_000}],
)  # fmt: skip
def test_headers_a_receiver_may_ask_for(headers: dict[str, str]) -> None:
    assert endpoints.check_headers(headers) == headers


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({f"X-{number}": "v" for number in range(11)}, "at most 10"),
        ({"X-Key": "a", "x-key": "b"}, "twice"),
        *[({name: "v"}, "names") for name in ("", "X Key", "X-Key:", "Ключ", "X-Key\r\nHost", "x" * 101)],
        *[({name: "v"}, "itself") for name in (
            "Host", "webhook-id", "Webhook-Signature", "Content-Length", "content-type", "Connection", "TE", "Upgrade",
            "Transfer-Encoding", "Proxy-Authorization", "User-Agent", "Accept-Encoding", "Expect", "Trailer",
        )],
        *[({"X-Key": value}, "values") for value in ("", " a", "a ", "a\r\nHost: b", "a\nb", "a\0b", "я", "v" * 1_001)],
        ({"X-Key": endpoints.MASK}, "values"),
    ],
)  # fmt: skip
def test_headers_that_would_change_the_request_are_refused(headers: dict[str, str], sentence: str) -> None:
    with pytest.raises(RefusedError, match=sentence):
        endpoints.check_headers(headers)


def test_a_masked_value_given_back_stays_what_it_was(session: Session) -> None:
    row = endpoints.add_endpoint(
        session, RECEIVER, events=["article.failed"], headers={"X-Key": "secret", "X-Old": "o"}
    )
    changes = {"headers": {"X-Key": endpoints.MASK, "X-New": "n"}}
    endpoints.change_endpoint(session, row, changes, actor="usr_1")
    assert row.headers == {"X-Key": "secret", "X-New": "n"}


# --- changes --------------------------------------------------------------------------------------


def entries(session: Session) -> list[tuple[str, str, dict[str, object]]]:
    return [(row.action, row.actor, json.loads(row.details)) for row in session.scalars(select(AuditEntryRow))]


def test_a_change_is_recorded_by_the_names_of_what_changed(session: Session) -> None:
    row = endpoints.add_endpoint(session, RECEIVER, events=["article.failed"], headers={"X-Key": "secret"})
    endpoints.change_endpoint(session, row, {"events": ["article.failed"], "is_paused": False}, actor="usr_1")
    assert entries(session) == [], "nothing changed"
    endpoints.change_endpoint(session, row, {"headers": {}, "is_paused": True}, actor="usr_1")
    endpoints.rotate_secret(session, row, actor="key_1")
    endpoints.delete_endpoint(session, row, actor="usr_2")
    assert entries(session) == [
        ("endpoint_changed", "usr_1", {"fields": ["headers", "is_paused"]}),
        ("secret_rotated", "key_1", {}),
        ("endpoint_deleted", "usr_2", {}),
    ]


def test_what_cannot_be_taken_changes_nothing(session: Session) -> None:
    row = endpoints.add_endpoint(session, RECEIVER, events=["article.failed"])
    with pytest.raises(RefusedError):
        endpoints.change_endpoint(session, row, {"description": "new", "events": []}, actor="usr_1")
    assert row.description is None
