"""What the bench must reach on two cores, and where it does not yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aim:
    """*figure* finds the measured value; it is to be at most *most*, or at least *least*."""

    name: str
    figure: Callable[[Results], float]
    most: float = float("inf")
    least: float = float("-inf")

    def is_met(self, results: Results) -> bool:
        return self.least <= self.figure(results) <= self.most

    def bound(self) -> str:
        return f"<= {self.most:g}" if self.most < float("inf") else f">= {self.least:g}"


AIMS = (
    Aim("articles/s, times those of BERT-base in torch", lambda r: r["rivals"]["bert"]["times_slower"], least=25),
    Aim("articles/s, times those of BERT-base in int8", lambda r: r["rivals"]["bert-int8"]["times_slower"], least=15),
    Aim("articles/s, times those of BART-large zero-shot", lambda r: r["rivals"]["bart"]["times_slower"], least=250),
    Aim("network, times the floor of its products", lambda r: r["reading"]["floor"]["times_the_floor"], most=1.5),
    Aim("share of the time that the stages explain", lambda r: r["reading"]["explained"], least=0.95, most=1.05),
    Aim("a single article at idle, p50 in ms", lambda r: r["rivals"]["ours"]["p50_ms"], most=60),
    Aim(
        "share beside reading: queue, database, web, webhook",
        lambda r: max(r["whole"][f"{clients} clients"]["share_beside_reading"] for clients in (1, 4, 16)),
        most=0.15,
    ),
    Aim("accepted POST/s, 16 clients", lambda r: r["accept"]["16"]["posts_per_second"], least=1_000),
    Aim("accepted POST, 16 clients, p99 in ms", lambda r: r["accept"]["16"]["p99_ms"], most=60),
    Aim("memory of the classify worker in MB", lambda r: r["whole"]["16 clients"]["peak_mb"]["classify"], most=400),
    Aim("memory of the web process in MB", lambda r: r["whole"]["16 clients"]["peak_mb"]["web"], most=150),
    Aim("a classify worker's start, in s", lambda r: r["reading"]["worker"]["whole_s"], most=3),
    Aim(
        "the worst harmful text, times plain text",
        lambda r: max(one.get("times_plain", 0) for one in r["growth"].values()),
        most=3,
    ),
)

# Names of aims that the frozen figures miss, each to be struck out when it is met.
NOT_YET: frozenset[str] = frozenset()


def missed(results: Results) -> frozenset[str]:
    """What was not measured is not missed."""
    return frozenset(aim.name for aim in AIMS if is_measured(aim, results) and not aim.is_met(results))


def is_measured(aim: Aim, results: Results) -> bool:
    """Whether its part was run."""
    try:
        aim.figure(results)
    except KeyError:
        return False
    return True
