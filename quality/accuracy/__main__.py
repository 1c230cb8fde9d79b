"""``python -m quality.accuracy --profile research|permissive|all``: held-out figures, frozen in ``results.json``.

Every head is measured on the dev parts of the sets that label it (``training/datasets.py``), English and Russian
apart, with the shipped weights as they run. Beside it: our triggers alone, and always saying yes. Of ordinary agency
news, whose sentences nobody labelled, it says what share reaches 0.5 of each wording head.
"""

import argparse
import json
import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import text as reading
from models.encoder import Encoder, load_encoder
from models.types import Article
from models.violence.classifier import THRESHOLD, classify
from models.violence.triggers import find_triggers
from quality.accuracy.figures import Flags, Vector, bootstrap, f1
from training.data.news import PEACEFUL_CATEGORIES
from training.datasets import PROFILES, Example, datasets_of, read_examples
from training.rows import part_of, read_jsonl

RESULTS = Path(__file__).with_name("results.json")
LEVELS = {"violence.severity"}
# Their labels owe nothing to our triggers: a fair contest between triggers and network.
INDEPENDENT = ("current_events", "plover", "own_sentences")
_MIN_POSITIVES = 5


def measure(profile: str, examples: Sequence[Example], data: Path) -> dict[str, Any]:
    """All figures of one profile's weights."""
    encoder = load_encoder(profile, threads=1)
    weak = {d.name for d in datasets_of("research") if d.is_weak}
    ordinary = _ordinary(encoder, examples)
    examples = [example for example in examples if example.dataset not in weak]
    scores = encoder.score([example.row.text for example in examples])
    heads: dict[str, Any] = {}
    for head in encoder.heads:
        for name, rows in _slices(head, examples):
            if head in scores.silent.get(name[:2], ()):
                continue
            truth = np.array([examples[row].row.labels[head] for row in rows])
            found = scores.of(head)[rows].astype(np.float64)
            if head in LEVELS:
                heads.setdefault(head, {})[name] = {
                    "rows": len(rows),
                    "mean_error": round(float(np.abs(truth - found).mean()), 3),
                }
            elif _MIN_POSITIVES <= (truth >= 0.5).sum() < len(rows):
                triggers = _triggers(head, [examples[row] for row in rows])
                heads.setdefault(head, {})[name] = _compare(found, truth >= 0.5, triggers)
    articles = {
        "en: muc4": _articles(encoder, _read_muc4(data)),
        "ru: crime pages": _articles(encoder, _read_russian(data)),
    }
    return {"version": encoder.version, "heads": heads, "ordinary": ordinary, "articles": articles}


def _ordinary(encoder: Encoder, examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """The share of held-out agency sentences that reach 0.5, by language and wording head that speaks it."""
    names = {d.name for d in datasets_of("research") if d.is_ordinary}
    shares: dict[str, dict[str, float]] = {}
    for language in ("en", "ru"):
        texts = [e.row.text for e in examples if e.dataset in names and e.row.language == language]
        scores = encoder.score(texts).speaking(language)
        heads = [head for head in scores.heads if head.startswith("bias.")]
        techniques = [scores.of(head) >= THRESHOLD for head in heads if ".technique." in head]
        shares[language] = {head: round(float((scores.of(head) >= THRESHOLD).mean()), 4) for head in heads}
        shares[language]["any technique"] = round(float(np.any(techniques, axis=0).mean()), 4) if techniques else 0.0
        shares[language]["sentences"] = len(texts)
    return shares


def _slices(head: str, examples: Sequence[Example]) -> Iterator[tuple[str, list[int]]]:
    """Rows by language, and for ``describes`` also by independent set."""
    by_slice: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        if head in example.row.labels:
            by_slice[example.row.language].append(row)
            if head in ("violence.describes", "violence.inciting") and example.dataset in INDEPENDENT:
                by_slice[f"{example.row.language}: {example.dataset}"].append(row)
    yield from sorted(by_slice.items())


def _triggers(head: str, examples: Sequence[Example]) -> Flags | None:
    """What our triggers alone would say; None where they say nothing about a head."""
    if head != "violence.describes" and not head.startswith("violence.type."):
        return None
    wanted = head.removeprefix("violence.type.")
    named = [{t.type for t in find_triggers(e.row.text, e.row.language)} for e in examples]
    return np.array([bool(types) if head == "violence.describes" else wanted in types for types in named])


def _compare(found: Vector, positive: Flags, triggers: Flags | None) -> dict[str, Any]:
    figures = {name: figure.rounded() for name, figure in bootstrap(found, positive).items()}
    baselines = {"always": round(f1(np.ones_like(positive), positive), 3)}
    if triggers is not None:
        baselines["triggers"] = round(f1(triggers, positive), 3)
    return {"rows": len(positive), "positive": int(positive.sum()), **figures, "baselines_f1": baselines}


def _read_muc4(data: Path) -> Iterator[tuple[str, str, bool]]:
    """Relevant or not: does the article report a terrorist incident?"""
    for row in read_jsonl(data / "violence/muc4.jsonl"):
        if row["split"] == "dev":
            yield row["text"], "en", bool(row["labels"]["relevant"])


def _read_russian(data: Path) -> Iterator[tuple[str, str, bool]]:
    """Held-out pages of a crime rubric against posts that people put under a peaceful category. A rubric holds
    fraud too, so some of its pages are rightly not found."""
    for row in read_jsonl(data / "violence/lenta_crime_ru.jsonl"):
        if part_of("lenta_crime", row["id"]) != "train":
            yield row["text"], "ru", True
    for row in read_jsonl(data / "violence/tgcontest_categories.jsonl"):
        is_peaceful = row["labels"]["category"] in PEACEFUL_CATEGORIES
        if row["lang"] == "ru" and is_peaceful and part_of("tgcontest", row["id"]) != "train":
            yield row["text"], "ru", False


def _articles(encoder: Encoder, labelled: Iterable[tuple[str, str, bool]]) -> dict[str, Any]:
    """Whole reports against labels of whole articles, by ``score`` >= 0.5. These labels owe nothing to triggers."""
    found, triggers, truth = [], [], []
    for text, language, is_violent in labelled:
        page = reading.prepare(Article(text, language=language))
        report = classify(page, encoder.score([sentence.text for sentence in page.sentences]))
        found.append(report.score or 0.0)
        triggers.append(bool(find_triggers(text, language)))
        truth.append(is_violent)
    return _compare(np.array(found), np.array(truth), np.array(triggers))


def show(profile: str, result: dict[str, Any]) -> None:
    print(f"\n{profile} ({result['version']})  value [95 % interval], baselines' F1")
    for head, slices in {
        **result["heads"],
        "ordinary news, share >= 0.5": result["ordinary"],
        "article score": result["articles"],
    }.items():
        for name, figures in slices.items():
            print(f"  {head:46} {name:20}", json.dumps(figures).replace('"', ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    given = parser.parse_args()
    wanted = PROFILES if given.profile == "all" else [given.profile]
    # Both profiles are measured on the same rows: the dev parts of all sets.
    examples = [e for e in read_examples(datasets_of("research"), given.data) if e.part == "dev"]
    results = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for profile in wanted:
        results[profile] = measure(profile, examples, given.data)
        show(profile, results[profile])
    results["measured"] = {
        "command": f"python -m quality.accuracy {' '.join(sys.argv[1:])}".strip(),
        "at": datetime.now(UTC).date().isoformat(),
        "data": f"dev parts of {len({e.dataset for e in examples})} sets, {len(examples)} texts (training/datasets.py)",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
