"""What runs all the time finds its rows by an index, also among many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from store import (
    appeals,
    article_lists,
    audit,
    claims,
    condition,
    deliveries,
    endpoints,
    erasure,
    external_ids,
    figure_counts,
    figures,
    idempotency,
    keys,
    news,
    policies,
    review_claims,
    review_queue,
    reviews,
    saved_views,
    search,
    sending,
    similarity,
    suggestions,
)
from store.article_lists import ArticleFilter
from store.articles import NewArticle
from store.bootstrap import migrate
from store.database import Database, open_database
from store.deliveries import DeliveryFilter
from store.figure_counts import Counted
from store.idempotency import IdempotencyKey
from store.review_queue import QueueFilter
from store.sending import Dispatch
from store.tables import ApiKeyRow, ArticleRow
from tests.store.makers import ALL, TEXT, add_articles, ago


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """SQLite shows its plan in a stable form; PostgreSQL's depends on statistics."""
    database = open_database(f"sqlite:///{tmp_path / 'plans.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        key = keys.add_key(session, "a key for the tests", name="tests", scopes=["submit"])
        add_articles(session, key.id, 20)
    yield database
    database.dispose()


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    seen: list[tuple[str, object]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def list_with(**wanted: object) -> Callable[[Session], object]:
    return lambda session: article_lists.list_articles(session, ArticleFilter(**wanted), limit=10)  # type: ignore[arg-type]


def sender_of(session: Session) -> external_ids.Sender:
    return external_ids.Sender(session.scalars(select(ApiKeyRow.id)).one(), "whsec_x")


def first_article(session: Session) -> str:
    return session.scalars(select(ArticleRow.id).order_by(ArticleRow.id).limit(1)).one()


def _signed(session: Session) -> str:
    article_id = article_lists.list_articles(session, ArticleFilter(), limit=1).articles[0].id
    similarity.keep_signatures(session, {article_id: TEXT})
    return article_id


def queue_with(order: str = "severity", after: str | None = None, **wanted: object) -> Callable[[Session], object]:
    return lambda session: review_queue.list_queue(
        session,
        QueueFilter(**wanted),
        order=order,
        limit=25,
        after=after,  # type: ignore[arg-type]
    )


DISPATCH = Dispatch("dlv_1", "token", 1, "ep_1", "receiver.example:443", "msg_1", "{}", "", {}, ())
QUERIES: dict[str, Callable[[Session], object]] = {
    # --- articles
    "claim": lambda session: claims.claim_articles(session, limit=8, lease_seconds=60),
    "urgent claim": lambda session: claims.claim_articles(session, limit=8, lease_seconds=60, is_urgent=True),
    "count waiting": claims.count_waiting,
    "suggestions": lambda session: suggestions.list_suggestions(session, limit=10, after_id="sug_5"),
    "old suggestions": lambda session: suggestions.forget_old_suggestions(session, days=30),
    "poisoned": claims.fail_poisoned,
    "list": list_with(),
    "list, next page": list_with(after_id="art_5"),
    "list by caller": list_with(api_key_id="key_1"),
    "list by state": list_with(state="classified"),
    "list by action": list_with(action="review"),
    "list by label": list_with(label="violence"),
    "list by review state": list_with(review_state="open"),
    "list by source": list_with(source="Example Wire"),
    "list by external id": list_with(external_id="post-17"),
    "list by language": list_with(language="ru"),
    "list by external id and caller": list_with(external_id="post-17", api_key_id="key_1"),
    "list by organisation": list_with(organisation="islamic-state"),
    "list by time": list_with(created_after=ago(60)),
    "list by end of time": list_with(created_before=ago(60)),
    "list by caller and all else": list_with(
        api_key_id="key_1", source="s", language="ru", external_id="e", organisation="o", created_before=ago(60)
    ),
    "admit": lambda session: external_ids.admit_articles(
        session, [NewArticle("Words.", external_id=str(number)) for number in range(3)], sender_of(session)
    ),
    "erase": lambda session: erasure.erase_article(session, first_article(session), actor="key_1"),
    "open reviews": lambda session: reviews.list_open(session, limit=10),
    "count open reviews": reviews.count_open,
    "similar articles": lambda session: similarity.find_similar(session, _signed(session), limit=5),
    # --- the review queue
    "queue by severity": queue_with(),
    "queue by severity, next page": queue_with(after="2/art_5"),
    "queue by uncertainty": queue_with("uncertainty", after="0.5/art_5"),
    "queue, oldest first": queue_with("oldest", after="/art_5"),
    "queue, newest first": queue_with("newest"),
    "queue, all states": queue_with("newest", state=None),
    "queue, every filter": queue_with(
        label="violence",
        language="en",
        source="wire",
        organisation="front",
        assignee="usr_1",
        since=ago(60),
        until=ago(1),
        free_for="usr_1",
    ),
    "queue, nobody's": queue_with(assignee="nobody"),
    "queue by state": queue_with("newest", state=None, reading="failed", since=ago(60), until=ago(1)),
    "queue by action": queue_with("newest", state=None, action="block", since=ago(60), until=ago(1)),
    "queue by decision": queue_with(decision="block", decided_since=ago(60), decided_until=ago(1)),
    "queue by decision without action": queue_with(decision="findings"),
    "queue by time of decision": queue_with("newest", state=None, decided_since=ago(60)),
    "queue by judgement": queue_with("newest", state=None, judged="upheld", finding="violence", decided_since=ago(60)),
    "queue by comparison": queue_with("newest", state=None, judged="compared"),
    "queue by score": queue_with("newest", state=None, classifier="violence", version="1.0.0", since=ago(60)),
    "queue by score alone": queue_with("newest", state=None, score_from=5),
    "queue, full text": queue_with(text="bridge"),
    "counts of the queue": review_queue.count_states,
    "count of my claims": lambda session: review_queue.count_claimed(session, "usr_1"),
    "next in the queue": lambda session: review_claims.claim_next(
        session, QueueFilter(free_for="usr_1"), order="severity", user_id="usr_1"
    ),
    "claim for review": lambda session: review_claims.claim(session, "art_1", "usr_1"),
    "search": lambda session: search.find_articles(session, "мост bridge", most=2_000),
    "saved views": lambda session: saved_views.list_views(session, "usr_1"),
    "appeals that wait": lambda session: appeals.list_by_state(session, "appealed", limit=25, after_id="app_1"),
    "appeals ruled on": lambda session: appeals.list_by_state(session, "ruled", limit=25, after_id="app_1"),
    "count of appeals": appeals.count_appealed,
    "policy in force": policies.current_policy,
    "versions of the policy": lambda session: policies.list_versions(session, limit=25, before=9),
    # --- deliveries and endpoints
    "claim deliveries": lambda session: sending.claim_deliveries(session, limit=10, share=ALL),
    "renew deliveries": lambda session: sending.renew_deliveries(session, [DISPATCH]),
    "anything due": sending.has_due,
    "count due deliveries": sending.count_due,
    "failed deliveries": lambda session: deliveries.list_records(session, DeliveryFilter(state="failed"), limit=10),
    "deliveries of an endpoint": lambda session: deliveries.list_records(
        session, DeliveryFilter(endpoint_id="ep_1"), limit=10
    ),
    "forget old attempts": sending.forget_old_attempts,
    "redeliver all failed": lambda session: deliveries.redeliver(session, DeliveryFilter(state="failed"), actor="u"),
    "redeliver one": lambda session: deliveries.redeliver(session, DeliveryFilter(ids=["dlv_1"]), actor="u"),
    "list endpoints": lambda session: endpoints.list_endpoints(session, limit=10),
    "endpoints in trouble": endpoints.count_in_trouble,
    # --- keys
    "find key": lambda session: keys.find_key(session, "a key for the tests"),
    "find retired key": lambda session: keys.find_key(session, "another key"),
    "list keys": lambda session: keys.list_keys(session, limit=10),
    "list graces": lambda session: keys.list_graces(session, keys.list_keys(session, limit=10)),
    "known idempotency key": lambda session: idempotency.is_known(session, IdempotencyKey("key_1", "k", "")),
    "used idempotency keys": lambda session: idempotency.find_used(session, [IdempotencyKey("key_1", "k", "")]),
    "used external ids": lambda session: external_ids.find_used(session, [("key_1", "a"), ("key_1", "b")]),
    # --- news
    "count what is new": lambda session: news.count_new(
        session, after_article="art_0", after_decision="dec_0", but_of="usr_1"
    ),
    # --- figures
    "figures of hours": lambda session: figures.read_figures(session, figures.SPANS["24h"], now=ago(0)),
    "figures of days": lambda session: figures.read_figures(session, figures.SPANS["30d"], now=ago(0)),
    "ages of open reviews": lambda session: figures.count_ages(session, now=ago(0)),
    "count an hour": lambda session: figure_counts.count_hour(session, figure_counts.hour_of(ago(0))),
    "hours that decisions touched": lambda session: figure_counts.find_touched(session, after_id="dec_0"),
    "hours with waiting articles": lambda session: figure_counts.find_unfinished(session, since=ago(9_999)),
    "hours never counted": lambda session: figure_counts.find_uncounted(session, until=ago(0)),
    "keep an hour": lambda session: figure_counts.keep_hour(
        session, figure_counts.hour_of(ago(0)), Counted({("a", "b"): 1.0})
    ),
    "forget old hours": lambda session: figure_counts.forget_old_hours(session, now=ago(0)),
    # --- the system page
    "backlog": condition.read_backlog,
    "in force": condition.read_in_force,
    # --- audit and retention
    "audit record": lambda session: audit.record(session, action="decided", actor="usr_1"),
    "audit page": lambda session: audit.list_entries(session, limit=50, before=9),
    "audit page of one action": lambda session: audit.list_entries(session, limit=50, action="decided"),
    "old texts": lambda session: erasure.forget_old_texts(session, days=1),
}


# What a limit let through.
# A row a caller; a row a caller who has articles waiting; one row; what a recursive query and an inner one have found.
SMALL = {"some", "api_keys", "callers", "CONSTANT", "walk", "(subquery-1)"}
SMALL |= {f"band_{place}" for place in range(16)}  # the newest few of each band
# Bounded by its LIMIT; FTS5, which looks up the words itself; walked by its key from the newest on; up to what is kept.
BOUNDED = {"anon_1", "article_words", "policies", "attempts"}


@pytest.mark.parametrize("run", QUERIES.values(), ids=QUERIES)
def test_no_query_reads_a_whole_table(sqlite: Database, run: Callable[[Session], object]) -> None:
    with sqlite.writing() as session, statements(sqlite.engine) as seen:
        run(session)
        queries = [(sql, parameters) for sql, parameters in seen if not sql.startswith("BEGIN")]
        assert queries
        connection = session.connection()
        plans = [
            str(step.detail)
            for sql, parameters in queries
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
        ]
    # "SCAN articles USING INDEX" walks the index newest first and stops at the limit; a bare "SCAN" reads all.
    scans = [
        step.split()[1]
        for step in plans
        if step.startswith("SCAN") and "USING" not in step and "CONSTANT ROWS" not in step
    ]
    assert set(scans) <= SMALL | BOUNDED, plans


@pytest.mark.parametrize("order", ["severity", "uncertainty", "oldest", "newest"])
@pytest.mark.parametrize("wanted", [{}, {"source": "wire", "language": "en", "label": "violence"}], ids=["all", "some"])
def test_an_order_is_walked_and_never_made(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, order: str, wanted: dict[str, object]
) -> None:
    """Where many articles pass a filter, a page reads an index from its beginning to the page's end."""
    monkeypatch.setattr(review_queue, "FEW", -1)  # as if every filter let too many through to put in order
    with sqlite.reading() as session, statements(sqlite.engine) as seen:
        queue_with(order, **wanted)(session)
        sql, parameters = seen[-1]
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
        plan = [str(step.detail) for step in steps]
    assert plan[0].startswith("SEARCH articles USING INDEX ix_articles_review"), plan
    assert not any("TEMP B-TREE" in step for step in plan), plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"reading": "classified", "language": "en"}, "ix_articles_state (state=?)"),
        ({"action": "allow"}, "ix_articles_action (action=?)"),
        ({"reading": "classified", "decision": "block", "decided_since": ago(60)}, "ix_articles_state (state=?)"),
        ({"state": "open", "reading": "classified", "judged": "upheld"}, "ix_articles_review (review_state=?)"),
        ({"state": "open", "classifier": "violence", "version": "1.0.0"}, "ix_articles_review (review_state=?)"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_the_new_filters_walk_too(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, object], index: str
) -> None:
    """Of all review states, the first filter by a column gives the index; decisions are looked up by their article."""
    monkeypatch.setattr(review_queue, "FEW", -1)
    with sqlite.reading() as session, statements(sqlite.engine) as seen:
        queue_with("oldest", **{"state": None, **wanted})(session)
        sql, parameters = seen[-1]
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
        plan = [str(step.detail) for step in steps]
    assert plan[0] == f"SEARCH articles USING INDEX {index}", plan
    looked_up = [step for step in plan[1:] if step.startswith(("SEARCH", "SCAN"))]
    assert all("(article_id=?" in step for step in looked_up), plan


def _last_plan(database: Database, run: Callable[[Session], object]) -> list[str]:
    """Of the last statement that *run* sends."""
    with database.reading() as session, statements(database.engine) as seen:
        run(session)
        sql, parameters = seen[-1]
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)  # type: ignore[arg-type]
        return [str(step.detail) for step in steps]


@pytest.mark.parametrize("order", ["severity", "uncertainty", "oldest", "newest"])
def test_a_time_makes_no_other_order(sqlite: Database, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    """By age the index is entered there; in the other orders the time is read from the index that is walked anyway."""
    monkeypatch.setattr(review_queue, "FEW", -1)
    plan = _last_plan(sqlite, queue_with(order, since=ago(60), language="en"))
    index = {
        "severity": "ix_articles_review_severity (review_state=?)",
        "uncertainty": "ix_articles_review_certainty (review_state=?)",
    }.get(order, "ix_articles_review (review_state=? AND id>?)")
    assert plan[0] == f"SEARCH articles USING INDEX {index}"
    assert not any("TEMP B-TREE" in step for step in plan), plan


LISTS: dict[str, tuple[str, Callable[[Session], object]]] = {
    "label": ("article_labels", list_with(label="violence")),
    "organisation": ("article_organisations", list_with(organisation="front", api_key_id="key_1")),
    "external id": ("ix_articles_external_id", list_with(external_id="post-17", api_key_id="key_1")),
    "language": ("ix_articles_language", list_with(language="ru", created_after=ago(60))),
    "source of one caller": ("ix_articles_source", list_with(source="wire", api_key_id="key_1", action="block")),
    "an endpoint": (
        "ix_deliveries_endpoint (endpoint_id=?)",
        lambda session: deliveries.list_records(session, DeliveryFilter(endpoint_id="ep_1"), limit=10),
    ),
    "what failed for an endpoint": (
        "ix_deliveries_endpoint_state (endpoint_id=? AND state=?)",
        lambda session: deliveries.list_records(session, DeliveryFilter(endpoint_id="ep_1", state="failed"), limit=10),
    ),
}


@pytest.mark.parametrize(("index", "run"), LISTS.values(), ids=LISTS)
def test_a_list_is_walked_along_its_filter_s_own_index(
    sqlite: Database, index: str, run: Callable[[Session], object]
) -> None:
    plan = _last_plan(sqlite, run)
    assert index in plan[0]
    assert not any("TEMP B-TREE" in step for step in plan), plan
