"""Mistyped and disguised words are read as what they were meant to be; what is well written stays as it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disguise import unmask
from models.spelling import load_spelling, read_through
from tests.timing import cpu_seconds


def read(text: str) -> str:
    return read_through(text).text.replace("\0", "")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("the polcie kileld two prostesters", "the police killed two protesters"),
        ("they ki.lled and ki-lled and ki_lled", "they killed and killed and killed"),
        ("a bommmb exploooded", "a bomb exploded"),
        ("rebels waskilled nearGaza bythe army", "rebels was killed near gaza by the army"),
        ("somethingwentterriblywrong", "something went terribly wrong"),
        ("k i l l e d p e o p l e", "killed people"),
        ("gunmen k1ll3d f0ur", "gunmen killed four"),
        ("уб1йств0 мирных жителеий", "убийство мирных жителей"),
        ("погиблилюди", "погибли люди"),
        ("взрвы прогремел, пострдали двое", "взрыв прогремел, пострадали двое"),
    ],
)
def test_a_word_is_read_as_it_was_meant(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "The mayor of Kiryat Shmona met Zarqawi's aide on 3 May 2014.",
        "so-called al-Qaeda cells, e.g. in the U.S., isn't it",
        "covid19, F16s and an ak-47 at 10pm",
        "Вчера жители Шушенского района обсудили бюджет.",
        "a b c",
        "",
    ],
)
def test_what_is_well_written_stays(text: str) -> None:
    assert read_through(text).text == unmask(text)


def test_a_capital_within_a_sentence_begins_a_name() -> None:
    """The list knows "murder", and no list knows all names."""
    assert read("Meet Muder of Ohio") == "meet muder of ohio"
    assert read("a muder in Ohio") == "a murder in ohio"


def test_places_lead_back_to_the_text_as_sent() -> None:
    text = "He waskilled and kileld."
    legible = read_through(text)
    for word, source in (("was", "was"), ("and", "and")):
        start = legible.text.index(word)
        assert text[slice(*legible.original(start, start + len(word)))] == source
    start = legible.text.rindex("killed")
    assert text[slice(*legible.original(start, start + 6))] == "kileld"


@given(st.text(max_size=120))
@settings(deadline=None)
def test_any_text_has_a_place_for_every_character(text: str) -> None:
    legible = read_through(text)
    assert len(legible.text) == len(legible.places)
    assert all(0 <= place < max(len(text), 1) for place in legible.places)
    assert legible.places == sorted(legible.places)


@pytest.mark.parametrize("piece", ["qzxv ", "qzxv", "k ", "a.", "a4", "\u200b", "ъыь", "killedpeople"])
def test_long_texts_are_read_in_linear_time(piece: str) -> None:
    load_spelling(is_russian=False), load_spelling(is_russian=True)

    def seconds(size: int) -> float:
        text = piece * (size // len(piece))
        return cpu_seconds(lambda: read_through(text))

    seconds(1_000)
    assert seconds(80_000) < 12 * max(seconds(20_000), 0.01)


def test_the_lists_hold_words_of_their_language() -> None:
    for is_russian, known in ((False, ("killed", "the")), (True, ("убит", "взрыв"))):
        spelling = load_spelling(is_russian=is_russian)
        assert all(map(spelling.knows, known))
        assert all(word == word.lower() and word.isalpha() for word in spelling.ranks)
