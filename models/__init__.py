"""Reads a text and says what it found. Knows no Flask, Redis, SQL or HTTP."""
