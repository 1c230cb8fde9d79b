"""Hidden characters are shown, and nothing is lost by showing them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review.invisible import pieces, shorten, spell_out

SHOWN = {
    "zero width space": ("a\u200bb", "a⟦U+200B⟧b"),
    "right-to-left override": ("a\u202eb", "a⟦U+202E⟧b"),
    "isolates": ("\u2066a\u2069", "⟦U+2066⟧a⟦U+2069⟧"),
    "byte order mark": ("\ufeffa", "⟦U+FEFF⟧a"),
    "soft hyphen": ("a\u00adb", "a⟦U+00AD⟧b"),
    "bell": ("a\u0007b", "a⟦U+0007⟧b"),
    "joiner between Latin letters": ("a\u200db", "a⟦U+200D⟧b"),
    "tag characters": ("a\U000e0041b", "a⟦U+E0041⟧b"),
    "Hangul filler": ("a\u3164b", "a⟦U+3164⟧b"),
    "lone carriage return": ("a\rb", "a⟦U+000D⟧b"),
    "a run": ("a" + "\u200b" * 5 + "b", "a⟦U+200B U+200B U+200B …×5⟧b"),
    "Windows line end": ("a\r\nb", "a b"),
    "family emoji": ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    "heart with selector": ("❤\ufe0f", "❤\ufe0f"),
    "Persian non-joiner": ("می\u200cخواهم", "می\u200cخواهم"),
    "combining accent": ("e\u0301 ё", "e\u0301 ё"),
    "no-break space": ("10\u00a0км", "10\u00a0км"),
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.values(), ids=SHOWN)
def test_hidden_characters_are_spelled_out_and_spelling_is_left_alone(text: str, shown: str) -> None:
    assert spell_out(text) == shown


@given(st.text())
def test_joined_the_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@given(st.text(alphabet="ab \u200b\u200d\u202e\r\n\u0007\ufe0f👩", max_size=40))
def test_joined_the_pieces_are_the_text_where_much_is_hidden(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text


@given(st.text())
def test_what_is_spelled_out_is_one_line_that_cannot_turn(text: str) -> None:
    shown = spell_out(text)

    assert not set(shown) & set("\n\r\t\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029")


@pytest.mark.parametrize("text", ["\u200b" * 200_000, "a\u202e" * 100_000, "a\r" * 100_000, "👩\u200d" * 100_000])
def test_long_hostile_texts_take_linear_time(text: str) -> None:
    began = time.process_time()

    assert sum(len(piece.text) for piece in pieces(text)) == len(text)
    assert time.process_time() - began < 5, "quadratic time would be minutes"


def test_shortening_cuts_at_a_space_and_says_so() -> None:
    assert shorten("one two three", 9) == "one two…"
    assert shorten("x" * 20, 9) == "x" * 9 + "…"
    assert shorten("short", 9) == "short"
