"""A reading that hangs ends its process, whatever it hangs in; the supervisor starts another."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROCESS = """
import re, sys, threading, time
from store import articles, keys
from store.bootstrap import migrate
from store.database import open_database
from store.queues import open_queues
from tests.workers.fakes import FakeReader
from workers import process
from workers.classify import Desk

def hang(_articles):
    print("it hangs", flush=True)
    {hang}

database = open_database(f"sqlite:///{{sys.argv[1]}}/o.sqlite3")
migrate(database)
with database.writing() as session:
    key = keys.add_key(session, "a key for tests", name="t", scopes=["submit"]).id
    articles.add_article(session, articles.NewArticle("Qwertyuiop."), api_key_id=key)
queues = open_queues("unix:///none")
desk = Desk(database, queues, FakeReader(before=hang), 1, 60, least_reading_seconds=-4)
keeper = process.Keeper(queues, desk.tend, desk.stop)
threading.Thread(target=keeper.run, daemon=True).start()
desk.read_waiting()
print("it was read", flush=True)
time.sleep(2)
"""


def run(tmp_path: Path, hang: str) -> tuple[int, float, str, str]:
    """Exit status, seconds from the hang to the end, stdout after it began to hang, stderr."""
    with (tmp_path / "stderr").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", PROCESS.format(hang=hang), tmp_path],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        with process.stdout:
            assert process.stdout.readline() == "it hangs\n"
            began = time.monotonic()
            rest = process.stdout.read()
        status = process.wait(20)
        errors.seek(0)
        return status, time.monotonic() - began, rest, errors.read()


@pytest.mark.parametrize(
    "hang",
    [
        'time.sleep(60)',
        're.match(r"(a|aa)+$", "a" * 60 + "b")',  # holds the GIL for years
    ],
)  # fmt: skip
def test_a_hung_reading_ends_the_process(tmp_path: Path, hang: str) -> None:
    """At its deadline (here 4 s ago) and 5 s; the log says where it stood, and no word of the article."""
    status, seconds, rest, errors = run(tmp_path, hang)
    assert (status, rest) == (1, "")
    assert 0.5 < seconds < 5
    assert "in hang" in errors
    assert "in _read" in errors
    assert "Qwertyuiop" not in errors


def test_a_reading_in_time_is_left_alone(tmp_path: Path) -> None:
    """Also afterwards."""
    status, _, rest, errors = run(tmp_path, "time.sleep(0.1)")
    assert (status, rest) == (0, "it was read\n"), errors
