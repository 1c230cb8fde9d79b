"""Sentences of other sets that we labelled: no text of theirs is kept, and every label finds its sentence again."""

import json
import re
from pathlib import Path

import pytest

from models.violence.labels import ROLES, TYPES
from training.data import labelled
from training.datasets import load_datasets


def test_no_text_is_kept() -> None:
    for line in labelled.LABELS_FILE.read_text("utf-8").splitlines()[1:]:
        key, dataset, axes, severity, spans = line.split("\t")
        assert re.fullmatch(r"[0-9a-f]{16}", key)
        assert re.fullmatch(r"\w+", dataset)
        assert re.fullmatch(r"-|d?g?i?", axes)
        assert 0 <= int(severity) <= 7
        assert re.fullmatch(r"(?:\d+-\d+:[a-z_]+(?: |$))*", spans)


def test_labels_hold_together() -> None:
    labels = labelled.load_labels()
    assert len(labels) > 19_000
    for label in labels.values():
        named = {name for _, _, name in label.spans}
        assert named <= {*TYPES, *ROLES}
        assert bool(label.severity) <= bool(label.axes)


def test_every_labelled_set_is_learned_from() -> None:
    """And no other is said to be."""
    sets = {label.dataset for label in labelled.load_labels().values()}
    assert {f"{name}_labelled" for name in sets} == {
        dataset.name for dataset in load_datasets() if dataset.reader == "labelled.read_labelled"
    }


def test_a_sentence_is_found_again_in_its_set_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = "Gunmen shot two herders dead near the lake."
    label = labelled.Label("muc4", frozenset({"describes"}), 5, ((7, 11, "killing"),))
    monkeypatch.setattr(labelled, "load_labels", lambda: {labelled.key_of(sentence): label})
    document = {"id": "doc", "split": "dev", "text": f"The council met on Monday.\n{sentence}\n"}
    for name, found in (("muc4.jsonl", [sentence]), ("hrds_attack.jsonl", [])):
        (tmp_path / name).write_text(json.dumps(document), "utf-8")
        rows = list(labelled.read_labelled(tmp_path / name))
        assert [row.text for row in rows] == found
    (row,) = labelled.read_labelled(tmp_path / "muc4.jsonl")
    assert (row.part, row.spans) == ("dev", label.spans)
    assert row.labels["violence.describes"] == row.labels["violence.type.killing"] == 1.0
    assert row.labels["violence.inciting"] == row.labels["violence.type.bombing"] == 0.0


def test_a_bad_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "labelled.tsv"
    file.write_text("key\tset\taxes\tseverity\tspans\naa\tmuc4\td\tfive\t\n", "utf-8")
    monkeypatch.setattr(labelled, "LABELS_FILE", file)
    with pytest.raises(ValueError, match="line 2"):
        labelled.load_labels.__wrapped__()
