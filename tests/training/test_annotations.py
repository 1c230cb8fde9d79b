"""Our own set: every line holds, it is as large and as hard as it says, and nothing leaks between its parts."""

from pathlib import Path

import pytest

from models.violence.labels import TYPES
from training.annotations import AnnotationError, read_markup, read_own_set, read_second
from training.data.own import read_own_violence
from training.rows import part_of


def test_it_is_large_enough_in_both_languages_and_all_registers() -> None:
    sentences = read_own_set()
    for language in ("en", "ru"):
        single = [s for s in sentences if s.language == language and not s.article]
        assert len(single) >= 2_500
        assert {"news", "comment", "telegram"} == {s.register for s in single}
        assert {name for s in single for name in s.types} == set(TYPES)
        negatives = sum(not s.axes for s in single)
        assert 0.45 <= negatives / len(single) <= 0.6
    assert len({s.article for s in sentences if s.article}) >= 120
    texts = [s.text for s in sentences]
    assert len(set(texts)) >= 0.99 * len(texts)


def test_what_was_written_after_one_idea_stays_in_one_part() -> None:
    parts: dict[str, set[str]] = {}
    for row in read_own_violence(Path()):
        parts.setdefault(row.group, set()).add(row.part or part_of("own_violence", row.group))
    assert all(len(found) == 1 for found in parts.values())
    assert {"train", "calibration", "dev"} == set().union(*parts.values())


def test_spans_lie_in_their_sentence() -> None:
    for sentence in read_own_set():
        assert all(0 <= s.start < s.end <= len(sentence.text) for s in sentence.spans), sentence.text


def test_a_tenth_was_annotated_twice() -> None:
    texts = {sentence.text for sentence in read_own_set()}
    for language in ("en", "ru"):
        second = read_second(language)
        assert len(second) >= 150
        assert all(sentence.text in texts for sentence in second)


def test_markup_becomes_text_and_spans() -> None:
    text, spans = read_markup("{agent:Gunmen} [killing:shot dead] {victim:two herders}.")
    assert text == "Gunmen shot dead two herders."
    assert [(text[s.start : s.end], s.label) for s in spans] == [
        ("Gunmen", "agent"), ("shot dead", "killing"), ("two herders", "victim"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("d\t5\tnews\tx\tno trigger", "a trigger stands"),
        ("-\t0\tnews\tx\t[killing:shot]", "a trigger stands"),
        ("d\t0\tnews\tx\t[killing:shot]", "severity"),
        ("d\t5\tnews\tx\t[murder:shot]", "unknown label"),
        ("x\t0\tnews\tx\tcalm", "axes"),
        ("-\t0\tnovel\tx\tcalm", "register"),
        ("-\t0\tnews\tx\tcalm [killing:", "left over"),
        ("-\t0\tnews\tcalm", "unpack"),
        ("# header", "header"),
    ],
)
def test_a_line_that_does_not_hold_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "theme.en.tsv").write_text(f"-\t0\tnews\tx\tA calm day.\n{line}\n", "utf-8")
    with pytest.raises(AnnotationError, match=rf"theme\.en\.tsv, line 2: .*{said}"):
        read_own_set(tmp_path)
