"""Bylines from the table beside this file, and the credits by which an outlet is known."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.outlets import OutletRegister, load_outlets
from models.source_bias.source import find_origin, source_findings
from models.types import Article, Span
from tests.timing import cpu_seconds

BYLINES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("bylines.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


@pytest.mark.parametrize("case", BYLINES, ids=[case["text"][:40] for case in BYLINES])
def test_byline(case: dict[str, Any], outlets: OutletRegister) -> None:
    """The names are those the table gives, and the span holds just them."""
    byline = find_origin(Article(case["text"]), outlets).source.byline

    if "span" not in case:
        assert byline is None
        return
    assert byline is not None
    assert case["text"][byline.start : byline.end] == case["span"]
    assert byline.names == tuple(case["names"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Мост закрыт.\n© 2019, РИА «Новый День»", "Novy Den"),
        ("By The Associated Press\n\nThe bridge is closed.", "AP"),
        ("The bridge is closed. (AFP)", "AFP"),
        ("Мост закрыт.\nФото: Иван Лесной/ТАСС/", None),
        ("© AP Photo / Jane Doe. The bridge is closed.", None),
        ("The bridge is closed. The Associated Press contributed to this report.", None),
        ("The bridge is closed. (Reporting by Jane Doe)", None),
        ("By Monday the bridge will be closed. By Reuters Square, too.", None),
    ],
)
def test_credits(outlets: OutletRegister, text: str, name: str | None) -> None:
    """A credit of the text names the outlet; the credit of a picture or a helper does not."""
    record = find_origin(Article(text), outlets).record

    assert (record.name if record else None) == name


@pytest.mark.parametrize(
    "piece", ["By Jane Doe, ", "A ", "A. B. ", "ПОС. ", "Jan 5, ", "(AP) ", "/ТАСС", '“«"', "By A B and\n", "Автор: А"]
)
def test_the_work_does_not_grow_with_the_article(outlets: OutletRegister, piece: str) -> None:
    """Openings and closings are read, never the middle: 200,000 code points take no longer than a page."""
    article = Article((piece * 200_000)[:200_000])

    assert cpu_seconds(lambda: find_origin(article, outlets)) < 1.0


def test_an_owner_nobody_checked_is_said_to_be_unchecked(outlets: OutletRegister) -> None:
    """Only where the register's row rests on general knowledge alone."""
    text = "The bridge will be repaired. Work starts soon."
    reasons = []
    for source in ("RIA Tomsk", "Moskva 24", "TASS"):
        found = source_findings(find_origin(Article(text, source=source), outlets), Span(0, 28, text[:28]), text)
        reasons.append("".join(evidence.reason for finding in found for evidence in finding.evidence))

    assert ["not checked against a source" in reason for reason in reasons] == [False, True, False]
    assert "Owner in the outlet register" in reasons[2]
