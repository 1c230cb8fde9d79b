"""The figures: what came, how fast it was read, what was found and decided, and how far to trust it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from service.context import context
from service.review import charts, exports
from service.review.visitor import permission_required
from store import clock, figures
from store.figures import AGES, MOST_COUNTED, SPANS, Figures, Span
from store.policy import ACTIONS, LABELS

COLUMNS = ("at", "grain", "measure", "name", "detail", "value")
FORMATS: Mapping[str, str] = {"csv": "text/csv", "jsonl": "application/jsonl"}
STATES = ("classified", "queued", "failed")
SOURCES = 5  # shown
FAMILIES = ("violence", "designation", "bias")
DECISIONS = (*ACTIONS, "findings")
JUDGEMENTS = ("upheld", "overturned", "unsure")


def register(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/figures", "figures", show)
    blueprint.add_url_rule("/figures/<file_format>", "export_figures", export)


@permission_required("see_figures")
def show() -> ResponseReturnValue:
    """``?span=24h|7d|30d``."""
    found, ages = _read()
    agreed, compared = found.agreement()
    return render_template(
        "review/figures.html",
        figures=found,
        spans=SPANS,
        link=Links(found),
        states=STATES,
        volume=charts.stack_bars({state: found.series("articles", state) for state in STATES}),
        latency=charts.draw_lines({name: _latencies(found, share) for name, share in (("p50", 0.5), ("p95", 0.95))}),
        actions=charts.stack_bars({name: found.series("action", name) for name in ACTIONS}),
        action_names=ACTIONS,
        decisions=charts.stack_bars({name: found.series("decision", name) for name in DECISIONS}),
        decision_names=DECISIONS,
        families=charts.draw_lines({name: list(found.series("label", name)) for name in FAMILIES}),
        family_names=FAMILIES,
        labels={name: found.totals("label").get(name, 0) for name in LABELS},
        sources=_sources(found),
        ages=list(zip([*AGES, None], ages, strict=True)),
        age_chart=charts.stack_bars({"queued": [float(count) for count in ages]}),
        most=MOST_COUNTED,
        precisions=found.precisions(),
        agreed=agreed,
        compared=compared,
        scores=[(one, charts.stack_bars({one.classifier: list(map(float, one.tenths))})) for one in found.scores()],
        formats=FORMATS,
    )


def _span() -> Span:
    span = SPANS.get(request.args.get("span", "7d"))
    if span is None:
        abort(404)
    return span


def _read() -> tuple[Figures, list[int]]:
    span, now = _span(), clock.now()
    with context().database.reading() as session:
        return figures.read_figures(session, span, now=now), figures.count_ages(session, now=now)


def _latencies(found: Figures, share: float) -> list[float | None]:
    return [found.latency(share, step) for step in found.steps]


def _sources(found: Figures) -> list[tuple[str, float, dict[str, float]]]:
    """(source, articles, its labels), the largest."""
    labels: dict[str, dict[str, float]] = {}
    for name, number in found.totals("source_label").items():
        label, _, source = name.partition("\t")
        labels.setdefault(source, {})[label] = number
    return [(name, number, labels.get(name, {})) for name, number in list(found.totals("source").items())[:SOURCES]]


class Links:
    """Addresses of the articles behind a number: the queue's list, narrowed to the days of it."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def articles(self, step: datetime | None = None, **filters: str | None) -> str:
        first = step or self._found.steps[0]
        last = step or self._found.steps[-1]
        days = {"since": first.date().isoformat(), "until": last.date().isoformat()}
        return url_for("review.queue", **{"state": "all", **days, **filters})  # type: ignore[arg-type]

    def open_articles(self, age: timedelta | None, *, now: datetime) -> str:
        """Those that wait no longer than *age*; all of them for None."""
        since = {"since": (now - age).date().isoformat()} if age is not None else {}
        return url_for("review.queue", **{"state": "open", **since})  # type: ignore[arg-type]

    def now(self) -> datetime:
        return clock.now()


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
