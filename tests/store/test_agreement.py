"""Alpha and Wilson's interval, against values worked out elsewhere."""

import pytest

from store.agreement import compute_alpha, find_coincidences, wilson

# The example of Krippendorff (2011), section C: four observers, twelve units, nominal alpha 0.743.
FOUR = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_alpha_of_the_published_example() -> None:
    units = [[str(value) for value in unit if value is not None] for unit in zip(*FOUR, strict=True)]
    found = find_coincidences(units)

    assert sum(found.values()) == pytest.approx(40)
    assert compute_alpha(found) == pytest.approx(0.743, abs=0.0005)


def test_alpha_of_two_observers_with_two_values() -> None:
    """Section A of the same: ten units, six agreements, alpha 0.095."""
    one, two = "0100000000", "1110010100"
    assert compute_alpha(find_coincidences(zip(one, two, strict=True))) == pytest.approx(0.095, abs=0.0005)


@pytest.mark.parametrize(
    ("units", "alpha"),
    [([], None), ([["a"], ["b"]], None), ([["a", "a"]] * 5, None), ([["a", "a"], ["b", "b"]], 1.0)],
)
def test_alpha_at_the_edges(units: list[list[str]], alpha: float | None) -> None:
    assert compute_alpha(find_coincidences(units)) == alpha


@pytest.mark.parametrize(
    ("hits", "number", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson(hits: int, number: int, low: float, high: float) -> None:
    assert wilson(hits, number) == pytest.approx((low, high), abs=0.0001)
