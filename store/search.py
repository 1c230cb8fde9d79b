"""Full-text search over titles and texts: FTS5 on SQLite, tsvector on PostgreSQL. Triggers fill both (migration 0008).

A Russian or English word is found in every form. "Several words" in quotes are found as they stand, -word leaves out.
"""

import re
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from store.database import Database

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

LONGEST_QUERY = 200  # code points
MOST_WORDS = 16
_MOST_FORMS = 120  # of one word; a Russian verb with its participles has more
_MERGE_PAGES = 256  # in one transaction: others wait for it
_PART = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile(r"[а-я]+")
LISTED = 3_000  # articles that PostgreSQL's index of words is asked for; where more hold the words,
LOOKED_AT = 10_000  # so many of the newest are looked at one by one
_SQLITE = text(
    "SELECT article_id FROM article_words JOIN article_words_numbers ON number = article_words.rowid "
    "WHERE article_words MATCH :query AND article_words.rowid < coalesce("
    "(SELECT number + (article_id <> :behind) FROM article_words_numbers WHERE article_id <= :behind "
    "ORDER BY article_id DESC LIMIT 1), 9223372036854775807) "  # the one before, where it was erased meanwhile
    "ORDER BY article_words.rowid DESC LIMIT :most"
)
# Behind `||` the place is checked on the way: the index of ids would read all of them. Of words that are only left out
# the tree is T, and every article would have to be read.
_LIST = text(
    "WITH listed AS (SELECT article_id, words FROM article_words "
    "WHERE words @@ websearch_to_tsquery('pg_catalog.russian', :loosely) AND article_id || '' < :behind "
    "AND querytree(websearch_to_tsquery('pg_catalog.russian', :query)) NOT IN ('', 'T') LIMIT :most) "
    "SELECT article_id, :query = :loosely OR words @@ websearch_to_tsquery('pg_catalog.russian', :query) FROM listed"
)
_LOOK = text(
    "WITH newest AS (SELECT article_id, words FROM article_words WHERE article_id < :behind "
    "ORDER BY article_id DESC LIMIT :looked_at) "
    "SELECT article_id FROM newest WHERE words @@ websearch_to_tsquery('pg_catalog.russian', :query) "
    "ORDER BY article_id DESC LIMIT :most"
)
_LAST = text(
    "SELECT article_id FROM article_words WHERE article_id < :behind ORDER BY article_id DESC "
    "OFFSET :looked_at - 1 LIMIT 1"
)
# Of the ways to find articles by their words, leave the index of words alone.
_BY_WORDS = text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
_BY_ANY = text("SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_indexscan TO DEFAULT")
_END = "art_g"  # above every id


@dataclass(frozen=True, slots=True)
class Found:
    """``ids``: the newest first. ``searched_to``: the article that the search came to; None: to the very first."""

    ids: list[str]
    searched_to: str | None = None


def find_articles(session: Session, words: str, *, most: int, behind: str | None = None) -> Found:
    """The newest articles that hold all the words, *most* at most, or those that are older than where an earlier search
    came to; none where there is no word to look for."""
    folded = _fold(words[:LONGEST_QUERY])
    if not _WORD.search(folded):
        return Found([])
    if session.get_bind().dialect.name == "postgresql":
        return _find_in_postgresql(session, folded, behind=behind or _END, most=most)
    query = fts5_query(folded)
    if not query:
        return Found([])
    values = {"query": query, "behind": behind, "most": most + 1}
    return _cut(list(session.scalars(_SQLITE, values)), most)


def _cut(ids: list[str], most: int) -> Found:
    return Found(ids[:most], ids[most - 1] if len(ids) > most else None)


def _find_in_postgresql(session: Session, query: str, *, behind: str, most: int) -> Found:
    """The index of words gives the articles that hold them all without an order: where they are few, they are put in
    order here. Where they are many, those among the newest articles are taken. Neither takes long, whatever the planner
    makes of the words: it takes them for independent of each other, and walks all articles where frequent ones never
    meet."""
    asked: dict[str, str | int] = {"query": query, "behind": behind}
    session.execute(_BY_WORDS)
    listed = session.execute(_LIST, asked | {"loosely": _loosen(query), "most": LISTED + 1}).all()
    session.execute(_BY_ANY)
    if len(listed) <= LISTED:
        return _cut(sorted((article_id for article_id, holds in listed if holds), reverse=True), most)
    asked["looked_at"] = LOOKED_AT
    found = _cut(list(session.scalars(_LOOK, asked | {"most": most + 1})), most)
    if found.searched_to is not None:
        return found
    return Found(found.ids, session.scalar(_LAST, asked))


def _loosen(query: str) -> str:
    """The words in any order, and none left out: what the index answers without a look at each article."""
    parts = [part for part in _PART.finditer(query) if not part["minus"]]
    return " ".join(part["word"] if part["phrase"] is None else part["phrase"] for part in parts)


def _fold(words: str) -> str:
    """ё and е are one letter here, as they are in the index; PostgreSQL takes no NUL."""
    return words.lower().replace("ё", "е").replace("\0", " ")


def fts5_query(words: str) -> str:
    """The query in FTS5's own language; empty where nothing is looked for. Every string in it is quoted."""
    wanted: list[str] = []
    left_out: list[str] = []
    for part in list(_PART.finditer(words))[:MOST_WORDS]:
        found = _WORD.findall(part["phrase"] if part["phrase"] is not None else part["word"])
        if not found:
            continue
        # Letters joined by a hyphen or a stop follow each other in the text too; so do the words of a phrase.
        asked = _any_form(found[0]) if len(found) == 1 and part["phrase"] is None else f'"{" ".join(found)}"'
        (left_out if part["minus"] else wanted).append(asked)
    if not wanted:
        return ""
    return " NOT ".join([f"({' AND '.join(wanted)})", *left_out])


def _any_form(word: str) -> str:
    """English is stemmed by the index itself; a Russian word is asked for in all its forms."""
    if not _CYRILLIC.fullmatch(word):
        return f'"{word}"'
    forms = {word: None}
    for reading in _analyzer().parse(word)[:2]:
        forms |= {form.word.replace("ё", "е"): None for form in reading.lexeme}
    quoted = [f'"{form}"' for form in list(forms)[:_MOST_FORMS]]
    return f"({' OR '.join(quoted)})"


@cache
def _analyzer() -> "MorphAnalyzer":
    from pymorphy3 import MorphAnalyzer  # 0.2 s to load, needed only where somebody searches in Russian

    return MorphAnalyzer(lang="ru")


def forget_erased(database: Database, *, seconds: float = 5.0) -> bool:
    """On SQLite, write the index anew without the words of articles that were erased; False where more is to do.

    FTS5 marks what is taken out, and drops it when parts of the index are merged: here all of them are, in small steps.
    """
    if database.engine.dialect.name != "sqlite":
        return True
    ends_at = time.monotonic() + seconds
    with database.reading() as session:
        if session.scalar(text("SELECT 1 FROM article_words_due")) is None:
            return True
    pages = -_MERGE_PAGES  # negative: all parts, not only those that are due
    while time.monotonic() < ends_at:
        with database.writing() as session:
            before = session.scalar(text("SELECT total_changes()"))
            session.execute(
                text("INSERT INTO article_words (article_words, rank) VALUES ('merge', :pages)"), {"pages": pages}
            )
            if (session.scalar(text("SELECT total_changes()")) or 0) - (before or 0) < 2:  # as SQLite documents it
                session.execute(text("DELETE FROM article_words_due"))
                return True
        pages = _MERGE_PAGES
    return False
