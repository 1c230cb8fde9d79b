"""The case table that accuracy is measured on: enough cases, half of them hard negatives, all of them readable."""

from quality.designations.cases import read_cases
from quality.designations.figures import Count, f1


def test_enough_cases_in_both_languages_and_half_of_them_hard_negatives() -> None:
    cases = read_cases()
    negatives = [case for case in cases if case.source.startswith(("ordinary", "traps"))]
    assert len(cases) >= 300
    assert len(negatives) >= len(cases) / 2
    assert min(sum(case.language == language for case in cases) for language in ("en", "ru")) >= 150
    assert len({(case.text, case.on, case.marking) for case in cases}) == len(cases)


def test_offsets_of_every_case_lie_in_its_text() -> None:
    for case in read_cases():
        spans = [(m.start, m.end) for m in case.mentions] + [(n.start, n.end) for n in case.notes] + list(case.markers)
        assert all(0 <= start < end <= len(case.text) for start, end in spans), case.source
        assert all(m.label in ("", "-") or int(m.label[1:]) <= len(case.notes) for m in case.mentions), case.source


def test_f1_counts_what_is_missed_and_what_is_wrong() -> None:
    assert f1([Count(right=2, wrong=1, missed=1)]) == (2 / 3, 2 / 3, 2 / 3)
    assert f1([Count()]) == (1.0, 1.0, 1.0)
    assert f1([Count(missed=1)])[1:] == (0.0, 0.0)
