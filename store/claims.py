"""Claims: which waiting articles a worker reads next. A lease with a token, by the database's clock, fair to callers.

Callers (API keys) share the workers evenly, after start-time fair queueing (Goyal, Vin and Cheng 1996): each has a
count of what was read for it, and the least served comes first. Who was idle is not paid for it without bound: it is
put at most one `BURST` behind the most served. So a caller's few articles overtake another's ten thousand, and a
newcomer's ten thousand hold nobody up for longer than a burst takes to read. See docs/decisions/0014-fair-claims.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased, undefer

from store import clock
from store.articles import PRIORITIES, fail_article
from store.database import UTCDateTime
from store.leases import make_token
from store.tables import ApiKeyRow, ArticleRow

MAX_DEATHS = 3  # an article that was being read when three workers died is not given to a fourth
BURST = 100_000  # code points: a few seconds of reading
CODE_POINTS_PER_CLAIM = 25_000  # about a second of reading on one core; whoever comes next waits for no more than that
URGENT_CODE_POINTS = 5_000  # what is read in between: nobody else who waits is held up by more
ARTICLE_COST = 500  # code points that could be read while one result is written: short articles are not for nothing


@dataclass(frozen=True, slots=True)
class Claim:
    """Articles leased to one worker, in the order in which they were chosen, with their text loaded."""

    token: str
    articles: tuple[ArticleRow, ...]


def claim_articles(
    session: Session, *, limit: int, lease_seconds: int, holder: str = "", is_urgent: bool = False
) -> Claim:
    """Lease up to *limit* waiting articles of one caller, in a transaction of `Database.writing`: of the least served,
    its most urgent ones, the oldest first.

    A claim is one batch: past its first article it holds at most `CODE_POINTS_PER_CLAIM`. An article that was being
    read when a worker died is handed out alone: were it the cause, its neighbours would die with it each time. One
    that has outlived MAX_DEATHS workers is left to `fail_poisoned`.

    *is_urgent*: only short articles for which somebody waits, and only where theirs is the next turn anyway: then they
    may be read in the middle of another claim, and the order between callers stays as it is.
    """
    moment = clock.database_now(session)
    token = make_token(holder)
    floor = (session.scalar(select(func.max(ApiKeyRow.served))) or 0.0) - BURST
    # Chosen and updated in two statements: in one, PostgreSQL may run a sub-select with LIMIT more than once.
    turns, chosen = _turns(session, floor), _chosen
    if is_urgent:
        turns, chosen = [turn for turn in turns[:1] if turn[1] == PRIORITIES["interactive"]], _chosen_urgent
    batches = (chosen(_waiting(session, turn, moment, limit)) for turn in turns)
    claimed = next((batch for batch in batches if batch), [])  # a caller's may all be leased: then the next one's
    if not claimed:
        return Claim(token, ())
    until = moment + timedelta(seconds=lease_seconds)
    session.execute(_lease_statement(), {"claimed": claimed, "token": token, "until": until})
    rows = session.scalars(_claimed_query(), {"claimed": claimed}).all()
    _charge(session, rows, floor)
    return Claim(token, tuple(rows))


# To build one of these statements costs more than to run it: once each.


@cache
def _lease_statement() -> Update:
    died = ArticleRow.lease_until.is_not(None)
    return (
        update(ArticleRow)
        .where(ArticleRow.id.in_(bindparam("claimed", expanding=True)))
        .values(
            lease_token=bindparam("token"),
            lease_until=bindparam("until"),
            deaths=ArticleRow.deaths + case((died, 1), else_=0),
        )
        .execution_options(synchronize_session=False)
    )


@cache
def _claimed_query() -> Select[ArticleRow]:
    return (
        select(ArticleRow)
        .where(ArticleRow.id.in_(bindparam("claimed", expanding=True)))
        .options(undefer(ArticleRow.text))
        .order_by(ArticleRow.priority, ArticleRow.id)
    )


_MOMENT: ColumnElement[datetime] = bindparam("moment", type_=UTCDateTime())


def _is_abandoned(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Leased by a worker that is presumed dead and was not the last one allowed to die."""
    return and_(ArticleRow.lease_until <= moment, ArticleRow.deaths < MAX_DEATHS - 1)


def _turns(session: Session, floor: float) -> list[tuple[str, int]]:
    """(caller, highest number of priority): whose turn it is, the first first.

    A caller for whose article somebody waits is taken to be a burst less served than it is, for such articles alone:
    it is before others, but not for ever.
    """
    interactive, lowest = PRIORITIES["interactive"], max(PRIORITIES.values())
    turns = []
    for api_key_id, served, most_urgent in _callers(session):
        rank = max(served, floor)
        turns.append((rank, api_key_id, lowest))
        if most_urgent == interactive:
            turns.append((rank - BURST, api_key_id, interactive))
    return [(api_key_id, priority) for _, api_key_id, priority in sorted(turns)]


def _callers(session: Session) -> Sequence[Row[str, float, int]]:
    """(id, served, most urgent priority) of each caller with a queued article, in one step of the index a caller."""
    return session.execute(_callers_query()).all()


@cache
def _callers_query() -> Select[str, float, int]:
    later, theirs = aliased(ArticleRow), aliased(ArticleRow)
    first = (
        select(func.min(ArticleRow.api_key_id).label("id"))
        .where(ArticleRow.state == "queued")
        .cte("callers", recursive=True)
    )
    following = select(func.min(later.api_key_id)).where(later.state == "queued", later.api_key_id > first.c.id)
    callers = first.union_all(select(following.scalar_subquery()).where(first.c.id.is_not(None)))
    urgent = select(func.min(theirs.priority)).where(theirs.state == "queued", theirs.api_key_id == callers.c.id)
    return select(ApiKeyRow.id, ApiKeyRow.served, urgent.scalar_subquery()).join(callers, callers.c.id == ApiKeyRow.id)


def _waiting(session: Session, turn: tuple[str, int], moment: datetime, limit: int) -> Sequence[Row[str, bool, int]]:
    """(id, was it there when a worker died, code points) of a caller's free articles, in the order of their turn."""
    api_key_id, lowest = turn
    given = {"api_key_id": api_key_id, "lowest": lowest, "moment": moment, "most": limit}
    return session.execute(_waiting_query(), given).all()


@cache
def _waiting_query() -> Select[str, bool, int]:
    return (
        select(
            ArticleRow.id,
            or_(ArticleRow.lease_until.is_not(None), ArticleRow.deaths > 0),
            func.length(ArticleRow.text),
        )
        .where(
            ArticleRow.state == "queued",
            ArticleRow.api_key_id == bindparam("api_key_id", type_=Text()),
            ArticleRow.priority <= bindparam("lowest", type_=Integer()),
            or_(ArticleRow.lease_until.is_(None), _is_abandoned(_MOMENT)),
        )
        .order_by(ArticleRow.priority, ArticleRow.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)  # left out on SQLite, whose `writing` lets in one writer
    )


def _chosen(waiting: Sequence[Row[str, bool, int]]) -> list[str]:
    """The ids of one batch: a suspect alone, else what comes before the next suspect and fits."""
    chosen: list[str] = []
    total = 0
    for article_id, is_suspect, code_points in waiting:
        total += code_points
        if chosen and (is_suspect or total > CODE_POINTS_PER_CLAIM):
            break
        chosen.append(article_id)
        if is_suspect:
            break
    return chosen


def _chosen_urgent(waiting: Sequence[Row[str, bool, int]]) -> list[str]:
    """The ids of the first ones that are short together; a suspect, or a long one, waits for its ordinary turn."""
    chosen: list[str] = []
    total = 0
    for article_id, is_suspect, code_points in waiting:
        total += code_points
        if is_suspect or total > URGENT_CODE_POINTS:
            break
        chosen.append(article_id)
    return chosen


def _charge(session: Session, rows: Sequence[ArticleRow], floor: float) -> None:
    """Count what was claimed as read; a caller that was far behind starts from *floor*."""
    cost = sum(len(row.text) + ARTICLE_COST for row in rows)
    served = case((ApiKeyRow.served < floor, floor), else_=ApiKeyRow.served)
    session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.id == rows[0].api_key_id)
        .values(served=served + cost)
        .execution_options(synchronize_session=False)
    )


def release_claim(session: Session, claim: Claim) -> None:
    """Give a claim back unread, for instance when a worker is told to stop. No death is counted."""
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.lease_token == claim.token, ArticleRow.state == "queued")
        .values(lease_token=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def renew_claim(session: Session, claim: Claim, *, lease_seconds: int) -> None:
    """Lengthen the lease of what is still unread: a long reading by a living worker is not a death."""
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.lease_token == claim.token, ArticleRow.state == "queued")
        .values(lease_until=clock.database_now(session) + timedelta(seconds=lease_seconds))
        .execution_options(synchronize_session=False)
    )


def fail_poisoned(session: Session) -> list[str]:
    """Fail the articles during which MAX_DEATHS workers died. Returns their ids."""
    moment = clock.database_now(session)
    poisoned = session.execute(
        select(ArticleRow.id, ArticleRow.lease_token).where(
            ArticleRow.state == "queued", ArticleRow.lease_until <= moment, ArticleRow.deaths >= MAX_DEATHS - 1
        )
    ).all()
    failure = f"{MAX_DEATHS} workers died while reading it"
    return [
        article_id
        for article_id, token in poisoned
        if fail_article(session, article_id, token=token or "", failure=failure)
    ]


def has_waiting(session: Session) -> bool:
    """Whether there is an article that a worker could claim now: two steps into an index, for whoever has no work."""
    given = {"moment": clock.database_now(session)}
    return any(session.scalar(query, given) for query in _has_waiting_queries())


@cache
def _has_waiting_queries() -> tuple[Select[str], Select[str]]:
    queued = select(ArticleRow.id).where(ArticleRow.state == "queued").limit(1)
    return queued.where(ArticleRow.lease_until.is_(None)), queued.where(_is_abandoned(_MOMENT))


def count_waiting(session: Session) -> int:
    """Articles that a worker could claim now: those never leased by an index alone, since they may be many."""
    count = select(func.count()).select_from(ArticleRow).where(ArticleRow.state == "queued")
    unleased = count.where(ArticleRow.lease_until.is_(None))
    return (session.scalar(unleased) or 0) + (
        session.scalar(count.where(_is_abandoned(_MOMENT)), {"moment": clock.database_now(session)}) or 0
    )


def count_queued(session: Session) -> int:
    """Articles without a result, those being read among them: from an index alone, so it may be asked often."""
    return session.scalar(select(func.count()).select_from(ArticleRow).where(ArticleRow.state == "queued")) or 0
