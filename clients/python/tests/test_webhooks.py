"""A webhook is believed where its signature fits one of the secrets and it is fresh, and nowhere else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from obelus_client import WebhookError, verify_webhook
from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "A" * 32
NOW = 1_790_000_000
BODY = json.dumps({"type": "article.classified", "timestamp": "x", "data": {"title": "Статья"}}).encode()


def headers(*, secret: str = SECRET, body: bytes = BODY, moment: int = NOW, **changes: str) -> dict[str, str]:
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(moment, UTC), body.decode())
    made = {"webhook-id": "msg_1", "webhook-timestamp": str(moment), "webhook-signature": signature}
    return made | {name.replace("_", "-"): value for name, value in changes.items()}


@pytest.mark.parametrize("secrets", [SECRET, [SECRET], [OTHER, SECRET], SECRET.removeprefix("whsec_")])
@pytest.mark.parametrize("offset", [-299, 0, 299])
def test_a_true_one_is_believed(secrets: Any, offset: int) -> None:
    event = verify_webhook(BODY, headers(), secrets, now=NOW + offset)
    assert event["data"] == {"title": "Статья"}


def test_one_of_several_signatures_is_enough() -> None:
    """As while a secret is rotated; one of another version is passed over."""
    both = f"v2,x {headers(secret=OTHER)['webhook-signature']} {headers()['webhook-signature']}"
    assert verify_webhook(BODY, headers(webhook_signature=both), SECRET, now=NOW)
    assert verify_webhook(BODY, headers(webhook_signature=both), OTHER, now=NOW)


def test_names_of_headers_have_no_case() -> None:
    assert verify_webhook(BODY, {name.title(): value for name, value in headers().items()}, SECRET, now=NOW)


@pytest.mark.parametrize(
    ("given", "body", "now", "reason"),
    [
        (headers(secret=OTHER), BODY, NOW, "no signature"),
        (headers(), BODY + b" ", NOW, "no signature"),
        (headers(webhook_id="msg_2"), BODY, NOW, "no signature"),
        (headers(webhook_timestamp=str(NOW + 1)), BODY, NOW, "no signature"),
        (headers(webhook_signature=""), BODY, NOW, "no signature"),
        (headers(webhook_signature="v1,"), BODY, NOW, "no signature"),
        (headers(webhook_signature="v1,é"), BODY, NOW, "no signature"),
        (headers(), BODY, NOW + 301, "too old"),
        (headers(), BODY, NOW - 301, "too old"),
        (headers(webhook_timestamp="now"), BODY, NOW, "not a number"),
        (headers(webhook_timestamp="٣"), BODY, NOW, "not a number"),
        ({}, BODY, NOW, "webhook-id is missing"),
        (headers(body=b"no JSON"), b"no JSON", NOW, "not JSON"),
    ],
)
def test_any_other_is_not(given: dict[str, str], body: bytes, now: int, reason: str) -> None:
    with pytest.raises(WebhookError, match=reason):
        verify_webhook(body, given, SECRET, now=now)


def test_a_broken_secret_is_said() -> None:
    with pytest.raises(WebhookError, match="secret"):
        verify_webhook(BODY, headers(), "whsec_***", now=NOW)
