"""Lists of articles, newest first: each filter is an index in that order, and that of the rarest is walked.

Which one that is, is not guessed: the article that is `WALKED` further on among those that a filter lets through lies
the furthest back for the rarest filter. There the walk ends too, so that a page costs the same among any number of
articles: docs/decisions/0027-a-million-articles.md has the plans.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from store import clock
from store.tables import ArticleLabelRow, ArticleOrganisationRow, ArticleRow

WALKED = 5_000  # articles that one page looks at, at most
_ID_SLACK_SECONDS = 60  # between an article's id and its `created_at`: both are taken in one request


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What a list asks for. ``api_key_id`` limits it to one caller's articles."""

    api_key_id: str | None = None
    state: str | None = None
    label: str | None = None
    action: str | None = None
    review_state: str | None = None
    source: str | None = None
    language: str | None = None
    external_id: str | None = None
    organisation: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    after_id: str | None = None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """``next_id``: behind it the list goes on; None on the last page. A page may be short, or empty, and yet not the
    last one: `WALKED` articles were looked at."""

    articles: list[ArticleRow]
    next_id: str | None


@dataclass(frozen=True, slots=True)
class _Filter:
    """``passes`` is found by an index that goes on with ``ids``; ``check`` says the same of an article at hand, in
    words that no index knows."""

    ids: InstrumentedAttribute[str]
    passes: ColumnElement[bool]
    check: ColumnElement[bool]


def list_articles(session: Session, wanted: ArticleFilter, *, limit: int) -> ArticlePage:
    """Newest first, without their text; ``after_id`` continues behind that article."""
    filters = list(_filters(wanted))
    walked, end = _choose(session, filters, wanted)
    ids = walked.ids if walked is not None else ArticleRow.id
    query = select(ArticleRow).where(*_between(ids, wanted)).order_by(ids.desc()).limit(limit + 1)
    if walked is not None:
        query = query.where(walked.passes, *(one.check for one in filters if one is not walked))
    if ids is not ArticleRow.id:
        query = query.where(ids == ArticleRow.id)
    if end is not None:
        query = query.where(ids >= end)
    # An id begins with its moment: it bounds what is walked, and the column decides to the microsecond.
    if wanted.created_after is not None:
        query = query.where(ArticleRow.created_at > wanted.created_after)
    if wanted.created_before is not None:
        query = query.where(ArticleRow.created_at < wanted.created_before)
    rows = list(session.scalars(query))
    if len(rows) > limit:
        return ArticlePage(rows[:limit], rows[limit - 1].id)
    return ArticlePage(rows, end)


def _choose(session: Session, filters: list[_Filter], wanted: ArticleFilter) -> tuple[_Filter | None, str | None]:
    """(the rarest, the last article to look at); None for that: all that it lets through."""
    if len(filters) < 2:
        return next(iter(filters), None), None
    chosen, end = filters[0], "~"  # behind any id
    for one in filters:
        far = select(one.ids).where(one.passes, *_between(one.ids, wanted)).order_by(one.ids.desc())
        last = session.scalar(far.offset(WALKED - 1).limit(1))
        if last is None:
            return one, None
        if last < end:
            chosen, end = one, last
    return chosen, end


def _filters(wanted: ArticleFilter) -> Iterator[_Filter]:
    if wanted.organisation is not None:
        named = ArticleOrganisationRow
        yield _linked(named.article_id, named.organisation_id == wanted.organisation)
    if wanted.label is not None:
        yield _linked(ArticleLabelRow.article_id, ArticleLabelRow.label == wanted.label)
    for name in ("external_id", "source", "language", "state", "action", "review_state", "api_key_id"):
        if (value := getattr(wanted, name)) is not None:
            column = getattr(ArticleRow, name)
            yield _Filter(ArticleRow.id, column == value, func.coalesce(column, "") == value)


def _linked(ids: InstrumentedAttribute[str], passes: ColumnElement[bool]) -> _Filter:
    return _Filter(ids, passes, select(ids).where(passes, ids == ArticleRow.id).exists())


def _between(ids: InstrumentedAttribute[str], wanted: ArticleFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.created_after is not None:
        yield ids >= clock.first_id("art", wanted.created_after, shift_seconds=-_ID_SLACK_SECONDS)
    if wanted.created_before is not None:
        yield ids < clock.first_id("art", wanted.created_before, shift_seconds=_ID_SLACK_SECONDS)
    if wanted.after_id is not None:
        yield ids < wanted.after_id
