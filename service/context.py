"""What every request needs, made once in `create_app` and reached through one typed accessor."""

from dataclasses import dataclass
from threading import BoundedSemaphore

from flask import Flask, current_app

from service.catalogue import Catalogue
from store.database import Database
from store.queues import Queues
from store.settings import Settings

_NAME = "obelus"


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, database and queues of this process; ``waiting_slots`` bounds how many requests wait for a reading."""

    settings: Settings
    database: Database
    queues: Queues
    waiting_slots: BoundedSemaphore
    catalogue: Catalogue


def attach(app: Flask, made: Context) -> None:
    """Give *app* its context; `create_app` does this once."""
    app.extensions[_NAME] = made


def context() -> Context:
    """The context of the app that answers the current request."""
    found: Context = current_app.extensions[_NAME]
    return found
