"""Whole articles by the score of their report, against labels of whole articles."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import Encoder
from models.violence.classifier import article_score
from quality.figures import Vector
from quality.violence.baselines import Baseline
from quality.violence.ground import Ground, WholeArticle, own_articles, read_muc4, read_russian_pages
from quality.violence.sentences import compare
from quality.violence.shown import article_report

_HEAD = "violence.describes"


def measure_articles(
    encoder: Encoder, ground: Ground, data: Path, baselines: Mapping[str, Baseline]
) -> dict[str, dict[str, Any]]:
    held_out = list(own_articles(ground.own, held_out_only=True))
    everything = list(own_articles(ground.own, held_out_only=False))
    grounds: dict[str, Iterable[WholeArticle]] = {
        "en: muc4": read_muc4(data),
        "ru: crime pages": read_russian_pages(data),
        "own articles, held out": held_out,
        "en: own articles, partly trained on": [one for one in everything if one.language == "en"],
        "ru: own articles, partly trained on": [one for one in everything if one.language == "ru"],
    }
    return {name: _measure(encoder, list(articles), baselines) for name, articles in grounds.items()}


def _measure(encoder: Encoder, articles: Sequence[WholeArticle], baselines: Mapping[str, Baseline]) -> dict[str, Any]:
    """A learned baseline makes an article's score of its sentences' by the same rule."""
    said: dict[str, list[float | None]] = {"network": [], **{name: [] for name in baselines}}
    for one in articles:
        sentences, report = article_report(encoder, one.text, one.language)
        said["network"].append(report.score or 0.0)
        for name, ask in baselines.items():
            scores = ask(_HEAD, sentences, one.language)
            said[name].append(None if scores is None else article_score(scores.tolist()))
    known: dict[str, Vector] = {
        name: np.array(values, dtype=np.float64) for name, values in said.items() if None not in values
    }
    return compare(known, np.array([one.is_violent for one in articles]), [one.group for one in articles])
