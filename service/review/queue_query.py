"""The queue's address: what ``?state=…&order=…`` asks for, and links that change one thing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from flask import abort, g, url_for
from werkzeug.datastructures import MultiDict

from service.answers import is_id, open_cursor
from store.figure_counts import BINS, NO_ACTION, SCORED
from store.policy import ACTIONS, LABELS, RULE_LABELS
from store.review_queue import BY_AGE, COMPARED, ORDERS, READINGS, STATES, QueueFilter
from store.reviews import FINDING_DECISIONS
from store.search import LONGEST_QUERY

ALL = "all"
SHOWN_STATES = (*STATES, ALL)
LANGUAGES = ("en", "ru")
WHOSE = ("me", "nobody")
DEFAULTS: Mapping[str, str] = {"state": "open", "order": "severity"}
TIMES = ("since", "until", "decided_since", "decided_until")
TENTHS = {f"{tenth / BINS:.1f}": tenth for tenth in range(1, BINS)}  # where a range of scores begins, or ends
CHOICES: Mapping[str, tuple[str, ...]] = {
    "state": SHOWN_STATES,
    "order": tuple(ORDERS),
    "reading": READINGS,
    "action": ACTIONS,
    "decision": (*ACTIONS, NO_ACTION),
    "judged": (*FINDING_DECISIONS, COMPARED),
    "finding": tuple(RULE_LABELS),
    "label": tuple(LABELS),
    "language": LANGUAGES,
    "classifier": SCORED,
    "score_from": tuple(TENTHS),
    "score_to": tuple(TENTHS),
}
_SUBJECTS = ("q", "label", "language", "source", "organisation", "assignee")
_SEARCH = ("behind",)  # goes with the words
_SCORES = ("classifier", "version", "score_from", "score_to")
FILTERS = (*_SUBJECTS, *TIMES, "reading", "action", "decision", "judged", "finding", *_SCORES, *_SEARCH)
NAMES = (*DEFAULTS, *FILTERS)
_STEPS = {len("2026-11-24"): timedelta(days=1), len("2026-11-24T09:00"): timedelta(minutes=1)}
_FIRST_YEAR, _LAST_YEAR = 1970, 9999
_LONGEST = {"q": LONGEST_QUERY, "source": 300, "organisation": 100, "version": 300}


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

    def link(self, *, after: str | None = None, **changes: str | None) -> str:
        """The address with *changes*; None takes a part out. It begins at the first page, or *after* a cursor."""
        return url_for("review.queue", after=after, **self.changed(**changes))  # type: ignore[arg-type]  # mypy: "bool | None"

    def changed(self, **changes: str | None) -> dict[str, str]:
        merged = {**self.values, **({"behind": None} if "q" in changes else {}), **changes}
        return {name: value for name in NAMES if (value := merged.get(name)) and DEFAULTS.get(name) != value}

    def to_filter(self, *, free_for: str | None = None) -> QueueFilter:
        given = self.values.get
        assignee = given("assignee")
        times = {name: read_time(self.values[name], is_end=name.endswith("until")) for name in TIMES if given(name)}
        return QueueFilter(
            state=None if self.state == ALL else self.state,
            label=given("label"),
            language=given("language"),
            source=given("source"),
            organisation=given("organisation"),
            assignee=g.user.id if assignee == "me" else assignee,
            text=given("q"),
            behind=given("behind"),
            free_for=free_for,
            reading=given("reading"),
            action=given("action"),
            decision=given("decision"),
            judged=given("judged"),
            finding=given("finding"),
            classifier=given("classifier"),
            version=given("version"),
            score_from=TENTHS.get(given("score_from", "")),
            score_to=TENTHS.get(given("score_to", "")),
            **times,
        )


def read_time(value: str, *, is_end: bool = False) -> datetime:
    """A day, or a minute as `write_minute` makes it, in UTC: its beginning, or its end. ValueError on another form."""
    step = _STEPS.get(len(value))
    begin = datetime.fromisoformat(value).replace(tzinfo=UTC)
    if step is None or not _FIRST_YEAR <= begin.year < _LAST_YEAR:
        raise ValueError("is neither a day nor a minute")
    return begin + step if is_end else begin


def write_minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def read_query(arguments: "MultiDict[str, str]") -> QueueQuery:
    """404 on what no link or choice of ours sends; what a person types is refused by name."""
    given = {name: value for name in NAMES if (value := arguments.get(name, "").strip())}
    if any(name in given and given[name] not in allowed for name, allowed in CHOICES.items()):
        abort(404)
    if "assignee" in given and given["assignee"] not in WHOSE and not is_id(given["assignee"], "usr"):
        abort(404)
    if "behind" in given and not is_id(given["behind"], "art"):
        abort(404)
    refused = [
        name for name, longest in _LONGEST.items() if len(given.get(name, "")) > longest or "\0" in given.get(name, "")
    ]
    refused += [name for name in TIMES if name in given and not _is_time(given[name])]
    kept = {name: value for name, value in given.items() if name not in refused and DEFAULTS.get(name) != value}
    return QueueQuery(kept, tuple(refused))


def _is_time(value: str) -> bool:
    try:
        return bool(read_time(value))
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
