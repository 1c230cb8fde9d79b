"""Readers: what a set does not say stays masked, and its traps are not fallen into."""

import json
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from training.data import comments, conflict, news, ordinary, own, russian, techniques, wording
from training.datasets import datasets_of, load_datasets, measured_with, read_examples
from training.rows import Row, part_of

Reader = Callable[[Path], Iterator[Row]]


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    file = folder / "set.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


def read(folder: Path, reader: Reader, *rows: dict[str, Any]) -> list[Row]:
    return list(reader(write(folder, list(rows))))


def test_a_comment_set_says_nothing_about_described_violence_where_a_trigger_stands(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        comments.read_edos,
        {"id": "1", "text": "they should hang her", "labels": {"label_category": "1. threats, plans to harm"}},
    )
    assert rows[0].labels == {"violence.inciting": 1.0}


def test_an_irrelevant_report_gives_only_sentences_without_triggers(tmp_path: Path) -> None:
    """MUC-4's irrelevant articles still mention violence; those lines must not become negatives."""
    document = {
        "id": "doc",
        "split": "train",
        "labels": {"relevant": False, "incidents": []},
        "text": "The minister opened a bridge.\nThe army killed two men in an old war.\n" * 12,
    }
    rows = read(tmp_path, conflict.read_muc4, document)
    assert {row.text for row in rows} <= {"The minister opened a bridge."}
    assert all(row.labels["violence.describes"] == 0.0 for row in rows)


def test_rams_gives_positives_only(tmp_path: Path) -> None:
    """Only one event a window is annotated, so nothing else in it is known."""
    text = "A man was stabbed. They met and talked."
    spans = [
        {"start": 10, "end": 17, "label": "conflict.attack.stabbing", "kind": "trigger"},
        {"start": 24, "end": 27, "label": "contact.discussion.meet", "kind": "trigger"},
    ]
    rows = read(
        tmp_path, conflict.read_rams, {"text": text, "spans": spans, "sents": [[0, 18], [19, 39]], "source_url": "u"}
    )
    assert [row.text for row in rows] == ["A man was stabbed."]
    assert rows[0].labels["violence.type.armed_attack"] == 1.0


def test_sport_that_attacks_is_a_hard_negative_and_world_news_is_left_out(tmp_path: Path) -> None:
    texts = [("Sports", "The striker attacked and killed the game."), ("World", "Rebels killed nine people.")]
    rows = read(
        tmp_path,
        news.read_ag_news,
        *({"id": str(n), "text": text, "labels": {"class": topic}} for n, (topic, text) in enumerate(texts)),
    )
    assert [(row.text, row.labels["violence.describes"]) for row in rows] == [(texts[0][1], 0.0)]


def test_free_news_takes_only_rows_with_a_licence_that_allows_it(tmp_path: Path) -> None:
    def row(number: int, licence: str) -> dict[str, Any]:
        text = f"The council number {number} met on Monday to discuss roads. " * 30
        return {"id": str(number), "lang": "en", "text": text, "provenance": {"licence": licence}}

    rows = read(tmp_path, news.read_free_clean_news, row(1, "no licence file"), row(2, "repo MIT (seen)"))
    assert rows
    assert {row.group for row in rows} == {"2"}


def test_a_russian_sentence_is_violent_only_where_a_marked_event_is(tmp_path: Path) -> None:
    text = "Вчера на рынке убит прохожий.\nФильм убил всякую надежду на сиквел."
    spans = [{"start": 15, "end": 19, "text": "убит", "label": "EVENT"}]
    rows = read(tmp_path, russian.read_nerel, {"id": "n", "text": text, "spans": spans, "split": "dev"})
    assert [(row.text, row.labels["violence.describes"], row.part) for row in rows] == [
        ("Вчера на рынке убит прохожий.", 1.0, "dev")
    ]


def test_informational_bias_is_not_a_wording_label(tmp_path: Path) -> None:
    labels = [{"lexical": 1, "informational": 0}, {"lexical": 0, "informational": 1}]
    rows = read(
        tmp_path,
        wording.read_basil,
        *({"id": str(n), "text": "A sentence.", "triplet": "t", "labels": label} for n, label in enumerate(labels)),
    )
    assert [row.labels for row in rows] == [{"bias.biased": 1.0}]


def test_ptc_masks_techniques_it_does_not_tell_apart(tmp_path: Path) -> None:
    spans = [
        {"start": 0, "end": 9, "label": "Loaded_Language"},
        {"start": 0, "end": 9, "label": "Whataboutism,Straw_Men,Red_Herring"},
    ]
    rows = read(
        tmp_path, techniques.read_ptc, {"id": "p", "text": "A vile lie was told.", "spans": spans, "split": "dev"}
    )
    assert rows[0].labels["bias.technique.loaded_language"] == 1.0
    assert rows[0].labels["bias.technique.slogans"] == 0.0
    assert "bias.technique.whataboutism" not in rows[0].labels
    assert rows[0].part == "dev"


def test_slavic_paragraphs_are_grouped_by_document(tmp_path: Path) -> None:
    row = {"text": "Текст абзаца.", "file": "DOC_1", "split": "test", "labels": {"techniques": ["Appeal_to_Pity"]}}
    (found,) = read(tmp_path, techniques.read_slavicnlp, row)
    assert found.group == "DOC_1"
    assert found.labels["bias.biased"] == 1.0
    assert not any(value for name, value in found.labels.items() if name.startswith("bias.technique."))


def test_a_pair_of_own_sentences_stays_in_one_part() -> None:
    parts: dict[str, set[str]] = {}
    for row in own.read_own(Path()):
        parts.setdefault(row.group, set()).add(part_of("own_sentences", row.group))
    assert all(len(found) == 1 for found in parts.values())
    assert {"train", "dev"} <= set().union(*parts.values())


def test_own_sentences_are_half_harmless_in_both_languages() -> None:
    rows = list(own.read_own(Path()))
    for language in ("en", "ru"):
        described = [row.labels["violence.describes"] for row in rows if row.language == language]
        assert 0.3 <= sum(described) / len(described) <= 0.6
    assert len({row.text for row in rows}) == len(rows)


def test_leaning_and_plain_wording_of_one_fact_stay_in_one_part() -> None:
    """And each fact has both, so that no fact by itself tells how it is worded."""
    facts: dict[str, list[Row]] = {}
    for row in own.read_own_bias(Path()):
        facts.setdefault(row.group, []).append(row)
    for rows in facts.values():
        assert {row.language for row in rows} == {"en", "ru"}
        assert len({row.labels["bias.subjective"] for row in rows}) == 2
    texts = [row.text for rows in facts.values() for row in rows]
    assert len(set(texts)) == len(texts) >= 240
    assert {part_of("own_bias_sentences", group) for group in facts} == {"train", "calibration", "dev"}


def test_a_leaning_sentence_says_nothing_of_techniques_it_was_not_written_for() -> None:
    for row in own.read_own_bias(Path()):
        techniques_said = {value for name, value in row.labels.items() if name.startswith("bias.technique.")}
        assert techniques_said == {row.labels["bias.biased"]}


def test_agency_news_is_plain_and_other_outlets_are_no_agency(tmp_path: Path) -> None:
    """Quotations and wars included; whose agency it is changes nothing."""
    text = "The council number {} met on Monday to discuss roads and “vile” bridges.\n"
    rows = read(
        tmp_path,
        ordinary.read_agencies,
        *(
            {"id": source, "lang": "en", "source": source, "text": "".join(map(text.format, range(80)))}
            for source in ("ABP: Reuters", "ABP: Vox")
        ),
    )
    assert {row.group for row in rows} == {"ABP: Reuters"}
    assert 4 <= len(rows) <= 60
    assert all(row.labels == {"bias.biased": 0.0, "bias.subjective": 0.0} and row.weight < 1 for row in rows)


def test_left_and_right_opinion_weigh_the_same(tmp_path: Path) -> None:
    """However much more one side published."""
    text = "".join(f"In my view bridge number {n} is a disgrace to the town.\n" for n in range(4_000))
    sides = [("left", "Daily - Opinion", text), ("right", "Weekly Editorial", text[: len(text) // 2])]
    rows = [{"id": lean, "lean": lean, "outlet": outlet, "text": words} for lean, outlet, words in sides]
    rows.append({"id": "news", "lean": "left", "outlet": "Daily", "text": text})
    packed = tmp_path / "set.jsonl.xz"
    packed.write_bytes(lzma.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    found = list(ordinary.read_opinions(packed))
    counts = {outlet: sum(row.group == outlet for row in found) for outlet in ("Daily - Opinion", "Weekly Editorial")}
    assert sum(counts.values()) == len(found)
    assert counts["Daily - Opinion"] == 1_000
    assert 700 <= counts["Weekly Editorial"] <= 900


def test_weak_sets_are_told_apart() -> None:
    weak = {dataset.name: dataset.is_ordinary for dataset in load_datasets() if dataset.is_weak}
    assert weak == {"agencies_en": True, "agencies_ru": True, "opinions_en": False, "leaning_en": False}


def test_what_a_profile_may_not_learn_from_may_measure_it() -> None:
    """No set, and no part of a set, is both learned from and measured with as a stranger."""
    learned = {dataset.name.removesuffix("_free") for dataset in datasets_of("permissive")}
    measuring = {dataset.name for dataset in measured_with("permissive")}
    assert "babe" in measuring
    assert not learned & measuring
    assert measured_with("research") == ()


def test_the_permissive_profile_holds_no_set_without_a_licence() -> None:
    forbidden = ("none stated", "non-commercial", "NC", "GPL", "share-alike", "CC BY-SA")
    for dataset in datasets_of("permissive"):
        assert not any(word in dataset.licence for word in forbidden if "repository; none" not in dataset.licence), (
            dataset.name
        )


def test_every_set_has_a_reader_and_one_row_in_the_table() -> None:
    datasets = load_datasets()
    assert len({dataset.name for dataset in datasets}) == len(datasets)
    for dataset in datasets:
        with pytest.raises(FileNotFoundError):
            list(dataset.rows(Path("/nowhere"))) if dataset.file != "-" else Path("/nowhere/x").read_text("utf-8")


def test_a_text_held_out_in_one_set_is_not_trained_on_in_another(tmp_path: Path) -> None:
    (tmp_path / "violence").mkdir()
    (tmp_path / "bias").mkdir()
    same = "The council debated  the same sentence for hours."
    rows = [{"id": "x", "text": same, "labels": {"category": "Sports"}}]
    (tmp_path / "violence/wiki_current_events_2015_09.jsonl").write_text(json.dumps(rows[0]), "utf-8")
    subjective = {"id": "y", "text": same.lower(), "labels": {"subjectivity": "OBJ"}, "split": "train"}
    (tmp_path / "bias/checkthat_subjectivity_en.jsonl").write_text(json.dumps(subjective), "utf-8")
    wanted = tuple(d for d in load_datasets() if d.name in ("current_events", "checkthat"))
    examples = read_examples(wanted, tmp_path)
    assert not [e for e in examples if e.part == "train"]


def test_own_persuasion_sentences_mark_their_words_and_stand_by_their_plain_twins() -> None:
    """Every technique is written for in both languages; a third is told plainly; an idea stays in one part."""
    rows = list(own.read_own_persuasion(Path()))
    plain = [row for row in rows if not row.spans]
    assert len(rows) > 2_000
    assert 0.3 < len(plain) / len(rows) < 0.4
    assert all(row.text[start:end] for row in rows for start, end, _ in row.spans or ())
    assert not any(sign in row.text for row in rows for sign in "[]")
    for language in ("en", "ru"):
        found = {name for row in rows if row.language == language for _, _, name in row.spans or ()}
        assert found == {techniques.ANY, *(f"{techniques.TECHNIQUE}.{name}" for name in techniques.ALL_TECHNIQUES)}
    leaning = {row.group for row in rows if row.spans}
    assert sum(row.group in leaning for row in plain) > 0.9 * len(plain)


def test_ptc_says_nothing_of_techniques_it_does_not_know(tmp_path: Path) -> None:
    span = {"start": 4, "end": 15, "label": "Name_Calling,Labeling"}
    article = {"id": "a", "split": "train", "text": "The clown mayor spoke. He left.", "spans": [span]}
    first, second = read(tmp_path, techniques.read_ptc, article)
    assert first.spans == ((4, 15, techniques.ANY), (4, 15, "bias.technique.name_calling"))
    assert second.spans == ()
    assert "bias.technique.whataboutism" not in first.span_labels
