"""Whose article is read next: callers share the workers, and each decides what of its own comes first."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store import articles, claims, keys
from store.articles import NewArticle
from store.claims import BURST, CODE_POINTS_PER_CLAIM
from store.database import Database
from store.tables import ApiKeyRow, ArticleRow

TEXT = "a" * 2_000
Add = Callable[..., list[str]]


@pytest.fixture
def add(database: Database) -> Add:
    """``add("first", 3)``: three articles of that caller, which is made where there is none; their ids."""

    def add_articles(name: str, count: int, *, text: str = TEXT, **fields: object) -> list[str]:
        with database.writing() as session:
            key_id = session.scalar(select(ApiKeyRow.id).where(ApiKeyRow.name == name))
            if key_id is None:
                key_id = keys.add_key(session, f"the key of {name}", name=name, scopes=["submit"]).id
            new = NewArticle(text, **fields)  # type: ignore[arg-type]
            return sorted(articles.add_article(session, new, api_key_id=key_id).id for _ in range(count))

    return add_articles


def claim(database: Database, limit: int = 8) -> list[ArticleRow]:
    with database.writing() as session:
        return list(claims.claim_articles(session, limit=limit, lease_seconds=600).articles)


def owners(database: Database, rows: list[ArticleRow]) -> Counter[str]:
    with database.reading() as session:
        names = dict(session.execute(select(ApiKeyRow.id, ApiKeyRow.name)).all())
    return Counter(names[row.api_key_id] for row in rows)


def serve(database: Database, name: str, code_points: float) -> None:
    """As if so much had been read for that caller."""
    with database.writing() as session:
        session.execute(update(ApiKeyRow).where(ApiKeyRow.name == name).values(served=code_points))


# --- between callers ------------------------------------------------------------------------------


def test_a_few_articles_overtake_the_many_of_another(database: Database, add: Add) -> None:
    """The batch under way is waited for, no other."""
    add("many", 200)
    for _ in range(10):
        assert owners(database, claim(database)) == {"many": 8}
    few = add("few", 10)
    assert [[row.id for row in claim(database)] for _ in range(2)] == [few[:8], few[8:]]


def test_ten_articles_wait_less_than_twice_as_long_beside_ten_thousand(database: Database, add: Add) -> None:
    """In code points read until the last of the ten is: alone, and with the other's batch just begun."""

    def read_until_done(wanted: list[str], read: int = 0) -> int:
        left = set(wanted)
        while left:
            rows = claim(database)
            read += sum(len(row.text) for row in rows)
            left -= {row.id for row in rows}
        return read

    add("many", 300)
    claim(database)
    for _ in range(3):  # of a caller that comes again and again, too
        begun = sum(len(row.text) for row in claim(database))
        assert begun <= CODE_POINTS_PER_CLAIM
        beside = read_until_done(add("few", 10), begun)
        assert beside < 2 * 10 * len(TEXT)


def test_callers_with_much_to_read_share_evenly(database: Database, add: Add) -> None:
    """Evenly in code points: short articles are not held back by the other's long ones."""
    add("short", 400, text="a" * 500)
    add("long", 100, text="a" * 4_500)
    add("middle", 200, text="a" * 1_500)
    read: Counter[str] = Counter()
    for _ in range(45):
        rows = claim(database)
        read.update({name: count * (len(rows[0].text) + 500) for name, count in owners(database, rows).items()})
    assert max(read.values()) - min(read.values()) <= BURST / 2


def test_many_articles_of_a_newcomer_hold_nobody_up_for_long(database: Database, add: Add) -> None:
    """A caller for whom much was read does not have to wait until as much was read for the newcomer."""
    add("old", 20)
    add("new", 300)
    serve(database, "old", 50_000_000)
    read = 0
    while owners(database, rows := claim(database))["old"] == 0:
        read += sum(len(row.text) for row in rows)
    assert BURST / 2 <= read <= BURST


@pytest.mark.parametrize("busy", ["first", "second"])
def test_who_was_idle_neither_gains_nor_loses(database: Database, add: Add, busy: str) -> None:
    """Whichever was served more in times past, afterwards they take turns."""
    add("first", 200)
    add("second", 200)
    serve(database, busy, 9_000_000)
    for _ in range(8):
        claim(database)
    shares: Counter[str] = Counter()
    for _ in range(10):
        shares.update(owners(database, claim(database)))
    assert shares == {"first": 40, "second": 40}


def test_a_suspect_of_one_caller_harms_no_other(database: Database, add: Add) -> None:
    """It is read alone, and the other's articles are read all the same."""
    (suspect,) = add("one", 1)
    rest = add("two", 3)
    with database.writing() as session:
        session.execute(update(ArticleRow).where(ArticleRow.id == suspect).values(deaths=1))
    read = [[row.id for row in claim(database)] for _ in range(2)]
    assert sorted(read) == sorted([[suspect], rest])


# --- within a caller ------------------------------------------------------------------------------


def test_what_somebody_waits_for_comes_first_and_what_may_wait_last(database: Database, add: Add) -> None:
    low = add("one", 2, priority="low")
    normal = add("one", 2)
    interactive = add("one", 1, priority="interactive")
    assert [row.id for row in claim(database)] == interactive, "nobody waits for a whole batch"
    assert [row.id for row in claim(database)] == normal + low


def test_what_somebody_waits_for_comes_before_the_articles_of_others(database: Database, add: Add) -> None:
    """Alone of its caller's, though the other is the less served."""
    add("waiting", 20)
    add("other", 20)
    serve(database, "waiting", 60_000)
    (wanted,) = add("waiting", 1, priority="interactive")
    assert [row.id for row in claim(database)] == [wanted]
    assert owners(database, claim(database)) == {"other": 8}


def test_waiting_for_all_of_them_takes_nothing_from_others(database: Database, add: Add) -> None:
    """Past one burst more, who waits for every article is served like everybody else."""
    add("patient", 200)
    add("urgent", 400, priority="interactive")
    shares: Counter[str] = Counter()
    for _ in range(40):
        shares.update(owners(database, claim(database)))
    assert abs(shares["urgent"] - shares["patient"]) * (len(TEXT) + 500) <= BURST + CODE_POINTS_PER_CLAIM


# --- the size of a claim --------------------------------------------------------------------------


def test_a_claim_is_about_a_second_of_reading(database: Database, add: Add) -> None:
    long = add("one", 2, text="a" * 60_000)
    short = add("one", 3, text="a" * 12_500)
    assert [[row.id for row in claim(database)] for _ in range(5)] == [[long[0]], [long[1]], short[:2], short[2:], []]


def test_a_claim_is_of_one_caller(database: Database, add: Add) -> None:
    """Nobody waits for a batch to end that another's articles have made longer."""
    for name in ("one", "two", "three"):
        add(name, 3)
    batches = [owners(database, claim(database)) for _ in range(3)]
    assert sorted(batches, key=str) == [{"one": 3}, {"three": 3}, {"two": 3}]


def test_where_all_of_a_caller_are_held_the_next_one_has_its_turn(database: Database, add: Add) -> None:
    add("one", 2)
    claim(database)
    add("two", 1)
    serve(database, "two", 50_000)
    assert owners(database, claim(database)) == {"two": 1}


def test_what_was_claimed_is_counted_once(database: Database, add: Add) -> None:
    add("one", 2)
    claim(database)
    claim(database)

    def served(session: Session) -> float | None:
        return session.scalar(select(ApiKeyRow.served))

    with database.reading() as session:
        assert served(session) == 2 * (len(TEXT) + 500)
