"""``python -m quality.fuzz``: 200,000 bad requests to the real server; Ctrl-C, and the next run goes on from there."""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quality.fuzz.callers import ServerCaller
from quality.fuzz.run import Tally, run
from quality.fuzz.served import Server, serve

_CONNECTIONS = 6
_PART = 2_000
_SAY_EVERY_SECONDS = 10.0
STATE = Path("var") / "fuzz.json"


def main() -> int:
    options = _parser().parse_args()
    tally = Tally.from_json(options.state.read_text()) if options.state.exists() and not options.anew else Tally()
    if tally.asked >= options.count:
        tally = Tally()  # that run was done
    options.state.parent.mkdir(parents=True, exist_ok=True)
    if tally.asked:
        print(f"going on after {tally.asked:,}")
    try:
        with tempfile.TemporaryDirectory(prefix="obelus-fuzz-") as folder, serve(Path(folder)) as server:
            _ask_all(server, tally, options.count, options.state)
    except KeyboardInterrupt:
        print("stopped; the next run goes on from here")
    _say(tally)
    for number, kind, fault in tally.faults:
        print(f"  {number}: {fault} ({kind})")
    return 1 if tally.fault_count else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m quality.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--state", type=Path, default=STATE, help="where a run that was stopped is kept")
    parser.add_argument("--anew", action="store_true", help="begin at the first request")
    return parser


def _ask_all(server: Server, tally: Tally, count: int, state: Path) -> None:
    """Part after part: what is kept is whole parts."""
    workers, said_at = server.workers(), time.monotonic()
    asks = [ServerCaller(server.url) for _ in range(_CONNECTIONS)]
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        while tally.asked < count:
            numbers = range(tally.asked, min(tally.asked + _PART, count))
            parts = [
                pool.submit(run, server.maker, ask, numbers[offset::_CONNECTIONS]) for offset, ask in enumerate(asks)
            ]
            for part in [one.result() for one in parts]:
                tally.add(part)
            if server.workers() != workers:
                tally.note(tally.asked, "", "a process of the server ended")
                workers = server.workers()
            state.write_text(tally.to_json())
            if time.monotonic() > said_at + _SAY_EVERY_SECONDS:
                said_at = time.monotonic()
                _say(tally)
    for ask in asks:
        ask.close()


def _say(tally: Tally) -> None:
    statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(tally.statuses.items()))
    print(
        f"{tally.asked:,} asked, {tally.fault_count} faults, slowest {tally.slowest_seconds:.2f} s ({statuses})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
