"""Reports that can be had without reading: of an earlier article of the same caller in which a reader of the same
identity had the same to read.

There is no copy beside the articles: an article keeps the hash of what was read in it, and its own report is what a
repeat is given. So what erases an article (`store.erasure`) also erases this, and nothing else has to. Another caller's
article never answers: how soon a report comes would tell what others have sent.
See docs/decisions/0030-reading-less.md.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.types import Article
from store.articles import get_report
from store.policy import CLASSIFIERS
from store.tables import ArticleRow
from store.version import VERSION


def reading_key(article: Article, *, api_key_id: str, identity: str) -> str:
    """SHA-256 of all that decides what a report says, and whose it is; *identity* is the reader's, and what no
    version of its own tells apart, that of Obelus does."""
    fields = [
        article.text,
        article.title,
        article.url,
        article.source,
        article.language,
        article.published_at,
        api_key_id,
        identity,
        VERSION,
    ]
    return hashlib.sha256(orjson.dumps(fields)).hexdigest()


def find_reports(session: Session, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The reports that are known already, by key."""
    rows = session.scalars(select(ArticleRow).where(ArticleRow.reading_key.in_(keys)))
    found = {row.reading_key: get_report(session, row) for row in rows}
    return {key: report for key, report in found.items() if key is not None and report is not None}


def may_repeat(report: dict[str, Any]) -> bool:
    """Whether repeats may have *report*: not where a classifier failed, for that is tried again."""
    return all(report[name]["status"] != "failed" for name in CLASSIFIERS)
