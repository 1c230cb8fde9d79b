"""The bench of speed: a gate on ratios within one process, and the frozen figures against the aims."""

import json
from typing import Any

import pytest

from models.types import Article
from quality.speed import reading
from quality.speed.__main__ import RESULTS, main, parts, to_table
from quality.speed.aims import AIMS, NOT_YET, Aim, missed
from quality.speed.growth import written

# Measured 1.5 and 2.3 on an idle machine; what others do to the caches of a busy one is within these.
_NETWORK_TIMES, _ARTICLE_TIMES = 3.0, 5.0


@pytest.fixture
def results() -> dict[str, Any]:
    if not RESULTS.exists():
        pytest.skip("make bench has not been frozen yet")
    frozen: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return frozen


@pytest.mark.weights
def test_an_article_costs_a_few_times_what_its_products_must_cost() -> None:
    """Processor time against processor time, the least of several: a slow machine slows both."""
    reader, encoder = reading.load_forgetful(threads=1)
    article = Article(text=reading.SEED.read_text("utf-8"))
    reader.read([article])
    floor = reading._floor(encoder, article)["floor_ms"]
    network = (stages := reading._stages(reader, article, 5))["network"]["cpu_ms"]
    whole = reading.timed(lambda: reader.read([article]), 5)["cpu_ms"]
    assert 0.5 < network / floor < _NETWORK_TIMES
    assert network / floor < whole / floor < _ARTICLE_TIMES
    assert 0.9 < reading.explained({"stages": stages}) < 1


def test_texts_of_any_size_have_no_sentence_twice() -> None:
    text = written(10_000)
    sentences = text.split(". ")
    assert len(text) == 10_000
    assert len(set(sentences)) == len(sentences) > 50


def test_only_a_whole_run_is_frozen() -> None:
    with pytest.raises(SystemExit):
        main(["--freeze", "--only", "growth"])


def test_a_missed_aim_is_named() -> None:
    figures: dict[str, Any] = {"reading": {"floor": {"times_the_floor": 1.6}, "explained": 0.97}}
    assert missed(figures) == {"network, times the floor of its products"}


def test_the_table_shows_figures_and_whether_aims_are_met() -> None:
    measured = {"machine": "2 cores", "on": "2026-11-24", "load_at_start": 0.1, "seconds": {"reading": 1}}
    reading_ = {"floor": {"times_the_floor": 1.6}, "explained": 0.97}
    table = to_table({"measured": measured, "reading": reading_})
    assert "floor: times_the_floor" in table
    assert "MISSED" in table
    assert table.count("  met") == 1


def test_every_part_was_measured_on_a_named_machine(results: dict[str, Any]) -> None:
    assert results["measured"]["machine"]
    assert results.keys() - {"measured"} == parts(is_quick=False).keys()


def test_what_is_missed_is_said_and_what_is_met_is_not(results: dict[str, Any]) -> None:
    assert missed(results) == NOT_YET


@pytest.mark.parametrize("aim", AIMS, ids=lambda aim: aim.name)
def test_the_frozen_figures_hold_what_each_aim_needs(aim: Aim, results: dict[str, Any]) -> None:
    assert aim.figure(results) > 0
