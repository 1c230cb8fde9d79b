"""What is counted by the hour is what the rows say, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.types import ViolenceReport
from store import articles, claims, clock, figure_counts, reviews
from store.articles import NewArticle
from store.database import Database
from store.figure_counts import Counted
from store.policy import Outcome
from store.reviews import NewDecision
from store.tables import ArticleRow, DecisionRow, FigureRow
from tests.store import makers
from workers.figures import FigureKeeper

GRAVE = Outcome("review", ("violence", "violence.graphic"), "open")


def add_read(session: Session, key_id: str, *, source: str | None = "Wire", score: float = 0.9) -> str:
    made = articles.add_article(session, NewArticle(makers.TEXT, source=source), api_key_id=key_id).id
    claim = claims.claim_articles(session, limit=10, lease_seconds=60)
    report = makers.violent_report()
    report["violence"]["score"] = score
    assert articles.finish_article(session, made, token=claim.token, report=report, outcome=GRAVE)
    return made


def this_hour() -> datetime:
    return figure_counts.hour_of(clock.now())


def count(session: Session) -> dict[tuple[str, str], float]:
    """Of now and the hour before: a test may run over the full hour."""
    found: dict[tuple[str, str], float] = {}
    for hour in (this_hour() - timedelta(hours=1), this_hour()):
        for key, value in figure_counts.count_hour(session, hour).counts.items():
            found[key] = found.get(key, 0) + value
    return found


def test_articles_labels_actions_sources_and_latency(session: Session, key_id: str) -> None:
    first = add_read(session, key_id)
    add_read(session, key_id, source=None, score=0.05)
    moment = clock.now()
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.id == first)
        .values(created_at=moment - timedelta(seconds=3), classified_at=moment)
    )
    makers.add_articles(session, key_id, 3)
    found = count(session)

    assert found["articles", "classified"] == 2
    assert found["articles", "queued"] == found["counted", ""] == 3
    assert found["action", "review"] == found["label", "violence"] == found["label", "violence.graphic"] == 2
    assert found["source", "Wire"] == found["source_label", "violence\tWire"] == 1
    bounds = figure_counts.LATENCY_BOUNDS
    step = next(i for i, bound in enumerate(bounds) if bound >= 3)
    assert found["latency", str(step)] == 1
    assert sum(value for (measure, _), value in found.items() if measure == "latency") == 2
    assert found["score", "violence\t1.0.0\t9"] == found["score", "violence\t1.0.0\t0"] == 1
    assert found["score", "source_bias\t1.0.0\t0"] == 2


def decide(session: Session, article_id: str, reviewer: str, **findings: str) -> DecisionRow:
    row = session.get_one(ArticleRow, article_id)
    said = {name.replace("_", "/"): value for name, value in findings.items()}
    return reviews.add_decision(session, row, NewDecision(reviewer, findings=said))


def test_the_latest_judgement_of_a_finding_counts_and_reviewers_are_compared(session: Session, key_id: str) -> None:
    one, two = add_read(session, key_id), add_read(session, key_id)
    decide(session, one, "usr_1", violence_0="overturned", violence_1="upheld")
    decide(session, one, "usr_1", violence_0="upheld")
    decide(session, one, "usr_2", violence_0="overturned")
    decide(session, two, "usr_2", violence_0="upheld")
    found = count(session)

    assert found["judged", "violence.bombing\toverturned"] == 1
    assert found["judged", "violence.bombing\tupheld"] == 1
    assert found["judged", "violence.killing\tupheld"] == 1
    assert found["coincidence", "upheld\toverturned"] == found["coincidence", "overturned\tupheld"] == 1
    assert ("coincidence", "upheld\tupheld") not in found
    assert found["decision", "findings"] == 4


def test_a_day_is_the_sum_of_its_hours_however_often_they_are_counted(session: Session) -> None:
    day = datetime(2026, 11, 3, tzinfo=UTC)
    for hour, value in ((day, 2.0), (day + timedelta(hours=23), 3.0), (day, 5.0)):
        figure_counts.keep_hour(session, hour, Counted({("label", "violence"): value}))
    figure_counts.keep_hour(session, day + timedelta(days=1), Counted({("label", "violence"): 9.0}))

    query = select(FigureRow.value).where(FigureRow.grain == "day", FigureRow.at == day)
    assert session.scalars(query).all() == [8.0]


@pytest.fixture
def keeper(database: Database) -> FigureKeeper:
    return FigureKeeper(database)


def turn(keeper: FigureKeeper) -> None:
    for _ in range(1_000):
        if not keeper.turn():
            return
    raise AssertionError("it never ends")


def value(database: Database, measure: str, name: str) -> float:
    with database.reading() as session:
        query = select(FigureRow.value).where(
            FigureRow.grain == "day", FigureRow.measure == measure, FigureRow.name == name
        )
        return sum(session.scalars(query))


def test_the_keeper_follows_what_changes(database: Database, key_id: str, keeper: FigureKeeper) -> None:
    with database.writing() as session:
        article_id = add_read(session, key_id)
        (waiting,) = makers.add_articles(session, key_id, 1)
    turn(keeper)
    assert (value(database, "articles", "classified"), value(database, "articles", "queued")) == (1, 1)

    with database.writing() as session:
        decide(session, article_id, "usr_1", violence_0="upheld")
        session.execute(delete(ArticleRow).where(ArticleRow.id == waiting))
    turn(keeper)
    assert value(database, "judged", "violence.bombing\tupheld") == 1
    assert value(database, "articles", "queued") == 0


def test_the_keeper_catches_up_with_what_was_never_counted(
    database: Database, key_id: str, keeper: FigureKeeper
) -> None:
    """Articles of ten days ago, as an installation has them that was upgraded."""
    long_ago = clock.now() - timedelta(days=10)
    with database.writing() as session:
        article_id = add_read(session, key_id)
        moved = f"{clock.first_id('art', long_ago)}{'0' * 20}"
        row = session.get_one(ArticleRow, article_id)
        session.expunge(row)
        values = {name: getattr(row, name) for name in ("api_key_id", "state", "action", "review_state")}
        text = makers.TEXT
        session.add(ArticleRow(id=moved, text=text, created_at=long_ago, classified_at=long_ago, deaths=0, **values))
    turn(keeper)

    with database.reading() as session:
        day = figure_counts.day_of(long_ago)
        query = select(FigureRow.value).where(
            FigureRow.grain == "day", FigureRow.at == day, FigureRow.measure == "action"
        )
        assert session.scalars(query).all() == [1.0]


def test_violence_reports_without_a_score_are_left_out(session: Session, key_id: str) -> None:
    made = articles.add_article(session, NewArticle(makers.TEXT), api_key_id=key_id).id
    claim = claims.claim_articles(session, limit=1, lease_seconds=60)
    report = makers.make_report(violence=ViolenceReport("unsupported_language", None, None, None, None))
    articles.finish_article(session, made, token=claim.token, report=report, outcome=makers.QUIET)

    assert not [name for measure, name in count(session) if measure == "score" and name.startswith("violence")]
