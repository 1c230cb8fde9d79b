"""The queue gives each order, each filter and each page whole; a claim keeps others off; a bulk is seen and undone."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import audit, bulk, clock, figure_counts, review_claims, review_queue, reviews, saved_views
from store.database import Database
from store.review_queue import QueueFilter, list_queue
from store.review_tables import BulkRow
from store.reviews import ClaimedError, NewDecision
from store.saved_views import ViewError
from store.tables import ArticleLabelRow, ArticleOrganisationRow, ArticleRow, AuditEntryRow, DecisionRow, ReportRow
from store.users import add_user
from tests.store.makers import add_articles, set_columns
from tests.store.test_figure_counts import add_read, this_hour

# severity_rank, certainty of six open articles, oldest first
RANKS = [(4, 1.0), (0, 0.5), (2, 0.1), (0, 0.9), (7, 0.1), (2, 0.3)]


@pytest.fixture
def ids(database: Database, key_id: str) -> list[str]:
    with database.writing() as session:
        made = add_articles(session, key_id, len(RANKS), source="wire")
        for article_id, (rank, certainty) in zip(made, RANKS, strict=True):
            values = {"state": "classified", "review_state": "open", "action": "review", "language": "en"}
            set_columns(session, article_id, severity_rank=rank, certainty=certainty, **values)
    return made


def places(session: Session, ids: list[str], order: str, *, limit: int = 2, **wanted: object) -> list[int]:
    """Numbers of the articles, page by page."""
    found: list[int] = []
    after = None
    while True:
        page = list_queue(session, QueueFilter(**wanted), order=order, limit=limit, after=after)  # type: ignore[arg-type]
        found += [ids.index(row.id) for row in page.articles]
        after = page.next_place
        if after is None:
            return found


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("severity", [1, 3, 2, 5, 0, 4]),
        ("uncertainty", [2, 4, 5, 1, 3, 0]),
        ("oldest", [0, 1, 2, 3, 4, 5]),
        ("newest", [5, 4, 3, 2, 1, 0]),
    ],
)
def test_pages_follow_in_order_without_gap_or_repeat(
    session: Session, ids: list[str], monkeypatch: pytest.MonkeyPatch, order: str, expected: list[int]
) -> None:
    # The order is walked, a bit or as far as it goes; or what the filter lets through is put in order.
    for few, walked in ((0, 1), (0, 2), (0, 4), (0, 10_000), (2_000, 1)):
        monkeypatch.setattr(review_queue, "FEW", few)
        monkeypatch.setattr(review_queue, "WALKED", walked)
        for limit in (1, 2, 6, 7):
            for wanted in ({"source": "wire"}, {"since": clock.now() - timedelta(hours=1)}):
                assert places(session, ids, order, limit=limit, **wanted) == expected


@pytest.mark.parametrize(
    ("few", "walked"), [(0, 10_000), (0, 2), (2_000, 10_000)], ids=["walked", "walked a bit", "gathered"]
)
def test_filters_are_all_applied(
    session: Session, ids: list[str], few: int, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queue, "FEW", few)
    monkeypatch.setattr(review_queue, "WALKED", walked)
    session.add_all(ArticleLabelRow(article_id=ids[number], label="violence") for number in (1, 2, 3))
    session.add_all(ArticleOrganisationRow(article_id=ids[number], organisation_id="front") for number in (2, 4))
    set_columns(session, ids[2], language="ru")
    set_columns(session, ids[3], source="desk")
    set_columns(session, ids[4], review_state="escalated")
    set_columns(session, ids[5], review_state="closed")
    review_claims.claim(session, ids[0], "usr_1")
    for wanted, expected in (
        ({}, [0, 1, 2, 3]),
        ({"state": "escalated"}, [4]),
        ({"state": "closed"}, [5]),
        ({"state": None}, [0, 1, 2, 3, 4, 5]),
        ({"label": "violence"}, [1, 2, 3]),
        ({"label": "violence", "source": "wire"}, [1, 2]),
        ({"organisation": "front"}, [2]),
        ({"organisation": "front", "state": None}, [2, 4]),
        ({"language": "ru"}, [2]),
        ({"language": "en", "source": "desk"}, [3]),
        ({"assignee": "usr_1"}, [0]),
        ({"assignee": "nobody"}, [1, 2, 3]),
        ({"assignee": "usr_2"}, []),
        ({"free_for": "usr_2"}, [1, 2, 3]),
        ({"free_for": "usr_1"}, [0, 1, 2, 3]),
        ({"since": clock.now() + timedelta(hours=1)}, []),
        ({"since": clock.now() - timedelta(hours=1), "until": clock.now() + timedelta(hours=1)}, [0, 1, 2, 3]),
        ({"until": clock.now() - timedelta(hours=1)}, []),
    ):
        assert places(session, ids, "oldest", **wanted) == expected, wanted


@pytest.mark.parametrize("few", [0, 2_000], ids=["walked", "gathered"])
def test_states_actions_and_decisions_are_filters(
    session: Session, key_id: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the figures count, the queue lists: also once a judgement was overruled or a decision taken back."""
    monkeypatch.setattr(review_queue, "FEW", few)
    ids = [add_read(session, key_id) for _ in range(4)] + add_articles(session, key_id, 1)
    set_columns(session, ids[3], state="failed", action="block")

    def decide(number: int, reviewer: str, action: str | None = None, **findings: str) -> str:
        said = {name.replace("_", "/"): value for name, value in findings.items()}
        return reviews.add_decision(
            session, session.get_one(ArticleRow, ids[number]), NewDecision(reviewer, action, said)
        ).id

    decide(0, "usr_1", "label", violence_0="upheld", violence_1="upheld")
    decide(0, "usr_2", violence_0="overturned")
    decide(1, "usr_1", violence_1="overturned")
    made = decide(2, "usr_1", "allow", violence_0="upheld")
    reviews.undo_decision(session, session.get_one(ArticleRow, ids[2]), made, NewDecision("usr_1"))
    for hour in (this_hour() - timedelta(hours=1), this_hour()):
        counted = figure_counts.count_hour(session, hour)
        figure_counts.keep_hour(session, hour, counted)
    past, future = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)
    for wanted, expected in (
        ({"reading": "failed"}, [3]),
        ({"reading": "queued"}, [4]),
        ({"reading": "classified", "action": "label"}, [0]),
        ({"action": "block", "since": past, "until": future}, [3]),
        ({"action": "block", "until": past}, []),
        ({"action": "review", "label": "violence"}, [1, 2]),
        ({"decision": "label"}, [0]),
        ({"decision": "allow"}, [2]),
        ({"decision": "findings"}, [0, 1, 2]),
        ({"decision": "findings", "state": "closed"}, [0]),
        ({"decision": "label", "decided_since": future}, []),
        ({"decided_since": past, "decided_until": future}, [0, 1, 2]),
        ({"judged": "upheld"}, [0]),
        ({"judged": "overturned"}, [0, 1]),
        ({"judged": "overturned", "finding": "violence.killing"}, [1]),
        ({"finding": "violence.bombing"}, [0]),
        ({"judged": "overturned", "decided_since": past, "decided_until": future, "source": "Wire"}, [0, 1]),
        ({"judged": "overturned", "decided_until": past}, []),
        ({"judged": "compared"}, [0]),
        ({"judged": "unsure"}, []),
    ):
        assert places(session, ids, "oldest", **{"state": None, **wanted}) == expected, wanted


@pytest.mark.parametrize("few", [0, 2_000], ids=["walked", "gathered"])
def test_the_sample_of_scores_is_a_filter(
    session: Session, key_id: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By classifier, model version and tenth; an article that the sample left out is not found."""
    monkeypatch.setattr(review_queue, "FEW", few)
    scores = {"1.0.0": (0.05, 0.5, 0.58, 1.0), "2.0.0": (0.5,)}
    ids = []
    for version, of_version in scores.items():
        for score in of_version:
            ids.append(add_read(session, key_id, score=score))
            its_own = (ReportRow.article_id == ids[-1], ReportRow.classifier == "violence")
            session.execute(update(ReportRow).where(*its_own).values(version=version))
    for hour in (this_hour() - timedelta(hours=1), this_hour()):
        figure_counts.keep_hour(session, hour, figure_counts.count_hour(session, hour))
    ids.append(add_read(session, key_id))  # came after the hour was counted
    one = {"classifier": "violence", "version": "1.0.0"}
    for wanted, expected in (
        (one, [0, 1, 2, 3]),
        (one | {"score_from": 5}, [1, 2, 3]),
        (one | {"score_from": 5, "score_to": 6}, [1, 2]),
        (one | {"score_from": 9}, [3]),
        (one | {"score_to": 1}, [0]),
        (one | {"score_from": 6, "score_to": 5}, []),
        (one | {"since": clock.now() + timedelta(hours=1)}, []),
        (one | {"version": "2.0.0"}, [4]),
        (one | {"version": "3.0.0"}, []),
        ({"classifier": "source_bias"}, [0, 1, 2, 3, 4]),
        ({"version": "2.0.0"}, [4]),
        ({"score_from": 5, "score_to": 6}, [1, 2, 4]),
    ):
        assert places(session, ids, "oldest", **{"state": None, **wanted}) == expected, wanted
    figure_counts.forget_old_hours(session, now=clock.now() + timedelta(days=60))
    assert places(session, ids, "oldest", state=None, **one) == []


def test_a_page_ends_where_enough_was_looked_at_and_the_next_one_goes_on(
    session: Session, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes next is found however far back it is."""
    set_columns(session, ids[4], source="desk")  # the last one by severity
    monkeypatch.setattr(review_queue, "FEW", 0)
    monkeypatch.setattr(review_queue, "WALKED", 4)
    wanted = QueueFilter(source="desk", free_for="usr_1")
    page = list_queue(session, wanted, order="severity", limit=3)
    assert page.articles == ()
    page = list_queue(session, wanted, order="severity", limit=3, after=page.next_place)
    assert ([row.id for row in page.articles], page.next_place) == ([ids[4]], None)
    assert review_claims.claim_next(session, wanted, order="severity", user_id="usr_1") == ids[4]


def test_the_text_is_searched_and_says_where_it_is_cut(
    session: Session, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_columns(session, ids[3], text="A ferry.")
    assert places(session, ids, "oldest", text="ferries") == [3]
    assert list_queue(session, QueueFilter(text="bridge"), order="oldest", limit=9).searched_to is None
    monkeypatch.setattr(review_queue, "FEW", 3)
    page = list_queue(session, QueueFilter(text="bridge"), order="oldest", limit=9)
    assert ([row.id for row in page.articles], page.searched_to) == ([ids[2], ids[4], ids[5]], ids[2])
    wanted = QueueFilter(text="bridge", behind=page.searched_to)
    page = list_queue(session, wanted, order="oldest", limit=9)
    assert ([row.id for row in page.articles], page.searched_to) == (ids[:2], None)


@pytest.mark.parametrize(
    "after", ["", "x", "/", "1/", "x/art_1", "nan", "/art_1", "nan/art_1", "inf/art_1", "8/art_1", "-1/art_1"]
)
def test_a_place_of_another_order_is_refused(session: Session, after: str) -> None:
    for order in ("severity", "severity " if after else "no order"):
        if order == "severity" and after == "":
            continue  # the first page
        with pytest.raises(ValueError):  # noqa: PT011
            list_queue(session, QueueFilter(), order=order, limit=1, after=after)


def test_counts_are_of_the_states(session: Session, ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_columns(session, ids[0], review_state="closed")
    review_claims.claim(session, ids[1], "usr_1")
    assert review_queue.count_states(session) == {"open": 5, "escalated": 0, "closed": 1}
    assert review_queue.count_claimed(session, "usr_1") == 1
    monkeypatch.setattr(review_queue, "MOST_COUNTED", 3)
    assert review_queue.count_states(session)["open"] == 3


# --- claims ---------------------------------------------------------------------------------------


def expire(session: Session) -> None:
    session.execute(update(ArticleRow).values(claimed_until=clock.now() - timedelta(seconds=1)))


def test_a_claim_keeps_others_off_until_it_ends(session: Session, ids: list[str]) -> None:
    assert review_claims.claim(session, ids[0], "usr_1") is not None
    assert review_claims.claim(session, ids[0], "usr_2") is None
    row = session.get_one(ArticleRow, ids[0])
    assert review_claims.holder(row, clock.now()) == "usr_1"
    with pytest.raises(ClaimedError):
        reviews.add_decision(session, row, NewDecision("usr_2", "allow"))
    assert review_claims.claim(session, ids[0], "usr_1") is not None, "renewed"
    assert not review_claims.release(session, ids[0], "usr_2")
    expire(session)
    assert review_claims.claim(session, ids[0], "usr_2") is not None
    assert review_claims.release(session, ids[0], "usr_2")
    assert review_claims.claim(session, ids[0], "usr_1") is not None


def test_what_waits_for_nobody_is_not_claimed(session: Session, ids: list[str]) -> None:
    set_columns(session, ids[0], review_state="closed")
    assert review_claims.claim(session, ids[0], "usr_1") is None
    assert review_claims.claim(session, "art_0", "usr_1") is None


def test_two_people_get_different_articles(session: Session, ids: list[str]) -> None:
    def next_for(user: str, besides: str | None = None) -> int | None:
        wanted = QueueFilter(free_for=user)
        found = review_claims.claim_next(session, wanted, order="severity", user_id=user, besides=besides)
        return None if found is None else ids.index(found)

    assert [next_for("usr_1"), next_for("usr_2"), next_for("usr_1")] == [1, 3, 1]
    assert next_for("usr_1", besides=ids[1]) == 2
    reviews.add_decision(session, session.get_one(ArticleRow, ids[1]), NewDecision("usr_1", "allow"))
    reviews.add_decision(session, session.get_one(ArticleRow, ids[2]), NewDecision("usr_1", kind="second_opinion"))
    assert [next_for("usr_1"), next_for("usr_3")] == [5, 2], "the second opinion is another's"


# --- bulk -----------------------------------------------------------------------------------------


def test_a_bulk_does_what_its_plan_says_and_is_taken_back_whole(session: Session, ids: list[str]) -> None:
    review_claims.claim(session, ids[1], "usr_2")
    set_columns(session, ids[2], revision=7)
    set_columns(session, ids[3], review_state="closed", action="allow")
    set_columns(session, ids[4], state="queued")
    session.expire_all()
    chosen = dict.fromkeys(ids, 0)
    planned = bulk.plan(session, chosen, deed="allow", reviewer="usr_1")
    assert [item.hindrance for item in planned] == [None, "claimed", "changed", "same", "not_read", None]
    assert session.scalars(select(DecisionRow)).all() == [], "a plan writes nothing"

    made = bulk.carry_out(session, chosen, deed="allow", reviewer="usr_1", note="duplicates")
    assert (made.done, made.passed_over) == (2, 4)
    for number in (0, 5):
        row = session.get_one(ArticleRow, ids[number])
        assert (row.action, row.review_state) == ("allow", "closed")

    later = session.get_one(ArticleRow, ids[5])
    reviews.add_decision(session, later, NewDecision("usr_3", "block"))
    undone = bulk.undo(session, made.id, reviewer="usr_1")
    assert undone is not None
    assert (undone.done, undone.passed_over, undone.undoes) == (1, 1, made.id)
    assert session.get_one(ArticleRow, ids[0]).review_state == "open"
    assert session.get_one(ArticleRow, ids[5]).action == "block", "a later decision stays"
    assert bulk.undo(session, made.id, reviewer="usr_1") is None
    assert bulk.undo(session, undone.id, reviewer="usr_1") is None
    assert bulk.undo(session, "blk_0", reviewer="usr_1") is None
    assert len(session.scalars(select(BulkRow)).all()) == 2
    audited = session.scalars(select(AuditEntryRow.actor).where(AuditEntryRow.action == "decided")).all()
    assert sorted(audited) == ["usr_1"] * 3 + ["usr_3"]


def test_many_are_escalated_at_once(session: Session, ids: list[str]) -> None:
    made = bulk.carry_out(session, dict.fromkeys(ids[:2]), deed="escalate", reviewer="usr_1")
    assert made.done == 2
    assert review_queue.count_states(session)["escalated"] == 2
    with pytest.raises(ValueError, match="no such action"):
        bulk.plan(session, {}, deed="delete", reviewer="usr_1")
    with pytest.raises(ValueError, match="at most"):
        bulk.plan(session, {f"art_{number}": None for number in range(101)}, deed="allow", reviewer="usr_1")


def test_bulks_and_decisions_at_once_wait_for_each_other(database: Database, ids: list[str]) -> None:
    """Each holds articles that the others want, in another order, and all record in the one audit log."""
    failures: list[BaseException] = []

    def run(work: Callable[[Session], object]) -> None:
        try:
            with database.writing() as session:
                work(session)
        except BaseException as error:
            failures.append(error)

    def decide(article_id: str) -> Callable[[Session], object]:
        new = NewDecision("usr_9", findings=None, kind="escalation")
        return lambda session: reviews.add_decision(session, session.get_one(ArticleRow, article_id), new)

    works: list[Callable[[Session], object]] = [decide(one) for one in ids]
    for deed, chosen in (("allow", ids), ("block", ids[::-1])):
        works.append(partial(bulk.carry_out, chosen=dict.fromkeys(chosen), deed=deed, reviewer="usr_1"))
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with database.reading() as session:
        assert audit.verify(session).broken_at is None


# --- saved views ----------------------------------------------------------------------------------


def test_views_are_a_person_s_own_or_shared(session: Session) -> None:
    one = add_user(session, "anna", "a long password").id
    other = add_user(session, "boris", "a long password").id
    mine = saved_views.save_view(session, owner_id=one, name=" Grave ", query={"order": "severity"})
    shared = saved_views.save_view(session, owner_id=one, name="Russian", query={"language": "ru"}, is_shared=True)
    assert [row.name for row in saved_views.list_views(session, one)] == ["Grave", "Russian"]
    assert [row.id for row in saved_views.list_views(session, other)] == [shared.id]
    again = saved_views.save_view(session, owner_id=one, name="Grave", query={"order": "newest"})
    assert (again.id, again.query) == (mine.id, {"order": "newest"})
    assert not saved_views.delete_view(session, shared.id, owner_id=other)
    assert saved_views.delete_view(session, shared.id, owner_id=one)
    for name in ("", " ", "x" * 81, "a\0"):
        with pytest.raises(ViewError):
            saved_views.save_view(session, owner_id=one, name=name, query={})
    for number in range(49):
        saved_views.save_view(session, owner_id=one, name=str(number), query={})
    with pytest.raises(ViewError, match="many"):
        saved_views.save_view(session, owner_id=one, name="one more", query={})
