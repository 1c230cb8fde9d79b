"""``python -m quality.violence --profile research|permissive|all [--weights FOLDER] [--freeze]``: how right it is.

Measures the weights as they run on held-out rows, beside baselines, and prints Markdown tables for ``CARD.md``.
Figures and the picture of their reliability are written to ``build/quality/violence``; with ``--freeze`` to
``results.json`` and ``reliability.svg`` here.
"""

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.encoder import WEIGHTS_FOLDER, Encoder, load_encoder
from models.violence.classifier import VERSION
from quality.violence.alarms import measure_alarms
from quality.violence.articles import measure_articles
from quality.violence.baselines import trained_baselines
from quality.violence.ground import INDEPENDENT, Ground, learned_from, read_ground
from quality.violence.reliability import draw, measure_calibration
from quality.violence.robustness import measure_robustness
from quality.violence.sentences import measure_axes, measure_severity, measure_types
from quality.violence.shown import examples_scores, read_own
from quality.violence.table import tables
from quality.violence.words import measure_words
from training.datasets import PROFILES, Profile

HERE = Path(__file__).parent
SCRATCH = Path("build/quality/violence")


def measure(profile: Profile, encoder: Encoder, ground: Ground, data: Path) -> dict[str, Any]:
    """All figures of one profile's weights."""
    learned = learned_from(profile, ground, data)
    baselines = trained_baselines(learned)
    dev = ground.dev
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{profile}: {what} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)

    say(f"reading {len(dev)} held-out rows")
    scores = examples_scores(encoder, dev)
    readings = read_own(encoder, ground.held_out)
    say("sentences")
    result: dict[str, Any] = {
        "sentences": measure_axes(dev, scores, ground.held_out, baselines),
        "severity": measure_severity(readings, learned),
        "types": measure_types(readings, baselines),
    }
    say("articles")
    result["articles"] = measure_articles(encoder, ground, data, baselines)
    say("calibration, words, robustness, false alarms")
    result["calibration"] = measure_calibration(dev, scores)
    result["words"] = measure_words(readings)
    result["robustness"] = measure_robustness(encoder, ground.held_out)
    result["false_alarms"] = measure_alarms(dev, scores, ground.held_out, baselines)
    say("done")
    return result


def _origin(encoder: Encoder, ground: Ground) -> dict[str, str]:
    sets = {name for names in INDEPENDENT.values() for name in names}
    return {
        "version": f"{encoder.version}, classifier {VERSION}",
        "command": f"python -m quality.violence {' '.join(sys.argv[1:])}".strip(),
        "at": datetime.now(UTC).date().isoformat(),
        "data": f"dev parts: {sum(e.dataset in sets for e in ground.dev)} texts of {len(sets)} sets whose labels owe "
        f"nothing to triggers, {len(ground.dev)} of all sets (training/datasets.py)",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=[*PROFILES, "all"], default="all")
    parser.add_argument("--weights", type=Path, default=WEIGHTS_FOLDER, help="folder of the profiles' weights")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled sets")
    parser.add_argument("--freeze", action="store_true", help="write results.json and reliability.svg here")
    given = parser.parse_args()
    ground = read_ground(given.data)
    found: dict[str, Any] = {}
    for profile in PROFILES if given.profile == "all" else [given.profile]:
        encoder = load_encoder(profile, folder=given.weights, threads=1)
        found[profile] = measure(profile, encoder, ground, given.data) | {"measured": _origin(encoder, ground)}
    print(tables(found))
    home = HERE if given.freeze else SCRATCH
    home.mkdir(parents=True, exist_ok=True)
    file = home / "results.json"
    frozen = json.loads(file.read_text("utf-8")) if file.exists() else {}
    frozen |= found
    file.write_text(json.dumps(frozen, indent=1, ensure_ascii=False) + "\n", "utf-8")
    calibrations = {profile: result["calibration"] for profile, result in frozen.items()}
    (home / "reliability.svg").write_text(draw(calibrations), "utf-8")


if __name__ == "__main__":
    main()
