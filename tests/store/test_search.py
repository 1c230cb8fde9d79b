"""Words are found in every form, in both languages, until the article is erased; and no query is an error."""

import pytest
from sqlalchemy import text

from store import articles, search
from store.articles import NewArticle
from store.database import Database
from store.erasure import erase_article
from tests.store.makers import add_articles, set_columns

RUSSIAN = "Ополченцы обстреляли мост. Ещё двое погибли, сообщил мэр Берёзовки."
ENGLISH = "The bridge was shelled at dawn. Two people were killed, the mayor said."


@pytest.fixture
def ids(database: Database, key_id: str) -> dict[str, str]:
    made = {}
    with database.writing() as session:
        for name, body, title in (("en", ENGLISH, "Shelling"), ("ru", RUSSIAN, None), ("no", "Rain.", "Погода")):
            made[name] = articles.add_article(session, NewArticle(body, title=title), api_key_id=key_id).id
            set_columns(session, made[name], state="classified")
    return made


def find(database: Database, words: str) -> set[str]:
    with database.reading() as session:
        found = search.find_articles(session, words, most=10)
        assert found.searched_to is None
        return set(found.ids)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bridge", {"en"}),
        ("BRIDGES", {"en"}),
        ("kill", {"en"}),
        ("shelling", {"en"}),
        ("bridge mayor", {"en"}),
        ("bridge rain", set()),
        ('"two people"', {"en"}),
        ('"people two"', set()),
        ("bridge -mayor", set()),
        ("bridge -rain", {"en"}),
        ("моста", {"ru"}),
        ("ополченцами", {"ru"}),
        ("обстрелять", {"ru"}),
        ("берёзовкой", {"ru"}),
        ("Березовкою", {"ru"}),
        ("березовка", {"ru"}),
        ("погоду", {"no"}),
        ("мост", {"ru"}),
        ("столб", set()),
    ],
)
def test_words_are_found_in_every_form(database: Database, ids: dict[str, str], words: str, found: set[str]) -> None:
    assert find(database, words) == {ids[name] for name in found}


@pytest.mark.parametrize(
    "words",
    ["", " ", '"', '""', "-", "-bridge", "(", "AND", "NEAR(", "*", "title:x", "a\0b", "';--", "x" * 500, "^", '"a',
     "^a*", "🙂", "\u202e", "NOT NOT", "{a}", "a:b", "+", "- -", '"-"', "мост" * 100, "a " * 200],
)  # fmt: skip
def test_no_query_is_an_error(database: Database, ids: dict[str, str], words: str) -> None:
    assert find(database, words) <= set(ids.values())


def test_the_newest_come_first_and_no_more_than_asked(database: Database, key_id: str) -> None:
    with database.writing() as session:
        made = add_articles(session, key_id, 5)
        for article_id in made:
            set_columns(session, article_id, state="classified")
        found = search.find_articles(session, "bridge", most=3)
        assert (found.ids, found.searched_to) == (made[:1:-1], made[2])
        found = search.find_articles(session, "bridge", most=5)
        assert (found.ids, found.searched_to) == (made[::-1], None)


@pytest.mark.parametrize("limits", [(10, 10), (0, 2), (0, 1), (3, 2)])
@pytest.mark.parametrize("words", ["bridge", "bridge mayor", '"the mayor"', "bridge -ferry"])
def test_a_search_that_ends_early_goes_on_from_there(
    database: Database, key_id: str, monkeypatch: pytest.MonkeyPatch, words: str, limits: tuple[int, int]
) -> None:
    """However few are looked at at a time, each is found once; an article that was erased meanwhile is no end."""
    for name, limit in zip(("LISTED", "LOOKED_AT"), limits, strict=True):
        monkeypatch.setattr(search, name, limit)
    with database.writing() as session:
        made = add_articles(session, key_id, 9)
        for number, article_id in enumerate(made):
            if number % 3 == 1:
                set_columns(session, article_id, text="A ferry to the bridge, by the mayor.")
            set_columns(session, article_id, state="classified")
        expected = [made[number] for number in reversed(range(9)) if words != "bridge -ferry" or number % 3 != 1]
        found, ids, steps = search.find_articles(session, words, most=2), [], 0
        while True:
            ids += found.ids
            if found.searched_to is None:
                break
            if steps == 1:
                erase_article(session, found.searched_to, actor="usr_1")
            found, steps = search.find_articles(session, words, most=2, behind=found.searched_to), steps + 1
    assert ids == expected
    assert steps >= 2


def test_words_that_never_meet_are_told_by_the_index(
    database: Database, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is in more articles than are listed or looked at, and yet the answer is whole: there is none."""
    monkeypatch.setattr(search, "LISTED", 1)
    monkeypatch.setattr(search, "LOOKED_AT", 1)
    with database.writing() as session:
        for number, article_id in enumerate(add_articles(session, key_id, 8)):
            set_columns(session, article_id, text="A ferry." if number % 2 else "A bridge.")
            set_columns(session, article_id, state="classified")
    assert find(database, "ferry bridge") == set()
    assert find(database, '"bridge ferry"') == set()


@pytest.mark.parametrize("words", ["-ferry", "the -ferry", "-ferry -rain", '-"a ferry"'])
def test_what_is_only_left_out_finds_nothing(database: Database, ids: dict[str, str], words: str) -> None:
    """On PostgreSQL every article would have to be read; its list of words that nobody looks for has "the"."""
    assert find(database, words) == (set() if words != "the -ferry" or _is_postgresql(database) else {ids["en"]})


def _is_postgresql(database: Database) -> bool:
    return database.engine.dialect.name == "postgresql"


def test_the_settings_of_the_search_end_with_it(database: Database, ids: dict[str, str]) -> None:
    if _is_postgresql(database):
        with database.reading() as session:
            search.find_articles(session, "bridge", most=1)
            assert session.scalar(text("SHOW enable_seqscan")) == session.scalar(text("SHOW enable_indexscan")) == "on"


def test_a_changed_text_is_found_by_its_new_words(database: Database, ids: dict[str, str]) -> None:
    with database.writing() as session:
        set_columns(session, ids["en"], text="A ferry crossed.", title=None)
    assert (find(database, "bridge"), find(database, "ferries")) == (set(), {ids["en"]})


@pytest.mark.parametrize("state", ["classified", "failed"])
def test_an_article_is_found_once_it_was_read(database: Database, key_id: str, state: str) -> None:
    """Who sends one does not wait for the index; and no later change of its state puts it in again."""
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
    assert find(database, "bridge") == set()
    for after in (state, "queued", state):
        with database.writing() as session:
            set_columns(session, made, state=after)
        assert find(database, "bridge") == {made}


def test_an_article_that_is_erased_unread_is_never_in_the_index(database: Database, key_id: str) -> None:
    with database.writing() as session:
        (made,) = add_articles(session, key_id, 1)
        assert erase_article(session, made, actor="usr_1")
    assert find(database, "bridge") == set()
    if database.engine.dialect.name == "sqlite":
        assert b"bridg" not in index_of(database)


def index_of(database: Database) -> bytes:
    with database.reading() as session:
        return b"".join(session.scalars(text("SELECT block FROM article_words_data")))


def test_an_erased_article_is_not_found_and_its_words_leave_the_index(database: Database, ids: dict[str, str]) -> None:
    if database.engine.dialect.name == "sqlite":
        assert b"bridg" in index_of(database)
    with database.writing() as session:
        set_columns(session, ids["en"], state="classified")
        assert erase_article(session, ids["en"], actor="usr_1")
    assert find(database, "bridge") == set()
    assert search.forget_erased(database)
    if database.engine.dialect.name == "sqlite":
        assert b"bridg" not in index_of(database)
        assert b"rain" in index_of(database)
        with database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM article_words_due")) == 0
    assert find(database, "моста") == {ids["ru"]}


def test_an_article_of_more_words_than_an_index_entry_holds_is_taken(database: Database, key_id: str) -> None:
    body = "".join(chr(0x4E00 + number // 90) + chr(0x400 + number % 90) + " " for number in range(66_000))
    with database.writing() as session:
        made = articles.add_article(session, NewArticle(body, title="Characters"), api_key_id=key_id).id
        set_columns(session, made, state="classified")
    assert find(database, "characters") == {made}
