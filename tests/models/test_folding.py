"""Folding keeps offsets: `flat` is as long as what was sent, and every folded word leads back to its own letters."""

from hypothesis import given
from hypothesis import strategies as st

from models.folding import fold, fold_name

HOSTILE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "исИСЙйёЁ\u0306\u0308\u200b\u00ad\u202e\ufeff'’\"«»“”*-_—\n\r\t \u00a0<b></p>&nbsp;&quot;İßﬁ①²🙂"
        ),
    ),
    max_size=200,
)


@given(HOSTILE)
def test_flat_has_one_character_for_each_code_point(text: str) -> None:
    assert len(fold(text).flat) == len(text)


@given(HOSTILE)
def test_every_folded_range_leads_back_into_the_text(text: str) -> None:
    """Ranges come back in order, inside the text, and never empty."""
    folding = fold(text)
    for start in range(len(folding.folded)):
        if folding.folded[start] not in " \n":
            left, right = folding.original(start, start + 1)
            assert 0 <= left < right <= len(text)
            assert right == left + 1


@given(st.text(alphabet="абвгийё -", max_size=60))
def test_plain_words_are_found_again(text: str) -> None:
    folding = fold(text)
    for word in text.replace("-", " ").split():
        plain = word.replace("ё", "е")
        at = folding.folded.find(plain)
        if at >= 0:
            left, right = folding.original(at, at + len(plain))
            assert text[left:right].replace("ё", "е") == plain


def test_spellings_that_must_be_one() -> None:
    for left, right in (
        ("Аль-Каида", "аль каида"),
        ("«Исламское  государство»", "исламское\u00a0государство"),
        ("Da'esh", "Daesh"),
        ("Аум Синрикё", "аум синрике"),
        ("И\u0306од", "йод"),
        ("Ejército", "ejercito"),
        ("Ис\u00adлам\u200bское", "исламское"),
        ("ＩＳＩＳ", "isis"),
        ("ХАМАC", "хамас"),
        ("Islamic&nbsp;<b>State</b>", "islamic state"),
    ):
        assert fold_name(left) == fold_name(right)


def test_spellings_that_must_stay_apart() -> None:
    assert fold("Islamic\n\nState").folded != fold("Islamic State").folded
    assert fold_name("ТАК") != fold_name("TAK")
    assert fold_name("йод") != fold_name("иод")


def test_long_word_full_of_invisible_characters_is_folded_in_one_pass() -> None:
    """200,000 code points without a space, half of them invisible: each range still leads back."""
    text = "a\u200b" * 100_000
    folding = fold(text)
    assert folding.folded == "a" * 100_000
    assert folding.original(99_999, 100_000) == (199_998, 199_999)
