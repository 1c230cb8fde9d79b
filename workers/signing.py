"""Headers of one attempt, after Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from store.version import VERSION


def signed_headers(body: str, *, event_id: str, secrets: Sequence[str], at: datetime) -> Mapping[str, str]:
    """``webhook-id`` stays over retries, ``webhook-timestamp`` is this attempt's. One signature per secret: a receiver
    checks with the one it has. ValueError or EmptyWebhookSecretError on an unusable secret.

    *at* is any aware time: it is turned to UTC here, because the library takes the digits of another zone for UTC.
    """
    moment = at.astimezone(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(event_id, moment, body) for secret in secrets),
        "content-type": "application/json",
        "user-agent": f"Obelus/{VERSION}",
    }
