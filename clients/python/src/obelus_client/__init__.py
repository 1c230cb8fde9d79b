"""Typed client of Obelus: send articles, read what was found in them, verify webhooks.

from obelus_client import Client

with Client("https://obelus.example.org", "obk_…") as obelus:
    article = obelus.submit("Fighters of ISIS shelled the town.", wait_seconds=10)
    if article["state"] == "queued":
        article = obelus.wait(article["id"])
"""

from obelus_client.asynchronous import AsyncClient
from obelus_client.client import Client
from obelus_client.errors import ConnectionFailedError, ObelusError, ProblemError, WaitTimeoutError, WebhookError
from obelus_client.retries import Retries
from obelus_client.webhooks import verify_webhook

__all__ = [
    "AsyncClient",
    "Client",
    "ConnectionFailedError",
    "ObelusError",
    "ProblemError",
    "Retries",
    "WaitTimeoutError",
    "WebhookError",
    "verify_webhook",
]
