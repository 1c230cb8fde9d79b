"""Cutting a text by its highlights loses and adds nothing, whatever the marks are."""

import time

from hypothesis import given
from hypothesis import strategies as st

from service.review.highlight import DEEPEST, FAMILIES, Mark, Zones, cut, join_ranges


def mark(start: int, end: int, family: str = "violence", *, number: int = 0) -> Mark:
    assert family in FAMILIES
    return Mark(start, end, family, f"m{number}", f"f{number}", "why")  # type: ignore[arg-type]


marks = st.lists(
    st.builds(
        mark,
        st.integers(-5, 40),
        st.integers(-5, 40),
        st.sampled_from(FAMILIES),
        number=st.integers(0, 9),
    ),
    max_size=12,
)


ranges = st.lists(st.tuples(st.integers(0, 20), st.integers(21, 40)), max_size=4)


@given(st.text(max_size=30), marks)
def test_joined_the_segments_are_the_text(text: str, given_marks: list[Mark]) -> None:
    assert "".join(segment.text for segment in cut(text, given_marks)) == text


@given(st.text(min_size=1, max_size=30), marks)
def test_every_code_point_lies_under_exactly_the_marks_that_cover_it(text: str, given_marks: list[Mark]) -> None:
    position = 0
    for segment in cut(text, given_marks):
        assert segment.text, "no empty segments"
        for place in range(position, position + len(segment.text)):
            covering = [m for m in given_marks if m.start <= place < m.end]
            assert len(segment.marks) == min(len(covering), DEEPEST)
            assert segment.depth == len(covering)
            assert all(shown in covering for shown in segment.marks)
        position += len(segment.text)


@given(st.text(min_size=1, max_size=30), marks)
def test_every_visible_mark_starts_exactly_once(text: str, given_marks: list[Mark]) -> None:
    started = [m for segment in cut(text, given_marks) for m in segment.starting]
    visible = [m for m in given_marks if max(m.start, 0) < min(m.end, len(text))]

    assert sorted(started, key=repr) == sorted(visible, key=repr)


@given(st.text(min_size=1, max_size=40), marks, ranges, ranges)
def test_zones_cover_exactly_their_code_points_and_lose_none(
    text: str, given_marks: list[Mark], veiled: list[tuple[int, int]], folded: list[tuple[int, int]]
) -> None:
    zones = Zones(join_ranges(text, veiled), join_ranges(text, folded))
    segments = cut(text, given_marks, zones)
    assert "".join(segment.text for segment in segments) == text
    position = 0
    for segment in segments:
        for place in range(position, position + len(segment.text)):
            assert segment.is_veiled == any(start <= place < end for start, end in zones.veiled)
            assert segment.is_folded == any(start <= place < end for start, end in zones.folded)
        position += len(segment.text)


def test_ranges_are_joined_over_white_space_alone() -> None:
    assert join_ranges("ab cd. ef", [(3, 6), (0, 2), (7, 9)]) == [(0, 9)]
    assert join_ranges("ab-cd", [(0, 2), (3, 5), (1, 2)]) == [(0, 2), (3, 5)]


def test_overlapping_families_share_a_segment() -> None:
    segments = cut("abcdef", [mark(0, 4, "violence"), mark(2, 6, "source_bias")])

    assert [(s.text, s.families) for s in segments] == [
        ("ab", ("violence",)),
        ("cd", ("violence", "source_bias")),
        ("ef", ("source_bias",)),
    ]


def test_the_longer_of_two_marks_that_begin_together_comes_first() -> None:
    (first, _rest) = cut("abcd", [mark(0, 2, number=1), mark(0, 4, number=2)])

    assert [m.id for m in first.marks] == ["m2", "m1"]


def test_two_equal_marks_stay_two() -> None:
    (segment,) = cut("ab", [mark(0, 2), mark(0, 2)])

    assert segment.depth == 2


def test_ten_thousand_nested_marks_take_linear_time() -> None:
    """Each position is covered by thousands of marks; time and size follow the number of marks alone."""
    text = "x" * 200_000
    nested = [mark(number, 200_000 - number, number=number) for number in range(10_000)]
    began = time.process_time()

    segments = cut(text, nested)

    assert time.process_time() - began < 5, "quadratic time would be minutes"
    assert sum(len(segment.marks) for segment in segments) <= DEEPEST * len(segments)
