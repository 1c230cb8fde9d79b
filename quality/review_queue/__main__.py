"""``python -m quality.review_queue [--rows N …] [--postgresql] [--freeze]``: how all grows with what is stored.

For each number of articles (1,000 to 1,000,000 by default) a database of its own is filled; then every page of the
dashboard, the lists of the API and the workers' queries are asked five times. Medians are of the processor's time, that
of the database included, which other work on the machine disturbs less than the clock. Plans are those of the largest.
``--freeze`` keeps all of it in results.json. Exit status 1: something took longer than 100 ms.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text

from quality.faults.figures import describe_machine
from quality.faults.processes import below
from quality.faults.servers import PostgreSQLServer
from quality.review_queue.asks import Ask, find_sample, make_app, make_asks
from quality.review_queue.fill import fill
from store.database import Database, open_database
from store.logs import set_up_logs

RESULTS = Path(__file__).with_name("results.json")
MOST_MS = 100.0
_ROUNDS = 5
_MANY = 1_000_000
_LONGEST_STEP = 160
Watch = Callable[[], float]
_VALUE = re.compile(r"'[^']*'")  # in a plan of PostgreSQL


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000, _MANY])
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own, instead of SQLite")
    parser.add_argument("--freeze", action="store_true", help="write results.json")
    parser.add_argument("--only", help="measure what has this in its name")
    given = parser.parse_args()
    set_up_logs("ERROR")
    times: dict[str, dict[str, float]] = {}
    plans: dict[str, list[str]] = {}
    filled: dict[str, dict[str, float]] = {}
    machine = describe_machine()
    for number in sorted(given.rows):
        with (
            tempfile.TemporaryDirectory(prefix="obelus-rows-") as home,
            _database(Path(home), is_postgresql=given.postgresql) as (database, server_seconds),
        ):
            began = time.monotonic()
            fill(database, number)
            filled[str(number)] = {"seconds": round(time.monotonic() - began), "mb": _megabytes(database)}
            print(f"{number:,} articles: {filled[str(number)]}", flush=True)
            asks = _named(
                make_asks(make_app(database, Path(home)), database, find_sample(database, number)), given.only
            )
            for name, ask in asks.items():
                times.setdefault(name, {})[str(number)] = round(_median_ms(server_seconds, ask), 1)
            if number == max(given.rows):
                plans = _plans(database, asks)
    _print(times, plans)
    if given.freeze:
        found = {"measured": machine, "filled": filled, "milliseconds": times, "plans": plans}
        kind = "postgresql" if given.postgresql else "sqlite"
        frozen = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
        RESULTS.write_text(json.dumps(frozen | {kind: found}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    slow = find_slow(times, str(max(given.rows)))
    print(f"over {MOST_MS:g} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


def find_slow(times: Mapping[str, Mapping[str, float]], number: str) -> list[str]:
    """What takes longer than it may. Erasing texts is not meant: it takes its time for each."""
    return [name for name, by_number in times.items() if by_number[number] > MOST_MS and "old texts" not in name]


@contextmanager
def _database(folder: Path, *, is_postgresql: bool) -> Iterator[tuple[Database, Watch]]:
    """An empty one, gone with *folder*; and the processor's time that its server has used."""
    url, server = f"sqlite:///{folder / 'rows.sqlite3'}", None
    server_seconds: Watch = float  # none: SQLite works in this process
    if is_postgresql:
        folder.chmod(0o755)  # the server is another user
        (home := folder / "server").mkdir()
        server = PostgreSQLServer(home)
        server.start()
        url = server.make_database("rows")
        assert server.process is not None
        server_seconds = partial(_seconds, server.process.pid)
    database = open_database(url)
    try:
        yield database, server_seconds
    finally:
        database.dispose()
        if server is not None:
            server.end(signal.SIGINT)


def _megabytes(database: Database) -> float:
    if database.engine.dialect.name == "sqlite":
        return round(Path(str(database.engine.url.database)).stat().st_size / 1e6)
    with database.engine.connect() as connection:
        return round((connection.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 1e6)


def _named(groups: dict[str, dict[str, Ask]], only: str | None) -> dict[str, Ask]:
    every = {f"{group}: {name}": ask for group, asks in groups.items() for name, ask in asks.items()}
    return {name: ask for name, ask in every.items() if only is None or only in name}


def _seconds(server: int) -> float:
    """Of the processes below it that run, and, to a hundredth, of those that have ended."""
    ended = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[13:15]
    used = sum(map(int, ended)) / os.sysconf("SC_CLK_TCK")
    for process in below(server):
        with suppress(OSError):
            used += int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
    return used


def _median_ms(server_seconds: Watch, ask: Ask) -> float:
    ask()  # what is loaded once, and the pages of the file
    found = []
    for _ in range(_ROUNDS):
        elsewhere, began = server_seconds(), time.process_time()
        ask()
        used = time.process_time() - began
        found.append((used + server_seconds() - elsewhere) * 1_000)
    return statistics.median(found)


# --- plans ----------------------------------------------------------------------------------------


def _plans(database: Database, asks: dict[str, Ask]) -> dict[str, list[str]]:
    """The steps of each statement that was not asked under an earlier name; a plan that does no work is left out."""
    seen: dict[str, Any] = {}

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        seen.setdefault(statement, parameters)

    known: set[tuple[str, ...]] = set()
    found: dict[str, list[str]] = {}
    for name, ask in asks.items():
        seen.clear()
        event.listen(database.engine, "before_cursor_execute", listen)
        try:
            ask()
        finally:
            event.remove(database.engine, "before_cursor_execute", listen)
        with database.engine.connect() as connection:
            plans = [tuple(_explain(connection, statement, given)) for statement, given in seen.items()]
        new = [plan for plan in plans if plan and plan not in known]
        known.update(new)
        if new:
            found[name] = [step for plan in new for step in plan]
    return found


def _explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
        return []
    if connection.dialect.name == "sqlite":
        steps = [str(step.detail) for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        return [step for step in steps if step != "SCAN CONSTANT ROW"]
    rows = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters)
    return [_VALUE.sub("?", str(row[0]))[:_LONGEST_STEP] for row in rows]


def _print(times: dict[str, dict[str, float]], plans: dict[str, list[str]]) -> None:
    width = min(48, shutil.get_terminal_size().columns // 2)
    for name, by_number in times.items():
        print(f"{name:{width}} " + " ".join(f"{value:9.1f}" for value in by_number.values()))
    for name, steps in plans.items():
        print(f"\n{name}", *steps, sep="\n    ")


if __name__ == "__main__":
    raise SystemExit(main())
