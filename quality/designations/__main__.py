"""``python -m quality.designations [--failures] [--no-speed] [--freeze]``: figures on the hand-written cases.

With ``--freeze`` they are written to ``results.json``, under the name given by ``--as`` ("current" by default).
"""

import argparse
import json
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.designations.classifier import VERSION
from models.designations.register import load_register
from quality.designations.cases import Case, read_cases
from quality.designations.figures import Count, figures, judge

RESULTS = Path(__file__).with_name("results.json")


def show(name: str, result: dict[str, dict[str, object]]) -> None:
    for part, figure in result.items():
        print(
            f"{name:14} {part:9} P {figure['precision']:.3f}  R {figure['recall']:.3f}  F1 {figure['f1']:.3f} "
            f"{figure['interval']}  expected {figure['expected']}"
        )


def slices(cases: Sequence[Case], judged: Sequence[dict[str, Count]]) -> dict[str, Any]:
    """All cases, each language, and those written before and after the first failures were seen."""
    parts: dict[str, Callable[[Case], bool]] = {
        "all": lambda case: bool(case.text),
        "en": lambda case: case.language == "en",
        "ru": lambda case: case.language == "ru",
        "written before": lambda case: not case.source.startswith("later"),
        "written after": lambda case: case.source.startswith("later"),
    }
    found: dict[str, Any] = {}
    for name, belongs in parts.items():
        chosen = [counts for case, counts in zip(cases, judged, strict=True) if belongs(case)]
        if chosen:
            found[name] = {"cases": len(chosen), **figures(chosen)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="print the cases that are not read as marked")
    parser.add_argument("--no-speed", action="store_true", help="leave speed out")
    parser.add_argument("--freeze", action="store_true", help="write results.json")
    parser.add_argument("--as", dest="name", default="current", help="the name the figures are frozen under")
    given = parser.parse_args()
    register = load_register()
    cases = read_cases()
    judged = [judge(case, register) for case in cases]
    result = slices(cases, judged)
    for name, part in result.items():
        show(name, {key: value for key, value in part.items() if key != "cases"})
    if given.failures:
        for case, counts in zip(cases, judged, strict=True):
            failed = [part for part, count in counts.items() if count.wrong or count.missed]
            if failed:
                print(f"{case.source:16} {', '.join(failed)}: {case.text!r}")
    frozen: dict[str, Any] = {"cases": result}
    if not given.no_speed:
        from quality.designations.speed import measure_speed

        frozen["speed"] = measure_speed(register)
        print(json.dumps(frozen["speed"], indent=1, ensure_ascii=False))
    if given.freeze:
        frozen["measured"] = {
            "classifier": VERSION,
            "register": register.version,
            "on": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
        }
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        RESULTS.write_text(
            json.dumps({**kept, given.name: frozen}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
