"""Shared by all tests: the seed article where it is at hand, and a clean environment."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SEED = ROOT.parent / "shared" / "seed"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests must not leak into them."""
    for name in list(os.environ):
        if name.startswith("OBELUS_") and not name.startswith("OBELUS_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def seed_text() -> str:
    """The seed article: a publisher's text, so it is read from beside the checkout and never kept here."""
    path = SEED / "mosul.txt"
    if not path.exists():
        pytest.skip("the seed article is not beside this checkout")
    return path.read_text("utf-8")
