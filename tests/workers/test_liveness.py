"""A dead neighbour is known for certain, and what it held is free at once."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from store import claims, leases
from store.database import Database
from store.tables import ArticleRow
from workers.liveness import end_leases_of_the_dead, is_dead, own_name

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say who lives")
NAME = "from workers.liveness import own_name; print(own_name(), flush=True)"


def name_of_a_dead_process() -> str:
    done = subprocess.run([sys.executable, "-c", NAME], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_who_lives_is_not_dead() -> None:
    assert not is_dead(own_name())


def test_who_ended_is_dead() -> None:
    assert is_dead(name_of_a_dead_process())


def test_who_was_killed_and_not_yet_buried_is_dead() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"{NAME}; input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not is_dead(name)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(name)


def test_an_id_that_another_process_has_now_is_not_the_dead_one() -> None:
    machine, pid, started = own_name().rsplit("/", 2)
    assert is_dead(f"{machine}/{pid}/{int(started) - 1}")


@pytest.mark.parametrize("name", ["", "x", "/", "//", "a/b/1/2", "a/b/../2", f"a/b/{'9' * 5000}/2"])
def test_who_is_not_of_this_machine_may_live(name: str) -> None:
    assert not is_dead(name)


def test_what_the_dead_held_is_claimed_at_once_and_counts_as_a_death(
    database: Database, add: Callable[..., list[str]]
) -> None:
    """What the living hold, or somebody unknown, is left alone."""
    add(3)
    for holder in (name_of_a_dead_process(), own_name(), ""):
        with database.writing() as session:
            assert len(claims.claim_articles(session, limit=1, lease_seconds=60, holder=holder).articles) == 1

    end_leases_of_the_dead(database, ArticleRow)

    with database.writing() as session:
        (article,) = claims.claim_articles(session, limit=9, lease_seconds=60).articles
        assert article.deaths == 1


def test_a_token_names_its_holder_and_is_never_the_same() -> None:
    assert leases.holder_of(leases.make_token("a/1/2/3")) == "a/1/2/3"
    assert leases.holder_of(leases.make_token("")) == leases.holder_of("0f" * 16) == ""
    assert leases.make_token("x") != leases.make_token("x")
