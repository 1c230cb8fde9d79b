"""Articles that say almost the same: one small signature each, found by its bands (models/similarity.py).

A signature tells whether a text one already has is like the article's, so erasing the words erases it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import BigInteger, ForeignKey, Table, delete, insert, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.similarity import NUMBERS, Signature, bands, likeness, sign
from store.tables import ArticleRow, Base

ALIKE = 0.4  # below it most candidates share a phrase, not a story
_NEWEST_OF_BAND = 40
_FORMAT = f"<{NUMBERS}I"


class SignatureRow(Base):
    """One article's signature: 64 numbers of 32 bits."""

    __tablename__ = "signatures"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), unique=True)
    numbers: Mapped[bytes]


class SignatureBandRow(Base):
    """A band of a signature. Sixteen an article, so each is two whole numbers and nothing else.

    Without a foreign key: an index for its cascade would double the table. Rows left behind lead nowhere.
    """

    __tablename__ = "signature_bands"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's way
    band: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier article, and how alike it is: 0 to 1."""

    article: ArticleRow
    likeness: float


def keep_signatures(session: Session, texts: Mapping[str, str]) -> None:
    """Of these articles' texts, by id. Done again, it changes nothing."""
    signatures = {article_id: found for article_id, text in texts.items() if (found := sign(text)) is not None}
    known = select(SignatureRow.article_id).where(SignatureRow.article_id.in_(signatures))
    for article_id in session.scalars(known):
        del signatures[article_id]
    if not signatures:
        return
    rows = [
        {"article_id": article_id, "numbers": struct.pack(_FORMAT, *signature)}
        for article_id, signature in signatures.items()
    ]
    table = cast("Table", SignatureRow.__table__)
    numbered = session.execute(insert(table).returning(table.c.article_id, table.c.number), rows)
    bands_of = [
        {"band": band, "number": number}
        for article_id, number in numbered.all()
        for band in sorted(set(bands(signatures[article_id])))
    ]
    session.execute(insert(cast("Table", SignatureBandRow.__table__)), bands_of)


def forget_signature(session: Session, article_id: str) -> None:
    row = _find(session, article_id)
    if row is None:
        return
    session.execute(
        delete(SignatureBandRow).where(
            SignatureBandRow.band.in_(bands(_numbers(row))), SignatureBandRow.number == row.number
        )
    )
    session.delete(row)


def find_similar(session: Session, article_id: str, *, limit: int) -> list[Similar]:
    """Earlier articles that are `ALIKE`, the likest first, without their text.

    Of each band the newest are looked at: a text that is sent a thousand times is like each of them.
    """
    row = _find(session, article_id)
    if row is None:
        return []
    newest = [
        select(SignatureBandRow.number)
        .where(SignatureBandRow.band == band, SignatureBandRow.number < row.number)
        .order_by(SignatureBandRow.number.desc())
        .limit(_NEWEST_OF_BAND)
        .subquery(f"band_{place}")
        for place, band in enumerate(bands(_numbers(row)))
    ]
    numbers = set(session.scalars(union_all(*(select(each.c.number) for each in newest))))
    candidates = session.scalars(select(SignatureRow).where(SignatureRow.number.in_(numbers)))
    mine = _numbers(row)
    alike = {other.article_id: likeness(mine, _numbers(other)) for other in candidates}
    best = sorted((known for known in alike if alike[known] >= ALIKE), key=lambda known: (-alike[known], known))[:limit]
    articles = {article.id: article for article in session.scalars(select(ArticleRow).where(ArticleRow.id.in_(best)))}
    return [Similar(articles[known], alike[known]) for known in best]


def _find(session: Session, article_id: str) -> SignatureRow | None:
    return session.scalars(select(SignatureRow).where(SignatureRow.article_id == article_id)).first()


def _numbers(row: SignatureRow) -> Signature:
    return struct.unpack(_FORMAT, row.numbers)
