"""The version of Obelus; `pyproject.toml` says the same (`tests/test_architecture.py`)."""

VERSION = "0.1.0"
