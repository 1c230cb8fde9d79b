"""Ask one request after another, and keep count of what came back."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from quality.fuzz.answers import LONGEST_SECONDS, fault_of
from quality.fuzz.callers import Ask
from quality.fuzz.requests import Maker

# A busy machine may hold an answer up for a moment, but not the same one each time.
_PAUSES_SECONDS = (1.0, 3.0, 9.0)
_MOST_FAULTS = 50


@dataclass(slots=True)
class Tally:
    """Answers by status, and the faults found: number of the request, what was done to it, what was wrong."""

    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[tuple[int, str, str]] = field(default_factory=list)
    fault_count: int = 0
    slowest_seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        self.asked += other.asked
        self.statuses += other.statuses
        self.faults = [*self.faults, *other.faults][:_MOST_FAULTS]
        self.fault_count += other.fault_count
        self.slowest_seconds = max(self.slowest_seconds, other.slowest_seconds)

    def note(self, number: int, kind: str, fault: str) -> None:
        self.fault_count += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append((number, kind, fault))

    def to_json(self) -> str:
        return json.dumps(
            {
                "asked": self.asked,
                "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
                "fault_count": self.fault_count,
                "faults": self.faults,
                "slowest_seconds": self.slowest_seconds,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Tally":
        kept: dict[str, Any] = json.loads(text)
        return cls(
            kept["asked"],
            Counter({int(status): count for status, count in kept["statuses"].items()}),
            [(number, kind, fault) for number, kind, fault in kept["faults"]],
            kept["fault_count"],
            kept["slowest_seconds"],
        )


def run(maker: Maker, ask: Ask, numbers: Iterable[int]) -> Tally:
    """Ask the requests of *numbers*. What *ask* raises is a fault too: no answer at all."""
    tally = Tally()
    for number in numbers:
        request = maker.make(number)
        tally.asked += 1
        try:
            answer = ask(request)
            for pause in _PAUSES_SECONDS:
                if answer.seconds <= LONGEST_SECONDS:
                    break
                time.sleep(pause)
                answer = ask(request)
        except Exception as error:
            tally.note(number, request.kind, f"no answer: {type(error).__name__}")
            continue
        tally.statuses[answer.status] += 1
        tally.slowest_seconds = max(tally.slowest_seconds, answer.seconds)
        if (fault := fault_of(request.method, request.target, answer)) is not None:
            tally.note(number, request.kind, fault)
        if answer.seconds > LONGEST_SECONDS:
            tally.note(number, request.kind, f"took {answer.seconds:.2f} s, each time")
    return tally
