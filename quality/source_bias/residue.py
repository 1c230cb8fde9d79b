"""Extraction residue against a silver set: lines that stand in at least four articles of one collection.

What repeats so often is the page's, not the article's, except names, places and headings of sections: those lines are
left out by a rule (under five words, or one of ``HEADINGS``). Recall is counted over distinct lines and over their
occurrences. Precision was read by hand, not computed; CARD.md has it.
"""

import json
import lzma
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.source_bias.residue import find_residue
from quality.figures import Rows, Vector, intervals

FEWEST_ARTICLES = 4
FEWEST_WORDS = 5
COVERED = 0.8  # of a line, from where on it counts as found
HEADINGS = re.compile(r"[“\"].+[”\"]$|[^.!?]{1,60}[?:]$|.+, (?:Bloomberg|Vox|Slate|New York Times|Washington Post)$")


def measure(data: Path) -> dict[str, Any]:
    """``{lines, occurrences, recall, recall_of_occurrences}``, empty where the collection is not there."""
    path = data / "unlabelled" / "en_articles.jsonl.xz"
    if not path.exists():
        return {}
    counts: Counter[str] = Counter()
    with lzma.open(path, "rt", encoding="utf-8") as rows:
        for row in rows:
            counts.update({line.strip() for line in json.loads(row)["text"].splitlines()})
    lines = [line for line, count in counts.items() if count >= FEWEST_ARTICLES and _is_of_the_page(line)]
    found = np.array([_covered(line) >= COVERED for line in lines], dtype=float)
    times = np.array([counts[line] for line in lines], dtype=float)

    def weighted(weights: Vector) -> Callable[[Rows], float]:
        return lambda drawn: float(np.average(found[drawn], weights=weights[drawn]))

    figures = intervals({"recall": weighted(np.ones_like(times)), "recall_of_occurrences": weighted(times)}, len(lines))
    return {
        "lines": len(lines),
        "occurrences": int(times.sum()),
        **{name: figure.rounded() for name, figure in figures.items()},
    }


def _is_of_the_page(line: str) -> bool:
    return len(line.split()) >= FEWEST_WORDS and not HEADINGS.fullmatch(line)


def _covered(line: str) -> float:
    return sum(piece.end - piece.start for piece in find_residue(line)) / len(line)
