"""The figures of a span of time, read from what was counted beforehand (store/figure_counts.py)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import clock
from store.agreement import compute_alpha, wilson
from store.figure_counts import BINS, COUNTED, HOUR, LATENCY_BOUNDS, day_of, hour_of
from store.tables import ArticleRow, FigureRow

DAY = timedelta(days=1)
MOST_COUNTED = 10_000  # articles of one age in the queue
OVER_TIME = ("articles", "action", "label", "latency", "decision")
AGES = tuple(timedelta(hours=hours) for hours in (1, 4, 24, 72, 168))


@dataclass(frozen=True, slots=True)
class Span:
    """``number`` steps of an hour or a day, the last of which is going on."""

    name: str
    grain: str
    number: int

    @property
    def step(self) -> timedelta:
        return HOUR if self.grain == "hour" else DAY

    def steps(self, now: datetime) -> list[datetime]:
        last = hour_of(now) if self.grain == "hour" else day_of(now)
        return [last - self.step * back for back in reversed(range(self.number))]


SPANS: Mapping[str, Span] = {
    span.name: span for span in (Span("24h", "hour", 24), Span("7d", "day", 7), Span("30d", "day", 30))
}


@dataclass(frozen=True, slots=True)
class Age:
    """How many articles wait for longer than ``beyond``, and no longer than ``to``; None: without end."""

    beyond: timedelta | None
    to: timedelta | None
    number: int


@dataclass(frozen=True, slots=True)
class Precision:
    """Of a label's findings that were judged: how many were right. ``low`` and ``high``: Wilson's interval, 95 %."""

    label: str
    upheld: int
    overturned: int
    unsure: int

    @property
    def judged(self) -> int:
        return self.upheld + self.overturned

    @property
    def share(self) -> float | None:
        return self.upheld / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.upheld, self.judged)


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a classifier's version: how many of the sample lie in each tenth."""

    classifier: str
    version: str
    tenths: tuple[int, ...]

    @property
    def number(self) -> int:
        return sum(self.tenths)

    @property
    def mean(self) -> float:
        """From the middles of the tenths."""
        return sum(count * (step + 0.5) / BINS for step, count in enumerate(self.tenths)) / self.number


@dataclass(frozen=True, slots=True)
class Figures:
    """``steps``: when each begins. ``numbers``: by measure, name and step."""

    span: Span
    steps: tuple[datetime, ...]
    numbers: Mapping[str, Mapping[str, Mapping[datetime, float]]]

    def totals(self, measure: str) -> dict[str, float]:
        """By name, the largest first."""
        found = {name: sum(by_step.values()) for name, by_step in self.numbers.get(measure, {}).items()}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def series(self, measure: str, name: str) -> list[float]:
        return [self.at(measure, name, step) for step in self.steps]

    def at(self, measure: str, name: str, step: datetime) -> float:
        return self.numbers.get(measure, {}).get(name, {}).get(step, 0.0)

    def latency(self, quantile: float, step: datetime | None = None) -> float | None:
        """Seconds within which this share of the articles was read, in all or in one step; None where none was."""
        counts = [0.0] * (len(LATENCY_BOUNDS) + 1)
        for name, by_step in self.numbers.get("latency", {}).items():
            counts[int(name)] += sum(by_step.values()) if step is None else by_step.get(step, 0.0)
        return read_quantile(counts, quantile)

    def precisions(self) -> list[Precision]:
        judged: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for name, total in self.totals("judged").items():
            label, _, value = name.rpartition("\t")
            judged[label][value] += round(total)
        return sorted(
            (Precision(label, said["upheld"], said["overturned"], said["unsure"]) for label, said in judged.items()),
            key=lambda one: (-one.judged, one.label),
        )

    def agreement(self) -> tuple[float | None, float]:
        """(alpha, how many judgements could be compared)."""
        pairs = {}
        for name, total in self.totals("coincidence").items():
            one, _, other = name.partition("\t")
            pairs[one, other] = total
        return compute_alpha(pairs), sum(pairs.values())

    def scores(self) -> list[Scores]:
        tenths: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * BINS)
        for name, total in self.totals("score").items():
            classifier, version, step = name.split("\t")
            tenths[classifier, version][int(step)] += round(total)
        return [Scores(*key, tuple(counts)) for key, counts in sorted(tenths.items())]

    def rows(self) -> Iterator[dict[str, object]]:
        """All numbers, one by one, as they are exported."""
        for measure, names in sorted(self.numbers.items()):
            for name, by_step in sorted(names.items()):
                for at, value in sorted(by_step.items()):
                    parts = name.split("\t")
                    yield {
                        "at": clock.isoformat(at),
                        "grain": self.span.grain,
                        "measure": measure,
                        "name": parts[0],
                        "detail": " ".join(parts[1:]),
                        "value": value,
                    }


def read_quantile(counts: Sequence[float], quantile: float) -> float | None:
    """Of a histogram over `LATENCY_BOUNDS`: evenly spread within the one that holds it, so it is off by its width."""
    wanted, seen = sum(counts) * quantile, 0.0
    if not wanted:
        return None
    for index, count in enumerate(counts):
        if count and seen + count >= wanted:
            low = LATENCY_BOUNDS[index - 1] if index else 0.0
            high = LATENCY_BOUNDS[min(index, len(LATENCY_BOUNDS) - 1)]
            return low + (high - low) * (wanted - seen) / count
        seen += count
    return LATENCY_BOUNDS[-1]


def read_figures(session: Session, span: Span, *, now: datetime, is_whole: bool = False) -> Figures:
    """One range of the table of figures. What no page shows over time is summed up by the database, and stands at the
    first step, unless *is_whole* asks for every number."""
    steps = span.steps(now)
    wanted = (FigureRow.grain == span.grain, FigureRow.at >= steps[0], FigureRow.measure != COUNTED)
    over_time = select(FigureRow.at, FigureRow.measure, FigureRow.name, FigureRow.value).where(*wanted)
    numbers: dict[str, dict[str, dict[datetime, float]]] = defaultdict(lambda: defaultdict(dict))
    for at, measure, name, value in session.execute(
        over_time if is_whole else over_time.where(FigureRow.measure.in_(OVER_TIME))
    ):
        numbers[measure][name][at] = value
    if not is_whole:
        summed = select(FigureRow.measure, FigureRow.name, func.sum(FigureRow.value)).where(*wanted)
        summed = summed.where(FigureRow.measure.not_in(OVER_TIME)).group_by(FigureRow.measure, FigureRow.name)
        for measure, name, value in session.execute(summed):
            numbers[measure][name][steps[0]] = value
    return Figures(span, tuple(steps), numbers)


def count_ages(session: Session, *, now: datetime) -> list[Age]:
    """Articles that wait for a reviewer, by how long: up to each of `AGES`, and longer. Each up to `MOST_COUNTED`."""
    counts = []
    for beyond, to in zip([None, *AGES], [*AGES, None], strict=True):
        newest = clock.first_id("art", now - beyond) if beyond else "art_g"
        oldest = clock.first_id("art", now - to) if to else "art_"
        some = (
            select(ArticleRow.id)
            .where(ArticleRow.review_state == "open", ArticleRow.id < newest, ArticleRow.id >= oldest)
            .limit(MOST_COUNTED)
            .subquery("some")
        )
        counts.append(Age(beyond, to, session.scalar(select(func.count()).select_from(some)) or 0))
    return counts
