"""Comments and fiction: threats, calls for harm, and passages that need a warning."""

from collections.abc import Iterator
from pathlib import Path

from training.rows import Row, keep, read_jsonl, trigger_types

_GRAPHIC_WARNINGS = ("violence", "war", "death", "abduction")
_LETHAL = 2


def read_threatgram(path: Path) -> Iterator[Row]:
    """0 harmless, 1 "lock them up", 2 lethal. Labels are a model's and people's mixed: noisy. Grouped by text."""
    seen: set[str] = set()
    for row in read_jsonl(path):
        text = row["text"].strip()
        if text.lower() in seen or not keep(row["id"], 0.4):
            continue
        seen.add(text.lower())
        labels = {"violence.inciting": float(row["labels"]["label"] == _LETHAL)}
        if row["labels"]["label"] == 0 and not trigger_types(text, "en"):
            labels |= {"violence.describes": 0.0, "violence.graphic": 0.0, "violence.severity": 0.0}
        yield Row(text, "en", text.lower()[:80], labels)


def read_edos(path: Path) -> Iterator[Row]:
    """ "Threats, plans to harm and incitement" against all other comments."""
    for row in read_jsonl(path):
        inciting = row["labels"]["label_category"].startswith("1.")
        if inciting or keep(row["id"], 0.2):
            labels = {"violence.inciting": float(inciting)}
            if not inciting and not trigger_types(row["text"], "en"):
                labels |= {"violence.describes": 0.0, "violence.graphic": 0.0, "violence.severity": 0.0}
            yield Row(row["text"], "en", row["id"], labels)


def read_trigger_warnings(path: Path) -> Iterator[Row]:
    """Fiction passages: the share of three readers who asked for a warning stands for graphic description.
    A passage was read only for its one warning; all passages of a work stay together."""
    for row in read_jsonl(path):
        if row["labels"]["warning"] not in _GRAPHIC_WARNINGS:
            continue
        votes = row["labels"]["annotators"]
        labels = {"violence.graphic": sum(votes) / len(votes), "violence.inciting": 0.0}
        if row["labels"]["majority"] and trigger_types(row["text"], "en"):
            labels["violence.describes"] = 1.0
        yield Row(row["text"], "en", row["work"], labels)
