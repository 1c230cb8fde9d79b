"""Reprints are known by their runs of words, whatever case, signs and a changed word here and there."""

import random

import pytest

from models.similarity import BANDS, NUMBERS, bands, likeness, sign

WORDS = [f"word{number}" for number in range(4_000)]


def text_of(seed: int, length: int = 400) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def change(text: str, share: float, seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(WORDS) if chance.random() < share else word for word in text.split())


def test_the_same_text_has_the_same_signature_on_every_machine_for_ever() -> None:
    """Stored signatures are compared with those of years later."""
    signature = sign("Shells fell on a market")
    assert signature is not None
    assert len(signature) == NUMBERS
    assert all(0 <= number < 1 << 32 for number in signature)
    assert signature[:3] == (1340566968, 2482349265, 1652041246)
    assert bands(signature)[0] == 6_516_300_522_712_655_302


@pytest.mark.parametrize(
    "other",
    ["SHELLS fell on a market.", "Shells — fell, on “a” market!\r\n", "shells\u2003fell\non\na\nmarket"],
)
def test_case_signs_and_space_do_not_count(other: str) -> None:
    assert sign(other) == sign("Shells fell on a market")


def test_the_two_ways_to_write_yo_are_one() -> None:
    assert sign("Её ждёт самолёт, всё готово") == sign("Ее ждет самолет, все готово")


@pytest.mark.parametrize("text", ["", " \n", "… — !?", "👩‍👩‍👧"])
def test_a_text_without_words_is_like_nothing(text: str) -> None:
    assert sign(text) is None


@pytest.mark.parametrize("text", ["one", "one two", "один"])
def test_a_text_shorter_than_a_run_has_a_signature(text: str) -> None:
    assert sign(text) is not None


def test_reprints_are_found_and_strangers_are_not() -> None:
    for seed in range(20):
        original = sign(text_of(seed))
        reprint, stranger = sign(change(text_of(seed), 0.05, seed)), sign(text_of(seed + 1_000))
        assert original
        assert reprint
        assert stranger
        assert likeness(original, reprint) > 0.5
        assert set(bands(original)) & set(bands(reprint))
        assert likeness(original, stranger) < 0.1
        assert not set(bands(original)) & set(bands(stranger))


def test_the_estimate_is_near_the_share_of_runs_in_common() -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.split()
        return set(zip(words, words[1:], words[2:], strict=False))

    errors = []
    for seed in range(30):
        text, other = text_of(seed), change(text_of(seed), 0.1, seed)
        true = len(runs(text) & runs(other)) / len(runs(text) | runs(other))
        one, two = sign(text), sign(other)
        assert one
        assert two
        errors.append(likeness(one, two) - true)
    assert abs(sum(errors) / len(errors)) < 0.04
    assert max(map(abs, errors)) < 0.25


def test_a_band_tells_its_place() -> None:
    """Equal numbers in two places are two bands."""
    assert len(set(bands((7,) * NUMBERS))) == BANDS


def test_the_longest_text_takes_a_moment_not_minutes() -> None:
    assert sign("слово " * 33_000) == sign("слово слово слово")
    assert sign("x" * 200_000) is not None
