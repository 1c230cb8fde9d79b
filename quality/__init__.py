"""Measurements with frozen results; not part of the tests."""
