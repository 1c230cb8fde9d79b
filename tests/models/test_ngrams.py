"""Cyrillic n-grams: stable numbers, only for mostly Cyrillic text."""

import time

import numpy as np
import pytest

from models.ngrams import CYRILLIC, NO_NGRAM, hash_ngrams, is_cyrillic


def test_the_same_text_has_the_same_ids_on_every_machine() -> None:
    """The weights belong to these numbers: another hash would read noise."""
    assert hash_ngrams("да", 2**15).tolist() == [CYRILLIC, *sorted(hash_ngrams("ДА!", 2**15).tolist()[1:])]
    assert hash_ngrams("мир", 2**15).tolist() == [1, 5216, 15302, 15563, 15870, 25383, 29450]


@pytest.mark.parametrize("text", ["", "plain English", "123 !?", "An English text that names Мосул once", "👍🏽\u200b"])
def test_other_text_has_no_ngrams(text: str) -> None:
    assert hash_ngrams(text, 1_000).tolist() == [NO_NGRAM]


def test_letters_decide_which_part_reads_a_text() -> None:
    assert is_cyrillic("Группировка ISIS запрещена в России")
    assert not is_cyrillic("ISIS (ИГ)")


def test_yo_and_case_make_no_difference() -> None:
    np.testing.assert_array_equal(hash_ngrams("Ёлка Елка", 999), hash_ngrams("елка ЁЛКА", 999))


def test_ids_stay_within_the_table() -> None:
    ids = hash_ngrams("осень наступила внезапно и надолго", 16)
    assert ids.min() >= 1
    assert ids.max() < 16


@pytest.mark.parametrize("piece", ["а", "аб ", "слово-", "ё\u0301 ", "а\u200b"])
def test_long_text_is_read_in_linear_time(piece: str) -> None:
    started = time.perf_counter()
    hash_ngrams((piece * 200_000)[:200_000], 2**15)
    assert time.perf_counter() - started < 3.0
