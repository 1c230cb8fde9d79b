"""Full-text search over titles and texts: FTS5 on SQLite, tsvector on PostgreSQL. Triggers fill both (migration 0008).

A Russian or English word is found in every form. "Several words" in quotes are found as they stand, -word leaves out.
"""

import re
import time
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
_ASK = {
    "sqlite": text(
        "SELECT article_id FROM article_words JOIN article_words_numbers ON number = article_words.rowid "
        "WHERE article_words MATCH :query ORDER BY article_words.rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT article_id FROM article_words WHERE words @@ websearch_to_tsquery('pg_catalog.russian', :query) "
        "ORDER BY article_id DESC LIMIT :most"
    ),
}


def find_articles(session: Session, words: str, *, most: int) -> list[str]:
    """Ids of the newest *most* articles that hold all the words; none where there is no word to look for."""
    dialect = session.get_bind().dialect.name
    folded = _fold(words[:LONGEST_QUERY])
    query = fts5_query(folded) if dialect == "sqlite" else folded
    if not query or not _WORD.search(folded):
        return []
    return list(session.scalars(_ASK[dialect], {"query": query, "most": most}))


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
