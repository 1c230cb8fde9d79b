"""``python -m training.train --profile research|permissive|all``: from labelled data to ``models/weights/``.

Reads the sets, tunes the English base and our Russian encoder with all heads on them, makes both int8, keeps the heads
that earn their place on held-out data, calibrates them on what the int8 network says, and writes one ONNX file with
tokenizers, manifest and adapters for each profile.
"""

import argparse
import hashlib
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from transformers import BertModel

from models.encoder import FORMAT
from models.violence.labels import ROLES, TYPES
from models.violence.triggers import find_triggers
from training import base, export
from training.adapters import ADAPTERS, keep_low_rank, load_adapters, save_adapters
from training.calibration import (
    MIN_POSITIVES,
    SILENT,
    Calibration,
    calibrate,
    calibrate_level,
    calibrate_probability,
    calibrate_words,
)
from training.data.attribution import PARTS
from training.data.techniques import ALL_TECHNIQUES, ANY, TECHNIQUE
from training.data.wording import BIASED_WORD
from training.datasets import PROFILES, Dataset, Example, Profile, datasets_of, measured_with, read_examples
from training.network import Encoding, Network, Settings, predict_words, train
from training.raw import read_raw
from training.rows import Row
from training.russian_body import BodySettings, prepare_russian

VERSION = "3.0.0"
WEIGHTS = Path(__file__).parent.parent / "models" / "weights"
LICENCES = {
    "permissive": "Apache-2.0 (learned only from sets whose stated licence allows commercial use; see data)",
    "research": "research and non-commercial use: some sets are non-commercial or state no licence; see data",
}
SPAN_LABELS = (
    *TYPES,
    *ROLES,
    ANY,
    *(f"{TECHNIQUE}.{name}" for name in ALL_TECHNIQUES),
    BIASED_WORD,
    *PARTS,
)
LEVELS = ("violence.severity",)
SETTINGS = {"en": Settings(epochs=3), "ru": Settings(rate=3e-4, tuned_vectors=True, epochs=6)}
RUSSIAN_BODY = {"research": BodySettings(), "permissive": BodySettings(steps=2_000)}  # a third as much text
# A head must have this many training positives and this held-out AUC, in some language, to be shipped.
MIN_TRAINING_POSITIVES = 60
MIN_DEV_POSITIVES = 8
MIN_AUC = 0.60
MIN_TECHNIQUE_AUC = 0.70  # a technique is an accusation
# At most this share of ordinary agency sentences may reach 0.5: of a wording head, of each technique.
ORDINARY_WORDING = 0.15
ORDINARY_TECHNIQUE = 0.04
_WEAK_SPANS = 0.3  # words found by our own triggers teach less than words marked by hand
_LIBRARIES = ("torch", "transformers", "gensim", "onnx", "onnxruntime", "tokenizers", "numpy", "scikit-learn")

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Run:
    """Where a training run reads and writes."""

    data: Path
    work: Path
    weights: Path
    base: Path | None
    processes: int
    languages: tuple[str, ...] = export.LANGUAGES  # one alone is trained and kept in *work*; nothing is exported
    learned: Path | None = None  # a folder of profiles whose adapters are calibrated and exported anew


@dataclass(frozen=True, slots=True)
class Table:
    """What each example says, (examples, heads): ``targets``, and ``weights`` that are 0 where it says nothing."""

    names: tuple[str, ...]
    targets: Values
    weights: Values


@dataclass(frozen=True, slots=True)
class Masks:
    """What each example is, (examples,): its part and language; whether heads learn from it, whether it says how good
    they are, whether people read it for violence, whether it is ordinary news."""

    parts: npt.NDArray[np.str_]
    languages: npt.NDArray[np.str_]
    trained: npt.NDArray[np.bool_]
    labelled: npt.NDArray[np.bool_]
    read: npt.NDArray[np.bool_]
    ordinary: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a language's network begins: its tokenizer's file and the encoder."""

    tokenizer: Path
    body: BertModel


Starter = Callable[[str, Profile, Run], Start]


def start_body(code: str, profile: Profile, run: Run) -> Start:
    """English: the public base. Russian: our own small encoder, learned first where it is missing."""
    if code == "en":
        home = base.find_base(run.base)
        return Start(home / "tokenizer.json", base.load_base(home))
    free = profile == "permissive"
    return Start(*prepare_russian(run.work, run.data, free_only=free, settings=RUSSIAN_BODY[profile]))


def train_profile(
    profile: Profile, run: Run, *, settings: Mapping[str, Settings] = SETTINGS, start: Starter = start_body
) -> None:
    """Train and export one profile."""
    torch.set_num_threads(run.processes)
    datasets = datasets_of(profile)
    examples = _read(profile, run.data)
    table = _table(examples)
    masks = _masks(examples, datasets)
    print(f"{profile}: {len(examples)} texts, {len(table.names)} heads", flush=True)
    folder, work = run.weights / profile, run.work / profile
    folder.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    networks: dict[str, Network] = {}
    words: dict[str, list[Calibration]] = {}
    for code in run.languages:
        begun = start(code, profile, run)
        load_tokenizer(begun.tokenizer).save(str(folder / export.TOKENIZERS[code]), pretty=False)
        network = Network(begun.body, len(table.names), len(SPAN_LABELS), settings[code])
        rows = [
            (e.dataset, with_weak_spans(e.row))
            for e, is_trained in zip(examples, masks.trained, strict=True)
            if is_trained and e.row.language == code
        ]
        print(f" {code}: {len(rows)} training rows", flush=True)
        encoding = Encoding(load_tokenizer(begun.tokenizer), table.names, SPAN_LABELS)
        if run.learned is not None:
            load_adapters(network, code, run.learned / profile / ADAPTERS)
        else:
            trained = work / f"{code}.{_digest(rows, table.names, settings[code])}.safetensors"
            if not trained.exists():
                network.body.embeddings.requires_grad_(requires_grad=settings[code].tuned_vectors)
                train(network, rows, encoding, settings[code], most={d.name: d.most for d in datasets})
                if code == "en":
                    keep_low_rank(network.body, start(code, profile, run).body)
                save_file(network.state_dict(), trained)
            network.load_state_dict(load_file(trained))
        networks[code] = network.eval()
        words[code] = _calibrate_words(examples, network, encoding, code)
    if set(networks) != set(export.LANGUAGES):
        return
    save_adapters(networks, start("en", profile, run).body, folder / ADAPTERS)
    bodies = {code: work / f"body.{code}.onnx" for code in export.LANGUAGES}
    for code, network in networks.items():
        export.export_body(network, bodies[code])
    parts = export.Parts(networks, bodies, words)
    logits = _read_as_shipped(examples, parts, table, folder, run)
    kept, results, calibrations = _choose(table, logits, masks)
    export.export_network(parts, kept, calibrations, folder / "model.onnx")
    facts = _facts(profile, examples, [table.names[c] for c in kept], results)
    facts["silent_words"] = {
        code: [label for label, found in zip(SPAN_LABELS, words[code], strict=True) if found == SILENT]
        for code in export.LANGUAGES
    }
    export.write_manifest(folder, facts | {"settings": {code: asdict(s) for code, s in settings.items()}})


def _calibrate_words(examples: Sequence[Example], network: Network, encoding: Encoding, code: str) -> list[Calibration]:
    """On what others wrote; on our own sentences, which say more in fewer words, only what those do not show."""
    marked = [e for e in examples if e.part == "calibration" and e.row.language == code and e.row.spans is not None]
    on_all = calibrate_words(*predict_words(network, [e.row for e in marked], encoding))
    real = [e.row for e in marked if not e.dataset.startswith("own_")]
    on_real = calibrate_words(*predict_words(network, real, encoding)) if real else on_all
    return [first if first != SILENT else other for first, other in zip(on_real, on_all, strict=True)]


def _digest(rows: Sequence[tuple[str, Row]], heads: Sequence[str], settings: Settings) -> str:
    """What a trained network follows from: another digest, another network."""
    found = hashlib.sha256(repr((sorted(heads), SPAN_LABELS, settings)).encode())
    for name, row in rows:
        found.update(repr((name, row)).encode())
    return found.hexdigest()[:12]


def _read_as_shipped(examples: Sequence[Example], parts: export.Parts, table: Table, folder: Path, run: Run) -> Values:
    """Logits (examples, heads) of the int8 network for all that is not trained on; others stay 0."""
    plain = {code: [Calibration(1.0, 0.0)] * len(table.names) for code in export.LANGUAGES}
    raw = parts.bodies["en"].with_name("raw.onnx")
    export.export_network(parts, range(len(table.names)), plain, raw)
    rows = [number for number, e in enumerate(examples) if e.part != "train"]
    scores = read_raw([examples[n].row.text for n in rows], raw, folder, processes=run.processes)
    logits = np.zeros_like(table.targets)
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    logits[rows] = np.log(clipped / (1 - clipped))
    raw.unlink()
    return logits


def load_tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def with_weak_spans(row: Row) -> Row:
    """A news sentence whose words nobody marked gets those that our triggers find, at less weight."""
    if row.spans is not None or "violence.severity" not in row.labels:
        return row
    is_violent = row.labels.get("violence.describes", 0.0) >= 0.5
    triggers = find_triggers(row.text, row.language) if is_violent else ()
    return replace(row, spans=tuple((t.start, t.end, t.type) for t in triggers), span_weight=_WEAK_SPANS)


def _read(profile: Profile, data: Path) -> list[Example]:
    """What the profile learns from, and the dev parts of the sets that it is only measured on."""
    own, others = datasets_of(profile), measured_with(profile)
    foreign = {d.name for d in others}
    return [e for e in read_examples(own + others, data) if e.part == "dev" or e.dataset not in foreign]


def _table(examples: Sequence[Example]) -> Table:
    names = tuple(sorted({name for example in examples for name in example.row.labels}))
    targets = np.zeros((len(examples), len(names)), dtype=np.float32)
    weights = np.zeros_like(targets)
    column = {name: index for index, name in enumerate(names)}
    for row, example in enumerate(examples):
        for name, value in example.row.labels.items():
            targets[row, column[name]] = value
            weights[row, column[name]] = example.row.weight
    return Table(names, targets, weights)


def _masks(examples: Sequence[Example], datasets: Sequence[Dataset]) -> Masks:
    learned = {d.name for d in datasets if not d.is_figures_only}
    weak, ordinary = {d.name for d in datasets if d.is_weak}, {d.name for d in datasets if d.is_ordinary}
    read = {d.name for d in datasets if d.is_read}
    return Masks(
        parts=np.array([example.part for example in examples]),
        languages=np.array([example.row.language for example in examples]),
        trained=np.array([e.part == "train" and e.dataset in learned for e in examples]),
        labelled=np.array([example.dataset not in weak for example in examples]),
        read=np.array([example.dataset in read for example in examples]),
        ordinary=np.array([example.dataset in ordinary for example in examples]),
    )


def _choose(
    table: Table, logits: Values, masks: Masks
) -> tuple[list[int], dict[str, Any], dict[str, list[Calibration]]]:
    """The columns worth shipping, what each reaches, and its calibration in each language."""
    kept, results = [], {}
    for column, name in enumerate(table.names):
        result = _judge(column, table, logits, masks)
        if result and any(_is_good(name, figures) for figures in result.values()):
            kept.append(column)
            results[name] = result
        else:
            print(f"  left out: {name} {result or ''}")
    calibrations = {
        code: [
            _calibration((table.names[c], code), c, table, logits, masks)
            if _is_earned(table.names[c], results[table.names[c]].get(code))
            else SILENT
            for c in kept
        ]
        for code in export.LANGUAGES
    }
    return kept, results, calibrations


def _judge(column: int, table: Table, logits: Values, masks: Masks) -> dict[str, Any] | None:
    """What a head reaches on the dev part, per language; None where it has too little data to learn from."""
    known = (table.weights[:, column] > 0) & masks.labelled
    positive = table.targets[:, column] >= 0.5
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


def _calibration(head: tuple[str, str], column: int, table: Table, logits: Values, masks: Masks) -> Calibration:
    name, language = head
    speaks = masks.languages == language
    known = (table.weights[:, column] > 0) & masks.labelled & speaks
    positive = table.targets[:, column] >= 0.5
    rows = known & (masks.parts == "calibration")
    if name.startswith("violence."):
        rows = rows & masks.read  # other sets have their labels from triggers, or only the easy ones
    values, targets = logits[rows, column], table.targets[rows, column]
    if name in LEVELS:
        return calibrate_level(values, targets)
    if name.startswith("violence."):
        if positive[rows].sum() < MIN_POSITIVES:
            return Calibration(1.0, 0.0)  # the network's own probability: too few to correct it by
        return calibrate_probability(values, targets, table.weights[rows, column])
    is_technique = name.startswith("bias.technique.")
    return calibrate(
        values,
        targets,
        ordinary=logits[masks.ordinary & speaks & (masks.parts == "calibration"), column],
        share=ORDINARY_TECHNIQUE if is_technique else ORDINARY_WORDING,
    )


def _facts(profile: Profile, examples: Sequence[Example], heads: list[str], results: dict[str, Any]) -> dict[str, Any]:
    rows = Counter((example.dataset, example.part) for example in examples)
    return {
        "format": FORMAT,
        "version": VERSION,
        "profile": profile,
        "licence": LICENCES[profile],
        "base": {"name": base.BASE_NAME, "licence": base.BASE_LICENCE, "sha256": base.BASE_SHA256},
        "russian": asdict(RUSSIAN_BODY[profile]),
        "heads": heads,
        "silent": {
            code: [name for name in heads if not _is_earned(name, results[name].get(code))] for code in export.LANGUAGES
        },
        "span_labels": list(SPAN_LABELS),
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
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="what is learned once and kept")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where profiles are written")
    parser.add_argument("--base", type=Path, default=None, help="folder of the base encoder")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--learned", type=Path, default=None, help="folder of profiles whose adapters are calibrated and exported anew"
    )
    parser.add_argument("--language", choices=export.LANGUAGES, help="train it alone, and keep it for a later run")
    given = parser.parse_args()
    languages = (given.language,) if given.language else export.LANGUAGES
    run = Run(given.data, given.work, given.weights, given.base, given.processes, languages, given.learned)
    for profile in PROFILES if given.profile == "all" else [given.profile]:
        train_profile(profile, run)


if __name__ == "__main__":
    main()
