"""The arithmetic behind the violence figures, and the disguises that recall is measured under."""

import math

import numpy as np
import pytest

from models.violence.labels import TYPES
from quality.figures import (
    auc,
    average_precision,
    bootstrap,
    calibration_error,
    f1,
    intervals,
    mean,
    precision,
    recall,
    reliability,
)
from quality.violence.alarms import is_question
from quality.violence.baselines import triggers, violent_words
from quality.violence.perturbations import PERTURBATIONS, perturb
from quality.violence.reliability import draw
from quality.violence.words import letters, spans_f1

_POSITIVE = np.array([True, True, False, True, False])
_SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
_TEXTS = ("Gunmen killed three farmers near the lake.", "Боевики застрелили трёх пастухов у озера.", "", "No.")


def test_counts_give_precision_recall_and_f1() -> None:
    """At 0.5 four rows are flagged, three of them rightly, and nothing is missed."""
    flagged = _SCORES >= 0.5

    assert precision(flagged, _POSITIVE) == 0.75
    assert recall(flagged, _POSITIVE) == 1.0
    assert f1(flagged, _POSITIVE) == pytest.approx(6 / 7)


def test_nothing_flagged_is_zero_and_never_divides_by_zero() -> None:
    nothing = np.zeros(3, dtype=np.bool_)

    assert precision(nothing, nothing) == recall(nothing, nothing) == f1(nothing, nothing) == 0.0


def test_average_precision_is_the_sum_of_its_steps() -> None:
    """Precision at each positive, from the top: 1/1, 2/2, 3/4."""
    assert average_precision(_SCORES, _POSITIVE) == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_average_precision_takes_rows_of_one_score_as_one_step() -> None:
    """However equal scores are ordered, the figure is the share of positives."""
    same = np.full(5, 0.3)

    assert average_precision(same, _POSITIVE) == pytest.approx(3 / 5)
    assert average_precision(same, _POSITIVE[::-1]) == pytest.approx(3 / 5)
    assert math.isnan(average_precision(_SCORES, np.zeros(5, dtype=np.bool_)))


def test_auc_counts_ties_half() -> None:
    assert auc(_SCORES, _POSITIVE) == pytest.approx(5 / 6)
    assert auc(np.full(5, 0.3), _POSITIVE) == 0.5


def test_scores_that_are_frequencies_have_no_calibration_error() -> None:
    """Of ten rows at 0.3, three are positive; at 1.0 all are, and 1.0 falls into the last bin."""
    scores = np.array([0.3] * 10 + [1.0] * 5)
    positive = np.array([True] * 3 + [False] * 7 + [True] * 5)

    bins = reliability(scores, positive)

    assert [one.count for one in bins] == [10, 5]
    assert calibration_error(bins) == pytest.approx(0.0)


def test_calibration_error_weighs_bins_by_their_rows() -> None:
    """Nine rows are off by 0.2, one by 0.9."""
    bins = reliability(np.array([0.2] * 9 + [0.9]), np.array([False] * 10))

    assert calibration_error(bins) == pytest.approx(0.9 * 0.2 + 0.1 * 0.9)
    assert calibration_error([]) == 0.0


def test_an_interval_holds_its_value_and_comes_out_alike_twice() -> None:
    figures = bootstrap(_SCORES, _POSITIVE)

    assert figures == bootstrap(_SCORES, _POSITIVE)
    assert set(figures) == {"precision", "recall", "f1", "auc", "auprc"}
    assert all(figure.low <= figure.value <= figure.high for figure in figures.values())


def test_rows_of_one_group_are_drawn_together() -> None:
    """Copies of five ideas are no more evidence than the five ideas: any draw of them has a mean in fifths."""
    seen: set[float] = set()
    values = np.repeat([1.0, 1.0, 1.0, 0.0, 0.0], 20)
    groups = [str(row // 20) for row in range(100)]

    def measure(rows: np.ndarray) -> float:
        seen.add(round(float(values[rows].mean()), 3))
        return float(values[rows].mean())

    intervals({"mean": measure}, 100, groups=groups)

    assert seen <= {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}
    assert mean(values, groups=groups).high > mean(values).high


def test_few_groups_do_not_make_a_narrow_interval() -> None:
    """All rows of one idea: drawn together they would always come out alike."""
    figure = mean(np.array([1.0, 0.0] * 4), groups=["one"] * 8)

    assert figure.low < 0.5 < figure.high


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_a_disturbance_gives_one_text_for_each_and_the_same_every_time(kind: str) -> None:
    spans = [((7, 13),), ((8, 18),), (), ()]

    first = perturb(kind, _TEXTS, spans)

    assert len(first) == len(_TEXTS)
    assert first == perturb(kind, _TEXTS, spans)
    assert first[2] == ""


@pytest.mark.parametrize("kind", PERTURBATIONS)
def test_a_disturbance_touches_the_words_that_matter(kind: str) -> None:
    """ "killed" stands no longer as it was written; fullwidth is for Latin letters alone."""
    english, russian = perturb(kind, _TEXTS[:2], [((7, 13),), ((8, 18),)])

    assert " killed " not in english
    assert " застрелили " not in russian or kind == "fullwidth"


def test_there_are_twelve_disturbances() -> None:
    assert len(PERTURBATIONS) == 12


def test_a_text_alone_is_disturbed_as_among_others_in_its_place() -> None:
    """The seed is of the place and the kind, so adding texts changes none before."""
    assert perturb("typos", _TEXTS[:1]) == perturb("typos", _TEXTS)[:1]


def test_letters_count_with_or_without_their_label() -> None:
    spans = [(0, 2, "killing"), (1, 3, "bombing"), (5, 6, "victim")]

    assert letters(spans, TYPES, exact=False) == {(0, "any"), (1, "any"), (2, "any")}
    assert len(letters(spans, TYPES, exact=True)) == 4


def test_spans_are_compared_letter_by_letter() -> None:
    """Four letters marked, four found, two in common; a sentence without any does not count."""
    marked = [letters([(0, 4, "killing")], TYPES, exact=True), set()]
    found = [letters([(2, 6, "killing")], TYPES, exact=True), set()]

    figures = spans_f1(found, marked, ["a", "b"])

    assert figures["precision"].value == figures["recall"].value == figures["f1"].value == 0.5


def test_the_right_letters_of_the_wrong_type_are_wrong() -> None:
    marked = [letters([(0, 4, "killing")], TYPES, exact=True)]
    found = [letters([(0, 4, "bombing")], TYPES, exact=True)]

    assert spans_f1(found, marked, ["a"])["f1"].value == 0.0


def test_word_lists_answer_for_the_axes_they_know() -> None:
    texts = ["Gunmen killed a man.", "The council met."]

    assert violent_words("violence.describes", texts, "en").tolist() == [1.0, 0.0]
    assert violent_words("violence.describes", ["Мужчину убили.", "Совет собрался."], "ru").tolist() == [1.0, 0.0]
    assert triggers("violence.type.killing", texts, "en").tolist() == [1.0, 0.0]
    assert triggers("violence.graphic", texts, "en") is None


def test_a_question_is_one_also_in_quotation_marks() -> None:
    assert is_question("Who shot first?")
    assert is_question("«Кто стрелял?»")
    assert not is_question("They asked who shot first.")


def test_the_picture_is_whole_and_draws_what_it_is_given() -> None:
    table = {"rows": 3, "ece": 0.1, "bins": [[0.2, 0.1, 2], [0.9, 1.0, 1]]}

    picture = draw({"research": {"describes en own": table}, "permissive": {}})

    assert picture.startswith("<svg")
    assert picture.endswith("</svg>\n")
    assert picture.count("<polyline") == 1
    assert picture.count("<title>") == 2
