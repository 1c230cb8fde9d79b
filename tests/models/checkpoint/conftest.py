"""A tiny ONNX checkpoint in a folder of its own (``make_tiny_onnx.py`` says what it knows)."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

TINY = Path(__file__).parent / "tiny"
LABELS: dict[str, Any] = {
    "activation": "softmax",
    "heads": {"violence.describes": ["VIOLENT", "THREAT"], "violence.inciting": ["THREAT"]},
    "languages": ["en"],
    "max_tokens": 16,
}
ID2LABEL = {"0": "CALM", "1": "VIOLENT", "2": "THREAT"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Good as it is; a test then breaks one thing."""
    home = tmp_path / "my-model"
    shutil.copytree(TINY, home)
    write_json(home / "config.json", {"id2label": ID2LABEL, "vocab_size": 12})
    write_json(home / "obelus-labels.json", LABELS)
    return home


def write_json(path: Path, found: object) -> None:
    path.write_text(json.dumps(found), "utf-8")
