"""From which score a technique is reported."""

import json

import numpy as np
import pytest

from models.encoder import WEIGHTS_FOLDER, SentenceScores
from models.source_bias.labels import TECHNIQUES
from models.source_bias.thresholds import THRESHOLDS_FILE, at_thresholds, read_thresholds

NAMING, WAVING, LOADED = (f"bias.technique.{name}" for name in ("name_calling", "flag_waving", "loaded_language"))


def test_the_table_is_of_the_shipped_weights() -> None:
    """It names their version, and only heads that they have and that speak in the language: whoever trains anew must
    choose anew."""
    manifest = json.loads((WEIGHTS_FOLDER / "research/manifest.json").read_text("utf-8"))
    thresholds = read_thresholds()

    assert f"research@{manifest['version']}," in THRESHOLDS_FILE.read_text("utf-8").splitlines()[0]
    assert {language for language, _ in thresholds} == {"en", "ru"}
    for (language, head), threshold in thresholds.items():
        assert head in TECHNIQUES
        assert head in manifest["heads"]
        assert head not in manifest["silent"][language]
        assert 0 < threshold < 1


def test_the_threshold_becomes_one_half_and_order_stays() -> None:
    at = read_thresholds()["ru", WAVING]
    given = np.array([[0.0], [at - 0.01], [at], [at + 0.01], [1.0]], dtype=np.float32)
    moved = at_thresholds(SentenceScores((WAVING,), given), "ru").of(WAVING)

    assert moved[0] == 0
    assert moved[1] < 0.5
    assert moved[2] == pytest.approx(0.5, abs=1e-6)
    assert 0.5 < moved[3] < moved[4] == 1


def test_what_has_no_threshold_is_not_reported() -> None:
    """Other heads stay as they are; a technique without a line is left out in that language alone."""
    scores = SentenceScores(("bias.biased", "bias.technique.casting_doubt"), np.array([[0.3, 0.9]], dtype=np.float32))

    assert at_thresholds(scores, "en").heads == ("bias.biased",)
    assert at_thresholds(scores, "ru").heads == scores.heads
    assert at_thresholds(scores, "en").of("bias.biased")[0] == pytest.approx(0.3)


def test_sentences_that_nobody_read_have_no_scores() -> None:
    empty = SentenceScores((NAMING, LOADED), np.zeros((0, 2), dtype=np.float32))

    assert at_thresholds(empty, "en").values.shape == (0, 2)
