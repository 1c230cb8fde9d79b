"""From which score of the network a technique is reported, in each language (``techniques.tsv``).

The network's own 0.5 is each head's best point by itself; heads of rare techniques then find ten times what is there.
The table holds the points that are best for all techniques together, chosen by ``python -m training.thresholds`` on
rows that no figure is measured on. A technique without a line in a language is not reported there.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from models.encoder import SentenceScores
from models.source_bias.labels import TECHNIQUES

THRESHOLDS_FILE = Path(__file__).with_name("techniques.tsv")


@cache
def read_thresholds() -> Mapping[tuple[str, str], float]:
    """The threshold of each (language, label)."""
    lines = THRESHOLDS_FILE.read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {(language, label): float(threshold) for language, label, threshold in rows}


def at_thresholds(scores: SentenceScores, language: str) -> SentenceScores:
    """*scores* with each technique's moved so that 0.5 is its threshold, without those not reported in *language*.

    Odds are divided by the threshold's: what is surer stays surer.
    """
    thresholds = read_thresholds()
    columns = [
        column for column, head in enumerate(scores.heads) if head not in TECHNIQUES or (language, head) in thresholds
    ]
    heads = tuple(scores.heads[column] for column in columns)
    at = np.array([thresholds.get((language, head), 0.5) for head in heads])
    values = scores.values[:, columns].astype(np.float64)
    above, below = values * (1 - at), (1 - values) * at
    return replace(scores, heads=heads, values=(above / (above + below)).astype(np.float32))
