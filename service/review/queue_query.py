"""The queue's address: what ``?state=…&order=…`` asks for, and links that change one thing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from flask import abort, g, url_for
from werkzeug.datastructures import MultiDict

from service.answers import is_id, open_cursor
from store.policy import LABELS
from store.review_queue import BY_AGE, ORDERS, STATES, QueueFilter
from store.search import LONGEST_QUERY

ALL = "all"
SHOWN_STATES = (*STATES, ALL)
LANGUAGES = ("en", "ru")
WHOSE = ("me", "nobody")
DEFAULTS: Mapping[str, str] = {"state": "open", "order": "severity"}
FILTERS = ("q", "label", "language", "source", "organisation", "assignee", "since", "until")
NAMES = (*DEFAULTS, *FILTERS)
_LONGEST = {"q": LONGEST_QUERY, "source": 300, "organisation": 100}


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """``values``: what is asked for beside the defaults, by the names in the address. ``refusals``: fields of the form
    that cannot be read, and are left out."""

    values: Mapping[str, str] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return self.values.get("state", DEFAULTS["state"])

    @property
    def order(self) -> str:
        """Where all states are shown, only the orders by age are there."""
        wanted = self.values.get("order", DEFAULTS["order"])
        return wanted if self.state != ALL or wanted in BY_AGE else "newest"

    @property
    def orders(self) -> tuple[str, ...]:
        return tuple(ORDERS) if self.state != ALL else BY_AGE

    @property
    def filters(self) -> dict[str, str]:
        return {name: self.values[name] for name in FILTERS if name in self.values}

    def link(self, **changes: str | None) -> str:
        """The address with *changes*; None takes a part out. It begins at the first page."""
        return url_for("review.queue", **self.changed(**changes))  # type: ignore[arg-type]  # mypy: "bool | None"

    def changed(self, **changes: str | None) -> dict[str, str]:
        merged = {**self.values, **changes}
        return {name: value for name in NAMES if (value := merged.get(name)) and DEFAULTS.get(name) != value}

    def to_filter(self, *, free_for: str | None = None) -> QueueFilter:
        given = self.values.get
        until = given("until")
        assignee = given("assignee")
        return QueueFilter(
            state=None if self.state == ALL else self.state,
            label=given("label"),
            language=given("language"),
            source=given("source"),
            organisation=given("organisation"),
            assignee=g.user.id if assignee == "me" else assignee,
            since=_midnight(given("since", "")) if "since" in self.values else None,
            until=_midnight(until) + timedelta(days=1) if until else None,
            text=given("q"),
            free_for=free_for,
        )


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def read_query(arguments: "MultiDict[str, str]") -> QueueQuery:
    """404 on what no link or choice of ours sends; what a person types is refused by name."""
    given = {name: value for name in NAMES if (value := arguments.get(name, "").strip())}
    choices = {"state": SHOWN_STATES, "order": tuple(ORDERS), "label": tuple(LABELS), "language": LANGUAGES}
    if any(name in given and given[name] not in allowed for name, allowed in choices.items()):
        abort(404)
    if "assignee" in given and given["assignee"] not in WHOSE and not is_id(given["assignee"], "usr"):
        abort(404)
    refused = [
        name for name, longest in _LONGEST.items() if len(given.get(name, "")) > longest or "\0" in given.get(name, "")
    ]
    refused += [name for name in ("since", "until") if name in given and not _is_day(given[name])]
    kept = {name: value for name, value in given.items() if name not in refused and DEFAULTS.get(name) != value}
    return QueueQuery(kept, tuple(refused))


def _is_day(value: str) -> bool:
    try:
        return 1970 <= date.fromisoformat(value).year < 9999 and len(value) == 10
    except ValueError:
        return False


def read_place(arguments: "MultiDict[str, str]") -> str | None:
    """Where the page begins: the cursor ``?after=``."""
    cursor = arguments.get("after")
    if cursor is None:
        return None
    try:
        return open_cursor(cursor)
    except ValueError:
        abort(404)
