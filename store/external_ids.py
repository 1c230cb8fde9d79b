"""One article for one ``external_id`` of an API key, as long as what is to be read stays the same.

A row names the newest article of the id. It is locked before anything is decided, so that of two requests at the same
time one makes the article and the other finds it. See docs/decisions/0015-articles-twice-many-and-never.md.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from sqlalchemy import Insert, Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store import clock
from store.articles import PRIORITIES, NewArticle, add_article
from store.endpoints import add_callback
from store.tables import ArticleRow, EndpointRow, ExternalIdRow


@dataclass(frozen=True, slots=True)
class Sender:
    """The API key that sends, and the secret that signs what goes to its callbacks."""

    api_key_id: str
    callback_secret: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """An article that was added, or the earlier one that it repeats."""

    row: ArticleRow
    is_duplicate: bool


def admit_articles(session: Session, news: Sequence[NewArticle], sender: Sender) -> list[Admitted]:
    """Add each of *news*, in order; one that repeats an earlier article under its ``external_id`` gives that one.

    In a transaction of `Database.writing`: whoever sends one of these external ids meanwhile waits for its end.
    """
    known = _reserve(session, sender.api_key_id, {new.external_id for new in news if new.external_id is not None})
    return [_admit(session, new, sender, known) for new in news]


def content_sha256(new: NewArticle) -> str:
    """Of all that the reading sees, and nothing else: with another title or date the report may be another."""
    return hashlib.sha256(
        orjson.dumps([new.text, new.title, new.url, new.source, new.language, new.published_at])
    ).hexdigest()


def _admit(session: Session, new: NewArticle, sender: Sender, known: Mapping[str | None, ExternalIdRow]) -> Admitted:
    name = known.get(new.external_id)
    if name is not None and (earlier := _find_earlier(session, new, name)) is not None:
        if earlier.state == "queued":
            earlier.priority = min(earlier.priority, PRIORITIES[new.priority])
            _add_callback(session, earlier, new, sender)
        return Admitted(earlier, is_duplicate=True)
    row = add_article(session, new, api_key_id=sender.api_key_id)
    _add_callback(session, row, new, sender)
    if name is not None:
        name.article_id, name.content_sha256 = row.id, content_sha256(new)
        session.flush()
    return Admitted(row, is_duplicate=False)


def _find_earlier(session: Session, new: NewArticle, name: ExternalIdRow) -> ArticleRow | None:
    """The article of that name, held until we commit; None where it is another text, or one that could not be read."""
    if name.article_id is None or name.content_sha256 != content_sha256(new):
        return None
    row = session.get(ArticleRow, name.article_id, with_for_update=True)
    return row if row is not None and row.state != "failed" else None


def _add_callback(session: Session, row: ArticleRow, new: NewArticle, sender: Sender) -> None:
    """*row* is ours or held, so no worker finishes it meanwhile: the receiver hears of it for certain, and once."""
    if new.callback_url is None:
        return
    known = select(EndpointRow.id).where(EndpointRow.article_id == row.id, EndpointRow.url == new.callback_url)
    if session.scalar(known.limit(1)) is None:
        add_callback(session, row, new.callback_url, secret=sender.callback_secret)


def _reserve(session: Session, api_key_id: str, external_ids: Iterable[str]) -> dict[str | None, ExternalIdRow]:
    """Lock the row of each id, made where there is none: in one order, so that no two wait for each other."""
    wanted = sorted(external_ids)
    if not wanted:
        return {}
    moment = clock.now()
    rows = [{"api_key_id": api_key_id, "external_id": one, "created_at": moment} for one in wanted]
    session.execute(_insert_or_lock(session), rows)
    found = session.scalars(
        select(ExternalIdRow)
        .where(ExternalIdRow.api_key_id == api_key_id, ExternalIdRow.external_id.in_(wanted))
        .execution_options(populate_existing=True)
    )
    return {row.external_id: row for row in found}


def find_used(session: Session, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these (API key, external id), those under which something was sent."""
    by_owner: dict[str, list[str]] = {}
    for owner, name in names:
        by_owner.setdefault(owner, []).append(name)
    used = select(ExternalIdRow.external_id)
    return {
        (owner, name)
        for owner, mine in by_owner.items()
        for name in session.scalars(used.where(ExternalIdRow.api_key_id == owner, ExternalIdRow.external_id.in_(mine)))
    }


def keep_external_ids(session: Session, kept: Iterable[tuple[str, NewArticle, str]]) -> None:
    """Name new articles, each with its API key and its id; none of the names may be there."""
    moment = clock.now()
    rows = [
        {
            "api_key_id": api_key_id,
            "external_id": new.external_id,
            "article_id": article_id,
            "content_sha256": content_sha256(new),
            "created_at": moment,
        }
        for api_key_id, new, article_id in kept
        if new.external_id is not None
    ]
    if rows:
        session.execute(insert(cast("Table", ExternalIdRow.__table__)), rows)


def _insert_or_lock(session: Session) -> Insert:
    keys, table = ["api_key_id", "external_id"], cast("Table", ExternalIdRow.__table__)
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=keys)  # its one writer holds all
    adding = postgresql.insert(table)
    return adding.on_conflict_do_update(index_elements=keys, set_={"api_key_id": adding.excluded.api_key_id})


def forget_external_ids(session: Session, article_ids: Iterable[str]) -> None:
    """Let what these articles were sent as be sent anew. Before the articles are locked, as senders do it."""
    names = session.execute(
        select(ExternalIdRow.api_key_id, ExternalIdRow.external_id, ExternalIdRow.article_id).where(
            ExternalIdRow.article_id.in_(list(article_ids))
        )
    )
    for api_key_id, external_id, article_id in sorted(names.all()):
        session.execute(
            delete(ExternalIdRow)
            .where(
                ExternalIdRow.api_key_id == api_key_id,
                ExternalIdRow.external_id == external_id,
                ExternalIdRow.article_id == article_id,  # it may name a newer one by now
            )
            .execution_options(synchronize_session=False)
        )
