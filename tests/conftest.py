"""Shared by all tests: the seed article where it is at hand, and a clean environment."""

import os
from pathlib import Path

import pytest

from tests.store.backends import backend, postgresql_url

__all__ = ["backend", "postgresql_url"]  # fixtures for every room

ROOT = Path(__file__).parent.parent
SEED = ROOT.parent / "shared" / "seed"


# Fixtures that start a real server or browser: what uses them is not a unit test.
_SERVERS = {"redis_server", "_redis_server", "postgresql_url", "live", "receive", "served", "browser", "stack"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `make unit` can leave it out."""
    for item in items:
        if _SERVERS & set(getattr(item, "fixturenames", ())) or "postgresql" in item.nodeid:
            item.add_marker("servers")


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
