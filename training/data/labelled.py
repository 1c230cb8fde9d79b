"""Sentences of the handed sets that we read and labelled ourselves: every axis, type, severity and the words.

``labelled.tsv`` holds our labels and places, never a text: a sentence is known by the SHA-256 of its letters
(``key_of``), and found again in the set it came from. Guide and agreement: docs/annotation.md.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.violence.labels import TYPES
from training.annotations import AXES
from training.rows import Part, Row, normalised, part_of, read_jsonl, sentences_of

LABELS_FILE = Path(__file__).with_name("labelled.tsv")
_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Label:
    """What a reader said of one sentence of a set; ``spans`` as in ``Row``."""

    dataset: str
    axes: frozenset[str]
    severity: int
    spans: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """How a set groups its rows: as its other reader does, so that one article stays in one part."""

    name: str
    language: str
    group: Callable[[dict[str, Any], str], str]
    is_whole: bool = False  # a comment or passage is read whole, an article by sentences
    parted_as: str = ""  # the name under which another reader parts the same file, where it is not ``name``


_SOURCES = {
    "muc4.jsonl": _Source("muc4", "en", lambda row, _: row["id"]),
    "rams_dev_test.jsonl": _Source("rams", "en", lambda row, _: str(row["source_url"])),
    "hrds_attack.jsonl": _Source("hrds_attack", "en", lambda row, _: row["id"]),
    "gvdb_dev_test.jsonl": _Source("gvdb", "en", lambda row, _: row["id"].rsplit("-", 1)[0]),
    "satp.jsonl": _Source("satp", "en", lambda row, _: row["text"][:60]),
    "en_articles.jsonl.xz": _Source("en_articles", "en", lambda row, _: row["id"], parted_as="agencies_en"),
    "clean_news_en.jsonl": _Source("clean_news_en", "en", lambda row, _: row["id"]),
    "threatgram101.jsonl": _Source("threatgram", "en", lambda row, _: row["text"].strip().lower()[:80], is_whole=True),
    "edos.jsonl": _Source("edos", "en", lambda row, _: row["id"], is_whole=True),
    "trigger_warning_passages.jsonl": _Source("trigger_warnings", "en", lambda row, _: row["work"], is_whole=True),
    "nerel_ru.jsonl": _Source("nerel", "ru", lambda row, _: row["id"]),
    "lenta_crime_ru.jsonl": _Source("lenta_crime", "ru", lambda row, _: row["id"]),
    "viina_extract_ru_uk.jsonl": _Source("viina", "ru", lambda _, sentence: sentence[:60]),
    "clean_news_ru.jsonl": _Source("clean_news_ru", "ru", lambda row, _: row["id"]),
    "factrueval_ru_unlabelled.jsonl": _Source("factrueval", "ru", lambda row, _: row["id"]),
    "ru.jsonl.xz": _Source("ru_texts", "ru", lambda row, _: row["id"]),
}


def key_of(text: str) -> str:
    """What a sentence is known by."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()[:16]


@cache
def load_labels() -> dict[str, Label]:
    """All labels by key. ValueError names a line that does not hold."""
    found = {}
    with LABELS_FILE.open(encoding="utf-8", newline="") as lines:
        for number, line in enumerate(csv.DictReader(lines, delimiter="\t"), start=2):
            try:
                axes = frozenset(AXES[letter] for letter in line["axes"] if letter != "-")
                spans = tuple(map(_span, filter(None, line["spans"].split(" "))))
                found[line["key"]] = Label(line["set"], axes, int(line["severity"]), spans)
            except (KeyError, ValueError, AttributeError) as error:
                raise ValueError(f"{LABELS_FILE.name}, line {number}: {error!r}") from None
    return found


def _span(written: str) -> tuple[int, int, str]:
    place, label = written.split(":")
    start, end = place.split("-")
    return int(start), int(end), label


def read_labelled(path: Path) -> Iterator[Row]:
    """The sentences of one set that have our label; the file's name says which set it is."""
    source, labels = _SOURCES[path.name], load_labels()
    seen: set[str] = set()
    for row in read_jsonl(path):
        for text in [" ".join(row["text"].split())] if source.is_whole else sentences_of(row["text"]):
            key = key_of(text)
            if key in labels and labels[key].dataset == source.name and key not in seen:
                seen.add(key)
                group = source.group(row, text)
                yield _row(text, source, group, labels[key], _part(row, source.parted_as or source.name, group))


def _part(row: dict[str, Any], name: str, group: str) -> Part:
    return "dev" if row.get("split") == "dev" else part_of(name, group)


def _row(text: str, source: _Source, group: str, label: Label, part: Part) -> Row:
    labels = {f"violence.{axis}": float(axis in label.axes) for axis in AXES.values()}
    labels["violence.severity"] = label.severity / 7
    named = {name for _, _, name in label.spans}
    labels |= {f"violence.type.{name}": float(name in named) for name in TYPES}
    return Row(text, source.language, group, labels, part, weight=_WEIGHT, spans=label.spans)
