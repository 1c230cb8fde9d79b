"""Receivers of webhooks, and which URLs may be one."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import clock
from store.keys import make_webhook_secret
from store.outbox import EVENT_TYPES
from store.tables import ArticleRow, EndpointRow

LONGEST_URL = 2_048
_CALLBACK_EVENTS = ["article.classified", "article.failed", "article.reviewed"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 is refused by default: only this block is handed out to the public (IANA, IPv6 Global Unicast Address Space).
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
# What `is_global` lets through, on some Python from 3.11 on, although no receiver lives there
# (IANA special-purpose address registries): protocol assignments, tunnels that carry an IPv4 address,
# documentation, AS112 sinks, relay anycast; and the addresses clouds keep for their own hosts.
_NOBODY_LIVES_THERE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24", "168.63.129.16/32",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME = 253  # RFC 1035 §2.3.4, as text
# Names that are answered by the machine, the link or the company's own resolver (RFC 6761, 6762, 8375, 9476).
_INSIDE_NAMES = frozenset(
    ("localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "alt")
)


def is_public_address(address: Address) -> bool:
    """Whether a webhook may be sent there: globally routable, unicast, and not a way round to a private one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public_address(address.ipv4_mapped)
        if address.scope_id is not None or address not in _PUBLIC_IPV6:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(address in network for network in _NOBODY_LIVES_THERE)
    )


def check_url(url: str, *, allow_private: bool) -> None:
    """ValueError, with a sentence for the caller, unless *url* may receive webhooks.

    Names are resolved and checked again at each attempt (workers/egress.py): what is public today may not be tomorrow.
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise ValueError(f"must be an ASCII URL of at most {LONGEST_URL} characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not host:
        raise ValueError("must be an https URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if parts.fragment:
        raise ValueError("must not have a fragment")
    if allow_private:
        return
    if port not in (None, 443):
        raise ValueError("must use port 443")
    if "[" in parts.netloc or _is_address(host):
        if not _is_public_literal(host):
            raise ValueError("must not point to a private address")
        return
    _check_name(host.removesuffix("."))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public_literal(host: str) -> bool:
    """False also for what only stands in brackets like an address, such as ``[v1.a]``."""
    return _is_address(host) and is_public_address(ipaddress.ip_address(host))


def _check_name(name: str) -> None:
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("does not name a host")
    last = labels[-1]
    # Decimal, octal and hex spellings of an address end in a digit or 0x…; public names never do (RFC 3696 §2).
    if len(labels) == 1 or last in _INSIDE_NAMES or last.isdigit() or last.startswith("0x"):
        raise ValueError("must not point to a private address")


def check_events(events: Iterable[str]) -> list[str]:
    """The event types, sorted; ValueError on none or an unknown one."""
    wanted = sorted(set(events))
    if not wanted:
        raise ValueError("name at least one event type")
    if unknown := [event for event in wanted if event not in EVENT_TYPES]:
        raise ValueError(f"there is no event type {unknown[0]!r}")
    return wanted


def add_endpoint(
    session: Session, url: str, *, events: Iterable[str], description: str | None = None, secret: str | None = None
) -> EndpointRow:
    row = EndpointRow(
        id=clock.new_id("ep"),
        url=url,
        secret=secret or make_webhook_secret(),
        events=check_events(events),
        description=description,
        is_enabled=True,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def add_callback(session: Session, article: ArticleRow, url: str, *, secret: str) -> EndpointRow:
    """The one-off endpoint of an article's ``callback_url``, signed with the API key's callback secret."""
    row = EndpointRow(
        id=clock.new_id("ep"),
        url=url,
        secret=secret,
        events=_CALLBACK_EVENTS,
        is_enabled=True,
        article_id=article.id,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def list_endpoints(session: Session, *, limit: int, after_id: str | None = None) -> list[EndpointRow]:
    """Newest first, without the one-off callbacks of articles."""
    query = select(EndpointRow).where(EndpointRow.article_id.is_(None)).order_by(EndpointRow.id.desc()).limit(limit)
    if after_id is not None:
        query = query.where(EndpointRow.id < after_id)
    return list(session.scalars(query))


def get_endpoint(session: Session, endpoint_id: str) -> EndpointRow | None:
    row = session.get(EndpointRow, endpoint_id)
    return row if row is not None and row.article_id is None else None
