"""Words are read through their disguises, and every offset stays what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.disguise import unmask


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("The ІЅІЅ ki\u200blled", "the isis ki~lled"),
        ("Gunmen k1lled f0ur", "gunmen killed four"),
        ("k i l l e d him", "k~i~l~l~e~d him"),
        ("k.i.l.l.e.d", "k~i~l~l~e~d"),
        ("у б и л и людей", "у~б~и~л~и людей"),
        ("pаssengers kіlled", "passengers killed"),
        ("ｋｉｌｌed kílled", "killed killed"),
        ("уби\u00adт", "уби~т"),
        ("ki*lled and у_били", "ki~lled and у~били"),
    ],
)
def test_a_disguised_word_is_itself_again(text: str, read: str) -> None:
    assert unmask(text).replace("\0", "~") == read


@pytest.mark.parametrize(
    "text", ["at 10pm in b747 and f16s", "covid19, mp3, win32, 4x4", "2nd 1st 100kg", "a b c", "u.s.a. said", "wow!"]
)
def test_what_is_no_disguise_stays(text: str) -> None:
    assert unmask(text) == text


@given(st.text(max_size=200))
def test_no_text_changes_its_length(text: str) -> None:
    assert len(unmask(text)) == len(text)


@pytest.mark.parametrize("piece", ["a ", "4", "a4", "а́", "k.", "\u200b", "аa", "@"])
def test_long_texts_are_read_in_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert len(unmask(text)) == len(text)
