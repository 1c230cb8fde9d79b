"""The classifier's answers as a user gets them, sentence by sentence and article by article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models import text as reading
from models.encoder import Encoder, SentenceScores
from models.text import PreparedArticle
from models.types import Article, Language, Span, ViolenceReport
from models.violence.classifier import FIGURATIVE, classify
from models.violence.triggers import is_figurative
from quality.figures import Vector
from quality.violence.ground import AXES, LANGUAGES, OwnSentence
from training.datasets import Example


@dataclass(frozen=True, slots=True)
class OwnReading:
    """One of our own held-out sentences, what the network says of it, and the report of it as an article."""

    own: OwnSentence
    scores: SentenceScores
    report: ViolenceReport


def axis_scores(encoder: Encoder, texts: Sequence[str], language: str) -> dict[str, Vector]:
    """Scores of each axis that these weights have in *language*: what the report says of a sentence, halved where all
    its violent words stand in phrases that only look violent."""
    scores = encoder.score(texts).speaking(language)
    found = {
        axis: scores.of(f"violence.{axis}").astype(np.float64) for axis in AXES if f"violence.{axis}" in scores.heads
    }
    if "describes" in found:
        found["describes"] *= [FIGURATIVE if is_figurative(text, language) else 1.0 for text in texts]
    return found


def examples_scores(encoder: Encoder, examples: Sequence[Example]) -> dict[str, Vector]:
    """By axis, a score for each example; nan where the axis is silent in its language."""
    found = {axis: np.full(len(examples), np.nan) for axis in AXES}
    for language in LANGUAGES:
        rows = np.array([row for row, e in enumerate(examples) if e.row.language == language], dtype=np.int64)
        if rows.size:
            for axis, values in axis_scores(encoder, [examples[row].row.text for row in rows], language).items():
                found[axis][rows] = values
    return found


def read_own(encoder: Encoder, own: Sequence[OwnSentence]) -> list[OwnReading]:
    scores = encoder.score([one.sentence.text for one in own])
    found = []
    for row, one in enumerate(own):
        speaking = scores.slice(row, row + 1).speaking(one.sentence.language)
        found.append(OwnReading(one, speaking, classify(_page(one.sentence.text, one.sentence.language), speaking)))
    return found


def _page(sentence: str, language: str) -> PreparedArticle:
    """One sentence as an article of its own, never split."""
    code = Language(language, score=1.0, supported=True)
    return PreparedArticle(Article(sentence, language=language), code, (Span(0, len(sentence), sentence),))


def article_report(encoder: Encoder, text: str, language: str) -> tuple[list[str], ViolenceReport]:
    """The sentences of an article and the report of it."""
    page = reading.prepare(Article(text, language=language))
    sentences = [sentence.text for sentence in page.sentences]
    return sentences, classify(page, encoder.score(sentences).speaking(language))


def head_of(reading_: OwnReading, head: str) -> float | None:
    """One head's score of a sentence; None where the weights do not have it in this language."""
    return float(reading_.scores.of(head)[0]) if head in reading_.scores.heads else None


def by_language(readings: Sequence[OwnReading]) -> Mapping[str, list[OwnReading]]:
    return {code: [one for one in readings if one.own.sentence.language == code] for code in LANGUAGES}
