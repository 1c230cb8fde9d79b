"""The lists of verbs of both languages, and their forms."""

import pytest

from models.source_bias import speech_en, speech_ru
from models.source_bias.frames import frames_by_lemma
from models.source_bias.inflection_en import verb_forms
from models.source_bias.morphology_ru import verb_forms as forms_ru


@pytest.mark.parametrize(
    ("lemma", "forms"),
    [
        ("say", "say says said said saying"),
        ("deny", "deny denies denied denied denying"),
        ("refer", "refer refers referred referred referring"),
        ("agree", "agree agrees agreed agreed agreeing"),
        ("write", "write writes wrote written writing"),
        ("express", "express expresses expressed expressed expressing"),
        ("plan", "plan plans planned planned planning"),
    ],
)
def test_english_forms(lemma: str, forms: str) -> None:
    assert [form for form, _ in verb_forms(lemma)] == forms.split()


def test_frames_of_one_lemma_are_taken_together() -> None:
    assert frames_by_lemma("t n: say deny\nq: say") == {"say": frozenset("tnq"), "deny": frozenset("tn")}


def test_every_listed_verb_has_its_forms() -> None:
    assert set(speech_en.FRAMES) == {lemma for lemma, _ in speech_en.KINDS.values()} | {"state"}
    assert set(speech_ru.VERBS) | {"уверен"} == {lemma for lemma, _ in forms_ru().values()} - speech_ru.REFLEXIVE


def test_no_verb_is_listed_twice_in_a_line() -> None:
    for listing in (speech_en._VERBS, speech_ru._VERBS):
        for line in listing.strip().splitlines():
            lemmas = line.split(":")[1].split()
            assert len(lemmas) == len(set(lemmas)), line
