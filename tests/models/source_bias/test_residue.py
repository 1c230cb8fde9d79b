"""Extraction residue, from the table beside this file."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from models.source_bias.residue import find_residue

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("residue.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:40] for case in CASES])
def test_residue(case: dict[str, Any]) -> None:
    """Exactly the words of the table are found, each with its span and a reason."""
    found = find_residue(case["text"])

    assert [evidence.text for evidence in found] == case.get("found", [])
    assert all(case["text"][e.start : e.end] == e.text for e in found)
    assert all(e.reason.endswith("; not read as prose.") for e in found)
