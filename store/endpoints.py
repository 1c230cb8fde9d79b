"""Receivers of webhooks, and which URLs may be one."""

import ipaddress
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

# What `is_global` lets through although it leads inside: addresses that carry an IPv4 address, and a cloud's own.
_CARRIERS = tuple(
    ipaddress.ip_network(net) for net in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16",
                                          "2001::/32", "fec0::/10", "ff00::/8")
)  # fmt: skip
_CLOUD_METADATA = frozenset(ipaddress.ip_address(a) for a in ("168.63.129.16", "100.100.100.200"))


def is_public_address(address: Address) -> bool:
    """Whether a webhook may be sent there: globally routable, unicast, and not a way round to a private one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public_address(address.ipv4_mapped)
        if any(address in network for network in _CARRIERS):
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and address not in _CLOUD_METADATA
    )


def check_url(url: str, *, allow_private: bool) -> None:
    """ValueError, with a sentence for the caller, unless *url* may receive webhooks.

    Names are resolved and checked again at each attempt (workers/egress.py): what is public today may not be tomorrow.
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " for character in url):
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
    if _is_inside(host):
        raise ValueError("must not point to a private address")


def _is_inside(host: str) -> bool:
    try:
        return not is_public_address(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        # Not an address as we write it. Decimal, octal and hex spellings end in a digit or 0x…; names never do.
        name = host.rstrip(".").lower()
        last = name.rsplit(".", 1)[-1]
        return (
            last.isdigit()
            or last.startswith("0x")
            or "." not in name
            or last in {"localhost", "local", "internal", "localdomain"}
        )


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
