"""Ordinary news, mostly as negatives: clean news, AG News topics, Telegram categories, FactRuEval."""

from collections.abc import Iterator
from pathlib import Path

from training.rows import Row, is_free, keep, peaceful_labels, read_jsonl, sentences_of, trigger_types

_SHARE = {"en": 0.12, "ru": 0.2}
PEACEFUL_CATEGORIES = {"sports", "economy", "technology", "science", "entertainment"}


def _sentences(path: Path, *, free_only: bool) -> Iterator[Row]:
    for row in read_jsonl(path):
        licence = str(row["provenance"].get("licence", ""))
        if free_only and not is_free(licence):
            continue
        for number, sentence in enumerate(sentences_of(row["text"])):
            if keep(f"{row['id']}:{number}", _SHARE[row["lang"]]) and not trigger_types(sentence, row["lang"]):
                yield Row(sentence, row["lang"], row["id"], peaceful_labels())


def read_clean_news(path: Path) -> Iterator[Row]:
    """Sentences without any trigger."""
    return _sentences(path, free_only=False)


def read_free_clean_news(path: Path) -> Iterator[Row]:
    """The same, from articles whose source repository states a licence that allows commercial use."""
    return _sentences(path, free_only=True)


def read_ag_news(path: Path) -> Iterator[Row]:
    """Sport and technology also where they "attack" and "kill": hard negatives. Business only without triggers.
    World is full of violence and left out. The file is a public test set; it is no test of ours."""
    for row in read_jsonl(path):
        topic = row["labels"]["class"]
        triggered = bool(trigger_types(row["text"], "en"))
        if (topic in ("Sports", "Sci/Tech") and (triggered or keep(row["id"], 0.5))) or (
            topic == "Business" and not triggered and keep(row["id"], 0.5)
        ):
            yield Row(row["text"], "en", row["id"], peaceful_labels())


def read_categories(path: Path) -> Iterator[Row]:
    """Telegram posts that people put under sport, economy, technology, science or entertainment; sport also where
    it "attacks"."""
    for row in read_jsonl(path):
        if row["labels"]["category"] in PEACEFUL_CATEGORIES:
            is_sport = row["labels"]["category"] == "sports"
            for sentence in sentences_of(row["text"]):
                triggered = bool(trigger_types(sentence, row["lang"]))
                if (triggered and is_sport) or (not triggered and keep(f"{row['id']}{sentence}", 0.6)):
                    yield Row(sentence, row["lang"], row["id"], peaceful_labels())


def read_factrueval(path: Path) -> Iterator[Row]:
    """Russian news without labels: sentences without any trigger."""
    for row in read_jsonl(path):
        for sentence in sentences_of(row["text"]):
            if keep(f"{row['id']}{sentence}", 0.4) and not trigger_types(sentence, "ru"):
                yield Row(sentence, "ru", row["id"], peaceful_labels())
