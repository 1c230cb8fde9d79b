"""A custom organisation is known to the next article that is claimed, in a process that goes on running."""

from collections.abc import Callable, Sequence

import pytest

from models.designations.custom import CustomOrganisation, OrganisationsFile
from models.designations.register import Register, load_register
from models.encoder import SentenceScores
from models.reader import Reader
from models.source_bias.outlets import load_outlets
from models.types import Rules
from store import articles, custom_organisations
from store.database import Database
from store.queues import Queues
from store.tables import ArticleRow
from workers.classify import Desk
from workers.organisations import ReaderKeeper

Add = Callable[..., list[str]]
Fetch = Callable[[str], ArticleRow]
TEXT = "Members of the Qarzan Vanguard met in the old mill on Sunday."
OWN = CustomOrganisation.model_validate(
    {
        "id": "qarzan-vanguard",
        "name": "Qarzan Vanguard",
        "names": [{"text": "Qarzan Vanguard", "language": "en"}],
        "designations": [{"jurisdiction": "RU", "list": "House list", "kind": "extremist", "since": "2020-01-01"}],
    }
)


class NoEncoder:
    """Its two classifiers are recorded as failed; the register needs none."""

    version = "none"

    def score(self, sentences: Sequence[str]) -> SentenceScores:
        raise RuntimeError


@pytest.fixture(scope="module")
def built_in() -> Register:
    return load_register()


@pytest.fixture
def keeper(database: Database, built_in: Register) -> ReaderKeeper:
    return ReaderKeeper(database, Reader(NoEncoder(), built_in, load_outlets(), Rules()), OrganisationsFile())


def test_the_next_article_is_read_with_it(
    database: Database, no_redis: Queues, add: Add, fetch: Fetch, keeper: ReaderKeeper
) -> None:
    """Added, changed and removed between articles; each report names the version that it was made with."""
    desk = Desk(database, no_redis, keeper.reader, articles_per_claim=4, lease_seconds=60, renew=keeper.current)

    def read() -> tuple[str, list[str]]:
        (one,) = add(1, text=TEXT)
        assert desk.read_waiting() == 1
        with database.reading() as session:
            report = articles.get_report(session, fetch(one))
        assert report is not None
        named = [mention["organisation"]["name"] for mention in report["designations"]["mentions"]]
        return report["versions"]["register"], named

    plain = keeper.reader.register.version
    assert read() == (plain, [])
    with database.writing() as session:
        custom_organisations.keep(session, OWN, changed_by="key_1")
    assert read() == (f"{plain}+1", ["Qarzan Vanguard"])
    with database.writing() as session:
        custom_organisations.keep(session, OWN.model_copy(update={"name": "QV"}), changed_by="key_1")
    assert read() == (f"{plain}+2", ["QV"])
    with database.writing() as session:
        custom_organisations.remove(session, OWN.id, changed_by="key_1")
    assert read() == (plain, [])


def test_nothing_is_built_where_nothing_changed(keeper: ReaderKeeper) -> None:
    assert keeper.current() is keeper.current()


def test_the_files_organisations_are_known_from_the_start(database: Database, built_in: Register) -> None:
    reader = Reader(NoEncoder(), built_in, load_outlets(), Rules())
    keeper = ReaderKeeper(database, reader, OrganisationsFile((OWN,), "1a2b3c4d"))

    assert keeper.current().register.by_id["qarzan-vanguard"].name == "Qarzan Vanguard"
    assert keeper.current().register.version == f"{built_in.version}+file-1a2b3c4d"
