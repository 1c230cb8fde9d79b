"""Thresholds of techniques are chosen together."""

import numpy as np

from training.thresholds import NEVER, choose


def test_a_head_that_tells_apart_gets_the_best_point() -> None:
    scores = np.array([[0.2], [0.52], [0.62], [0.9]])
    truth = np.array([[False], [False], [True], [True]])

    assert 0.52 < choose(scores, truth, 2)[0] <= 0.62


def test_a_rare_technique_that_costs_more_than_it_brings_is_never_reported() -> None:
    """The second one is right once in eight finds: by itself that is F1 above 0, of both together it is a loss."""
    good = [0.9] * 6 + [0.1] * 10
    rare = [0.1] * 6 + [0.8] * 8 + [0.1] * 2
    scores = np.array([good, rare]).T
    truth = np.array([[score > 0.5 for score in good], [number == 6 for number in range(16)]]).T

    assert choose(scores, truth, 7).tolist()[1] == NEVER
    assert choose(scores[:, 1:], truth[:, 1:], 1)[0] < NEVER


def test_labels_without_a_column_count_as_missed() -> None:
    """With many labels that no head can find, a doubtful find costs less."""
    scores = np.array([[0.9, 0.1], [0.1, 0.8], [0.1, 0.8], [0.1, 0.8]])
    truth = np.array([[True, False], [False, True], [False, False], [False, False]])

    assert choose(scores, truth, 2)[1] == NEVER
    assert choose(scores, truth, 40)[1] < NEVER
