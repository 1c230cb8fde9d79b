"""What every request needs, made once in `create_app` and reached through one typed accessor."""

from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import TYPE_CHECKING

from flask import Flask, current_app

from service.catalogue import Catalogue
from service.extraction import Extractor
from service.pressure import Pressure
from service.waking import Waker
from store.addresses import Guard
from store.database import Database
from store.queues import Queues
from store.rates import MemoryCounts, SharedCounts
from store.settings import Settings
from store.together import Together

if TYPE_CHECKING:
    from service.submission import Save, Saved

_NAME = "obelus"


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, database and queues of this process; ``waiting_slots`` bounds how many requests wait for a reading,
    ``batch_slots`` how many batches are in memory,
    ``guard`` says where webhooks may go, ``shared_counts`` and ``own_counts`` what callers have used
    (service/limits.py), ``saves`` writes articles, ``waker`` tells the workers, ``extractor`` reads HTML, ``draining``
    is set when the process was told to stop."""

    settings: Settings
    database: Database
    queues: Queues
    waiting_slots: BoundedSemaphore
    batch_slots: BoundedSemaphore
    pressure: Pressure
    catalogue: Catalogue
    guard: Guard
    shared_counts: SharedCounts
    saves: "Together[Save, Saved]"
    waker: Waker
    own_counts: MemoryCounts = field(default_factory=MemoryCounts)
    extractor: Extractor = field(default_factory=Extractor)
    draining: Event = field(default_factory=Event)


def attach(app: Flask, made: Context) -> None:
    """Give *app* its context; `create_app` does this once."""
    app.extensions[_NAME] = made


def context() -> Context:
    """The context of the app that answers the current request."""
    found: Context = current_app.extensions[_NAME]
    return found
