"""What must come out, and the times it rests on: all of it in this one place."""

from collections.abc import Callable, Mapping
from typing import Any

from store.settings import Settings

LEASE_SECONDS: int = Settings.model_fields["lease_seconds"].default
PAUSE_SECONDS = LEASE_SECONDS + 3.0  # a process stopped for so long has lost what it held
RESUME_SECONDS = 15.0  # the work of a killed process is taken up again within, p99
ATTEMPT_SECONDS = 16.0  # one attempt, whatever the receiver does
MEMORY_BYTES = 5_000_000  # what hostile receivers may add to the deliver process
FAIRNESS = 2.0  # a small caller's p95 beside a large one, in units of its quiet p95
LEAST_WATCHED = 10  # fewer leases cut off by kills than this prove nothing of the time it takes to resume
DISK_ANSWERS = frozenset(("202", "503"))
CLIENT_ANSWERS = frozenset(("200", "202", "409", "429", "503"))  # 409: the first request with this key goes on

Result = Mapping[str, Any]
_Judge = Callable[[Result], list[str]]


def problems(results: Result) -> list[str]:
    """What is not as it must be, a sentence each; empty when all is well. A part that did not run is one of them."""
    found = []
    for name, part in results.items():
        if name == "measured":
            continue
        if "not_run" in part:
            found.append(f"{name}: not run: {part['not_run']}")
        else:
            judged = {key: value for key, value in part.items() if key != "took_seconds"}
            found += [f"{name}: {sentence}" for sentence in _JUDGES[name.split("-", maxsplit=1)[0]](judged)]
    return found


def _must_be_zero(part: Result, *names: str) -> list[str]:
    return [f"{part[name]} {name.replace('_', ' ')}" for name in names if part[name]]


def _judge_chaos(part: Result) -> list[str]:
    found = _must_be_zero(
        part, "lost", "wrong", "second_rows", "second_results", "events_missing", "events_unknown",
        "duplicates_changed", "bad_signatures",
    )  # fmt: skip
    if part["accepted"] != part["articles"]:
        found.append(f"{part['accepted']} of {part['articles']} articles were accepted")
    if part["kills"]["all"] < part["kills"]["planned"]:
        found.append(f"{part['kills']['all']} of {part['kills']['planned']} kills")
    if odd := {one for one in part["client"]["answers"] if not one.startswith("unknown")} - CLIENT_ANSWERS:
        found.append(f"clients were answered {', '.join(sorted(odd))}")
    for table, figures in part["resume_seconds"].items():
        if figures["never"]:
            found.append(f"{figures['never']} {table} were never taken up again")
        if figures["p99"] is not None and figures["p99"] > RESUME_SECONDS:
            found.append(f"{table} were taken up again after {figures['p99']} s (p99)")
        if part["kills"]["planned"] >= 100 and figures["count"] < LEAST_WATCHED:
            found.append(f"only {figures['count']} {table} were cut off by a kill")
    return found


def _judge_disk(part: Result) -> list[str]:
    found = []
    for name, figures in part.items():
        if figures["integrity"] != "ok":
            found.append(f"{name}: the database is damaged: {figures['integrity']}")
        if not figures["injected"]:
            found.append(f"{name}: no error was injected")
        if figures["acknowledged"] != figures["articles"]:
            found.append(f"{name}: {figures['acknowledged']} of {figures['articles']} were acknowledged in the end")
        found += [f"{name}: {one}" for one in _must_be_zero(figures, "lost", "wrong", "second_rows", "web_restarts")]
        # No answer: a connection kept alive ended just as it was used again, or the process did, which is counted.
        if odd := {one for one in figures["answers"] if not one.startswith("unknown")} - DISK_ANSWERS:
            found.append(f"{name}: clients were answered {', '.join(sorted(odd))}")
    return found


def _judge_hostile(part: Result) -> list[str]:
    found = []
    for name, figures in part["receivers"].items():
        if not figures["attempts"]:
            found.append(f"{name}: no attempt")
        elif figures["longest_seconds"] > ATTEMPT_SECONDS:
            found.append(f"{name}: an attempt took {figures['longest_seconds']} s")
    if part["memory_growth_bytes"] > MEMORY_BYTES:
        found.append(f"the deliver process grew by {part['memory_growth_bytes']} bytes")
    return found


def _judge_addresses(part: Result) -> list[str]:
    found = [
        f"{name}: {figures['connections']} connections" for name, figures in part.items() if figures.get("connections")
    ]
    if part["public"]["reached"] != part["public"]["addresses"]:
        found.append("a public address was not reached, so the rest proves nothing")
    if odd := set(part["embeddings"]["failures"]) - {"address not allowed"}:
        found.append(f"embeddings were answered {', '.join(sorted(map(str, odd)))}")
    if not part["rebinding"]["public_connections"]:
        found.append("the rebinding name server's public answer was never dialled, so the rest proves nothing")
    return found


def _judge_signatures(part: Result) -> list[str]:
    found = [f"{part['changed_accepted']} changed signatures were accepted"] if part["changed_accepted"] else []
    if part["true_accepted"] != part["true"]:
        found.append(f"{part['true_accepted']} of {part['true']} true signatures were accepted")
    return found


def _judge_fairness(part: Result) -> list[str]:
    if part["ratio"] >= FAIRNESS:
        return [f"a small caller waits {part['ratio']} times as long beside a large one (p95)"]
    return []


_JUDGES: dict[str, _Judge] = {
    "chaos": _judge_chaos,
    "disk": _judge_disk,
    "hostile": _judge_hostile,
    "addresses": _judge_addresses,
    "signatures": _judge_signatures,
    "fairness": _judge_fairness,
}
