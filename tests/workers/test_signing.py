"""Headers of Standard Webhooks 1.0."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from store import clock
from store.keys import make_webhook_secret
from workers.signing import signed_headers

BODY = '{"type":"article.classified","data":{"title":"Мост · 橋 · 🌉"}}'


def test_the_library_of_the_standard_accepts_them() -> None:
    secret = make_webhook_secret()
    headers = signed_headers(BODY, event_id="msg_1", secrets=[secret], at=clock.now())

    assert Webhook(secret).verify(BODY, dict(headers))["type"] == "article.classified"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Obelus/")


def test_they_are_what_the_specification_says() -> None:
    """Written out from the text of the specification: HMAC-SHA256 of id, seconds and body, joined by full stops."""
    key = bytes(range(32))
    at = datetime(2026, 11, 23, 9, 0, 0, 900_000, tzinfo=UTC)
    headers = signed_headers(BODY, event_id="msg_1", secrets=[f"whsec_{base64.b64encode(key).decode()}"], at=at)

    signed = f"msg_1.{int(at.timestamp())}.{BODY}".encode()
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


@pytest.mark.parametrize("hours", [-11, 3, 14])
def test_the_zone_of_the_clock_does_not_matter(hours: int) -> None:
    secret = make_webhook_secret()
    moment = clock.now()
    there = moment.astimezone(timezone(timedelta(hours=hours)))

    assert signed_headers(BODY, event_id="m", secrets=[secret], at=there) == signed_headers(
        BODY, event_id="m", secrets=[secret], at=moment
    )


@pytest.mark.parametrize("at", [0, 6, 40])
def test_a_changed_body_is_refused(at: int) -> None:
    secret = make_webhook_secret()
    headers = signed_headers(BODY, event_id="msg_1", secrets=[secret], at=clock.now())
    changed = BODY[:at] + "x" + BODY[at + 1 :]

    with pytest.raises(Exception, match="No matching signature"):
        Webhook(secret).verify(changed, dict(headers), json_parse=False)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_x", "whsec_Я"])
def test_a_damaged_secret_raises(secret: str) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - the library raises several kinds; `deliver` takes them all
        signed_headers(BODY, event_id="msg_1", secrets=[secret], at=clock.now())


def test_two_secrets_make_two_signatures_either_of_which_is_enough() -> None:
    new, old = make_webhook_secret(), make_webhook_secret()
    headers = signed_headers(BODY, event_id="msg_1", secrets=[new, old], at=clock.now())

    first, second = headers["webhook-signature"].split(" ")
    assert first != second
    assert first.startswith("v1,")
    assert second.startswith("v1,")
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, dict(headers))
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(make_webhook_secret()).verify(BODY, dict(headers))
