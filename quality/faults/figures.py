"""Percentiles, and on which machine they were measured."""

import math
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below *share* of them (nearest rank). ValueError where there are none."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def describe_seconds(values: Sequence[float]) -> dict[str, Any]:
    """``count``, ``p50``, ``p95``, ``p99`` and ``max``, rounded to milliseconds; None where nothing was measured."""
    points = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"count": len(values)} | {
        name: round(percentile(values, share), 3) if values else None for name, share in points.items()
    }


def describe_machine() -> dict[str, Any]:
    """What a figure depends on, without a name of the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "on": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {names[0] if names else platform.machine()}",
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }
