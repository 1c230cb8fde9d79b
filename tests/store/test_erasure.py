"""Erased words are nowhere: not in a row, not in SQLite's file, not in its write-ahead log. What was found stays."""

import json
import threading
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from sqlalchemy import select, text, update

from models import types
from models.designations.register import UNREGISTERED
from models.types import (
    Attribution,
    Byline,
    Dateline,
    DesignationsReport,
    Evidence,
    Finding,
    Footnote,
    Mention,
    OrganisationName,
    Outlet,
    Source,
    SourceBiasReport,
    Span,
    ViolenceReport,
)
from store import articles, audit, claims, erasure, reviews
from store.articles import NewArticle
from store.database import Database
from store.external_ids import Sender, admit_articles
from store.reviews import DecisionError, NewDecision
from store.tables import ArticleRow, AuditEntryRow, Base, DecisionRow, EventRow, EvidenceRow
from tests.store import makers
from tests.store.makers import GRAVE, add_articles, ago, set_columns

CANARY = "kanarienvogel"


def report_full_of_words() -> dict[str, Any]:
    """Every place of a report in which words of the article stand."""
    span, words = Span(0, 13, CANARY), Evidence(0, 13, CANARY, f"“{CANARY}” is a loaded word.")
    nobody_knows = OrganisationName(UNREGISTERED, CANARY)
    mention = Mention(0, 13, CANARY, nobody_knows, 0.9, True, span, 0, (), f"The text labels {CANARY}.")
    return makers.make_report(
        violence=ViolenceReport("ok", 0.9, 0.1, 0.0, 5, findings=(Finding("violence.killing", 0.9, (words,)),)),
        designations=DesignationsReport(
            "ok", (mention,), (Footnote(0, 13, CANARY, "terrorist", "RU", "*"),),
            (Finding("designation.mention", 0.9, (words,)),),
        ),
        source_bias=SourceBiasReport(
            "ok", 0.5,
            Source(Dateline(0, 13, CANARY, CANARY, CANARY), Outlet("Outlet", "state", "RU"), Byline(0, 13, (CANARY,))),
            (), (Attribution("direct", span, span, span),), (Finding("bias.hedge", 0.9, (words,)),),
        ),
        text=CANARY,
    )  # fmt: skip


def add_read(database: Database, key_id: str, *, note: str | None = CANARY) -> str:
    """An article with words in every column that holds any, read and decided on."""
    new = NewArticle(
        text=f"{CANARY} " * 2_000,  # more than a page, so that SQLite keeps it on pages of its own
        title=CANARY,
        url=f"https://example.com/{CANARY}",
        source=CANARY,
        metadata={"desk": CANARY},
        external_id="ours-1",
        callback_url="https://receiver.example/hook",
    )
    with database.writing() as session:
        made = articles.add_article(session, new, api_key_id=key_id).id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert articles.finish_article(session, made, token=claim.token, report=report_full_of_words(), outcome=GRAVE)
    with database.writing() as session:
        row = session.get_one(ArticleRow, made)
        reviews.add_decision(session, row, NewDecision("usr_1", "label", {"violence/0": "upheld"}, note))
    return made


def erase(database: Database, article_id: str) -> bool:
    with database.writing() as session:
        return erasure.erase_article(session, article_id, actor="usr_1")


def everything(database: Database) -> str:
    with database.reading() as session:
        return "\n".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )


def test_no_row_holds_a_word_of_it(database: Database, key_id: str) -> None:
    made = add_read(database, key_id)
    assert everything(database).count(CANARY) > 2_000

    assert erase(database, made)

    assert CANARY not in everything(database)


def test_what_was_found_stays(database: Database, key_id: str) -> None:
    made = add_read(database, key_id)
    with database.reading() as session:
        before = session.get_one(ArticleRow, made)
    erase(database, made)
    with database.reading() as session:
        row = session.get_one(ArticleRow, made)
        for name in ("api_key_id", "external_id", "created_at", "action", "labels", "severity", "text_sha256"):
            assert getattr(row, name) == getattr(before, name) is not None, name
        assert row.erased_at is not None
        report = articles.get_report(session, row)
        assert report is not None
        (finding,) = report["violence"]["findings"]
        assert (finding["score"], finding["evidence"]) == (0.9, [{"start": 0, "end": 13, "text": "", "reason": ""}])
        assert report["source_bias"]["source"]["outlet"]["name"] == "Outlet"
        evidence = session.scalars(select(EvidenceRow).where(EvidenceRow.classifier == "violence")).one()
        assert (evidence.label, evidence.end, evidence.text) == ("violence.killing", 13, "")
        decision = session.scalars(select(DecisionRow)).one()
        assert (decision.action, decision.findings, decision.note) == ("label", {"violence/0": "upheld"}, None)
        event = session.scalars(select(EventRow).where(EventRow.type == "article.reviewed")).one()
        assert json.loads(event.body)["data"]["decision"]["id"] == decision.id


def test_it_is_audited_once(database: Database, key_id: str) -> None:
    made = add_read(database, key_id)
    assert [erase(database, made), erase(database, made), erase(database, "art_0")] == [True, False, False]
    with database.reading() as session:
        entries = session.scalars(select(AuditEntryRow).where(AuditEntryRow.action == "article_erased")).all()
        assert [(entry.actor, entry.subject) for entry in entries] == [("usr_1", made)]
        assert audit.verify(session).broken_at is None


def test_an_article_that_waits_is_not_forgotten_for_its_age(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
        set_columns(session, made, created_at=ago(10 * 86_400))
    with database.writing() as session:
        assert erasure.forget_old_texts(session, days=1) == 0
    assert erase(database, made), "somebody asks for it"


def test_a_worker_that_holds_it_writes_no_word_back(database: Database, key_id: str) -> None:
    """It was claimed, text and all, when it was deleted: neither its result nor its failure is taken."""
    with database.writing() as session:
        new = NewArticle(text=CANARY, title=CANARY, external_id="ours-1", callback_url="https://receiver.example/hook")
        (admitted,) = admit_articles(session, [new], Sender(key_id, "whsec_x"))
    made = admitted.row.id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
        assert [row.text for row in claim.articles] == [CANARY]
    assert erase(database, made)
    with database.writing() as session:
        assert not articles.finish_article(
            session, made, token=claim.token, report=report_full_of_words(), outcome=GRAVE
        )
        assert not articles.fail_article(session, made, token=claim.token, failure=CANARY)
        claims.renew_claim(session, claim, lease_seconds=60)
        claims.release_claim(session, claim)
        assert not claims.claim_articles(session, limit=1, lease_seconds=60).articles
        row = session.get_one(ArticleRow, made)
        assert (row.state, row.failure, row.review_state) == ("failed", "deleted before it was read", "not_needed")
    assert CANARY not in everything(database)


def test_an_erasure_beside_a_finish_leaves_no_word(database: Database, key_id: str) -> None:
    """Whichever comes first: the worker's transaction is open when the erasure begins."""
    with database.writing() as session:
        made = articles.add_article(session, NewArticle(text=CANARY, title=CANARY), api_key_id=key_id).id
    with database.writing() as session:
        claim = claims.claim_articles(session, limit=1, lease_seconds=60)
    with database.writing() as session:
        assert articles.finish_article(session, made, token=claim.token, report=report_full_of_words(), outcome=GRAVE)
        thread = threading.Thread(target=erase, args=(database, made))
        thread.start()
        thread.join(timeout=0.3)
    thread.join(timeout=30)
    assert CANARY not in everything(database)
    with database.reading() as session:
        assert session.get_one(ArticleRow, made).state == "classified"


def test_what_it_was_sent_as_may_be_sent_anew(database: Database, key_id: str) -> None:
    new, sender = NewArticle(text="Some words.", external_id="ours-1"), Sender(key_id, "whsec_x")
    made = []
    for _ in range(3):
        with database.writing() as session:
            (admitted,) = admit_articles(session, [new], sender)
        made.append(admitted.row.id)
        if len(made) == 2:
            erase(database, made[0])
    assert made[0] == made[1] != made[2]


def test_an_event_without_a_note_keeps_its_bytes(database: Database, key_id: str) -> None:
    """It may be sent again, and a duplicate is the same to the byte."""
    made = add_read(database, key_id, note=None)
    with database.reading() as session:
        before = {row.id: row.body for row in session.scalars(select(EventRow))}
    erase(database, made)
    with database.reading() as session:
        assert {row.id: row.body for row in session.scalars(select(EventRow))} == before


def test_a_review_can_still_be_closed_without_a_note(database: Database, key_id: str) -> None:
    made = add_read(database, key_id)
    erase(database, made)
    with database.writing() as session:
        row = session.get_one(ArticleRow, made)
        with pytest.raises(DecisionError, match="were erased"):
            reviews.add_decision(session, row, NewDecision("usr_1", "block", note="its words, again"))
        reviews.add_decision(session, row, NewDecision("usr_1", "block"))
        assert row.review_state == "closed"


def test_a_note_written_beside_an_erasure_does_not_outlive_it(database: Database, key_id: str) -> None:
    made = add_read(database, key_id, note=None)
    refused: list[DecisionError] = []

    def decide() -> None:
        try:
            with database.writing() as session:
                reviews.add_decision(
                    session, session.get_one(ArticleRow, made), NewDecision("usr_1", "block", note=CANARY)
                )
        except DecisionError as error:
            refused.append(error)

    with database.writing() as session:
        erasure.erase_article(session, made, actor="usr_1")
        thread = threading.Thread(target=decide)
        thread.start()
        thread.join(timeout=0.3)
    thread.join(timeout=30)

    assert len(refused) == 1
    assert CANARY not in everything(database)


@pytest.mark.parametrize("days", [1, 30])
def test_retention_takes_the_oldest_first_and_the_young_not_at_all(database: Database, key_id: str, days: int) -> None:
    count = erasure.BATCH + 5
    with database.writing() as session:
        made = add_articles(session, key_id, count + 2)
        session.execute(update(ArticleRow).values(state="failed", created_at=ago(days * 86_400 + 60)))
        for young in made[-2:]:
            set_columns(session, young, created_at=ago(days * 86_400 - 60))
    erased = []
    for _ in range(3):
        with database.writing() as session:
            erased.append(erasure.forget_old_texts(session, days=days))
    assert erased == [erasure.BATCH, 5, 0]
    with database.reading() as session:
        kept = session.scalars(select(ArticleRow.id).where(ArticleRow.erased_at.is_(None)).order_by(ArticleRow.id))
        assert list(kept) == made[-2:]
        entry = audit.find_last(session, "article_erased")
        assert entry is not None
        assert (entry.actor, entry.details) == (audit.SYSTEM, f'{{"days":{days}}}')


def files_of(database: Database) -> bytes:
    path = Path(database.engine.url.database or "")
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_no_byte_of_it_is_left_in_the_files_of_sqlite(database: Database, key_id: str) -> None:
    """Database, write-ahead log and shared memory; after pages were split, joined and freed."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("files of SQLite")
    made = [add_read(database, key_id) for _ in range(30)]
    for article_id in made[:-1]:
        erase(database, article_id)
    add_read(database, key_id)
    for article_id in [*made, *ids_of(database)]:
        erase(database, article_id)
    assert CANARY.encode() in files_of(database), "the write-ahead log holds it until it is emptied"

    assert erasure.empty_log(database)

    assert files_of(database).count(CANARY.encode()) == 0


def ids_of(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(ArticleRow.id)))


def test_a_long_reader_delays_the_log_and_breaks_nothing(database: Database, key_id: str) -> None:
    made = add_read(database, key_id)
    with database.reading() as reader:
        reader.scalar(select(ArticleRow.id))
        erase(database, made)
        is_sqlite = database.engine.dialect.name == "sqlite"
        assert erasure.empty_log(database) is not is_sqlite
    assert erasure.empty_log(database)
    if is_sqlite:
        with database.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA busy_timeout")) == 10_000


KEPT = {  # strings of a report that are ours or the lists', not the article's
    "Finding.label", "Finding.jurisdiction", "Finding.duty", "Language.code", "ViolenceReport.status",
    "DesignationsReport.status", "SourceBiasReport.status", "Designation.jurisdiction", "Designation.list",
    "Designation.kind", "Designation.since", "Designation.until", "Designation.status", "OrganisationName.id",
    "OrganisationName.name", "Footnote.kind", "Footnote.jurisdiction", "Footnote.marker", "Outlet.name",
    "Outlet.ownership", "Outlet.country", "Attribution.kind", "Report.text_sha256",
    "Report.versions", "ViolenceReport.types",
}  # fmt: skip


def test_every_string_of_a_report_is_kept_on_purpose() -> None:
    """A field that is added later is erased or stands in the table."""
    strings = {
        f"{kind.__name__}.{field.name}"
        for kind in vars(types).values()
        if is_dataclass(kind) and kind not in (types.Article, types.Rules)
        for field in fields(kind)
        if _holds_text(get_type_hints(kind)[field.name]) and field.name not in erasure.BLANK
    }
    assert strings == KEPT


def _holds_text(hint: Any) -> bool:
    """``str``, ``str | None``, literals and mappings."""
    options = get_args(hint) or (hint,)
    return (
        str in options
        or any(isinstance(option, str) for option in options)
        or any(isinstance(inner, str) for option in options for inner in get_args(option))
    )
