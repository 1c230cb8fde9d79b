"""One reading at a time, and who has somebody waiting gets in between two sentences."""

import threading
import time

import pytest

from tests.workers.conftest import wait_until
from workers.turns import Turns


def test_who_waits_urgently_gets_in_where_a_reading_gives_way() -> None:
    """Not before, and the reading goes on afterwards."""
    turns, happened = Turns(), []
    may_give_way = threading.Event()

    def read_long() -> None:
        with turns.ordinary():
            happened.append("begun")
            may_give_way.wait(10)
            turns.give_way()
            happened.append("ended")

    long = threading.Thread(target=read_long)
    long.start()
    wait_until(lambda: happened == ["begun"])

    def read_short() -> None:
        with turns.urgent():
            happened.append("urgent")

    short = threading.Thread(target=read_short)
    short.start()
    time.sleep(0.1)
    assert happened == ["begun"]
    may_give_way.set()
    short.join(10)
    long.join(10)

    assert happened == ["begun", "urgent", "ended"]


def test_without_anybody_waiting_nothing_is_given_up() -> None:
    """A second reading, of the ordinary kind, waits until the end: it has no right to come in between."""
    turns, happened = Turns(), []
    with turns.ordinary():
        other = threading.Thread(target=lambda: _read(turns, happened))
        other.start()
        for _ in range(5):
            turns.give_way()
            time.sleep(0.01)
        happened.append("first")
    other.join(10)

    assert happened == ["first", "second"]


def _read(turns: Turns, happened: list[str]) -> None:
    with turns.ordinary():
        happened.append("second")


def test_an_urgent_reading_does_not_give_way() -> None:
    """The same code reads in both kinds of turn: it calls `give_way` either way."""
    turns = Turns()
    with turns.urgent():
        turns.give_way()
        other = threading.Thread(target=turns.give_way)
        other.start()
        other.join(10)

    assert not other.is_alive()
    with turns.ordinary():
        pass


def test_a_reading_that_raises_gives_its_turn_back() -> None:
    turns = Turns()
    for kind in (turns.ordinary, turns.urgent):
        with pytest.raises(ValueError, match="no sense"), kind():
            raise ValueError("no sense")
    with turns.urgent():
        pass


def test_however_many_wait_urgently_an_article_goes_on() -> None:
    """By a sentence after each of them: nobody can keep articles from being read."""
    turns = Turns()
    stop = threading.Event()

    def hurry() -> None:
        while not stop.is_set():
            with turns.urgent():
                pass

    others = [threading.Thread(target=hurry) for _ in range(4)]
    for other in others:
        other.start()
    began = time.monotonic()
    with turns.ordinary():
        for _ in range(200):
            turns.give_way()
    seconds = time.monotonic() - began
    stop.set()
    for other in others:
        other.join(10)

    assert seconds < 20
