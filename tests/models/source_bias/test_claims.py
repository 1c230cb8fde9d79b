"""Claims without a source, from the table beside this file, and the same rule for every country."""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import yaml

from models.encoder import SentenceScores
from models.source_bias.claim_words import CLAIM_REASONS
from models.source_bias.classifier import classify
from models.source_bias.outlets import OutletRegister, load_outlets
from models.text import PreparedArticle, split_sentences
from models.types import Article, Evidence, Language, SourceBiasReport

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("claims.yaml").read_text("utf-8"))
COUNTRIES = [
    ("Norway", "Norwegian", "Норвегии"), ("Russia", "Russian", "России"), ("Ukraine", "Ukrainian", "Украины"),
    ("China", "Chinese", "Китая"), ("France", "French", "Франции"), ("Iran", "Iranian", "Ирана"),
    ("Israel", "Israeli", "Израиля"), ("the United States", "American", "США"),
]  # fmt: skip


@pytest.fixture(scope="module")
def outlets() -> OutletRegister:
    return load_outlets()


def read(text: str, language: str, outlets: OutletRegister, *, source: str | None = None) -> SourceBiasReport:
    page = PreparedArticle(Article(text, source=source), Language(language, 1.0, supported=True), split_sentences(text))
    return classify(page, SentenceScores((), np.zeros((len(page.sentences), 0), dtype=np.float32)), outlets)


def claims(text: str, language: str, outlets: OutletRegister) -> tuple[Evidence, ...]:
    found = read(text, language, outlets).findings
    return next((one.evidence for one in found if one.label == "bias.unattributed_claim"), ())


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_claims(case: dict[str, Any], outlets: OutletRegister) -> None:
    """Exactly the words of the table; the reason says what makes them a claim and that no source stands."""
    found = claims(case["text"], case["language"], outlets)

    assert [evidence.text for evidence in found] == case["found"]
    for evidence in found:
        assert any(reason in evidence.reason for reason in CLAIM_REASONS.values())
        assert "no source is named" in evidence.reason


@pytest.mark.parametrize(("country", "people", "russian"), COUNTRIES)
def test_a_claim_is_one_whoever_it_is_about(country: str, people: str, russian: str, outlets: OutletRegister) -> None:
    """Swapping the country changes nothing."""
    assert [e.text for e in claims(f"The government of {country} deliberately hid the debt.", "en", outlets)]
    assert [e.text for e in claims(f"The {people} army is destroying the harvest.", "en", outlets)]
    assert [e.text for e in claims(f"Правительство {russian} намеренно скрыло долги.", "ru", outlets)]
    assert not claims(f"The {people} government said the army hid the debt.", "en", outlets)


@pytest.mark.parametrize("source", ["RIA Novosti", "Reuters", "Xinhua", "BBC", None])
def test_a_claim_is_one_whichever_outlet_makes_it(source: str | None, outlets: OutletRegister) -> None:
    text = "It is known that the mayor bribed the council."
    labels = {finding.label for finding in read(text, "en", outlets, source=source).findings}

    assert "bias.unattributed_claim" in labels


@pytest.mark.parametrize(
    "piece",
    ["The mayor deliberately hid it. ", "40 killed shelling ", "it was reported ", "officials ", "чтобы скрыть "],
)
def test_time_grows_with_the_text_only(piece: str, outlets: OutletRegister) -> None:
    """Four times the text takes about four times as long."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = perf_counter()
        read(text, "ru" if "ч" in piece else "en", outlets)
        return perf_counter() - start

    short = min(seconds(10_000) for _ in range(3))

    assert seconds(40_000) < 10 * short + 0.2
