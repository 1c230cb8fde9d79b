"""``python -m quality.designations [--failures] [--no-speed] [--freeze]``: figures on our cases and on real articles.

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
from models.designations.register import Register, load_register
from quality.designations.cases import Case, read_cases
from quality.designations.figures import Count, figures, judge
from quality.designations.real import PARTS, read_real

RESULTS = Path(__file__).with_name("results.json")


def show(name: str, result: dict[str, dict[str, object]]) -> None:
    for part, figure in result.items():
        print(
            f"{name:21} {part:9} P {figure['precision']:.3f}  R {figure['recall']:.3f}  F1 {figure['f1']:.3f} "
            f"{figure['interval']}  expected {figure['expected']}"
        )


_LATER = ("later", "later_traps", "families", "families_traps")  # parts written after failures had been seen
Judged = list[tuple[Case, dict[str, Count]]]


def slices(judged: Judged) -> dict[str, Any]:
    """The case table and its parts, and the passages about clauses, which were written for the rules they measure."""
    parts: dict[str, Callable[[Case], bool]] = {
        "all": lambda case: case.part != "clauses",
        "en": lambda case: case.part != "clauses" and case.language == "en",
        "ru": lambda case: case.part != "clauses" and case.language == "ru",
        "written before": lambda case: case.part not in ("clauses", *_LATER),
        "written after": lambda case: case.part in _LATER,
        "clauses": lambda case: case.part == "clauses",
        "clauses, en": lambda case: case.part == "clauses" and case.language == "en",
        "clauses, ru": lambda case: case.part == "clauses" and case.language == "ru",
    }
    return {name: _figures([counts for case, counts in judged if belongs(case)]) for name, belongs in parts.items()}


def real_slices(register: Register) -> dict[str, Any]:
    """The annotated articles, where the sets that they come from are there; their texts are never printed."""
    found: dict[str, Any] = {}
    for part in PARTS:
        name = f"real: {part.replace('_', ' ')}"
        judged = [(case.language, judge(case, register)) for case in read_real(part, register)]
        for language in ("", "en", "ru") if judged else ():
            chosen = [counts for spoken, counts in judged if language in ("", spoken)]
            found[f"{name}, {language}" if language else name] = _figures(chosen)
    return found


def _figures(chosen: Sequence[dict[str, Count]]) -> dict[str, Any]:
    return {"cases": len(chosen), **figures(chosen)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", action="store_true", help="print the cases that are not read as marked")
    parser.add_argument("--no-speed", action="store_true", help="leave speed out")
    parser.add_argument("--freeze", action="store_true", help="write results.json")
    parser.add_argument("--as", dest="name", default="current", help="the name the figures are frozen under")
    given = parser.parse_args()
    register = load_register()
    judged = [(case, judge(case, register)) for case in read_cases()]
    result = {**slices(judged), **real_slices(register)}
    for name, part in result.items():
        show(name, {key: value for key, value in part.items() if key != "cases"})
    if given.failures:
        for case, counts in judged:
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
