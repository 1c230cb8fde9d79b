"""Which URLs and addresses may receive webhooks: one check for the making, the change and every delivery."""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 2_048
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

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


class RefusedError(ValueError):
    """What a customer gave for an endpoint cannot be taken: ``str()`` is a sentence without its subject, *code* names
    it for the dashboard's two languages."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def _private() -> RefusedError:
    return RefusedError("private", "must not point to a private address")


def check_url(url: str, *, allow_private: bool) -> None:
    """RefusedError unless *url* is spelled as one that may receive webhooks. No name is resolved."""
    if len(url) > LONGEST_URL or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise RefusedError("text", f"must be an ASCII URL of at most {LONGEST_URL} characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise RefusedError("no_url", "is not a URL") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes or not host:
        raise RefusedError("scheme", "must be an https URL")
    if parts.username is not None or parts.password is not None:
        raise RefusedError("user", "must not hold a user name or password")
    if parts.fragment:
        raise RefusedError("fragment", "must not have a fragment")
    if allow_private:
        return
    if port not in (None, 443):
        raise RefusedError("port", "must use port 443")
    if "[" in parts.netloc or _is_address(host):
        if not _is_public_literal(host):
            raise _private()
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
        raise RefusedError("no_host", "does not name a host")
    last = labels[-1]
    # Decimal, octal and hex spellings of an address end in a digit or 0x…; public names never do (RFC 3696 §2).
    if len(labels) == 1 or last in _INSIDE_NAMES or last.isdigit() or last.startswith("0x"):
        raise _private()


# --- names ----------------------------------------------------------------------------------------


def resolve_name(host: str, port: int) -> list[str]:
    """Addresses of *host*, each once, in the resolver's order. OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Where webhooks may go. Tests hand in their own resolver."""

    allow_private: bool = False
    resolve: Resolve = resolve_name

    def check_receiver(self, url: str, *, seconds: float = 2.0) -> None:
        """RefusedError unless *url* may become a receiver: its spelling, and every address its name has now.

        A name that gives no answer in time is let through: delivery checks again, and what is public today may not
        be tomorrow.
        """
        check_url(url, allow_private=self.allow_private)
        if self.allow_private:
            return
        parts = urlsplit(url)
        with suppress(OSError):
            self.find_addresses(parts.hostname or "", parts.port or 443, seconds=seconds)

    def find_addresses(self, host: str, port: int, *, seconds: float) -> list[str]:
        """Resolve *host* once: addresses that were all checked, to be dialled as they are. RefusedError where one of
        them is not public, OSError where there are none, TimeoutError (an OSError too) where it takes too long."""
        addresses = _in_time(lambda: list(self.resolve(host.strip("[]"), port)), seconds)
        if not self.allow_private and not all(is_public_address(ipaddress.ip_address(one)) for one in addresses):
            raise _private()
        return addresses


def _in_time(find: Callable[[], list[str]], seconds: float) -> list[str]:
    """The resolver has no time limit of its own: it runs aside and is left behind when it is too slow."""
    found: list[list[str]] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            found.append(find())
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found[0]
