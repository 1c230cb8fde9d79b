"""Prometheus metrics: requests as they are answered, the rest read when somebody scrapes."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from service.context import Context
from service.readiness import ask_all
from store import claims, queues, reviews, sending
from store.tables import ArticleRow

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One registry an app, so that two apps in one process never share counts."""

    def __init__(self, made: Context, executor: ThreadPoolExecutor) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "obelus_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "obelus_request_seconds",
            "Time to the answer.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.registry.register(_State(made, executor))

    def count(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """*route* is a template, never a path: the number of series stays bounded."""
        method = method if method in _METHODS else "OTHER"
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """The exposition format 0.0.4."""
        return generate_latest(self.registry)


class _State(Collector):
    """What the database and Redis know. What cannot be read is left out, and said so by ``obelus_…_up``."""

    def __init__(self, made: Context, executor: ThreadPoolExecutor) -> None:
        self._made = made
        self._executor = executor

    def describe(self) -> Iterable[Metric]:
        return ()  # else registering would collect once, before anybody asks

    def collect(self) -> Iterable[Metric]:
        found = ask_all(self._executor, {"database": self._ask_database, "redis": self._ask_redis})
        yield _gauge("obelus_database_up", "Whether the database answers.", {"": float(found["database"] is not None)})
        yield _gauge("obelus_redis_up", "Whether Redis answers.", {"": float(found["redis"] is not None)})
        for metrics in found.values():
            yield from metrics or ()

    def _ask_database(self) -> list[Metric]:
        with self._made.database.reading() as session:
            by_state = dict.fromkeys(("queued", "classified", "failed"), 0.0)
            for state, count in session.execute(select(ArticleRow.state, func.count()).group_by(ArticleRow.state)):
                by_state[state] = float(count)
            return [
                _gauge("obelus_articles", "Articles by state.", by_state, label="state"),
                _gauge(
                    "obelus_articles_waiting", "Articles a worker could claim.", {"": claims.count_waiting(session)}
                ),
                _gauge("obelus_reviews_open", "Articles that wait for a reviewer.", {"": reviews.count_open(session)}),
                _gauge("obelus_deliveries_due", "Deliveries due now.", {"": sending.count_due(session)}),
            ]

    def _ask_redis(self) -> list[Metric]:
        names = (queues.CLASSIFY, queues.DELIVER)
        depths = {name: float(self._made.queues.count(name)) for name in names}
        alive = {name: float(self._made.queues.has_live_worker(name)) for name in names}
        return [
            _gauge("obelus_queue_jobs", "Jobs waiting in Redis.", depths, label="queue"),
            _gauge("obelus_worker_alive", "Whether a worker of the queue is alive.", alive, label="queue"),
        ]


def _gauge(name: str, text: str, values: dict[str, float] | dict[str, int], *, label: str | None = None) -> Metric:
    gauge = GaugeMetricFamily(name, text, labels=[label] if label else [])
    for key, value in values.items():
        gauge.add_metric([key] if label else [], float(value))
    return gauge
