"""Designations measured on hand-written cases, and how fast; figures are frozen in ``results.json``."""
