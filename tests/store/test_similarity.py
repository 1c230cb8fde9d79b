"""An earlier article that says almost the same is found by an index; erased, it is like nothing any more."""

from sqlalchemy import func, select

from store import articles, claims, erasure
from store.articles import NewArticle
from store.database import Database
from store.similarity import SignatureBandRow, SignatureRow, find_similar, forget_signature, keep_signatures
from tests.store import makers
from tests.store.makers import GRAVE

STORY = (
    "The bridge was shelled at dawn and two people were killed, the mayor of the town said on Monday. "
    "Trucks with bread had crossed it every morning since the winter, and nobody knows who will bring it now."
)
REPRINT = STORY.replace("on Monday", "late on Monday").upper()
OTHER = "The harvest was good this year, farmers in the valley said, and the mill works day and night."


def add_read(database: Database, key_id: str, text: str) -> str:
    """An article as a classify worker leaves it."""
    with database.writing() as session:
        article_id = articles.add_article(session, NewArticle(text), api_key_id=key_id).id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        report = makers.make_report(text=text)
        assert articles.finish_article(session, article_id, token=claim.token, report=report, outcome=GRAVE)
    return article_id


def similar_to(database: Database, article_id: str, *, limit: int = 5) -> list[str]:
    with database.reading() as session:
        return [found.article.id for found in find_similar(session, article_id, limit=limit)]


def test_earlier_articles_that_say_almost_the_same_are_found(database: Database, key_id: str) -> None:
    first, other, reprint = (add_read(database, key_id, text) for text in (STORY, OTHER, REPRINT))

    assert similar_to(database, reprint) == [first]
    assert similar_to(database, first) == []  # the reprint came later
    assert similar_to(database, other) == []
    with database.reading() as session:
        (found,) = find_similar(session, reprint, limit=5)
        assert 0.6 < found.likeness < 1


def test_the_likest_comes_first_and_no_more_than_asked_for(database: Database, key_id: str) -> None:
    reprint, same, again = (add_read(database, key_id, text) for text in (REPRINT, STORY, STORY))

    assert similar_to(database, again) == [same, reprint]
    assert similar_to(database, again, limit=1) == [same]


def test_a_text_without_words_has_no_signature_and_is_read_all_the_same(database: Database, key_id: str) -> None:
    assert similar_to(database, add_read(database, key_id, "…")) == []


def test_keeping_it_twice_changes_nothing(database: Database, key_id: str) -> None:
    article_id = add_read(database, key_id, STORY)
    with database.writing() as session:
        keep_signatures(session, {article_id: OTHER})
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignatureRow)) == 1
        assert session.scalar(select(func.count()).select_from(SignatureBandRow)) == 16


def test_erasing_an_article_erases_what_would_tell_a_text_like_it(database: Database, key_id: str) -> None:
    first, reprint = add_read(database, key_id, STORY), add_read(database, key_id, REPRINT)
    with database.writing() as session:
        assert erasure.erase_article(session, first, actor="usr_1")
    with database.writing() as session:
        forget_signature(session, first)  # again

    assert similar_to(database, reprint) == []
    with database.reading() as session:
        assert session.scalars(select(SignatureRow.article_id)).all() == [reprint]
        assert session.scalar(select(func.count()).select_from(SignatureBandRow)) == 16
