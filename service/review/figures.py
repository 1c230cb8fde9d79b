"""The figures: what came, how fast it was read, what was found and decided, and how far to trust it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.context import context
from service.review import charts, exports
from service.review.queue_query import write_minute
from service.review.visitor import permission_required
from store import clock, figures
from store.figure_counts import BINS, HOUR, NO_ACTION
from store.figures import MOST_COUNTED, SPANS, Age, Figures, Scores, Span
from store.policy import ACTIONS, LABELS
from store.reviews import FINDING_DECISIONS

COLUMNS = ("at", "grain", "measure", "name", "detail", "value")
FORMATS: Mapping[str, str] = {"csv": "text/csv", "jsonl": "application/jsonl"}
STATES = ("classified", "queued", "failed")
SOURCES = 5  # shown
LONGEST_LINKED = 400  # bytes of a source in an address: of a longer one only the sum is a link, or the page grows heavy
VERSIONS = 6  # of classifiers, shown
FAMILIES = ("violence", "designation", "bias")
DECISIONS = (*ACTIONS, NO_ACTION)
_MINUTE = timedelta(minutes=1)


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/figures", "figures", show)
    blueprint.add_url_rule("/figures/<file_format>", "export_figures", export)


@permission_required("see_figures")
def show() -> ResponseReturnValue:
    """``?part=flow|sources|trust|scores`` of the page, and ``?span=24h|7d|30d``."""
    part = request.args.get("part", "flow")
    if part not in PARTS:
        abort(404)
    span, now = _span(), clock.now()
    with context().database.reading() as session:
        found = figures.read_figures(session, span, now=now)
        shown = PARTS[part](session, found)
    return render_template(
        "review/figures.html",
        figures=found,
        part=part,
        parts=PARTS,
        spans=SPANS,
        formats=FORMATS,
        link=Links(found, now=now),
        **shown,
    )


def _span() -> Span:
    span = SPANS.get(request.args.get("span", "7d"))
    if span is None:
        abort(404)
    return span


# --- the parts ------------------------------------------------------------------------------------


def _show_flow(session: Session, found: Figures) -> dict[str, object]:
    ages = figures.count_ages(session, now=clock.now())
    return {
        "states": STATES,
        "volume": charts.stack_bars({state: found.series("articles", state) for state in STATES}),
        "latency": charts.draw_lines({name: _latencies(found, share) for name, share in (("p50", 0.5), ("p95", 0.95))}),
        "actions": charts.stack_bars({name: found.series("action", name) for name in ACTIONS}),
        "action_names": ACTIONS,
        "decisions": charts.stack_bars({name: found.series("decision", name) for name in DECISIONS}),
        "decision_names": DECISIONS,
        "families": charts.draw_lines({name: list(found.series("label", name)) for name in FAMILIES}),
        "family_names": FAMILIES,
        "label_names": LABELS,
        "ages": ages,
        "age_chart": charts.stack_bars({"queued": [float(age.number) for age in ages]}),
        "most": MOST_COUNTED,
    }


def _latencies(found: Figures, share: float) -> list[float | None]:
    return [found.latency(share, step) for step in found.steps]


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    articles: float
    labels: Mapping[str, float]

    @property
    def is_long(self) -> bool:
        return len(quote(self.name)) > LONGEST_LINKED


def _show_sources(_session: Session, found: Figures) -> dict[str, object]:
    """The largest; the labels that any of them has."""
    labels: dict[str, dict[str, float]] = {}
    for name, number in found.totals("source_label").items():
        label, _, source = name.partition("\t")
        labels.setdefault(source, {})[label] = number
    largest = list(found.totals("source").items())[:SOURCES]
    sources = [Source(name, number, labels.get(name, {})) for name, number in largest]
    return {
        "sources": sources,
        "label_names": [label for label in LABELS if any(label in source.labels for source in sources)],
    }


def _show_trust(_session: Session, found: Figures) -> dict[str, object]:
    agreed, compared = found.agreement()
    return {
        "precisions": found.precisions(),
        "judgements": FINDING_DECISIONS,
        "agreed": agreed,
        "compared": compared,
    }


def _show_scores(_session: Session, found: Figures) -> dict[str, object]:
    scores = sorted(found.scores(), key=lambda one: -one.number)[:VERSIONS]
    return {
        "scores": [(one, charts.stack_bars({one.classifier: [*map(float, one.tenths)]})) for one in scores],
    }


PARTS: Mapping[str, Callable[[Session, Figures], dict[str, object]]] = {
    "flow": _show_flow,
    "sources": _show_sources,
    "trust": _show_trust,
    "scores": _show_scores,
}


class Links:
    """Addresses of the articles behind a number: the queue's list, narrowed to the number's time."""

    def __init__(self, found: Figures, *, now: datetime) -> None:
        self._found = found
        self._now = now

    def articles(self, step: datetime | None = None, **filters: str) -> str:
        """Those that came in this step, or in all of the time, which lasts until now."""
        ends = {"since": self._first(self._found.steps[0])}
        if step is not None:
            ends = {"since": self._first(step), "until": self._last(step)}
        return self._queue(state="all", **ends, **filters)

    def decided(self, **filters: str) -> str:
        """Those decided on in this time, whenever they came."""
        return self._queue(state="all", decided_since=self._first(self._found.steps[0]), **filters)

    def judged(self, label: str, judgement: str | None = None) -> str:
        """Those with a judged finding of this label."""
        return self.decided(finding=label, **({"judged": judgement} if judgement else {}))

    def scored(self, scores: Scores, first: int = 0, end: int = BINS) -> str:
        """Those whose scores are in the sample, from the *first* tenth on and below the *end*."""
        wanted = {"classifier": scores.classifier, "version": scores.version}
        if first:
            wanted["score_from"] = f"{first / BINS:.1f}"
        if end < BINS:
            wanted["score_to"] = f"{end / BINS:.1f}"
        return self.articles(None, **wanted)

    def waiting(self, age: Age) -> str:
        """To the minute."""
        ends = {"until": write_minute(self._now - age.beyond - _MINUTE)} if age.beyond else {}
        return self._queue(state="open", **ends, **({"since": write_minute(self._now - age.to)} if age.to else {}))

    def _first(self, step: datetime) -> str:
        return step.date().isoformat() if self._found.span.grain == "day" else write_minute(step)

    def _last(self, step: datetime) -> str:
        return self._first(step if self._found.span.grain == "day" else step + HOUR - _MINUTE)

    def _queue(self, **filters: str) -> str:
        return url_for("review.queue", **filters)  # type: ignore[arg-type]  # mypy: "bool | None"


@permission_required("see_figures")
def export(file_format: str) -> ResponseReturnValue:
    """Every number behind the page, one a row."""
    if file_format not in FORMATS:
        abort(404)
    with context().database.reading() as session:
        found = figures.read_figures(session, _span(), now=clock.now(), is_whole=True)
    rows = found.rows()
    body = exports.write_csv(rows, COLUMNS) if file_format == "csv" else exports.write_lines(rows)
    name = f"obelus-figures-{found.span.name}-{clock.now():%Y-%m-%d}.{file_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype=FORMATS[file_format], headers=headers)
