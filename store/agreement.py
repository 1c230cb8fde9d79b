"""How well reviewers agree, and how sure a share is.

Krippendorff's alpha for nominal data, by coincidences: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability"
(2011), section C. Wilson's interval: E. B. Wilson, "Probable inference, the law of succession, and statistical
inference", JASA 22 (1927).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

Z95 = 1.959964  # two-sided, 95 %
_FEWEST = 2  # values that can be paired


def find_coincidences(units: Iterable[Sequence[str]]) -> dict[tuple[str, str], float]:
    """(value, value) to how often two reviewers gave this pair; *units* are the values that each thing got.

    A thing judged by m reviewers counts m in all, so coincidences of several periods may be added up. One that a
    single reviewer judged says nothing about agreement.
    """
    found: dict[tuple[str, str], float] = defaultdict(float)
    for values in units:
        counts = Counter(values)
        m = counts.total()
        if m < _FEWEST:
            continue
        for one, n in counts.items():
            for other, k in counts.items():
                if pairs := n * (n - 1) if one == other else n * k:
                    found[one, other] += pairs / (m - 1)
    return dict(found)


def compute_alpha(coincidences: Mapping[tuple[str, str], float]) -> float | None:
    """Nominal alpha: 1 where all agree, 0 where they agree as chance would.

    None where nothing was judged twice, or where everybody always gave one and the same value: nothing could differ.
    """
    totals: dict[str, float] = defaultdict(float)
    for (one, _), count in coincidences.items():
        totals[one] += count
    n = sum(totals.values())
    expected = n * n - sum(total * total for total in totals.values())
    if n < _FEWEST or expected < 1e-9:
        return None
    observed = sum(count for (one, other), count in coincidences.items() if one != other)
    return 1 - (n - 1) * observed / expected


def wilson(hits: float, number: float, *, z: float = Z95) -> tuple[float, float]:
    """The interval of a share *hits* of *number*, at 95 %; (0, 1) of nothing."""
    if number <= 0:
        return 0.0, 1.0
    share, spread = hits / number, z * z / number
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / number + spread / (4 * number))
    return max(0.0, centre - half), min(1.0, centre + half)
