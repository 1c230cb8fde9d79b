"""How much each API key may use: requests, articles and characters a minute; and what is told of it in headers.

Requests are counted in this process, articles and characters in Redis for all (store/rates.py). The fields `RateLimit`
and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers-11.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Protocol

from flask import Flask, Response, g, request

from service.context import context
from service.errors import Problem
from store.rates import Bill, Charge, Quota, Standing
from store.settings import Settings

_WRONG_KEYS = Quota("wrong keys", 120)


class Limited(Protocol):
    """Who is counted: an API key (`service.auth.Caller`)."""

    @property
    def key_id(self) -> str: ...
    @property
    def limits(self) -> Mapping[str, int]: ...


def charge(caller: Limited, *, articles: int, characters: int) -> None:
    """Take so many articles, of so many characters (code points) of text in all, from what *caller* may send.

    All or nothing, in one trip to Redis, before anything is stored: the one place for every route that takes texts. A
    batch is charged as a whole. Problem 429 where it is too much.
    """
    bill = bill_for(caller, articles=articles, characters=characters)
    settle(context().shared_counts.charge(*bill) if bill is not None else [])


def bill_for(caller: Limited, *, articles: int, characters: int) -> Bill | None:
    """What `charge` takes, for who has it taken together with others' (service/submission.py); None: no limits."""
    charges = _charges(caller, articles=articles, characters=characters)
    return (caller.key_id, charges) if charges else None


def count_request(caller: Limited) -> None:
    """One request, whatever it asks for; this process alone counts it. Problem 429 where it is one too many."""
    settle(context().own_counts.charge(caller.key_id, _charges(caller, requests=1)))


def standings() -> Mapping[str, Standing]:
    """What was counted for the current request, by the quota's name: for adapters with headers of their own."""
    found: dict[str, Standing] = g.setdefault("standings", {})
    return found


def count_wrong_key() -> None:
    """Problem 429 in the place of 401 where too many wrong keys came from this address.

    Right keys are let in from any address: behind a proxy all share one, and a random key cannot be guessed.
    """
    owner = f"address {network_of(request.remote_addr)}"
    (standing,) = context().own_counts.charge(owner, [Charge(_WRONG_KEYS, 1)])
    if standing.wait_seconds is not None:
        detail = "Too many requests without a valid API key came from this address."
        raise Problem("too_many_requests", detail, headers={"Retry-After": str(standing.wait_seconds)})


def quotas_of(limits: Mapping[str, int], settings: Settings) -> dict[str, Quota | None]:
    """By name, what is in force for a key with these limits of its own; None: no limit."""
    burst = limits.get("burst_seconds", settings.rate_burst_seconds)
    per_minute = {
        name: limits.get(f"{name}_per_minute", getattr(settings, f"rate_{name}_per_minute"))
        for name in ("requests", "articles", "characters")
    }
    return {name: Quota(name, number, burst) if number else None for name, number in per_minute.items()}


def register_limits(app: Flask) -> None:
    app.after_request(_tell)


def _charges(caller: Limited, **amounts: int) -> list[Charge]:
    quotas = quotas_of(caller.limits, context().settings)
    return [Charge(quota, amount) for name, amount in amounts.items() if (quota := quotas[name]) is not None]


def settle(found: Iterable[Standing]) -> None:
    """Keep what was counted for the headers; Problem 429 where something refused."""
    found = list(found)
    g.standings = {**standings(), **{one.quota.name: one for one in found}}
    refused = [one for one in found if one.wait_seconds is not None]
    if not refused:
        return
    wait = max(one.wait_seconds or 0 for one in refused)
    quotas = " and ".join(f"{one.quota.per_minute:,} {one.quota.name} a minute" for one in refused)
    detail = f"The API key may use {quotas}. Nothing was done; ask again in {wait} s."
    raise Problem("too_many_requests", detail, headers={"Retry-After": str(wait)})


def _tell(response: Response) -> Response:
    if found := standings().values():
        response.headers["RateLimit-Policy"] = ", ".join(_policy(one.quota) for one in found)
        response.headers["RateLimit"] = ", ".join(
            f'"{one.quota.name}";r={one.left};t={one.reset_seconds}' for one in found
        )
    return response


def _policy(quota: Quota) -> str:
    unit = "" if quota.name == "requests" else f';qu="{quota.name}"'  # requests are what is counted unless it says so
    return f'"{quota.name}";q={quota.size}{unit};w={quota.window_seconds}'


def network_of(address: str | None) -> str:
    """The address, or the /64 of an IPv6 address: one subscriber has all of it (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
