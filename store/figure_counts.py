"""Counting beforehand: what the page of figures shows is summed up by the hour, from each hour's own rows alone.

An article belongs to the hour in which it came, a decision to that in which it was made. An hour is counted anew while
it can still change: articles of it wait, somebody decides on one of them, or an earlier judgement is overruled.
See docs/decisions/0024-figures.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, extract, func, insert, literal_column, select, text
from sqlalchemy.orm import Session

from store import clock
from store.agreement import find_coincidences
from store.review_tables import JudgementRow, SampledScoreRow
from store.tables import ArticleLabelRow, ArticleRow, DecisionRow, EvidenceRow, FigureRow, ReportRow

HOUR = timedelta(hours=1)
KEPT_DAYS = 32  # of hours; days are kept for good
COUNTED = "counted"  # marks an hour that was counted; its value: articles that still waited then
SOURCES = 20  # the largest of each hour
SAMPLE = 500  # articles of an hour whose scores are looked at: the newest
MOST_DECISIONS = 20_000  # of an hour
# Seconds from `created_at` to `classified_at`: each bound is √2 of the one before, so a quantile is off by a fifth.
LATENCY_BOUNDS = tuple(0.05 * 2 ** (step / 2) for step in range(43))
BINS = 10  # of a score
NO_ACTION = "findings"  # what is counted for a decision that names none
SCORED = ("violence", "source_bias")
_LOCK = 0x6F62656C666967  # any number that is ours alone
Counts = dict[tuple[str, str], float]


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def day_of(moment: datetime) -> datetime:
    return hour_of(moment).replace(hour=0)


def join_name(*parts: str) -> str:
    return "\t".join(part.replace("\t", " ") for part in parts)


def _parts(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    """Of a size that a statement may name one by one."""
    listed = list(ids)
    for start in range(0, len(listed), 500):
        yield listed[start : start + 500]


# --- what there is to count -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Touched:
    """Hours that decisions made since the last look have changed; ``last_id``: the newest of these decisions."""

    hours: frozenset[datetime]
    last_id: str


def find_touched(session: Session, *, after_id: str, limit: int = 1_000) -> Touched:
    """Those of the articles decided on, of the decisions themselves, and of earlier decisions on the same articles."""
    columns = (DecisionRow.id, DecisionRow.article_id, DecisionRow.created_at)
    new = session.execute(select(*columns).where(DecisionRow.id > after_id).order_by(DecisionRow.id).limit(limit)).all()
    moments = [row.created_at for row in new]
    for ids in _parts({row.article_id for row in new}):
        moments += session.scalars(select(ArticleRow.created_at).where(ArticleRow.id.in_(ids)))
        moments += session.scalars(select(DecisionRow.created_at).where(DecisionRow.article_id.in_(ids)))
    return Touched(frozenset(map(hour_of, moments)), new[-1].id if new else after_id)


def find_unfinished(session: Session, *, since: datetime) -> set[datetime]:
    """Hours in which articles still waited when they were counted."""
    query = select(FigureRow.at).where(*_hours(since), FigureRow.measure == COUNTED, FigureRow.value > 0)
    return set(session.scalars(query))


def find_uncounted(session: Session, *, until: datetime) -> set[datetime]:
    """Hours since the first article, or of the last `KEPT_DAYS`, that nobody has counted."""
    first = session.scalar(select(ArticleRow.created_at).order_by(ArticleRow.id).limit(1))
    if first is None:
        return set()
    begin = max(hour_of(first), hour_of(until) - timedelta(days=KEPT_DAYS))
    known = set(session.scalars(select(FigureRow.at).where(*_hours(begin), FigureRow.measure == COUNTED)))
    number = int((hour_of(until) - begin) / HOUR) + 1
    return {begin + step * HOUR for step in range(number)} - known


def _hours(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return FigureRow.grain == "hour", FigureRow.at >= since


# --- one hour -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding whose latest judgement, of this decision, was made in the hour. ``said``: the last word of each
    reviewer, the latest last."""

    decision_id: str
    article_id: str
    finding: str
    label: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A score of the hour's sample, as its tenth."""

    article_id: str
    classifier: str
    version: str
    tenth: int


@dataclass(frozen=True, slots=True)
class Counted:
    """``counts``: (measure, name) to its number."""

    counts: Counts
    judged: Sequence[Judged] = ()
    sampled: Sequence[Sampled] = ()


def count_hour(session: Session, hour: datetime) -> Counted:
    """Each query reads a range of an index."""
    first, end = clock.first_id("art", hour), clock.first_id("art", hour + HOUR)
    its_own = (ArticleRow.id >= first, ArticleRow.id < end)
    counts: Counts = {}
    for measure, column in (("articles", ArticleRow.state), ("action", ArticleRow.action)):
        rows = session.execute(select(column, func.count()).where(*its_own, column.is_not(None)).group_by(column))
        counts |= {(measure, str(name)): float(number) for name, number in rows}
    labels = select(ArticleLabelRow.label, func.count()).where(
        ArticleLabelRow.article_id >= first, ArticleLabelRow.article_id < end
    )
    counts |= {("label", name): float(n) for name, n in session.execute(labels.group_by(ArticleLabelRow.label))}
    latency = _latency_bin(session)
    read = select(latency, func.count()).where(*its_own, ArticleRow.state == "classified").group_by(latency)
    counts |= {("latency", str(step)): float(number) for step, number in session.execute(read)}
    counts |= _count_sources(session, its_own)
    sampled = list(_sample_scores(session, its_own))
    counts |= Counter(("score", join_name(one.classifier, one.version, str(one.tenth))) for one in sampled)
    decided, judged = _count_decisions(session, hour)
    counts |= decided
    counts[COUNTED, ""] = counts.get(("articles", "queued"), 0.0)
    return Counted(counts, judged, sampled)


def _latency_bin(session: Session) -> ColumnElement[int]:
    """The index of the first of `LATENCY_BOUNDS` that is not exceeded; their number where all are."""
    if session.get_bind().dialect.name == "sqlite":
        seconds: ColumnElement[Any] = (
            func.julianday(ArticleRow.classified_at) - func.julianday(ArticleRow.created_at)
        ) * 86_400
    else:
        seconds = extract("epoch", ArticleRow.classified_at - ArticleRow.created_at)
    whens: list[Any] = [
        (seconds <= literal_column(repr(bound)), literal_column(str(index)))
        for index, bound in enumerate(LATENCY_BOUNDS)
    ]
    return case(*whens, else_=literal_column(str(len(LATENCY_BOUNDS))))


def _count_sources(session: Session, its_own: Sequence[ColumnElement[bool]]) -> Counts:
    number = func.count().label("number")
    largest = session.execute(
        select(ArticleRow.source, number)
        .where(*its_own, ArticleRow.source.is_not(None))
        .group_by(ArticleRow.source)
        .order_by(number.desc(), ArticleRow.source)
        .limit(SOURCES)
    ).all()
    counts: Counts = {("source", str(source)): float(n) for source, n in largest}
    labelled = session.execute(
        select(ArticleLabelRow.label, ArticleRow.source, func.count())
        .join(ArticleRow, ArticleRow.id == ArticleLabelRow.article_id)
        .where(*its_own, ArticleRow.source.in_([source for source, _ in largest]))
        .group_by(ArticleLabelRow.label, ArticleRow.source)
    )
    return counts | {("source_label", join_name(label, str(source))): float(n) for label, source, n in labelled}


def _sample_scores(session: Session, its_own: Sequence[ColumnElement[bool]]) -> Iterator[Sampled]:
    newest = select(ArticleRow.id).where(*its_own, ArticleRow.state == "classified").order_by(ArticleRow.id.desc())
    ids = session.scalars(newest.limit(SAMPLE)).all()
    for part in _parts(ids):
        score = ReportRow.body["score"].as_float()
        rows = session.execute(
            select(ReportRow.article_id, ReportRow.classifier, ReportRow.version, score).where(
                ReportRow.article_id.in_(part), ReportRow.classifier.in_(SCORED), ReportRow.status == "ok"
            )
        )
        for article_id, classifier, version, value in rows:
            if value is not None:
                yield Sampled(article_id, classifier, version, min(BINS - 1, int(value * BINS)))


# --- decisions of an hour -------------------------------------------------------------------------


def _count_decisions(session: Session, hour: datetime) -> tuple[Counts, list[Judged]]:
    first, end = clock.first_id("dec", hour), clock.first_id("dec", hour + HOUR)
    made = session.execute(
        select(DecisionRow.article_id, DecisionRow.action)
        .where(DecisionRow.id >= first, DecisionRow.id < end)
        .order_by(DecisionRow.id)
        .limit(MOST_DECISIONS)
    ).all()
    counts: Counter[tuple[str, str]] = Counter(("decision", row.action or NO_ACTION) for row in made)
    parts = _parts({row.article_id for row in made})
    judged = [one for part in parts for one in _find_judged(session, part, (first, end))]
    counts.update(("judged", join_name(one.label, one.said[-1])) for one in judged)
    pairs = find_coincidences([one.said for one in judged])
    found: Counts = {key: float(number) for key, number in counts.items()}
    return found | {("coincidence", join_name(*pair)): number for pair, number in pairs.items()}, judged


def _labels(session: Session, article_ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """(article, ``classifier/index``) to the label of that finding."""
    rows = session.execute(
        select(EvidenceRow.article_id, EvidenceRow.classifier, EvidenceRow.finding, EvidenceRow.label)
        .where(EvidenceRow.article_id.in_(article_ids))
        .distinct()
    )
    return {(article_id, f"{classifier}/{finding}"): label for article_id, classifier, finding, label in rows}


def _find_judged(session: Session, article_ids: Sequence[str], between: tuple[str, str]) -> Iterator[Judged]:
    """What was taken back counts for nothing."""
    columns = (DecisionRow.id, DecisionRow.article_id, DecisionRow.reviewer, DecisionRow.findings, DecisionRow.undoes)
    rows = session.execute(
        select(*columns).where(DecisionRow.article_id.in_(article_ids)).order_by(DecisionRow.id)
    ).all()
    taken_back = {row.undoes for row in rows}
    said: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    last: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.id in taken_back:
            continue
        for finding, value in row.findings.items():
            key = (row.article_id, finding)
            said[key].pop(row.reviewer, None)  # who judges again comes last
            said[key][row.reviewer] = value
            last[key] = row.id
    labels = _labels(session, article_ids)
    for key, decision_id in last.items():
        if between[0] <= decision_id < between[1]:
            yield Judged(decision_id, *key, labels.get(key, "?"), tuple(said[key].values()))


# --- keeping --------------------------------------------------------------------------------------


def keep_hour(session: Session, hour: datetime, counted: Counted) -> None:
    """In a transaction of `Database.writing`: in the place of what was counted before; the day is summed up anew."""
    if session.get_bind().dialect.name == "postgresql":  # two relays may count the same hour
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _replace(session, "hour", hour, [(*key, value) for key, value in counted.counts.items()])
    _replace_judgements(session, hour, counted.judged)
    _replace_scores(session, hour, counted.sampled)
    day = day_of(hour)
    summed = session.execute(
        select(FigureRow.measure, FigureRow.name, func.sum(FigureRow.value))
        .where(*_hours(day), FigureRow.at < day + timedelta(days=1))
        .group_by(FigureRow.measure, FigureRow.name)
    ).all()
    _replace(session, "day", day, [tuple(row) for row in summed])


def _replace(session: Session, grain: str, at: datetime, rows: Sequence[tuple[Any, ...]]) -> None:
    session.execute(delete(FigureRow).where(FigureRow.grain == grain, FigureRow.at == at))
    if rows:
        values = [{"grain": grain, "at": at, "measure": m, "name": n, "value": v} for m, n, v in rows]
        session.execute(insert(FigureRow), values)


def _replace_judgements(session: Session, hour: datetime, judged: Sequence[Judged]) -> None:
    first, end = clock.first_id("dec", hour), clock.first_id("dec", hour + HOUR)
    session.execute(delete(JudgementRow).where(JudgementRow.decision_id >= first, JudgementRow.decision_id < end))
    if judged:
        columns = ("decision_id", "article_id", "finding", "label")
        values = [
            {name: getattr(one, name) for name in columns} | {"value": one.said[-1], "reviewers": len(one.said)}
            for one in judged
        ]
        session.execute(insert(JudgementRow), values)


def _replace_scores(session: Session, hour: datetime, sampled: Sequence[Sampled]) -> None:
    first, end = clock.first_id("art", hour), clock.first_id("art", hour + HOUR)
    its_own = SampledScoreRow.article_id >= first, SampledScoreRow.article_id < end
    session.execute(delete(SampledScoreRow).where(*its_own))
    if sampled:
        session.execute(insert(SampledScoreRow), [asdict(one) for one in sampled])


def forget_old_hours(session: Session, *, now: datetime) -> None:
    end = day_of(now) - timedelta(days=KEPT_DAYS + 1)
    session.execute(delete(SampledScoreRow).where(SampledScoreRow.article_id < clock.first_id("art", end)))
    session.execute(delete(FigureRow).where(FigureRow.grain == "hour", FigureRow.at < end))
