"""The register, loaded once for all tests: it never changes."""

import pytest

from models.designations.register import Register, load_register


@pytest.fixture(scope="session")
def register() -> Register:
    return load_register()
