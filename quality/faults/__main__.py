"""``python -m quality.faults [--quick] [--only PART …] [--freeze]``: all fault measurements, one after the other.

After each part the figures so far are in ``var/faults.json``, so that a long run that ends early has said something;
``--resume`` goes on after it. With ``--freeze`` they become ``results.json``. Exit status 1: something is not as it
must be.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quality.faults import addresses, chaos, disk, fairness, hostile, signatures
from quality.faults.chaos import Plan
from quality.faults.expectations import problems
from quality.faults.figures import describe_machine
from quality.faults.servers import NotInstalledError
from quality.faults.stack import ROOT

RESULTS = Path(__file__).with_name("results.json")
CHECKPOINT = ROOT / "var" / "faults.json"
Part = Callable[[], dict[str, Any]]


def parts(options: argparse.Namespace) -> dict[str, Part]:
    """In the order they run in; the quick ones are those of CI, three minutes together."""
    seed = options.seed
    if options.quick:
        quick = {"articles": 150, "kills": 20, "every_seconds": 1.5, "drain_seconds": 60.0, "seed": seed}
        return {
            "chaos-quick-sqlite": lambda: chaos.run(Plan(**quick)),
            "chaos-quick-postgresql": lambda: chaos.run(Plan(**quick, database="postgresql", kills_database=True)),
            "disk": lambda: disk.run(count=40),
            "addresses": lambda: addresses.run(embeddings=10_000, deliveries=50, seed=seed),
            "signatures": lambda: signatures.run(deliveries=30, changes=1_000, seed=seed),
        }
    full = {"every_seconds": options.every, "drain_seconds": 600.0, "seed": seed}
    return {
        "chaos-sqlite": lambda: chaos.run(Plan(options.articles, options.kills, **full)),
        "chaos-postgresql": lambda: chaos.run(
            Plan(options.articles // 5, options.kills // 4, **full, database="postgresql", kills_database=True)
        ),
        "disk": lambda: disk.run(count=1_500),
        "hostile": lambda: hostile.run(each=4),
        "addresses": lambda: addresses.run(embeddings=1_000_000, deliveries=1_000, seed=seed),
        "signatures": lambda: signatures.run(deliveries=200, changes=10_000, seed=seed),
        "fairness": lambda: fairness.run(crowd=options.articles),
    }


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Of the command line, or of *arguments*."""
    parser = argparse.ArgumentParser(prog="python -m quality.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three minutes, as in CI")
    parser.add_argument("--only", action="append", metavar="PART", help="this part alone; may be given again")
    parser.add_argument("--articles", type=int, default=10_000, help="of the run on SQLite; a fifth on PostgreSQL")
    parser.add_argument("--kills", type=int, default=400, help="of the run on SQLite; a quarter on PostgreSQL")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two faults, on average")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--resume", action="store_true", help="leave out what var/faults.json holds already")
    parser.add_argument("--freeze", action="store_true", help="write results.json")
    return parser.parse_args(arguments)


def main() -> int:
    options = read_options()
    chosen = parts(options)
    if unknown := set(options.only or ()) - set(chosen):
        print(f"there is no part {', '.join(sorted(unknown))}: choose from {', '.join(chosen)}", file=sys.stderr)
        return 2
    results: dict[str, Any] = {"measured": describe_machine()}
    if options.resume and CHECKPOINT.exists():
        results = json.loads(CHECKPOINT.read_text("utf-8"))
        results = {name: part for name, part in results.items() if "not_run" not in part}
    for name, part in chosen.items():
        if name in results or (options.only and name not in options.only):
            continue
        results[name] = _run(name, part)
        CHECKPOINT.parent.mkdir(exist_ok=True)
        _write(CHECKPOINT, results)
    if options.freeze:
        _write(RESULTS, results)
    wrong = problems(results)
    print(*(wrong or ["all as it must be"]), sep="\n")
    return 1 if wrong else 0


def _run(name: str, part: Part) -> dict[str, Any]:
    print(f"{name} …", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        result = part()
    except NotInstalledError as error:
        result = {"not_run": str(error)}
    except Exception as error:  # the parts after it are worth an hour
        traceback.print_exc()
        result = {"not_run": f"{type(error).__name__}: {error}"}
    result["took_seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps({name: result}, indent=1, ensure_ascii=False), flush=True)
    return result


def _write(path: Path, results: dict[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
