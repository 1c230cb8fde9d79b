"""Single sentences: the three axes, severity and types, by language, set, register and theme."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from models.violence.labels import TYPES
from models.violence.triggers import find_triggers
from quality.figures import Vector, bootstrap, f1, mean
from quality.violence.baselines import Baseline
from quality.violence.ground import AXES, INDEPENDENT, LANGUAGES, OWN, OwnSentence
from quality.violence.shown import OwnReading, by_language, head_of
from training.datasets import Example

MIN_POSITIVES = 4
RANKED = ("bag of words", "frozen encoder")  # the others only say yes or no
_HALF = 0.5


def measure_axes(
    dev: Sequence[Example], scores: Mapping[str, Vector], own: Sequence[OwnSentence], baselines: Mapping[str, Baseline]
) -> dict[str, dict[str, Any]]:
    """Axis, then slice: figures of the network and of each baseline. Slices with fewer than four positives are
    left out."""
    about = {(one.sentence.language, one.sentence.text): one for one in own}
    found: dict[str, dict[str, Any]] = {}
    for axis in AXES:
        rows = [
            row for row, e in enumerate(dev) if e.dataset in INDEPENDENT[axis] and f"violence.{axis}" in e.row.labels
        ]
        rows = [row for row in rows if not np.isnan(scores[axis][row])]
        for language in LANGUAGES:
            spoken = [row for row in rows if dev[row].row.language == language]
            if not spoken:
                continue
            texts = [dev[row].row.text for row in spoken]
            said = {name: ask(f"violence.{axis}", texts, language) for name, ask in baselines.items()}
            said = {"network": scores[axis][spoken], **said}
            for name, belongs in _slices([dev[row] for row in spoken], about, language):
                places = [at for at, row in enumerate(spoken) if belongs(dev[row])]
                chosen = [dev[spoken[at]] for at in places]
                positive = np.array([e.row.labels[f"violence.{axis}"] >= _HALF for e in chosen])
                if MIN_POSITIVES <= positive.sum() < len(positive):
                    groups = [e.row.group for e in chosen]
                    parts = {key: values[places] for key, values in said.items() if values is not None}
                    found.setdefault(axis, {})[name] = compare(parts, positive, groups)
    return found


def compare(said: Mapping[str, Vector], positive: Any, groups: Sequence[str]) -> dict[str, Any]:
    """All contenders on the same rows: whole figures where a score ranks, else precision, recall and F1."""
    result: dict[str, Any] = {"rows": len(positive), "positive": int(positive.sum())}
    result["always"] = {"f1": round(f1(np.ones_like(positive), positive), 3)}
    for name, scores in said.items():
        figures = bootstrap(scores, positive, groups=groups)
        kept = (
            figures
            if name == "network" or name in RANKED
            else {key: figures[key] for key in ("precision", "recall", "f1")}
        )
        result[name] = {key: figure.rounded() for key, figure in kept.items()}
    return result


def _slices(
    examples: Sequence[Example], about: Mapping[tuple[str, str], OwnSentence], language: str
) -> Iterator[tuple[str, Callable[[Example], bool]]]:
    """Each set, and our own also by register and by theme."""
    for dataset in sorted({e.dataset for e in examples}):
        yield f"{language}: {dataset}", lambda e, dataset=dataset: e.dataset == dataset  # type: ignore[misc]
    for kind in ("register", "theme"):
        for value in sorted({getattr(one.sentence, kind) for one in about.values()}):
            yield (
                f"{language}: {OWN}, {value}",
                lambda e, kind=kind, value=value: (  # type: ignore[misc]
                    e.dataset == OWN and getattr(about[e.row.language, e.row.text].sentence, kind) == value
                ),
            )


def measure_severity(readings: Sequence[OwnReading], learned: Sequence[Example]) -> dict[str, Any]:
    """The mean distance from the marked severity, 0..7, on violent sentences (else marked 0): of the report, of the
    learned head alone, of the gravest trigger, and of always giving the middle one of the training rows."""
    found = {}
    for language, spoken in by_language(readings).items():
        rows = [one for one in spoken if one.own.sentence.severity > 0]
        marked = np.array([one.own.sentence.severity for one in rows], dtype=np.float64)
        middle = float(
            np.median([7 * e.row.labels["violence.severity"] for e in learned if _has_own_severity(e, language)])
        )
        said = {
            "report": [float(one.report.severity or 0) for one in rows],
            "head": [7 * (head_of(one, "violence.severity") or 0.0) for one in rows],
            "triggers": [_gravest_trigger(one) for one in rows],
            "middle": [middle] * len(rows),
        }
        groups = [one.own.group for one in rows]
        found[language] = {"rows": len(rows)} | {
            name: mean(np.abs(np.array(values) - marked), groups=groups).rounded() for name, values in said.items()
        }
    return found


def _has_own_severity(example: Example, language: str) -> bool:
    row = example.row
    is_own = example.dataset == OWN and example.part == "train"
    return is_own and row.language == language and row.labels["violence.severity"] > 0


def _gravest_trigger(one: OwnReading) -> float:
    found = find_triggers(one.own.sentence.text, one.own.sentence.language)
    return float(max((trigger.severity for trigger in found), default=0))


def measure_types(readings: Sequence[OwnReading], baselines: Mapping[str, Baseline]) -> dict[str, Any]:
    """F1 of each type on our own held-out sentences: of the report, of the learned head alone, of the baselines."""
    found: dict[str, Any] = {}
    for language, rows in by_language(readings).items():
        texts = [one.own.sentence.text for one in rows]
        groups = [one.own.group for one in rows]
        for name in TYPES:
            positive = np.array([name in one.own.sentence.types for one in rows])
            if positive.sum() < MIN_POSITIVES:
                continue
            head = f"violence.type.{name}"
            said: dict[str, Vector | None] = {
                "report": np.array([_shown(one, name) for one in rows]),
                "head": np.array([head_of(one, head) or 0.0 for one in rows]),
                "triggers": baselines["triggers"](head, texts, language),
                "bag of words": baselines["bag of words"](head, texts, language),
            }
            found[f"{language}: {name}"] = {"positive": int(positive.sum())} | {
                key: bootstrap(values, positive, groups=groups)["f1"].rounded()
                for key, values in said.items()
                if values is not None
            }
    return found


def _shown(one: OwnReading, name: str) -> float:
    """A sentence that only incites has its threat shown by that finding; it has no types."""
    incites = (one.report.inciting or 0.0) if name == "threat" else 0.0
    return max(one.report.types.get(name, 0.0), incites)
