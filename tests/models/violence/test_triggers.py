"""Triggers: the words of each type are found where they stand, and everyday phrases are not."""

import csv
import time
from pathlib import Path

import pytest

from models.violence.labels import LABELS, SAYS, SEVERITY, TYPES
from models.violence.triggers import TRIGGERS_FILE, find_triggers

CASES = list(csv.DictReader(Path(__file__).with_name("triggers.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sentence"])
def test_triggers_of_a_sentence(case: dict[str, str]) -> None:
    """Each phrase of the table is found with its type; an empty cell means that nothing is."""
    sentence = case["sentence"]
    found = {f"{sentence[t.start : t.end]}={t.type}" for t in find_triggers(sentence, case["language"])}
    wanted = {part for part in case["found"].split("|") if part}
    assert wanted <= found
    assert wanted or not found


def test_every_type_has_triggers_in_both_languages_and_words_for_people() -> None:
    rows = [line.split("\t") for line in TRIGGERS_FILE.read_text("utf-8").splitlines()[1:]]
    assert {(row[0], row[2]) for row in rows if row[0] != "none"} == {(n, code) for n in TYPES for code in ("en", "ru")}
    assert set(TYPES) == set(SAYS) == set(SEVERITY)
    assert all(0 <= int(row[1]) <= 7 for row in rows)
    assert set(LABELS) == {f"violence.{name}" for name in (*TYPES, "graphic", "inciting")}


def test_a_number_makes_a_killing_graver() -> None:
    (one,) = find_triggers("A man was killed.", "en")
    (many,) = find_triggers("They killed dozens of men.", "en")
    assert many.severity == one.severity + 1


@pytest.mark.parametrize(
    "piece", ["kill ", "attack the ", "use people ", "стреля ", "(", "\u200b", "👍🏽", "<b>", "\r\n"]
)
def test_a_sentence_of_any_kind_is_read_in_linear_time(piece: str) -> None:
    """Sentences end at 1,000 code points; forty hostile ones stay far under two seconds."""
    sentence = (piece * 1_000)[:1_000]
    started = time.perf_counter()
    for language in ("en", "ru"):
        for _ in range(20):
            find_triggers(sentence, language)
    assert time.perf_counter() - started < 2.0
