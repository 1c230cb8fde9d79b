"""``python -m training.train --profile research|permissive|all``: from labelled data to ``models/weights/``.

Reads the sets, embeds every text with the int8 body, trains the heads, keeps those that earn their place on held-out
data, calibrates them, and writes one ONNX file with tokenizer and manifest for each profile.
"""

import argparse
import importlib.metadata
import platform
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score

from models.ngrams import hash_ngrams
from training import base, export
from training.calibration import MIN_POSITIVES, SILENT, Calibration, calibrate, calibrate_level
from training.datasets import PROFILES, Dataset, Example, Profile, datasets_of, measured_with, read_examples
from training.embed import Embedder, embed
from training.network import Samples, Settings, predict, train_heads

VERSION = "1.0.0"
WEIGHTS = Path(__file__).parent.parent / "models" / "weights"
LICENCES = {
    "permissive": "Apache-2.0 (learned only from sets whose stated licence allows commercial use; see data)",
    "research": "research and non-commercial use: some sets are non-commercial or state no licence; see data",
}
LEVELS = ("violence.severity",)
# A head must have this many training positives and this held-out AUC, in some language, to be shipped.
MIN_TRAINING_POSITIVES = 60
MIN_DEV_POSITIVES = 8
MIN_AUC = 0.60
MIN_TECHNIQUE_AUC = 0.70  # a technique is an accusation
# False alarms cost more here: praise of violence, and techniques, are accusations.
_CAREFUL = 0.7
# At most this share of ordinary agency sentences may reach 0.5: of a wording head, of each technique.
ORDINARY_WORDING = 0.07
ORDINARY_TECHNIQUE = 0.01
_LIBRARIES = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers", "numpy", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Run:
    """Where a training run reads and writes."""

    data: Path
    work: Path
    weights: Path
    base: Path | None
    processes: int


@dataclass(frozen=True, slots=True)
class Masks:
    """What each example is, (examples,): its part and language; whether heads learn from it, whether it says how good
    they are, whether it is ordinary news."""

    parts: npt.NDArray[np.str_]
    languages: npt.NDArray[np.str_]
    trained: npt.NDArray[np.bool_]
    labelled: npt.NDArray[np.bool_]
    ordinary: npt.NDArray[np.bool_]


def train_profile(profile: Profile, run: Run, settings: Settings) -> None:
    """Train and export one profile."""
    torch.set_num_threads(run.processes)
    body, tokenizer = base.prepare_body(run.work, run.base)
    datasets = datasets_of(profile)
    examples = _read(profile, run.data)
    names = sorted({name for example in examples for name in example.row.labels})
    print(f"{profile}: {len(examples)} texts, {len(names)} heads")
    samples = sample(examples, names, settings)
    embedder = Embedder(body, tokenizer, run.work / "cache", run.processes)
    vectors = embed([e.row.text for e in examples], embedder)
    samples = Samples(vectors, samples.ngrams, samples.targets, samples.weights)
    masks = _masks(examples, datasets)
    heads = train_heads(_pick(samples, masks.trained), settings)
    logits = predict(heads, samples)
    kept, results = [], {}
    for column, name in enumerate(names):
        result = _judge(column, samples, logits, masks)
        if result and any(_is_good(name, figures) for figures in result.values()):
            kept.append(column)
            results[name] = result
        else:
            print(f"  left out: {name} {result or ''}")
    calibrations = {
        code: [
            _calibration((names[c], code), c, samples, logits, masks)
            if _is_earned(names[c], results[names[c]].get(code))
            else SILENT
            for c in kept
        ]
        for code in export.LANGUAGES
    }
    folder = run.weights / profile
    folder.mkdir(parents=True, exist_ok=True)
    export.export_network(body, export.Scorer(heads, kept, calibrations), folder / "model.onnx")
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    export.write_manifest(folder, _facts(profile, settings, examples, [names[c] for c in kept], results))


def _read(profile: Profile, data: Path) -> list[Example]:
    """What the profile learns from, and the dev parts of the sets that it is only measured on."""
    own, others = datasets_of(profile), measured_with(profile)
    foreign = {d.name for d in others}
    return [e for e in read_examples(own + others, data) if e.part == "dev" or e.dataset not in foreign]


def _masks(examples: Sequence[Example], datasets: Sequence[Dataset]) -> Masks:
    learned = {d.name for d in datasets if not d.is_figures_only}
    weak, ordinary = {d.name for d in datasets if d.is_weak}, {d.name for d in datasets if d.is_ordinary}
    return Masks(
        parts=np.array([example.part for example in examples]),
        languages=np.array([example.row.language for example in examples]),
        trained=np.array([e.part == "train" and e.dataset in learned for e in examples]),
        labelled=np.array([example.dataset not in weak for example in examples]),
        ordinary=np.array([example.dataset in ordinary for example in examples]),
    )


def sample(examples: Sequence[Example], names: Sequence[str], settings: Settings) -> Samples:
    """Targets and masks; embeddings are filled in later."""
    targets = np.zeros((len(examples), len(names)), dtype=np.float32)
    weights = np.zeros_like(targets)
    column = {name: index for index, name in enumerate(names)}
    for row, example in enumerate(examples):
        for name, value in example.row.labels.items():
            targets[row, column[name]] = value
            weights[row, column[name]] = example.row.weight
    ngrams = [hash_ngrams(example.row.text, settings.buckets) for example in examples]
    return Samples(np.zeros((len(examples), 0), dtype=np.float32), ngrams, targets, weights)


def _pick(samples: Samples, rows: Any) -> Samples:
    ngrams = [ids for ids, wanted in zip(samples.ngrams, rows, strict=True) if wanted]
    return Samples(samples.embeddings[rows], ngrams, samples.targets[rows], samples.weights[rows])


def _judge(column: int, samples: Samples, logits: Any, masks: Masks) -> dict[str, Any] | None:
    """What a head reaches on the dev part, per language; None where it has too little data to learn from."""
    known = (samples.weights[:, column] > 0) & masks.labelled
    positive = samples.targets[:, column] >= 0.5
    if (known & positive & masks.trained).sum() < MIN_TRAINING_POSITIVES:
        return None
    result: dict[str, Any] = {}
    for code in export.LANGUAGES:
        rows = known & (masks.parts == "dev") & (masks.languages == code)
        hits = int(positive[rows].sum())
        if hits >= MIN_DEV_POSITIVES and hits < rows.sum():
            auc = float(roc_auc_score(positive[rows], logits[rows, column]))
            result[code] = {"dev": int(rows.sum()), "positive": hits, "auc": round(auc, 4)}
    return result


def _is_good(name: str, result: dict[str, Any]) -> bool:
    return bool(result["auc"] >= (MIN_TECHNIQUE_AUC if name.startswith("bias.technique.") else MIN_AUC))


def _is_earned(name: str, result: dict[str, Any] | None) -> bool:
    """Whether a head may speak in a language. Violence heads always may (our own sentences teach them in both);
    a wording head must have shown on held-out text of that language that it learned something."""
    return name.startswith("violence.") if result is None else _is_good(name, result)


def _calibration(head: tuple[str, str], column: int, samples: Samples, logits: Any, masks: Masks) -> Calibration:
    name, language = head
    speaks = masks.languages == language
    known = (samples.weights[:, column] > 0) & masks.labelled & speaks
    positive = samples.targets[:, column] >= 0.5
    rows = known & (masks.parts == "calibration")
    if positive[rows].sum() < MIN_POSITIVES:
        rows = rows | (known & masks.trained)
    if name in LEVELS:
        return calibrate_level(logits[rows, column], samples.targets[rows, column])
    is_technique = name.startswith("bias.technique.")
    ordinary = logits[masks.ordinary & speaks & (masks.parts == "calibration"), column]
    return calibrate(
        logits[rows, column],
        samples.targets[rows, column],
        beta=_CAREFUL if is_technique or name == "violence.inciting" else 1.0,
        ordinary=ordinary if name.startswith("bias.") else None,
        share=ORDINARY_TECHNIQUE if is_technique else ORDINARY_WORDING,
    )


def _facts(
    profile: Profile, settings: Settings, examples: Sequence[Example], heads: list[str], results: dict[str, Any]
) -> dict[str, Any]:
    rows = Counter((example.dataset, example.part) for example in examples)
    return {
        "version": VERSION,
        "profile": profile,
        "licence": LICENCES[profile],
        "base": {"name": base.BASE_NAME, "licence": base.BASE_LICENCE, "sha256": base.BASE_SHA256, "tuned": False},
        "heads": heads,
        "silent": {
            code: [name for name in heads if not _is_earned(name, results[name].get(code))] for code in export.LANGUAGES
        },
        "max_tokens": base.MAX_TOKENS,
        "ngram_buckets": settings.buckets,
        "settings": asdict(settings),
        "data": [
            {"set": d.name, "licence": d.licence, "feeds": d.feeds}
            | {part: rows[d.name, part] for part in ("train", "calibration", "dev")}
            for d in datasets_of(profile)
        ],
        "results": results,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "python": platform.python_version(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled sets")
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="cache of embeddings")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where profiles are written")
    parser.add_argument("--base", type=Path, default=None, help="folder of the base encoder")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    run = Run(given.data, given.work, given.weights, given.base, given.processes)
    for profile in PROFILES if given.profile == "all" else [given.profile]:
        train_profile(profile, run, Settings())


if __name__ == "__main__":
    main()
