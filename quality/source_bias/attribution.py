"""Attributions against PolNeAR (English) and our own annotation of Russian news (``attribution.ru.jsonl``).

PolNeAR: one annotation of each article of its dev part (``primary``); attributions without a source stay out, the
parts of one content or source are taken together. Of a pair, source and content must both fit, by three rules:

* ``overlap``: the sources touch, and the contents share half of the shorter one (the figure that is aimed at);
* ``any``: sources touch and contents touch;
* ``strict``: intersection over union of at least half, of sources and of contents.

Each found attribution meets at most one annotated one, the best fit first. ``source`` and ``content`` are the mean
character F1 within the pairs of ``overlap``. Intervals draw whole articles.

The Russian annotation names texts of ``../shared/data/news`` by set, id and SHA-256, never the texts, which are not
ours. Its part ``development`` was looked at while the rules were written; both parts were annotated by one person
before, and no failure of ``held_out`` was looked at.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder import WordSpan
from models.source_bias.attribution import find_attributions
from models.source_bias.phrases import read_words
from models.source_bias.quotes import find_quotations
from models.text import split_sentences
from models.types import Span
from quality.figures import Figure, f1_of_counts, intervals

ANNOTATIONS = Path(__file__).with_name("attribution.ru.jsonl")
RULES = ("overlap", "any", "strict")
_FAR = 4_000  # code points between places that cannot fit
_HALF = 0.5

Tagger = Callable[[str, Sequence[Span]], Sequence[WordSpan]]
"""Text and sentences in, the encoder's attribution tags as spans of the text out (``tags_of``)."""
Places = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quoted:
    """One attribution as places in the text; an annotated source or content may have several parts."""

    source: Places
    content: Places


@dataclass(frozen=True, slots=True)
class Text:
    """An article with what was annotated in it."""

    id: str
    language: str
    text: str
    attributions: tuple[Quoted, ...]


def measure(data: Path, *, tagger: Tagger | None = None) -> dict[str, Any]:
    """Figures on all sets that are there, ``{set: {attributions, articles, found, overlap, …}}``, each figure with its
    interval; with *tagger* the encoder's tags lead."""
    sets: dict[str, list[Text]] = {"polnear_dev": list(read_polnear(data, "dev"))}
    for part in ("development", "held_out"):
        sets[f"news_ru_{part}"] = list(read_russian(data, part))
    return {name: figures(texts, tagger=tagger) for name, texts in sets.items() if texts}


def read_polnear(data: Path, split: str) -> Iterator[Text]:
    """The primary annotations of a split; nothing where the set is not there."""
    path = data / "bias" / "polnear.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        row = json.loads(line)
        if row["split"] != split or not row["primary"]:
            continue
        parts: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for span in row["spans"]:
            if span["attribution_type"] == "Attribution":
                places = parts.setdefault(span["attribution"], {}).setdefault(span["label"], [])
                places.append((span["start"], span["end"]))
        quoted = (Quoted(one.get("source", ()), one.get("content", ())) for one in parts.values())
        yield Text(row["id"], "en", row["text"], tuple(one for one in quoted if one.source and one.content))


def read_russian(data: Path, part: str) -> Iterator[Text]:
    """Our own annotation of one part. ``ValueError`` names a text that is not the one that was annotated."""
    rows = [json.loads(line) for line in ANNOTATIONS.read_text("utf-8").splitlines()]
    wanted = {row["id"]: row for row in rows if row["part"] == part}
    path = data / "news" / "clean_news_ru.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        article = json.loads(line)
        row = wanted.get(article["id"])
        if row is None:
            continue
        if hashlib.sha256(article["text"].encode()).hexdigest() != row["sha256"]:
            raise ValueError(f"{row['set']} {row['id']}: not the text that was annotated")
        quoted = (Quoted([(a, b)], [(c, d)]) for a, b, c, d in row["attributions"])
        yield Text(row["id"], "ru", article["text"], tuple(quoted))


def find(text: Text, tagger: Tagger | None = None) -> list[Quoted]:
    """What the classifier finds, as places; quotations nobody is said to speak stay out."""
    sentences = split_sentences(text.text)
    tags = tagger(text.text, sentences) if tagger else ()
    words, quotations = read_words(text.text), find_quotations(text.text)
    found = find_attributions(text.text, sentences, words, quotations, text.language, tags=tags)
    return [
        Quoted([(one.source.start, one.source.end)], [(one.content.start, one.content.end)])
        for one in found
        if one.source and one.content
    ]


def figures(texts: Sequence[Text], *, tagger: Tagger | None = None) -> dict[str, Any]:
    """Precision, recall and F1 by each rule, and how well the parts of the pairs fit."""
    found = [find(text, tagger) for text in texts]
    pairs = {
        rule: [fits(one, text.attributions, rule) for one, text in zip(found, texts, strict=True)] for rule in RULES
    }
    counts = {rule: np.array([len(of_text) for of_text in pairs[rule]]) for rule in RULES}
    given, due = np.array([len(one) for one in found]), np.array([len(text.attributions) for text in texts])
    measures = {rule: _f1(counts[rule], given, due) for rule in RULES}
    drawn: Mapping[str, Figure] = intervals(measures, len(texts))
    report: dict[str, Any] = {"articles": len(texts), "attributions": int(due.sum()), "found": int(given.sum())}
    for rule in RULES:
        hits = int(counts[rule].sum())
        precision, recall = hits / max(int(given.sum()), 1), hits / max(int(due.sum()), 1)
        report[rule] = {"f1": drawn[rule].rounded(), "precision": round(precision, 3), "recall": round(recall, 3)}
    close = [pair for of_text in pairs["overlap"] for pair in of_text]
    for number, name in enumerate(("source", "content")):
        report[name] = round(float(np.mean([pair[number] for pair in close])), 3) if close else None
    return report


def fits(found: Sequence[Quoted], annotated: Sequence[Quoted], rule: str) -> list[tuple[float, float]]:
    """The pairs that *rule* lets pass, each attribution in one at most: character F1 of source and of content."""
    candidates = []
    for at, one in enumerate(found):
        for other_at, other in enumerate(annotated):
            if abs(one.source[0][0] - other.source[0][0]) < _FAR and (shares := _shares(one, other, rule)):
                candidates.append((sum(shares), at, other_at, shares))
    candidates.sort(reverse=True)
    taken: set[int] = set()
    met: set[int] = set()
    pairs = []
    for _, at, other_at, shares in candidates:
        if at not in taken and other_at not in met:
            taken.add(at)
            met.add(other_at)
            pairs.append(shares)
    return pairs


def _shares(one: Quoted, other: Quoted, rule: str) -> tuple[float, float] | None:
    source, content = _common(one.source, other.source), _common(one.content, other.content)
    if not source or not content:
        return None
    shorter = min(_length(one.content), _length(other.content))
    if rule == "overlap" and content < _HALF * shorter:
        return None
    if rule == "strict" and not (_is_close(one.source, other.source) and _is_close(one.content, other.content)):
        return None
    return (
        2 * source / (_length(one.source) + _length(other.source)),
        2 * content / (_length(one.content) + _length(other.content)),
    )


def _is_close(one: Places, other: Places) -> bool:
    common = _common(one, other)
    return common >= _HALF * (_length(one) + _length(other) - common)


def _common(one: Places, other: Places) -> int:
    return sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other)


def _length(places: Places) -> int:
    return sum(end - start for start, end in places)


def _f1(hits: Any, given: Any, due: Any) -> Callable[[Any], float]:
    return lambda rows: f1_of_counts(float(hits[rows].sum()), float(given[rows].sum()), float(due[rows].sum()))


if __name__ == "__main__":
    print(json.dumps(measure(Path("../shared/data")), indent=1))
