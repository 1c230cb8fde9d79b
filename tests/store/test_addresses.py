"""Which URLs and addresses may receive webhooks."""

import ipaddress
import random
import socket
import time
from pathlib import Path

import pytest
import yaml

from store import addresses
from store.addresses import Guard, RefusedError

HERE = Path(__file__).parent
URLS = yaml.safe_load((HERE / "urls.yaml").read_text("utf-8"))
ADDRESSES = yaml.safe_load((HERE / "addresses.yaml").read_text("utf-8"))


@pytest.mark.parametrize("url", URLS["allowed"])
def test_public_https_urls_are_allowed(url: str) -> None:
    addresses.check_url(url, allow_private=False)


@pytest.mark.parametrize(("sentence", "url"), [(s, url) for s, urls in URLS["refused"].items() for url in urls])
def test_all_other_urls_are_refused_with_a_reason(sentence: str, url: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        addresses.check_url(url, allow_private=False)
    assert caught.type is RefusedError, "no other exception of a parser"


@pytest.mark.parametrize("extra", [0, 1])
def test_the_longest_url(extra: int) -> None:
    url = "https://receiver.example/".ljust(addresses.LONGEST_URL + extra, "a")
    if extra:
        with pytest.raises(ValueError, match="at most 2048"):
            addresses.check_url(url, allow_private=False)
    else:
        addresses.check_url(url, allow_private=False)


def test_a_name_is_at_most_253_characters() -> None:
    label = "a" * 61
    addresses.check_url(f"https://{label}.{label}.{label}.{label}.com/", allow_private=False)
    with pytest.raises(ValueError, match="does not name a host"):
        addresses.check_url(f"https://{label}.{label}.{label}.{label}.{label}.com/", allow_private=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/hook", "https://localhost/", "http://[::1]:1/", "http://redis/"]
)
def test_tests_on_one_machine_may_allow_private_ones(url: str) -> None:
    addresses.check_url(url, allow_private=True)
    with pytest.raises(ValueError, match="must"):
        addresses.check_url(url, allow_private=False)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://a:b@127.0.0.1/", "http:///x", "http://127.0.0.1/#x", "x"])
def test_and_even_then_not_everything(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        addresses.check_url(url, allow_private=True)


@pytest.mark.parametrize("address", ADDRESSES["public"])
def test_public_addresses(address: str) -> None:
    assert addresses.is_public_address(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("kind", "address"), [(kind, one) for kind, listed in ADDRESSES["private"].items() for one in listed]
)
def test_all_other_addresses_are_refused(kind: str, address: str) -> None:
    assert not addresses.is_public_address(ipaddress.ip_address(address)), kind


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
            assert not addresses.is_public_address(ipaddress.IPv6Address(value))


# --- names ----------------------------------------------------------------------------------------


def answering(*found: str) -> Guard:
    return Guard(resolve=lambda _host, _port: found)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2a00:1450::1", "::ffff:192.168.0.1"]])
def test_a_name_that_leads_inside_is_refused_when_it_is_given(found: list[str]) -> None:
    with pytest.raises(RefusedError, match="private"):
        answering(*found).check_receiver("https://hooks.example.org/")


def test_a_name_that_leads_outside_is_taken() -> None:
    answering("8.8.8.8", "2a00:1450::1").check_receiver("https://hooks.example.org/")


def test_a_name_without_an_answer_is_taken_and_left_to_the_delivery() -> None:
    """The receiver may be set up later, and its name server may be slow today."""

    def fail(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    def hang(_host: str, _port: int) -> list[str]:
        time.sleep(1)
        return ["127.0.0.1"]

    Guard(resolve=fail).check_receiver("https://hooks.example.org/")
    started = time.monotonic()
    Guard(resolve=hang).check_receiver("https://hooks.example.org/", seconds=0.1)
    assert time.monotonic() - started < 0.8


def test_where_private_receivers_are_allowed_no_name_is_resolved() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    Guard(allow_private=True, resolve=resolve).check_receiver("http://localhost:9000/")
    assert asked == []


def test_the_spelling_is_checked_first() -> None:
    with pytest.raises(RefusedError, match="port 443"):
        answering("8.8.8.8").check_receiver("https://hooks.example.org:8443/")
