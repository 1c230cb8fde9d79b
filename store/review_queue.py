"""The queue: which articles wait for a person, in what order, and which of them somebody asks for.

Each order is walked along an index from its beginning. A filter that few articles pass is asked first, and those few
are put in order; one that many pass is checked along the walk, which has an end. So a page costs about the same among
any number of articles: docs/decisions/0020-review-queue.md and 0027-a-million-articles.md have the plans.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from store import clock, search
from store.article_lists import WALKED
from store.articles import GRAVEST
from store.figure_counts import BINS, NO_ACTION
from store.review_tables import JudgementRow, SampledScoreRow
from store.tables import ArticleLabelRow, ArticleOrganisationRow, ArticleRow, DecisionRow

STATES = ("open", "escalated", "closed")
FEW = 2_000  # articles that are put in order in memory; also how many the full-text search gives
MOST_COUNTED = 1_000
READINGS = ("queued", "classified", "failed")
COMPARED = "compared"  # a finding that two or more judged
_FREE = "nobody"
Shown = TypeVar("Shown")
Column = InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What is asked for; None: anything. ``assignee``: who has claimed it, or ``nobody``. ``free_for``: neither
    claimed by another than this reviewer, nor waiting for the opinion of another than this one.

    ``reading``: the article's state. ``action``: the one in force. ``decision``: somebody decided so; ``judged``: that
    is the latest judgement of a finding, with the label ``finding``. ``decided_since`` and ``decided_until`` tell when
    that decision was made. ``classifier``, ``version`` and the scores, in tenths and below ``score_to``, are those of
    the figures' sample. ``behind``: the words are searched on from there, a `searched_to`."""

    state: str | None = "open"
    label: str | None = None
    language: str | None = None
    source: str | None = None
    organisation: str | None = None
    assignee: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    behind: str | None = None
    free_for: str | None = None
    reading: str | None = None
    action: str | None = None
    decision: str | None = None
    judged: str | None = None
    finding: str | None = None
    decided_since: datetime | None = None
    decided_until: datetime | None = None
    classifier: str | None = None
    version: str | None = None
    score_from: int | None = None
    score_to: int | None = None

    @property
    def is_of_judgements(self) -> bool:
        return self.judged is not None or self.finding is not None

    @property
    def is_of_decisions(self) -> bool:
        is_of_a_time = self.decided_since is not None or self.decided_until is not None
        return self.decision is not None or (is_of_a_time and not self.is_of_judgements)

    @property
    def is_of_scores(self) -> bool:
        asked = (self.classifier, self.version, self.score_from, self.score_to)
        return any(one is not None for one in asked)


@dataclass(frozen=True, slots=True)
class Order:
    """``column``: None where the id, which sorts by time, is all."""

    column: str | None
    is_newest_first: bool = False


ORDERS: Mapping[str, Order] = {
    "severity": Order("severity_rank"),  # the gravest first, of equals the oldest
    "uncertainty": Order("certainty"),
    "oldest": Order(None),
    "newest": Order(None, is_newest_first=True),
}
BY_AGE = ("oldest", "newest")  # what there is where no single review state is asked for


@dataclass(frozen=True, slots=True)
class QueuePage:
    """``next_place``: where the following page begins; None on the last. A page may be short, or empty, and yet not
    the last one: `WALKED` articles were looked at. ``searched_to``: the words were searched back to this article only;
    None: everywhere."""

    articles: tuple[ArticleRow, ...]
    next_place: str | None
    searched_to: str | None = None


def list_queue(session: Session, wanted: QueueFilter, *, order: str, limit: int, after: str | None = None) -> QueuePage:
    """A page, without texts. *after* is a `next_place`; ValueError on another, or an order that is not offered."""
    if order not in (ORDERS if wanted.state is not None else BY_AGE):
        raise ValueError("there is no such order here")
    few, searched_to = _find_few(session, wanted)
    if few == []:
        return QueuePage((), None, searched_to)
    conditions = _conditions(session, wanted, is_narrow=few is not None)
    walked, end = _bound(session, wanted, ORDERS[order], after) if few is None else ([], None)
    query = select(ArticleRow).where(*conditions, *walked)
    if few is not None:  # their ids alone are put in order: whole rows would be moved about
        first = select(ArticleRow.id).where(*conditions, ArticleRow.id.in_(few))
        ids = session.scalars(_in_order(first, ORDERS[order], after).limit(limit + 1)).all()
        query = select(ArticleRow).where(ArticleRow.id.in_(ids))
    rows = session.scalars(_in_order(query, ORDERS[order], after).limit(limit + 1)).all()
    shown = tuple(rows[:limit])
    return QueuePage(shown, _place(shown[-1], ORDERS[order]) if len(rows) > limit else end, searched_to)


def find_first(session: Session, wanted: QueueFilter, *, order: str, limit: int) -> list[ArticleRow]:
    """The first *limit*, however far back they are: for whoever asks what comes next, and not for a page."""
    found: list[ArticleRow] = []
    after = None
    while len(found) < limit:
        page = list_queue(session, wanted, order=order, limit=limit - len(found), after=after)
        found += page.articles
        after = page.next_place
        if after is None:
            break
    return found


def _bound(
    session: Session, wanted: QueueFilter, order: Order, after: str | None
) -> tuple[list[ColumnElement[bool]], str | None]:
    """(where the walk ends, the place of the last article before it): behind `WALKED` articles of the order, lest
    filters that hardly meet are walked to the end of the review state. No end, and None, where they are fewer."""
    if wanted == QueueFilter(state=wanted.state):
        return [], None
    column = ArticleRow.id if order.column is None else getattr(ArticleRow, order.column)
    # By age a time is where the index is entered. In another order the index holds it too, but a range of ids would
    # lure the planner of SQLite to the index by age, and to put in order all that it finds there.
    is_plain = order.column is None or session.get_bind().dialect.name != "sqlite"
    walked = _made_between(wanted, ArticleRow.id if is_plain else func.coalesce(ArticleRow.id, ""))
    walked += [leading == value for leading, value in _columns(wanted)[:1]]
    far = _in_order(select(column, ArticleRow.id).where(*walked), order, after).offset(WALKED - 1).limit(1)
    last = session.execute(far).first()
    if last is None:
        return walked, None
    value, last_id = last
    if order.is_newest_first:
        walked.append(ArticleRow.id >= last_id)
    else:
        walked.append(tuple_(column, ArticleRow.id) <= tuple_(value, last_id) if order.column else column <= last_id)
    return walked, f"{value if order.column else ''}/{last_id}"


def _in_order(query: Select[Shown], order: Order, after: str | None) -> Select[Shown]:
    if order.is_newest_first:
        query = query.order_by(ArticleRow.id.desc())
        return query.where(ArticleRow.id < _read_place(after, order)[1]) if after else query
    if order.column is None:
        query = query.order_by(ArticleRow.id)
        return query.where(ArticleRow.id > _read_place(after, order)[1]) if after else query
    column = getattr(ArticleRow, order.column)
    query = query.order_by(column, ArticleRow.id)
    return query.where(tuple_(column, ArticleRow.id) > tuple_(*_read_place(after, order))) if after else query


def _place(row: ArticleRow, order: Order) -> str:
    return f"{getattr(row, order.column) if order.column else ''}/{row.id}"


def _read_place(place: str, order: Order) -> tuple[float, str]:
    value, slash, last_id = place.partition("/")
    if not slash or not last_id or bool(value) != bool(order.column):
        raise ValueError("is not a place in this order")
    number = float(value or 0)
    if not 0 <= number <= GRAVEST:  # neither column goes further
        raise ValueError("is not a place in this order")
    # As the column is: PostgreSQL finds no whole number by a fraction in its index.
    return int(number) if order.column == "severity_rank" else number, last_id


# --- filters --------------------------------------------------------------------------------------


def _find_few(session: Session, wanted: QueueFilter) -> tuple[list[str] | None, str | None]:
    """(ids that the first narrow filter lets through, where the search ended); (None, None): none is narrow."""
    if wanted.text is not None:
        found = search.find_articles(session, wanted.text, most=FEW, behind=wanted.behind)
        return found.ids, found.searched_to
    for candidates in _candidates(wanted):
        ids = list(session.scalars(candidates.limit(FEW + 1)))
        if len(ids) <= FEW:
            return ids, None
    return None, None


def _candidates(wanted: QueueFilter) -> Iterator[Select[str]]:
    """What each filter lets through, by an index of its own; the likely narrow ones first."""
    if wanted.organisation is not None:
        named = ArticleOrganisationRow.organisation_id == wanted.organisation
        yield select(ArticleOrganisationRow.article_id).where(named)
    if wanted.assignee not in (None, _FREE):
        yield select(ArticleRow.id).where(ArticleRow.assignee == wanted.assignee)
    if wanted.is_of_judgements:
        yield select(JudgementRow.article_id).where(*_judged(wanted, JudgementRow.value))
    if wanted.classifier is not None and wanted.version is not None:  # else the index is of no use
        made = _made_between(wanted, SampledScoreRow.article_id)
        yield select(SampledScoreRow.article_id).where(*_scored(wanted), *made)
    if wanted.is_of_decisions:
        action = None if wanted.decision == NO_ACTION else wanted.decision
        is_it = [] if wanted.decision is None else [DecisionRow.action == action]
        yield select(DecisionRow.article_id).where(*is_it, *_decided_between(DecisionRow.id, wanted))
    if wanted.source is not None:
        yield select(ArticleRow.id).where(ArticleRow.source == wanted.source, *_made_between(wanted))
    if wanted.reading is not None:
        yield select(ArticleRow.id).where(ArticleRow.state == wanted.reading, *_made_between(wanted))
    if wanted.label is not None:
        made = _made_between(wanted, ArticleLabelRow.article_id)
        yield select(ArticleLabelRow.article_id).where(ArticleLabelRow.label == wanted.label, *made)
    if wanted.action is not None:
        yield select(ArticleRow.id).where(ArticleRow.action == wanted.action, *_made_between(wanted))
    if wanted.since is not None or wanted.until is not None:
        yield select(ArticleRow.id).where(*_made_between(wanted, ArticleRow.id))
    if wanted.language is not None:
        yield select(ArticleRow.id).where(ArticleRow.language == wanted.language, *_made_between(wanted))


def _conditions(session: Session, wanted: QueueFilter, *, is_narrow: bool) -> list[ColumnElement[bool]]:
    """All filters. Behind `coalesce` a column is not looked up by its index: the walk along the order is better. The
    first of the columns leads the index that is walked, unless few articles are left anyway."""
    found = _made_between(wanted, func.coalesce(ArticleRow.id, ""))
    for place, (column, value) in enumerate(_columns(wanted)):
        is_leading = place == 0 and not is_narrow
        found.append((column if is_leading else func.coalesce(column, "")) == value)
    if wanted.label is not None:
        has_label = select(ArticleLabelRow.article_id).where(
            ArticleLabelRow.label == wanted.label, ArticleLabelRow.article_id == ArticleRow.id
        )
        found.append(has_label.exists())
    if wanted.organisation is not None:
        names_it = select(ArticleOrganisationRow.article_id).where(
            ArticleOrganisationRow.organisation_id == wanted.organisation,
            ArticleOrganisationRow.article_id == ArticleRow.id,
        )
        found.append(names_it.exists())
    if wanted.is_of_decisions:
        action = func.coalesce(DecisionRow.action, NO_ACTION)
        is_it = [] if wanted.decision is None else [action == wanted.decision]
        its_own = (DecisionRow.article_id == ArticleRow.id, *_decided_between(DecisionRow.id, wanted))
        found.append(select(DecisionRow.id).where(*is_it, *its_own).exists())
    if wanted.is_of_judgements:
        judged = _judged(wanted, func.coalesce(JudgementRow.value, ""))
        found.append(select(JudgementRow.finding).where(JudgementRow.article_id == ArticleRow.id, *judged).exists())
    if wanted.is_of_scores:
        scored = select(SampledScoreRow.article_id).where(SampledScoreRow.article_id == ArticleRow.id)
        found.append(scored.where(*_scored(wanted)).exists())
    if wanted.assignee is not None or wanted.free_for is not None:
        found += _claimed(wanted, clock.database_now(session))
    return found


def _claimed(wanted: QueueFilter, moment: datetime) -> Iterator[ColumnElement[bool]]:
    is_free = or_(ArticleRow.claimed_until.is_(None), ArticleRow.claimed_until <= moment)
    assignee = func.coalesce(ArticleRow.assignee, "")
    if wanted.assignee == _FREE:
        yield is_free
    elif wanted.assignee is not None:
        yield assignee == wanted.assignee
        yield ArticleRow.claimed_until > moment
    if wanted.free_for is not None:
        yield or_(is_free, assignee == wanted.free_for)
        yield func.coalesce(ArticleRow.opinion_asked_by, "") != wanted.free_for


def _judged(wanted: QueueFilter, value: ColumnElement[str] | Column) -> Iterator[ColumnElement[bool]]:
    """*value*: the column, as an index is to find it or not."""
    if wanted.judged == COMPARED:
        yield JudgementRow.reviewers > 1
    elif wanted.judged is not None:
        yield value == wanted.judged
    if wanted.finding is not None:
        yield JudgementRow.label == wanted.finding
    yield from _decided_between(JudgementRow.decision_id, wanted)


def _scored(wanted: QueueFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.classifier is not None:
        yield SampledScoreRow.classifier == wanted.classifier
    if wanted.version is not None:
        yield SampledScoreRow.version == wanted.version
    # One by one, not as a range: so the index goes on to the articles within each.
    yield SampledScoreRow.tenth.in_(range(wanted.score_from or 0, BINS if wanted.score_to is None else wanted.score_to))


def _columns(wanted: QueueFilter) -> list[tuple[SQLColumnExpression[Any], str]]:
    """The filters by a column of the articles; the first one's index is walked."""
    columns: tuple[tuple[SQLColumnExpression[Any], str | None], ...] = (
        (ArticleRow.review_state, wanted.state),
        (ArticleRow.source, wanted.source),
        (ArticleRow.state, wanted.reading),
        (ArticleRow.action, wanted.action),
        (ArticleRow.language, wanted.language),
    )
    return [(column, value) for column, value in columns if value is not None]


def _made_between(wanted: QueueFilter, ids: SQLColumnExpression[str] = ArticleRow.id) -> list[ColumnElement[bool]]:
    return _between(ids, "art", wanted.since, wanted.until)


def _decided_between(ids: Column, wanted: QueueFilter) -> list[ColumnElement[bool]]:
    return _between(ids, "dec", wanted.decided_since, wanted.decided_until)


def _between(
    ids: SQLColumnExpression[str], prefix: str, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """By the id, which begins with the moment: no index of times is needed beside it."""
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(ids >= clock.first_id(prefix, since))
    if until is not None:
        found.append(ids < clock.first_id(prefix, until))
    return found


# --- counts ---------------------------------------------------------------------------------------


def count_states(session: Session) -> dict[str, int]:
    """How many are in each state, counted up to `MOST_COUNTED`: more than a person reads, and quick among millions."""
    return {state: _count(session, ArticleRow.review_state == state) for state in STATES}


def count_claimed(session: Session, user_id: str) -> int:
    """How many this person has claimed now."""
    return _count(session, ArticleRow.assignee == user_id, ArticleRow.claimed_until > clock.database_now(session))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    some = select(ArticleRow.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
