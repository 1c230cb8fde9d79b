"""Words by their beginnings: what a regular expression of alternatives finds, in one pass."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.designations.stems import Stems

STEMS = ("terror", "iran", "sea$", "banned in", "боевик", "иран")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("terrorists in iran", [(0, "terrorists"), (14, "iran")]),
        ("counterterror and tirana", []),
        ("the sea, the seal", [(4, "sea")]),
        ("banned in, banned-in, banned by", [(0, "banned in"), (11, "banned-in")]),
        ("(боевиками)", [(1, "боевиками")]),
        ("", []),
    ],
)
def test_whole_beginnings_only(text: str, found: list[tuple[int, str]]) -> None:
    assert Stems(STEMS).find(text) == found


@given(st.text(alphabet="terorian sba$-боевикр \n", max_size=80))
def test_same_places_as_the_regular_expression(text: str) -> None:
    slow = re.compile(r"\b(?:terror|iran|sea\b|banned[ -]in|боевик|иран)")
    assert Stems(STEMS).starts(text) == [match.start() for match in slow.finditer(text)]
