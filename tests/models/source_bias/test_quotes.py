"""Quotations in the styles of both languages."""

import pytest

from models.source_bias.quotes import find_quotations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("''I like it,'' he said. ''It's 'ok'.''", ["''I like it,''", "''It's 'ok'.''"]),
        ("``I like it,'' he said.", ["``I like it,''"]),
        ("‘It’s fine,’ he said.", ["‘It’s fine,’"]),
        ("It's the dogs' bone and 'the cat' ran.", ["'the cat'"]),
        ("The '90s were dogs' years, he's said.", []),
        ('"a" and "b', ['"a"']),
        ("«a «b» c» и „d“", ["«a «b» c»", "„d“"]),
        ('«"АО "Служба" дано", - говорится', ['«"АО "Служба" дано"']),
        ('""Враг стрелял"", - сказал он. "Сюань Юань"', ['""Враг стрелял""', '"Сюань Юань"']),
        ("“One.\n\n“Two.” Three.", ["“One.", "“Two.”"]),
        ("“one\n\ntwo.", []),
        ("'" + "a " * 400 + "b' c", []),
    ],
)
def test_quotations(text: str, found: list[str]) -> None:
    assert [text[quotation.start : quotation.end] for quotation in find_quotations(text)] == found


def test_the_inner_words_stand_without_marks() -> None:
    text = "''One,'' «two»"

    assert [text[q.inner_start : q.inner_end] for q in find_quotations(text)] == ["One,", "two"]
