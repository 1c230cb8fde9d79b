"""Is a webhook ours? Standard Webhooks 1.0, with the standard library alone."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import cast

from obelus_client.errors import WebhookError
from obelus_client.shapes import Event

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


def verify_webhook(
    body: bytes, headers: Mapping[str, str], secrets: str | Sequence[str], *, now: float | None = None
) -> Event:
    """The event of a webhook. WebhookError where no secret fits, or it was signed over five minutes ago or ahead.

    *body* is the raw body, byte for byte. Give both *secrets* while one is rotated. Drop a ``webhook-id`` seen before.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        number, moment, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise WebhookError(f"the header {error.args[0]} is missing") from None
    _check_moment(moment, time.time() if now is None else now)
    signed = b".".join([number.encode(), moment.encode(), body])
    sent = [part.removeprefix("v1,").encode() for part in signatures.split() if part.startswith("v1,")]
    expected = [_sign(secret, signed) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    # All are compared, each in constant time.
    fits = [hmac.compare_digest(one, other) for one in sent for other in expected]
    if not any(fits):
        raise WebhookError("no signature fits")
    try:
        return cast("Event", json.loads(body))
    except ValueError:
        raise WebhookError("the body is not JSON") from None


def _check_moment(moment: str, now: float) -> None:
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        raise WebhookError("the timestamp is not a number")
    if abs(now - int(moment)) > TOLERANCE_SECONDS:
        raise WebhookError("the timestamp is too old or too new")


def _sign(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise WebhookError("a secret is not as the service gave it") from None
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
