"""Weak labels by source: ordinary agency news, and English pages that call themselves opinion.

A label here is the source's and never the sentence's, so these rows are weighed lightly and enter no figure of a
head. Agency news stands for plain wording, quotations and wars included: it tells what news is mostly like, which sets
of biased sentences do not.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from training.rows import Row, keep, read_jsonl, sentences_of

AGENCIES = {
    "en": ("ABP: Reuters", "ABP: Associated Press", "ABP: BBC News"),
    "ru": ("RIA Novosti", "www.interfax.ru", "tass.ru", "ria.ru"),
}
_AGENCY_SHARE = {"en": 0.25, "ru": 0.3}
_AGENCY_WEIGHT = 0.3
_OPINION = re.compile(r"opinion|editorial|guest writer", re.IGNORECASE)
_OPINION_SHARE = 0.4
_PER_SIDE = 1000  # sentences; left and right have the same say
_OPINION_WEIGHT = 0.1
_LEANING_SHARE = 0.1
_LEANING_WEIGHT = 0.1
_PER_OUTLET = 150


def read_agencies(path: Path) -> Iterator[Row]:
    """Sentences of agency news as plain wording, by article. The same rule for every agency."""
    for row in read_jsonl(path):
        language = str(row["lang"]) if "lang" in row else "en"
        if row["source"] not in AGENCIES[language]:
            continue
        for number, sentence in enumerate(sentences_of(row["text"])):
            if keep(f"{row['id']}:{number}", _AGENCY_SHARE[language]):
                labels = {"bias.biased": 0.0, "bias.subjective": 0.0}
                yield Row(sentence, language, row["id"], labels, weight=_AGENCY_WEIGHT)


def read_opinions(path: Path) -> Iterator[Row]:
    """Sentences of pages that call themselves opinion, left and right alike. Grouped by outlet."""
    taken: Counter[str] = Counter()
    for row in read_jsonl(path):
        if not _OPINION.search(row["outlet"]):
            continue
        for number, sentence in enumerate(sentences_of(row["text"])):
            if taken[row["lean"]] < _PER_SIDE and keep(f"{row['id']}:{number}", _OPINION_SHARE):
                taken[row["lean"]] += 1
                labels = {"bias.biased": 1.0, "bias.subjective": 1.0}
                yield Row(sentence, "en", row["outlet"].strip(), labels, weight=_OPINION_WEIGHT)


def read_leaning(path: Path) -> Iterator[Row]:
    """Sentences of outlets rated left or right, of each outlet as many, as wording that may lean; those of agencies
    stand against them (`read_agencies`). Distant supervision as in Spinde et al. 2021 (BABE)."""
    taken: Counter[tuple[str, str]] = Counter()
    for row in read_jsonl(path):
        side, outlet = row["lean"], row["outlet"]
        if side not in ("left", "right") or _OPINION.search(outlet):
            continue
        for number, sentence in enumerate(sentences_of(row["text"])):
            if taken[side, outlet] < _PER_OUTLET and keep(f"{row['id']}:{number}", _LEANING_SHARE):
                taken[side, outlet] += 1
                yield Row(sentence, "en", row["id"], {"bias.biased": 1.0}, weight=_LEANING_WEIGHT)
