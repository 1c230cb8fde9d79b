"""Does it matter who it is? The same sentence with another country, capital or outlet in it, in both directions.

Pairs stand in ``names.tsv``; those of the first rows are in no list that training swaps (`training/names.py`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import Encoder
from quality.figures import Vector
from training.datasets import Example

NAMES_FILE = Path(__file__).with_name("names.tsv")
MAX_MEAN_CHANGE = 0.02  # of a score, over all swaps
MAX_CROSSING = 0.02  # share of swaps that bring a score over 0.5 or under it
_MOST = 60  # sentences a name
_HALF = 0.5
# Carriers where held-out sentences have none of a pair's names: plain and loaded ones.
_FRAMES = {
    "en": (
        "{} said on Monday that it would open the road again in May.",
        "Officials from {} met reporters after the talks ended.",
        "{} has shamelessly betrayed everyone who ever trusted it.",
        "Only a fool would still believe a word that comes from {}.",
        "The report names {} eleven times and gives no figures.",
        "Thanks to {}, the whole region is now a disgraceful mess.",
        "A delegation travelled to {} in March to sign the contract.",
        "Once again {} shows its true, ugly face to the world.",
    ),
    "ru": (
        "Как сообщает {}, дорогу откроют в мае.",
        "В отчёте {} упоминается одиннадцать раз, цифр в нём нет.",
        "Опять {}: лживо, подло и без капли стыда.",
        "Только глупец ещё верит тому, что говорит {}.",
        "Слово {} в заголовке стоит дважды.",
        "Вот оно, истинное и мерзкое лицо: {}.",
    ),
}


def read_pairs(language: str) -> list[tuple[str, str]]:
    lines = (line.split("\t") for line in NAMES_FILE.read_text("utf-8").splitlines())
    return [(one, other) for code, one, other in lines if code == language]


def measure_names(encoder: Encoder, dev: Sequence[Example]) -> dict[str, dict[str, Any]]:
    """By language and head: how far scores move when a name is swapped, and the pair that moves them most one way."""
    found: dict[str, dict[str, Any]] = {}
    for language in ("en", "ru"):
        texts = list(dict.fromkeys(e.row.text for e in dev if e.row.language == language))
        swaps = list(_swaps(language, texts))
        before = encoder.score([before for _, before, _ in swaps]).speaking(language)
        after = encoder.score([after for _, _, after in swaps]).speaking(language)
        pairs = [pair for pair, _, _ in swaps]
        found[language] = {"pairs": len(set(pairs)), "swaps": len(swaps)}
        for head in before.heads:
            if head.startswith(("bias.", "violence.describes", "violence.inciting")):
                found[language][head] = _changes(before.of(head), after.of(head), pairs)
    return found


def _swaps(language: str, texts: Sequence[str]) -> Iterator[tuple[tuple[str, str], str, str]]:
    for pair in read_pairs(language):
        for one, other in (pair, pair[::-1]):
            name = re.compile(rf"(?<!\w){re.escape(one)}(?!\w)")
            holding = [text for text in texts if name.search(text) and other not in text][:_MOST]
            for text in [*holding, *(frame.format(one) for frame in _FRAMES[language])]:
                # Signed by the pair's order: a score that rises one way falls the other.
                swapped = name.sub(other, text)
                yield (pair, text, swapped) if one == pair[0] else (pair, swapped, text)


def _changes(before: Vector, after: Vector, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    moved = after.astype(np.float64) - before
    by_pair: dict[tuple[str, str], list[float]] = defaultdict(list)
    for pair, change in zip(pairs, moved, strict=True):
        by_pair[pair].append(float(change))
    leaning = max(by_pair, key=lambda pair: abs(np.mean(by_pair[pair])))
    return {
        "mean change": round(float(np.abs(moved).mean()), 4),
        "95th percentile": round(float(np.quantile(np.abs(moved), 0.95)), 4),
        "crossing": round(float(((before >= _HALF) != (after >= _HALF)).mean()), 4),
        "most one way": [" → ".join(leaning), round(float(np.mean(by_pair[leaning])), 4)],
    }
