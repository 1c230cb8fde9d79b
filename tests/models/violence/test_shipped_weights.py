"""What the shipped weights say of whole articles: ours, and the seed where it is at hand."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.encoder import Encoder, load_encoder
from models.text import prepare
from models.types import Article, ViolenceReport
from models.violence.classifier import classify
from models.violence.labels import LABELS

pytestmark = pytest.mark.weights
ARTICLES = yaml.safe_load(Path(__file__).with_name("articles.yaml").read_text("utf-8"))


@pytest.fixture(scope="module", params=["research", "permissive"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return load_encoder(request.param)


def read(text: str, language: str, encoder: Encoder) -> ViolenceReport:
    page = prepare(Article(text, language=language))
    return classify(page, encoder.score([sentence.text for sentence in page.sentences]))


@pytest.mark.parametrize("case", ARTICLES, ids=lambda case: case["name"])
def test_an_article_is_read_as_its_table_says(case: dict[str, Any], encoder: Encoder) -> None:
    """Reports of violence describe and do not incite; calls incite; sport, politics and software do neither."""
    report = read(case["text"], case["language"], encoder)
    assert (report.inciting >= 0.5) == case["inciting"]
    assert report.graphic < 0.5
    if case["describes"] is not None:
        assert (report.score >= 0.5) == case["describes"]
        assert bool(report.findings) == case["describes"]
    for finding in report.findings:
        assert finding.label in LABELS
        assert finding.evidence
        assert all(case["text"][e.start : e.end] == e.text and e.reason for e in finding.evidence)


def test_the_seed_describes_and_does_not_incite(seed_text: str, encoder: Encoder) -> None:
    report = read(seed_text, "en", encoder)
    assert report.score >= 0.5
    assert report.inciting < 0.5
    assert report.graphic < 0.5
    assert report.severity >= 4
    (shields,) = [finding for finding in report.findings if finding.label == "violence.human_shields"]
    assert shields.evidence[0].text == "used people as human shields"


def test_the_seeds_hand_marked_phrases_are_evidence(seed_text: str, encoder: Encoder, root: Path) -> None:
    """At least five of the seven phrases of the gold are covered with one of the labels it allows."""
    gold = json.loads((root.parent / "shared/seed/mosul.gold.json").read_text("utf-8"))["violence"]["evidence"]
    report = read(seed_text, "en", encoder)
    covered = [
        phrase["text"]
        for phrase in gold
        if any(
            finding.label.removeprefix("violence.") in phrase["label"].split("|")
            and any(e.start < phrase["end"] and phrase["start"] < e.end for e in finding.evidence)
            for finding in report.findings
        )
    ]
    assert len(covered) >= 5, covered
