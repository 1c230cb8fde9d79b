"""The frozen figures of `make chaos` are as they must be (quality/faults/expectations.py)."""

import json

import pytest

from quality.faults.__main__ import RESULTS, parts, read_options
from quality.faults.expectations import problems


@pytest.fixture
def results() -> dict[str, dict[str, object]]:
    if not RESULTS.exists():
        pytest.skip("make chaos has not been run to its end yet")
    frozen: dict[str, dict[str, object]] = json.loads(RESULTS.read_text("utf-8"))
    return frozen


def test_every_part_was_measured_on_a_named_machine(results: dict[str, dict[str, object]]) -> None:
    assert results["measured"]["machine"]
    assert results.keys() - {"measured"} == parts(read_options([])).keys()


def test_nothing_is_lost_wrong_doubled_late_or_let_through(results: dict[str, dict[str, object]]) -> None:
    assert problems(results) == []


def test_the_figures_are_of_the_full_run(results: dict[str, dict[str, object]]) -> None:
    """Not of one made smaller by the command line."""
    chaos = results["chaos-sqlite"]
    assert chaos["articles"] == 10_000
    assert chaos["kills"]["all"] >= 400  # type: ignore[index]
    assert results["addresses"]["embeddings"]["count"] == 1_000_000  # type: ignore[index]
    assert results["signatures"]["changed"] == 10_000
