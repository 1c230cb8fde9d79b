"""The one door: reports in order, and a failure that is never read as "clean"."""

import dataclasses
import hashlib
import logging
from typing import Any

import pytest

from models.types import Article, Rules
from tests.fakes import FakeScorer
from tests.models.readers import HEADS, make_reader

ENGLISH = "The council said on Monday that the bridge will be closed. Rain fell."
RUSSIAN = "Совет сообщил в понедельник, что мост закроют. Шёл дождь."
GERMAN = "Der Rat teilte am Montag mit, dass die Brücke gesperrt wird."


def statuses(report: Any) -> tuple[str, str, str]:
    return report.violence.status, report.designations.status, report.source_bias.status


def test_reports_come_in_the_order_of_the_articles() -> None:
    """Each article gets the scores of its own sentences, whatever lies between."""
    scorer = FakeScorer(HEADS, lambda _head, sentence: len(sentence) / 100)
    texts = [ENGLISH, GERMAN, RUSSIAN, "Rain."]
    reports = make_reader(scorer).read([Article(text) for text in texts])

    assert [report.text_sha256 for report in reports] == [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    assert [report.language.code for report in reports] == ["en", "de", "ru", "en"]
    for text, report in zip(texts, reports, strict=True):
        for sentence in report.source_bias.sentences:
            assert sentence.score == pytest.approx(len(text[sentence.start : sentence.end]) / 100)


def test_all_articles_go_through_the_encoder_at_once() -> None:
    scorer = FakeScorer(HEADS)
    make_reader(scorer).read([Article(ENGLISH), Article(GERMAN), Article(RUSSIAN)])

    assert [len(call) for call in scorer.calls] == [4]  # the German sentence is not scored


def test_whatever_decides_a_report_changes_the_identity() -> None:
    """Or a repeated article would be given a report that is not true any more (store/readings.py)."""
    reader = make_reader()
    others = [
        dataclasses.replace(reader, rules=Rules(marking="first")),
        dataclasses.replace(reader, rules=Rules(label_duty=())),
        dataclasses.replace(reader, register=dataclasses.replace(reader.register, version="2026-01-01+1")),
        dataclasses.replace(reader, encoder=FakeScorer(HEADS, version="newer@2")),
    ]
    assert len({one.identity() for one in (reader, *others)}) == len(others) + 1
    assert make_reader().identity() == reader.identity()


def test_reading_twice_gives_the_same_answer() -> None:
    reader = make_reader(FakeScorer(HEADS, lambda _head, sentence: len(sentence) / 100))

    assert reader.read([Article(ENGLISH)]) == reader.read([Article(ENGLISH)])


def test_an_unread_language_has_no_scores() -> None:
    """`unsupported_language` with null scores, never zeros."""
    (report,) = make_reader().read([Article(GERMAN)])

    assert statuses(report) == ("unsupported_language",) * 3
    assert (report.violence.score, report.violence.severity, report.source_bias.score) == (None, None, None)


def test_an_encoder_that_fails_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """What needs the encoder has failed; designations need none and are read. No text is logged."""
    with caplog.at_level(logging.ERROR):
        (report,) = make_reader(FakeScorer(HEADS, error=RuntimeError("out of memory"))).read([Article(ENGLISH)])

    assert statuses(report) == ("failed", "ok", "failed")
    assert (report.violence.score, report.source_bias.score) == (None, None)
    assert "encoder.failed" in caplog.text
    assert "bridge" not in caplog.text


def test_a_classifier_that_fails_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    """Weights that lack the head that violence needs: violence is `failed`, the others stand."""
    heads = tuple(head for head in HEADS if head != "violence.describes")
    with caplog.at_level(logging.ERROR):
        (report,) = make_reader(FakeScorer(heads)).read([Article(ENGLISH)])

    assert statuses(report) == ("failed", "ok", "ok")
    assert "classifier.failed" in caplog.text
    assert "bridge" not in caplog.text


def test_no_articles_no_reports() -> None:
    assert make_reader().read([]) == []


@pytest.mark.parametrize("text", ["", "   ", "\n", "123", "😀", "\u202e", "\0"], ids=ascii)
def test_texts_without_words(text: str) -> None:
    """Nothing to read is no error."""
    (report,) = make_reader().read([Article(text, language="en")])

    assert "failed" not in statuses(report)


def test_a_report_names_every_version() -> None:
    """What made the report can be told from the report: classifiers, register and weights."""
    (report,) = make_reader(FakeScorer(HEADS, version="tiny@7")).read([Article(ENGLISH)])

    assert set(report.versions) == {"violence", "designations", "source_bias", "register", "weights"}
    assert report.versions["weights"] == "tiny@7"
    assert all(report.versions.values())


def test_a_report_is_a_value() -> None:
    (report,) = make_reader().read([Article(ENGLISH)])

    assert dataclasses.is_dataclass(report)
    assert report == dataclasses.replace(report)
