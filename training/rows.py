"""A training row, and what all readers share: parts, labels from triggers, sentences.

No set labels everything. A row's ``labels`` hold only what its set really says; a head that is not named there
is masked in the loss, never taken for 0.
"""

import hashlib
import json
import lzma
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.text import split_sentences
from models.violence.labels import ROLES, TYPES
from models.violence.triggers import find_triggers

Part = Literal["train", "calibration", "dev"]
DEV_PERCENT = 12  # for figures only
CALIBRATION_PERCENT = 6  # for scale, bias and threshold of each head
_MIN_LETTERS = 12

# Types that some set labels by hand; the others are found by triggers alone.
LEARNED_TYPES = ("killing", "armed_attack", "bombing", "abduction", "torture", "casualties")
_SEVERITY = 7
_FREE = ("Apache-2.0", "MIT", "CC BY 4.0", "CC0")
# Words of gore: where a news sentence has one we do not claim that it is not graphic.
_GORE = re.compile(
    r"\b(?:blood\w*|gor[ey]|flesh|dismember\w*|mutilat\w*|decapitat\w*|behead\w*|intestin\w*|guts|severed|charred|"
    r"brains?|skull\w*|кров\w*|расчлен\w*|обезглав\w*|внутренност\w*|оторван\w*|обгорел\w*|изуродован\w*|череп\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One text; ``labels`` maps a head to 0..1. ``group`` is what must not be torn between parts."""

    text: str
    language: str
    group: str
    labels: Mapping[str, float]
    part: Part | None = None  # where the set itself says so; else by hash of the group
    weight: float = 1.0
    spans: tuple[tuple[int, int, str], ...] | None = None  # start, end, label of words; None: not annotated
    span_labels: tuple[str, ...] = (*TYPES, *ROLES)  # which labels were looked for; of the others the row says nothing
    span_weight: float = 1.0


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a set, packed (``.xz``) or not. FileNotFoundError where the set is not there."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            row: dict[str, Any] = json.loads(line)
            yield row


def is_free(licence: str) -> bool:
    """Whether a licence, as the sets state it, allows commercial use without share-alike."""
    return any(name in licence for name in _FREE)


def part_of(name: str, group: str) -> Part:
    """The part of a group, the same on every machine and in every run."""
    bucket = int.from_bytes(hashlib.sha256(f"{name}:{group}".encode()).digest()[:4]) % 100
    if bucket < DEV_PERCENT:
        return "dev"
    return "calibration" if bucket < DEV_PERCENT + CALIBRATION_PERCENT else "train"


def keep(key: str, share: float) -> bool:
    """A reproducible sample: True for about *share* of all keys."""
    return int.from_bytes(hashlib.sha256(f"keep:{key}".encode()).digest()[:4]) < share * 2**32


def normalised(text: str) -> str:
    """What two copies of one sentence have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def sentences_of(text: str) -> list[str]:
    return [s.text for s in split_sentences(text) if sum(map(str.isalpha, s.text)) >= _MIN_LETTERS]


def trigger_types(text: str, language: str) -> set[str]:
    return {trigger.type for trigger in find_triggers(text, language)}


def violent_labels(
    text: str, language: str, *, types: Sequence[str] = (), severity: int | None = None
) -> dict[str, float]:
    """Labels of a news sentence that its set calls violent: types by the set, else by triggers."""
    triggers = find_triggers(text, language)
    named = {trigger.type for trigger in triggers} | set(types)
    grave = severity if severity is not None else max((t.severity for t in triggers), default=4)
    labels = {"violence.describes": 1.0, "violence.inciting": 0.0, "violence.severity": grave / _SEVERITY}
    if not _GORE.search(text):
        labels["violence.graphic"] = 0.0
    labels |= {f"violence.type.{name}": float(name in named) for name in LEARNED_TYPES}
    return labels


def peaceful_labels() -> dict[str, float]:
    """Labels of an ordinary news sentence."""
    labels = {"violence.describes": 0.0, "violence.graphic": 0.0, "violence.inciting": 0.0, "violence.severity": 0.0}
    return labels | {f"violence.type.{name}": 0.0 for name in LEARNED_TYPES}
