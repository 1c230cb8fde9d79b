"""Datelines of both languages, from the table beside this file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.dateline import find_dateline
from models.source_bias.dates import read_date
from models.source_bias.outlets import OutletRegister, load_outlets

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("datelines.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_dateline(case: dict[str, Any], outlets: OutletRegister) -> None:
    """The dateline's words, place, date and agency are read as the table says, or none is found."""
    found = find_dateline(case["text"], outlets)

    if "span" not in case:
        assert found is None
        return
    assert found is not None
    assert case["text"][found.start : found.end] == case["span"]
    assert (found.place, found.date, found.agency) == (case.get("place"), case.get("date"), case.get("agency"))


def test_a_dateline_far_down_is_a_quotation(outlets: OutletRegister) -> None:
    """Only the beginning of an article is its dateline."""
    text = "A line of an article.\n" * 40 + "MOSCOW, 3 Feb — RIA Novosti. The ministry replied."

    assert find_dateline(text, outlets) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dec. 11, 2017", "2017-12-11"),
        ("11 декабря 2017 года", "2017-12-11"),
        ("11.12.2017", "2017-12-11"),
        ("2017-12-11", "2017-12-11"),
        ("sept 1st", "09-01"),
        ("1 мая", "05-01"),
        ("30 February", None),
        ("29.02.2023", None),
        ("0 May", None),
    ],
)
def test_dates(written: str, read: str | None) -> None:
    """Days are read in both languages; a day that no calendar has is none."""
    assert read_date(written) == read
