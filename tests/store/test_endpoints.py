"""Which URLs and addresses may receive webhooks, and the endpoints themselves."""

import base64
import ipaddress
import random
from pathlib import Path

import pytest
import yaml
from sqlalchemy.orm import Session

from store import endpoints
from store.outbox import EVENT_TYPES
from store.tables import ArticleRow
from tests.store.makers import add_articles

HERE = Path(__file__).parent
URLS = yaml.safe_load((HERE / "urls.yaml").read_text("utf-8"))
ADDRESSES = yaml.safe_load((HERE / "addresses.yaml").read_text("utf-8"))


@pytest.mark.parametrize("url", URLS["allowed"])
def test_public_https_urls_are_allowed(url: str) -> None:
    endpoints.check_url(url, allow_private=False)


@pytest.mark.parametrize(("sentence", "url"), [(s, url) for s, urls in URLS["refused"].items() for url in urls])
def test_all_other_urls_are_refused_with_a_reason(sentence: str, url: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        endpoints.check_url(url, allow_private=False)
    assert caught.type is ValueError, "no other exception of a parser"


@pytest.mark.parametrize("extra", [0, 1])
def test_the_longest_url(extra: int) -> None:
    url = "https://receiver.example/".ljust(endpoints.LONGEST_URL + extra, "a")
    if extra:
        with pytest.raises(ValueError, match="at most 2048"):
            endpoints.check_url(url, allow_private=False)
    else:
        endpoints.check_url(url, allow_private=False)


def test_a_name_is_at_most_253_characters() -> None:
    label = "a" * 61
    endpoints.check_url(f"https://{label}.{label}.{label}.{label}.com/", allow_private=False)
    with pytest.raises(ValueError, match="does not name a host"):
        endpoints.check_url(f"https://{label}.{label}.{label}.{label}.{label}.com/", allow_private=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/hook", "https://localhost/", "http://[::1]:1/", "http://redis/"]
)
def test_tests_on_one_machine_may_allow_private_ones(url: str) -> None:
    endpoints.check_url(url, allow_private=True)
    with pytest.raises(ValueError, match="must"):
        endpoints.check_url(url, allow_private=False)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http:///x", "http://127.0.0.1/#x", "x"])
def test_and_even_then_not_everything(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        endpoints.check_url(url, allow_private=True)


@pytest.mark.parametrize("address", ADDRESSES["public"])
def test_public_addresses(address: str) -> None:
    assert endpoints.is_public_address(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("kind", "address"), [(kind, one) for kind, listed in ADDRESSES["private"].items() for one in listed]
)
def test_all_other_addresses_are_refused(kind: str, address: str) -> None:
    assert not endpoints.is_public_address(ipaddress.ip_address(address)), kind


def test_no_ipv6_spelling_of_a_private_ipv4_address_gets_through() -> None:
    """Mapped, compatible, translated (both RFC 6052 and RFC 8215), 6to4 and Teredo, 3,000 random addresses."""
    seeded = random.Random(20261123)
    private = [ipaddress.IPv4Network(net) for net in ("127.0.0.0/8", "10.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10")]
    for _ in range(3_000):
        network = seeded.choice(private)
        inside = int(network.network_address) + seeded.getrandbits(32 - network.prefixlen)
        for value in (
            0xFFFF << 32 | inside,
            inside,
            0xFFFF << 48 | inside,
            0x64FF9B << 96 | inside,
            0x64FF9B0001 << 80 | inside,
            0x2002 << 112 | inside << 80 | seeded.getrandbits(80),
            0x20010000 << 96 | inside << 64 | seeded.getrandbits(64),
            0x20010000 << 96 | seeded.getrandbits(64) << 32 | (inside ^ 0xFFFFFFFF),
        ):
            assert not endpoints.is_public_address(ipaddress.IPv6Address(value))


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
