"""``python -m quality.source_bias --profile research|permissive|all [--parts …] [--freeze]``: how right it is.

Measures the weights as they run on held-out rows, beside baselines. Figures are written to ``build/quality``; with
``--freeze`` to ``results.json`` here, profile by profile.
"""

import argparse
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.encoder import WEIGHTS_FOLDER, Encoder, WordSpan, load_encoder
from models.source_bias.classifier import VERSION
from models.source_bias.tags import tags_of
from models.types import Span
from quality.source_bias import attribution, cues, datelines, residue
from quality.source_bias.counterfactual import measure_names
from quality.source_bias.folds import measure_folds
from quality.source_bias.techniques import measure_plain, measure_techniques
from quality.source_bias.wording import measure_ordinary, measure_wording
from quality.violence.baselines import bag_of_words, frozen_encoder
from training.datasets import PROFILES, Example, Profile, datasets_of, read_examples

RESULTS = Path(__file__).with_name("results.json")
SCRATCH = Path("build/quality/source_bias.json")


PARTS = ("cues", "folds", "wording", "techniques", "attributions", "names")


def measure(profile: Profile, weights: Path, data: Path, parts: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """The figures of one profile's weights, one after another. Every profile is measured on the same rows."""
    encoder = load_encoder(profile, folder=weights)
    yield "version", encoder.version
    if "folds" in parts:
        yield "BABE, five folds", measure_folds(encoder, data, learned_from_it=profile == "research")
    needs_rows = {"wording", "names", "techniques"} & set(parts)
    examples = read_examples(datasets_of("research"), data) if needs_rows else []
    dev = [example for example in examples if example.part == "dev"]
    if "wording" in parts:
        learned = [e for e in _learned(profile, examples, data) if any(h.startswith("bias.") for h in e.row.labels)]
        baselines = {"bag of words": bag_of_words(learned)}
        if find_spec("torch"):
            baselines["frozen encoder"] = frozen_encoder(learned)
        else:
            _say("torch is not installed: no frozen encoder among the baselines")
        _say(f"{profile}: wording")
        yield "wording", measure_wording(encoder, dev, baselines)
        yield "ordinary news over 0.5", measure_ordinary(encoder, dev)
    if "techniques" in parts:
        _say(f"{profile}: techniques")
        yield "techniques", measure_techniques(encoder, data)
        yield "ordinary news with a technique", measure_plain(encoder, dev)
    if "names" in parts:
        _say(f"{profile}: names")
        yield "names", measure_names(encoder, dev)
    if "attributions" in parts:
        _say(f"{profile}: attributions and datelines")
        yield "attributions", _attributions(encoder, data)
        yield "datelines", datelines.measure(data)
        yield "residue", residue.measure(data)


def _attributions(encoder: Encoder, data: Path) -> dict[str, Any]:
    def tagger(_: str, sentences: Sequence[Span]) -> Sequence[WordSpan]:
        scores = encoder.score([sentence.text for sentence in sentences])
        return tags_of(scores, range(len(sentences)), sentences)

    return {"rules": attribution.measure(data), "rules and network": attribution.measure(data, tagger=tagger)}


def _learned(profile: Profile, examples: list[Example], data: Path) -> list[Example]:
    own = examples if profile == "research" else read_examples(datasets_of(profile), data)
    return [example for example in own if example.part != "dev"]


def _stamp() -> dict[str, str]:
    return {
        "classifier": VERSION,
        "measured": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
    }


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER)
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="the others keep the figures they have"
    )
    parser.add_argument("--freeze", action="store_true", help="write the figures to results.json here")
    given = parser.parse_args()
    target = RESULTS if given.freeze else SCRATCH
    target.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Any] = json.loads(target.read_text("utf-8")) if target.exists() else {}
    if "cues" in given.parts:  # by rules alone: the same for every profile
        kept["rules"] = {"cues": cues.measure()} | _stamp()
        target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for profile in PROFILES if given.profile == "all" else [given.profile]:
        found = kept.setdefault(profile, {})
        for name, figures in measure(profile, given.weights, given.data, given.parts):
            found[name] = figures
            found.setdefault("parts", {})[name] = _stamp()
            target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")  # a stop loses one part
    print(json.dumps(kept, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
